"""One function for each of many files, over processes of this machine or any `concurrent.futures.Executor`.

    task = Task(scan_file, ScannedFile, version=1)
    for outcome in run(task, paths, cache=cache):
        …                                        # as they come, in any order; `outcome.number` is the place in `paths`

A bounded number is under way at a time and `paths` is taken as it is needed, so memory does not grow with the number of files.
A file that crashes or hangs its process is told as a problem of that file; the others go on. What comes back from a process
that reads foreign files is decoded as the one type that is expected; nothing is unpickled.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from dandi_tui.dataset.cache import Identity, identity_of, settled
from dandi_tui.dataset.worker import name_of, one_by_one
from dandi_tui.dataset.worker_process import WorkerError, one_by_one_apart
from dandi_tui.dataset.workers import Workers, processors

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from pathlib import Path

    from dandi_tui.dataset.cache import Cache

T = TypeVar("T")
P = TypeVar("P")
_FEW = 50
__all__ = ["Outcome", "Task", "WorkerError", "Workers", "processors", "run"]


class Task(Generic[T]):
    """What is done with each file.

    Args:
        function: A function of a module: takes a path as text and plain options, and gives a `result`.
        result: The type of what it gives, of frozen structs and plain values.
        version: Raised whenever the same file would give another result; results of another version are not taken from the cache. A function
            tells it where it takes time to find out: it is asked when the first result is looked up.
        patience: Seconds after which a file is given up.
        quick: Whether a file takes milliseconds: then a further process costs more than it spares until there are many files.
        prepare: Loads what the function needs, where that takes long: once for all processes.
    """

    def __init__(
        self, function: Callable[..., T], result: Any, *, version: int | Callable[[], int] = 1, patience: float = 300.0, quick: bool = False,  # noqa: ANN401 (a type or union)
        prepare: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self.function = name_of(function)
        self._version = version
        self.patience, self.quick, self.prepare = patience, quick, prepare
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(result)

    def decoded(self, data: bytes) -> T:
        """A result as it came from a process or the cache.

        Raises:
            msgspec.ValidationError: It is none.
        """
        return self._decoder.decode(data)

    @cached_property
    def version(self) -> int:
        """What tells its results from those of other releases."""
        return self._version() if callable(self._version) else self._version

    def workers(self, jobs: int | None = None) -> Workers:
        """Processes for this task; none is started before it is needed."""
        return Workers(jobs, patience=self.patience, prepare=self.prepare)

    def known(self, path: str, identity: Identity | None, options: Sequence[Any], cache: Cache | None) -> T | None:
        """What the cache knows of a file of that identity; None where it knows nothing."""
        data = cache.get(self.key(options), path, identity) if cache is not None and identity is not None else None
        if data is not None:
            with suppress(msgspec.MsgspecError):
                return self.decoded(data)
        return None

    def key(self, options: Sequence[Any]) -> str:
        """What tells this task's results from those of others in the cache."""
        return f"{self.function}/{self.version}/{msgspec.json.encode(list(options)).decode()}"


class Outcome(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What came of one file.

    Attributes:
        number: Its place among the paths, from 0.
        path: The file.
        result: What the task gave; None where it failed.
        problem: Why it failed, in words; empty where it did not.
        cached: Whether the result was known from before.
        changed: Whether the file changed while it was read: what was read may be neither the old nor the new.
        identity: What the file was before it was read; None where it was not there.
    """

    number: int
    path: str
    result: T | None = None
    problem: str = ""
    cached: bool = False
    changed: bool = False
    identity: Identity | None = None


def run(
    task: Task[T], paths: Iterable[str | Path | Outcome[T]], *, options: Sequence[Any] = (), jobs: int | None = None, executor: Executor | None = None,
    cache: Cache | None = None,
) -> Generator[Outcome[T], None, None]:  # fmt: skip
    """Does a task with each path; yields outcomes as they come.

    Args:
        task: What is done.
        paths: Files; taken as they are needed. An outcome among them is one that is known, and comes out again with its number here.
        options: Plain values that the task's function takes after the path.
        jobs: Processes of this machine; None: as many as there are processors.
        executor: Does the work instead of processes of this machine; it stays open.
        cache: Where results are remembered; None: nowhere.
    """
    if task.quick and executor is None:
        paths, jobs = _few(iter(paths), jobs)
    workers = executor or task.workers(jobs)
    work = _Run(task, options, workers, cache, batch=8 if executor and not isinstance(executor, Workers) else 1)
    try:
        yield from work.outcomes(paths)
    finally:
        work.cancel()
        if executor is None:
            workers.shutdown(cancel_futures=True)
        if cache is not None:
            cache.flush()


def _few(paths: Iterator[P], jobs: int | None) -> tuple[Iterator[P], int | None]:
    """The same paths, and one process where they are few."""
    first = list(itertools.islice(paths, _FEW))
    return itertools.chain(first, paths), jobs if len(first) == _FEW else 1


class _Asked(msgspec.Struct, frozen=True):
    """A file that is under way."""

    number: int
    path: str
    identity: Identity | None


class _Run(Generic[T]):
    """One run: what is under way, and what came of it."""

    def __init__(self, task: Task[T], options: Sequence[Any], executor: Executor, cache: Cache | None, *, batch: int) -> None:
        self._task, self._executor, self._cache = task, executor, cache
        self._plain, self._options = options, msgspec.msgpack.encode(list(options))
        self._key = task.key(options)
        self._batch = batch
        self._most = max(2, 2 * getattr(executor, "_max_workers", 64))
        self._under_way: dict[Future[Any], list[_Asked]] = {}

    def outcomes(self, paths: Iterable[str | Path | Outcome[T]]) -> Iterator[Outcome[T]]:
        waiting: list[_Asked] = []
        for number, path in enumerate(paths):
            found = self._looked_up(number, path)
            if isinstance(found, Outcome):
                yield found
                continue
            waiting.append(found)
            if len(waiting) >= self._batch:
                self._submit(waiting)
                waiting = []
            yield from self._come(block=len(self._under_way) >= self._most)
        if waiting:
            self._submit(waiting)
        while self._under_way:
            yield from self._come(block=True)

    def cancel(self) -> None:
        for future in self._under_way:
            future.cancel()

    def _looked_up(self, number: int, path: str | Path | Outcome[T]) -> _Asked | Outcome[T]:
        """What is known of a file; else what is to be asked."""
        if isinstance(path, Outcome):
            return msgspec.structs.replace(path, number=number)
        name = os.fspath(path)
        identity = identity_of(name)
        result = self._task.known(name, identity, self._plain, self._cache)
        if result is None:
            return _Asked(number, name, identity)
        return Outcome(number=number, path=name, result=result, cached=True, identity=identity)

    def _submit(self, batch: list[_Asked]) -> None:
        names = [os.fsencode(os.path.abspath(asked.path)) for asked in batch]
        if isinstance(self._executor, Workers):
            future: Future[Any] = self._executor.submit(one_by_one, self._task.function, names, self._options)
        else:
            future = self._executor.submit(one_by_one_apart, self._task.function, names, self._options, self._task.patience)
        self._under_way[future] = batch

    def _come(self, *, block: bool) -> Iterator[Outcome[T]]:
        done, _ = wait(self._under_way, timeout=None if block else 0, return_when=FIRST_COMPLETED)
        for future in done:
            batch = self._under_way.pop(future)
            error = future.exception()
            if error is None:
                yield from map(self._outcome, batch, future.result())
            elif len(batch) > 1:
                # One of them brought it about: each is tried alone, so that only that one is lost.
                for asked in batch:
                    self._submit([asked])
            else:
                yield Outcome(number=batch[0].number, path=batch[0].path, problem=_words(error))

    def _outcome(self, asked: _Asked, data: bytes | str) -> Outcome[T]:
        if isinstance(data, str):
            return Outcome(number=asked.number, path=asked.path, problem=data)
        try:
            result = self._task.decoded(data)
        except msgspec.MsgspecError as error:
            return Outcome(number=asked.number, path=asked.path, problem=f"the reader gave something else than was asked for: {error}")
        now: Identity | None = identity_of(asked.path)
        changed = now != asked.identity
        if self._cache is not None and not changed and now is not None and settled(now):
            self._cache.put(self._key, asked.path, now, data)
        return Outcome(number=asked.number, path=asked.path, result=result, changed=changed, identity=asked.identity)


def _words(error: BaseException) -> str:
    return str(error) if isinstance(error, WorkerError) else f"{type(error).__name__}: {error}"[:2000]
