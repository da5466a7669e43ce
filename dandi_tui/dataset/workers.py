"""Processes of this machine that do one thing at a time, so that a file that crashes or hangs its reader costs that file alone."""

from __future__ import annotations

import itertools
import os
import queue
import select
import signal
import subprocess
import sys
import threading
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dandi_tui.dataset.fork_server import Child, ForkServer, can_fork
from dandi_tui.dataset.worker import Answer, Call, name_of, one_by_one, read_frame, write_frame
from dandi_tui.log import stderr_to_log

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MOST_MEMORY = 4 * 2**30
_FIRST, _IN_TURN, _AT_LAST = range(3)
_INTERRUPTED = "it was interrupted"


class WorkerError(Exception):
    """A worker failed over what it was asked; the words say how."""


def processors() -> int:
    """How many processors this process may use, as a batch system or container allots them."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


class Workers(Executor):
    """Processes of this machine, started as they are needed, each doing one thing at a time.

    A process that dies or takes too long fails what it was doing, and another takes its place. Functions are found by name, and
    arguments and results cross as msgpack.

    Args:
        count: How many at most; None: as many as there are processors.
        memory: The bytes of address space that each is given.
        patience: Seconds after which one is ended.
        prepare: Loads what all of them need. It is called in one process, which the others are forked from, where the system allows it.
    """

    def __init__(
        self, count: int | None = None, *, memory: int = MOST_MEMORY, patience: float = 300.0, prepare: Callable[[], None] | None = None
    ) -> None:  # fmt: skip
        self._max_workers = count or processors()
        self._patience = patience
        self._source = Source(memory, prepare)
        self._calls: queue.PriorityQueue[tuple[int, int, tuple[Future[Any], Call] | None]] = queue.PriorityQueue()
        self._order = itertools.count()
        self._threads: list[threading.Thread] = []
        self._processes: set[WorkerProcess] = set()
        self._idle = threading.Semaphore(0)
        self._closed = False
        self.warmed = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401
        """Asks a worker for a function of a module, with plain arguments.

        Raises:
            RuntimeError: The workers were shut down.
        """
        if kwargs:
            raise TypeError("workers take arguments by place")
        return self.ask(fn, list(args))

    def ask(self, fn: Callable[..., T], arguments: list[Any], *, first: bool = False) -> Future[T]:
        """The same; what is asked with `first` goes before all that waits.

        Raises:
            RuntimeError: The workers were shut down.
        """
        if self._closed:
            raise RuntimeError("the workers were shut down")
        future: Future[T] = Future()
        self._calls.put((_FIRST if first else _IN_TURN, next(self._order), (future, Call(name_of(fn), arguments))))
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._max_workers:
            thread = threading.Thread(target=self._work, name="dataset worker", daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    def warm(self) -> None:
        """Begins to load what the processes need, before anything is asked."""
        self.warmed = True
        if not self._closed:
            self._source.warm()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the workers; with `cancel_futures` at once, whatever they are doing."""
        self._closed = True
        if cancel_futures:
            with suppress(queue.Empty):
                while item := self._calls.get_nowait()[-1]:
                    item[0].cancel()
            for process in list(self._processes):
                process.interrupt()
            self._source.end()
        for _ in self._threads:
            self._calls.put((_AT_LAST, next(self._order), None))
        if wait:
            for thread in self._threads:
                thread.join()
        self._end_source()

    def _end_source(self) -> None:
        """Ends what processes come from, after the last of them."""
        if self._closed and not self._processes:
            self._source.end()

    def _work(self) -> None:
        process = WorkerProcess(self._source, self._patience)
        self._processes.add(process)
        try:
            while (item := self._calls.get()[-1]) is not None:
                future, call = item
                if future.set_running_or_notify_cancel():
                    self._answer(process, future, call)
                self._idle.release()
        finally:
            process.end()
            self._processes.discard(process)
            self._end_source()

    def _answer(self, process: WorkerProcess, future: Future[Any], call: Call) -> None:
        try:
            future.set_result(process.ask(call))
        except BaseException as error:  # noqa: BLE001 (it is told to whoever waits)
            future.set_exception(error)


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
            return subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=said, start_new_session=True)

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
