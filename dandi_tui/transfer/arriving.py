"""Jobs while they are handed over, piece by piece: they count for nothing until they are whole and written down."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from dandi_tui.errors import TransferError
from dandi_tui.transfer.failures import words_of
from dandi_tui.transfer.live import LiveJob
from dandi_tui.transfer.model import JobState
from dandi_tui.transfer.orders import Order, drop_order, keep_order

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from pathlib import Path

    from dandi_tui.transfer.journal import Journal
    from dandi_tui.transfer.model import FileSpec, JobSpec
    from dandi_tui.transfer.recorder import Recorder

T = TypeVar("T")


class Arriving:
    """Takes jobs.

    Args:
        recorder: The journal.
        folder: Where the journal is, and the orders beside it.
        threads: For what waits for the disk.
    """

    def __init__(self, recorder: Recorder, folder: Path, threads: Executor) -> None:
        self._recorder, self._folder, self._threads = recorder, folder, threads
        self._jobs: dict[int, tuple[JobSpec, list[FileSpec]]] = {}
        self._trouble = ""
        self._troubled = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def know_trouble(self, words: str) -> None:
        """Takes why the journal can't be written now; an empty text: it can."""
        self._trouble = words
        (self._troubled.set if words else self._troubled.clear)()

    async def open(self, spec: JobSpec) -> int:
        """Begins to take a job; its number.

        Raises:
            TransferError: It can't be written down.
        """
        number = await self._taken(lambda journal: journal.add_job(spec))
        self._jobs[number] = (spec, [])
        return number

    async def add(self, job: int, files: list[FileSpec]) -> None:
        """More files of a job that is being taken.

        Raises:
            TransferError: They can't be written down.
        """
        await self._taken(lambda journal: journal.add_files(job, files))
        self._jobs[job][1].extend(files)

    async def end(self, number: int) -> LiveJob:
        """The job is whole: from here on it gets done.

        Raises:
            TransferError: It can't be written down.
        """
        spec, files = self._jobs[number]
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, keep_order, self._folder, number, Order(spec, files))
        except OSError as error:
            words, remedy = words_of(error), "Make room there or have it made writable; then give the job again."
            raise TransferError(f"no transfer can be taken: {words}", subject=str(self._folder), remedy=remedy) from error

        def begin(journal: Journal) -> LiveJob:
            journal.set_job(number, state=JobState.ACTIVE)
            row = journal.job(number)
            assert row is not None  # noqa: S101 (it was just set)
            return LiveJob(row, journal.tally(number))

        job = await self._taken(begin)
        del self._jobs[number]
        return job

    async def drop(self, number: int) -> None:
        """Forgets a job whose sender went away before it was whole."""
        if self._jobs.pop(number, None):
            await self._recorder.do(lambda journal: journal.remove_jobs([number]))
            await asyncio.get_running_loop().run_in_executor(self._threads, drop_order, self._folder, number)

    async def _taken(self, change: Callable[[Journal], T]) -> T:
        """Does a change for somebody who waits to know whether a job was taken: where it can't be written now, that is said."""
        posted = self._recorder.post(change)
        troubled = asyncio.ensure_future(self._troubled.wait())
        try:
            first: set[asyncio.Future[Any]] = {posted, troubled}
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            if not posted.done():
                raise TransferError(f"no transfer can be taken. {self._trouble}".removesuffix("."))
            return posted.result()
        finally:
            troubled.cancel()
