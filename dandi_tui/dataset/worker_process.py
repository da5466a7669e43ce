"""One worker process, from the other side: where it comes from, what it is asked, and how it ends."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.config import keyless_environment
from dandi_tui.dataset.fork_server import Child, ForkServer, can_fork
from dandi_tui.dataset.worker import Answer, Call, name_of, one_by_one, read_frame, write_frame
from dandi_tui.log import stderr_to_log

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_MEMORY = 4 * 2**30
_INTERRUPTED = "it was interrupted"


class WorkerError(Exception):
    """A worker failed over what it was asked; the words say how."""


class Source:
    """Where worker processes come from: a fork server that has loaded what they need, or each by itself.

    Args:
        memory: The bytes of address space that each is given.
        prepare: What a fork server loads; None: there is none.
    """

    def __init__(self, memory: int, prepare: Callable[[], None] | None = None) -> None:
        self._command = [sys.executable, "-P", "-m", "dandi_tui.dataset.worker", str(memory)]
        self._memory, self._prepare = memory, prepare if can_fork() else None
        self._fork_server: ForkServer | None = None
        self._lock = threading.Lock()
        self._ended = False

    def warm(self) -> None:
        """Starts the fork server, where there is to be one and none was started."""
        with self._lock, suppress(OSError):
            if self._prepare is not None and self._fork_server is None and not self._ended:
                self._fork_server = ForkServer(self._prepare, self._memory)

    def process(self) -> subprocess.Popen[bytes] | Child:
        """A new process.

        Raises:
            WorkerError: There are to be no more.
        """
        self.warm()
        if (server := self._fork_server) is not None:
            # Where it can't load, each process fails by itself, and says so of its file.
            with suppress(OSError):
                return server.fork()
        if self._ended:
            raise WorkerError(_INTERRUPTED)
        pipe = subprocess.PIPE
        with stderr_to_log("reader") as said:
            return subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=said, start_new_session=True, env=keyless_environment())

    def end(self) -> None:
        """Ends the fork server."""
        with self._lock:
            self._ended = True
            server, self._fork_server = self._fork_server, None
        if server is not None:
            server.end()


class WorkerProcess:
    """A worker process, from the other side: started when it is asked, and again where it ended.

    Args:
        source: Where it comes from.
        patience: Seconds after which it is ended.
    """

    def __init__(self, source: Source, patience: float) -> None:
        self._source = source
        self.patience = patience
        self._running: subprocess.Popen[bytes] | Child | None = None
        self._ended = False

    def ask(self, call: Call) -> Any:  # noqa: ANN401
        """Has the process do something.

        Raises:
            WorkerError: It failed, crashed, or took too long.
        """
        running = self._started()
        if running.stdin is None or running.stdout is None:
            raise WorkerError("the worker has no pipes")
        try:
            write_frame(running.stdin, call)
            if not select.select([running.stdout], [], [], self.patience)[0]:
                self._stop()
                raise WorkerError(f"it took more than {self.patience:.0f} s and was given up")
            data = read_frame(running.stdout)
        except (OSError, ValueError):
            data = b""
        if not data:
            raise WorkerError(self._death(running))
        answer = msgspec.msgpack.decode(data, type=Answer)
        if answer.failure:
            raise WorkerError(answer.failure)
        return msgspec.msgpack.decode(answer.result)

    def _started(self) -> subprocess.Popen[bytes] | Child:
        if self._ended:
            raise WorkerError(_INTERRUPTED)
        if self._running is not None and self._running.poll() is not None:
            self._forget()
        if self._running is None:
            self._running = self._source.process()
            self._end_if_interrupted()
        return self._running

    def _end_if_interrupted(self) -> None:
        """Another thread may have interrupted this while the process was started."""
        if self._ended and self._running is not None:
            self._running.kill()

    def _death(self, running: subprocess.Popen[bytes] | Child) -> str:
        running.kill()  # one that ended by itself keeps its own status
        code = running.wait()
        self._forget()
        if self._ended:
            return _INTERRUPTED
        why = signal.Signals(-code).name if code < 0 else f"status {code}"
        return f"reading it ended the reader process ({why}): the file is damaged, or made to do that"

    def interrupt(self) -> None:
        """Ends the process for good, whatever it does; another thread may wait for its answer."""
        self._ended = True
        if (running := self._running) is not None:
            running.kill()

    def end(self) -> None:
        """Ends it for good."""
        self._ended = True
        self._stop()

    def __del__(self) -> None:
        """A thread that ends takes its process along."""
        with suppress(Exception):
            self._stop()

    def _stop(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait()
        self._forget()

    def _forget(self) -> None:
        running, self._running = self._running, None
        for stream in (running.stdin, running.stdout) if running else ():
            if stream is not None:
                with suppress(OSError):
                    stream.close()


_own = threading.local()


def one_by_one_apart(function: str, paths: list[bytes], options: bytes, patience: float) -> list[bytes | str]:
    """Does something with each of some files in a process that this thread keeps for it, so that no file ends the caller's.

    It is what other executors are given: a Dask worker, or a thread, outlives whatever a file brings about.

    Args:
        function: `module:name` of a function of a path and options.
        paths: The files.
        options: Further arguments, as a msgpack list.
        patience: Seconds after which a file is given up.

    Returns:
        For each file what the function gave, as msgpack; or in words why it failed.
    """
    process: WorkerProcess | None = getattr(_own, "process", None)
    if process is None:
        process = _own.process = WorkerProcess(Source(MOST_MEMORY), patience)
    process.patience = patience
    found: list[bytes | str] = []
    for path in paths:
        try:
            found += process.ask(Call(name_of(one_by_one), [function, [path], options]))
        except WorkerError as error:
            found.append(str(error))
    return found
