"""A lasting link to the worker: attaches when there is something to see, again when the worker was killed, and keeps a board."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from dandi_tui.errors import DandiTuiError, TransferError
from dandi_tui.transfer import offline
from dandi_tui.transfer.attach import Transfers, attach, has_unfinished
from dandi_tui.transfer.board import Board
from dandi_tui.transfer.frames import Changed
from dandi_tui.transfer.home import holder_alive, home_dir
from dandi_tui.transfer.pulse import watch_pulse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.api.instances import Instance
    from dandi_tui.transfer.model import FileSpec, JobSpec, JobView

_AGAIN_SECONDS = 1.0
_LOOK_SECONDS = 2.0


class Link:
    """The link of one app.

    Args:
        on_change: Called when the board has changed, with the jobs that ended thereby.
        on_trouble: Told in words why there is no link.
    """

    def __init__(self, on_change: Callable[[list[JobView]], None], on_trouble: Callable[[TransferError], None]) -> None:
        self.board = Board()
        self._on_change = on_change
        self._on_trouble = on_trouble
        self._keys: dict[str, tuple[Instance, str]] = {}
        self._submitted: set[int] = set()
        self._transfers: Transfers | None = None
        self._attaching = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None
        self._pulse: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    async def open(self) -> None:
        """Attaches if a worker runs, or if one should: there are transfers that would go on. Else shows the journal as it was left.

        A worker that another program starts later is attached to, too.
        """
        try:
            found = await attach()
            if found is None and await asyncio.to_thread(has_unfinished):
                found = await attach(start=True)
            if found is None:
                await self._read_journal()
        except TransferError as error:
            self._on_trouble(error)
        else:
            if found is not None:
                await self._use(found)
        if not self._closed:
            self._looking = asyncio.create_task(self._look_for_worker())

    async def _look_for_worker(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if (self._transfers is not None and not self._transfers.lost) or await asyncio.to_thread(holder_alive, home_dir()) is None:
                continue
            with suppress(TransferError):
                async with self._attaching:
                    if (self._transfers is None or self._transfers.lost) and (found := await attach()) is not None:
                        await self._use(found)

    async def _read_journal(self) -> None:
        """Puts what ended before on the board; a journal that can't be read now is told of by the worker, when it is needed."""
        with suppress(OSError, DandiTuiError):
            jobs, limits = await asyncio.to_thread(lambda: (offline.jobs(), offline.limits()))
            self._on_change(self.board.take(Changed(jobs=jobs, first=True, limits=limits)))

    async def ready(self) -> Transfers:
        """The worker, started if need be.

        Raises:
            TransferError: It can't be started.
        """
        async with self._attaching:
            if self._transfers is None or self._transfers.lost:
                found = await attach(start=True)
                assert found is not None  # noqa: S101 (it was started)
                await self._use(found)
            assert self._transfers is not None  # noqa: S101
            return self._transfers

    async def _use(self, transfers: Transfers) -> None:
        former, self._transfers = self._transfers, transfers
        if former is not None:
            await former.close()
        for instance, key in self._keys.values():
            await transfers.use_key(instance, key)
        self._watching = asyncio.create_task(self._watch(transfers))
        if self._pulse is not None:
            self._pulse.cancel()
        self._silent("")
        self._pulse = asyncio.create_task(watch_pulse(transfers, self._silent))

    def _silent(self, words: str) -> None:
        if self.board.silence != words:
            self.board.silence = words
            self._on_change([])

    async def _watch(self, transfers: Transfers) -> None:
        try:
            async for changed in transfers.watch():
                self._on_change(self.board.take(changed))
                self._tell_ended_unseen()
        except TransferError:
            pass
        # It ends when idle; but killed in the midst of its work, it is started again.
        while self.board.going:
            await asyncio.sleep(_AGAIN_SECONDS)
            try:
                await self.ready()
            except TransferError as error:
                self._on_trouble(error)
            else:
                return

    async def use_key(self, instance: Instance, key: str) -> None:
        """The key that the worker shall use for an archive; jobs that waited for it go on."""
        self._keys[instance.api_url] = (instance, key)
        if self._transfers is not None and not self._transfers.lost:
            await self._transfers.use_key(instance, key)

    async def submit(self, spec: JobSpec, files: Sequence[FileSpec]) -> int:
        """Hands a job over; once this returns, it gets done. Its number.

        Raises:
            TransferError: The worker could not take it.
        """
        number = await (await self.ready()).submit(spec, files)
        self._submitted.add(number)
        self._tell_ended_unseen()
        return number

    def _tell_ended_unseen(self) -> None:
        """Tells of jobs handed over here that ended before the board first saw them."""
        found = [job for number in self._submitted if (job := self.board.ended_unseen(number)) is not None]
        self._submitted -= {job.id for job in found}
        if found:
            self._on_change(found)

    async def close(self) -> None:
        """Detaches; transfers go on."""
        self._closed = True
        tasks = [task for task in (self._looking, self._watching, self._pulse) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._transfers is not None:
            await self._transfers.close()
