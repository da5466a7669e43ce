"""A server between the client and the archive with its store. What the store answers, or the archive, goes through faults."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Archive

    Fault = Callable[["Between", "Answer"], None]

_STORE = re.compile(rb"(http://[^/\"\s]+)(/store/)")


class Answer(NamedTuple):
    """What was answered to a request."""

    status: int
    headers: list[tuple[str, str]]
    data: bytes


class Between(BaseHTTPRequestHandler):
    """Passes requests on, to the archive or to its store by their path."""

    server: BetweenServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass()

    do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 (as the library calls them)

    def _pass(self) -> None:
        server = self.server
        of_store = self.path.startswith("/store/")
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) or None
        if len(body or b"") < length:
            self.close_connection = True
            return
        if of_store:
            server.keys += [value for name, value in self.headers.items() if name.lower() == "authorization"]
            server.asked.append(self.headers.get("Range", "") if self.command == "GET" else f"{self.command} {len(body or b'')}")
        else:
            server.calls.append(f"{self.command} {self.path.partition('?')[0]}")
        faults = server.faults if of_store else server.archive_faults
        fault = faults.pop(0) if faults else Between.plain
        if fault is unanswered:
            self.close_connection = True
            return
        fault(self, self.answer(of_store=of_store, body=body))

    def answer(self, *, of_store: bool, body: bytes | None, whole: bool = False) -> Answer:
        """What the archive or its store answers."""
        origin = self.server.store if of_store else self.server.archive
        left_out = {"host", "accept-encoding", "connection", *(["range"] if whole else [])}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in left_out}
        got = self.server.pool.request(self.command, origin + self.path, headers=headers, body=body, redirect=False)
        return Answer(got.status, list(got.headers.items()), got.data)

    def plain(self, answer: Answer, status: int = 0, body: bytes | None = None, promised: int = -1) -> None:
        """Gives the answer on, with another status or body where they are named."""
        data = self._local(answer.data if body is None else body)
        self.send_response(status or answer.status)
        for name, value in answer.headers:
            if name.lower() == "location":
                self.send_header(name, self._local(value.encode()).decode())
            elif name.lower() not in {"content-length", "transfer-encoding", "connection", "server", "date"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(promised if promised >= 0 else len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    def _local(self, data: bytes) -> bytes:
        """Addresses of the store become this server's; where the store is, is learned."""
        if self.path.startswith("/store/"):
            return data
        if match := _STORE.search(data):
            self.server.store = match[1].decode()
        return _STORE.sub(self.server.origin.encode() + rb"\2", data)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class BetweenServer(ThreadingHTTPServer):
    """Keeps what was asked of the store (Range, or method and length), of the archive (method and path), and keys that came along."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, archive: str) -> None:
        super().__init__(("127.0.0.1", 0), Between)
        self.archive, self.store = archive, archive
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.pool = urllib3.PoolManager(retries=False, maxsize=32)
        self.faults: list[Fault] = []
        self.archive_faults: list[Fault] = []
        self.asked: list[str] = []
        self.calls: list[str] = []
        self.keys: list[str] = []

    def handle_error(self, *_: object) -> None:
        """Clients that go away are no news."""


@contextmanager
def between(archive: Archive) -> Iterator[BetweenServer]:
    with BetweenServer(archive.origin) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            server.pool.clear()


# Faults


def cut(handler: Between, answer: Answer) -> None:
    """The connection ends after a third of the bytes."""
    handler.plain(answer, body=answer.data[: len(answer.data) // 3], promised=len(answer.data))


def busy(handler: Between, answer: Answer) -> None:
    """No time."""
    handler.plain(answer, status=503, body=b"slow down")


def overrun(handler: Between, answer: Answer) -> None:
    """Too many requests."""
    handler.plain(answer, status=429, body=b"too many")


def broken(handler: Between, answer: Answer) -> None:
    """The server fails."""
    handler.plain(answer, status=500, body=b"oops")


def expired(handler: Between, answer: Answer) -> None:
    """The address is not good any more."""
    handler.plain(answer, status=403, body=b"<Error><Code>AccessDenied</Code></Error>")


def corrupt(handler: Between, answer: Answer) -> None:
    """As many bytes as promised, other ones."""
    handler.plain(answer, body=bytes(len(answer.data)))


def longer(handler: Between, answer: Answer) -> None:
    """More bytes than the file has."""
    handler.plain(answer, body=answer.data + b"more")


def deaf(handler: Between, answer: Answer) -> None:
    """Range is ignored: the whole comes with status 200."""
    whole = handler.answer(of_store=True, body=None, whole=True)
    handler.plain(whole, status=200)


def lost(handler: Between, _answer: Answer) -> None:
    """It was done, and the answer never came."""
    handler.close_connection = True


def unanswered(_handler: Between, _answer: Answer) -> None:
    """It was not done, and no answer came."""


def revoked(handler: Between, answer: Answer) -> None:
    """The key is not good any more."""
    handler.plain(answer._replace(headers=[("Content-Type", "application/json")]), status=401, body=b'{"detail": "Invalid token."}')
