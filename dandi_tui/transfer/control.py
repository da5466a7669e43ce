"""What a person's will does to the threads that move one file's bytes: their pace, and their end."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from dandi_tui.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import urllib3

    from dandi_tui.transfer.limits import RateLimit

CHUNK = 2**20
"""Bytes that are moved at a time, where no limit asks for fewer."""


class CancelledTransferError(TransferError):
    """A person cancelled or paused; what has arrived stays."""


_current = threading.local()


class Control:
    """Stops what threads do for one file, at once: also those that wait for a server.

    Args:
        limits: Limits of bytes a second that hold for the file.
    """

    def __init__(self, *limits: RateLimit) -> None:
        self.limits = limits
        self._stopped = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._connections: set[urllib3.connection.HTTPConnection] = set()
        self._lock = threading.Lock()

    @property
    def stopped(self) -> bool:
        """Whether to stop."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Stops soon; connections are ended."""
        self._stopped.set()
        with self._lock:
            for one in (*self._sockets, *(connection.sock for connection in self._connections)):
                with suppress(OSError, AttributeError):
                    one.shutdown(socket.SHUT_RDWR)

    @property
    def piece(self) -> int:
        """Bytes to move at a time: fewer where a limit is low, so that they flow instead of coming in gusts."""
        rates = [limit.rate for limit in self.limits if limit.rate > 0]
        return max(2**14, min(CHUNK, min(rates) // 16)) if rates else CHUNK

    def pace(self, count: int) -> None:
        """Waits as long as the limits ask for before `count` bytes pass.

        Raises:
            CancelledTransferError: Stopped meanwhile.
        """
        wait = max((limit.take(count) for limit in self.limits), default=0.0)
        if self._stopped.wait(wait) if wait else self._stopped.is_set():
            raise CancelledTransferError("stopped; what has arrived stays")

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While in it, `stop` ends the connection that this thread asks on, also before there is an answer."""
        _current.control, _current.connection = self, None
        try:
            yield
        finally:
            _current.control = None
            with self._lock:
                self._connections.discard(_current.connection)

    def asks_on(self, connection: urllib3.connection.HTTPConnection) -> None:
        """Takes the connection that this thread asks on."""
        _current.connection = connection
        with self._lock:
            self._connections.add(connection)

    @contextmanager
    def reading(self, response: urllib3.BaseHTTPResponse) -> Iterator[None]:
        """While in it, `stop` ends the connection of the answer."""
        found = _socket_of(response)
        if found is None:
            yield
            return
        with self._lock:
            self._sockets.add(found)
        try:
            yield
        finally:
            with self._lock:
                self._sockets.discard(found)


def asking_control() -> Control | None:
    """The control that this thread asks for."""
    return getattr(_current, "control", None)


def _socket_of(response: Any) -> socket.socket | None:  # noqa: ANN401 (reaches below the library's own types)
    found = getattr(getattr(response, "connection", None), "sock", None)
    if found is None:
        found = getattr(getattr(getattr(getattr(response, "_fp", None), "fp", None), "raw", None), "_sock", None)
    return found if isinstance(found, socket.socket) else None
