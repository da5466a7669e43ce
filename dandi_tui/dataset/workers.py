"""Processes of this machine that do one thing at a time, so that a file that crashes or hangs its reader costs that file alone."""

from __future__ import annotations

import itertools
import os
import queue
import threading
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from dandi_tui.dataset.worker import Call, name_of
from dandi_tui.dataset.worker_process import MOST_MEMORY, Source, WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_FIRST, _IN_TURN, _AT_LAST = range(3)


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
