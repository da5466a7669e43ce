"""What the transfer of one file is given: the archive, threads, connections, limits, its place in the journal."""

from __future__ import annotations

import asyncio
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from dandi_tui.transfer.model import HASHING, FileView, State

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from concurrent.futures import Executor

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.transfer.connections import Pools
    from dandi_tui.transfer.control import Control
    from dandi_tui.transfer.journal import FileRow
    from dandi_tui.transfer.limits import Pace
    from dandi_tui.transfer.model import FileSpec, JobSpec
    from dandi_tui.transfer.rate import Rate
    from dandi_tui.transfer.reading import Readers
    from dandi_tui.transfer.recorder import Recorder

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_SHOWN_SECONDS = 1.0


class Work:
    """The transfer of one file while it runs.

    `bytes`, `total` and `phase` may be set from any thread; the engine looks at them from time to time.

    Args:
        row: The file as the journal has it.
        job: Its job.
        client: The archive.
        recorder: The journal.
        threads: For what waits for disk or network.
        pools: Connections to stores.
        control: Limits, and how it is stopped.
        pace: Told how servers take it.
    """

    def __init__(
        self, row: FileRow, job: JobSpec, client: ArchiveClient, recorder: Recorder, threads: Executor, pools: Pools, control: Control, pace: Pace
    ) -> None:
        self.row, self.job, self.client, self.pools, self.control, self.pace = row, job, client, pools, control, pace
        self.spec: FileSpec = row.spec
        self.recorder = recorder
        self._threads = threads
        self._lock = threading.Lock()
        self.bytes = 0
        self.kept = 0
        """Bytes that a former try left, as they are shown until they have been checked."""
        self.total = row.spec.size
        self.phase = ""
        self.moved = 0
        """Bytes that came or went in this try: what speed is measured by."""
        self.told = 0
        """Of these, bytes that were measured already."""
        self.shared: dict[str, Any] = {}
        """What the files of the job share."""
        self.readers: Readers
        """Processes that read local files (uploads)."""
        self.contended = False
        """Whether another transfer was at the same place just before."""
        self.ended = False
        self.speed: Rate | None = None
        self._asked_again = 0.0

    def view(self) -> FileView:
        """The file as it is told to whoever watches."""
        view = self.row.view()
        return FileView(
            id=view.id, job=view.job, path=view.path, state=State.RUNNING, phase=self._doing, bytes=min(self.there, self.total) if self.total else self.there,
            total=self.total, rate=self.speed.per_second() if self.speed else 0.0,
        )  # fmt: skip

    @property
    def _doing(self) -> str:
        left = self._asked_again - time.monotonic()
        return f"asks again in {left:.0f} s" if left >= _SHOWN_SECONDS else self.phase

    @property
    def existing(self) -> str:
        """What is done where the draft has an asset at the path (uploads): as the job says, unless a person said it of this file."""
        return "overwrite" if self.spec.replace else self.job.existing

    def waits(self, seconds: float) -> None:
        """The archive wants to be left alone so long, or failed and is asked again after it."""
        self._asked_again = time.monotonic() + seconds

    @property
    def there(self) -> int:
        """Bytes that are there, those that are still to be checked among them."""
        return self.bytes if self.phase == HASHING else max(self.bytes, self.kept)

    def add(self, count: int) -> None:
        """So many more bytes are there; from any thread."""
        with self._lock:
            self.bytes += count
            self.moved += count

    def add_checked(self, count: int) -> None:
        """So many bytes were there already and are right; from any thread."""
        with self._lock:
            self.bytes += count

    async def in_thread(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Does something that waits in a thread. When cancelled, stops the thread's connections and waits for its end."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self.control.stop()
            await asyncio.wait({future})
            future.exception()
            raise

    async def save(self, **columns: Any) -> None:  # noqa: ANN401 (columns of the journal)
        """Writes what the transfer must know to go on; returns once it is on the disk."""
        if "phase" in columns:
            self.phase = columns["phase"]
        await self.recorder.do(lambda journal: journal.set_file(self.row.id, **columns))

    async def note(self, words: str) -> None:
        """A line for the file's log."""
        await self.recorder.do(lambda journal: journal.note(self.row.id, words))


current_work: ContextVar[Work | None] = ContextVar("current_work", default=None)
"""The transfer that the present task, and those that it began, belong to."""


async def together(*coroutines: Coroutine[Any, Any, Any]) -> None:
    """Does all side by side; at the first failure the others are cancelled and waited for, and it is raised."""
    tasks = [asyncio.ensure_future(one) for one in coroutines]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def settled(awaitable: Awaitable[T]) -> T:
    """Awaits something to its end even while this task is cancelled; the cancelling then comes after it."""
    task = asyncio.ensure_future(awaitable)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
