"""What the archive does by itself, some moments after it was asked: digests, validation, checksums, publishing, opening.

What is to be done stands in the store alone, as the state of blobs, assets, versions, Zarrs and Dandisets: a server that is
started again goes on where the one before it was ended.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dandi_tui.demo.background import hashing, ingesting, publishing, summarizing, unembargoing, validating
from dandi_tui.demo.background.validator import Validator
from dandi_tui.demo.background.work import Work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dandi_tui.demo.routing import Archive

    Job = Callable[[Work], Awaitable[bool]]

PACE = 0.2
_LONGEST_PAUSE = 60.0
# Each with how many times longer than the others it waits, so that much at once is done once.
JOBS: tuple[tuple[Job, int], ...] = (
    (hashing.step, 1),
    (ingesting.step, 1),
    (validating.assets_step, 1),
    (validating.versions_step, 1),
    (publishing.step, 1),
    (unembargoing.step, 1),
    (summarizing.step, 4),
)


class Background:
    """Does what waits in the store, whenever it is woken.

    Args:
        pace: Seconds that anything waits before it is begun.
        tell: Is told what could not be done, and is tried again.
    """

    def __init__(self, pace: float = PACE, tell: Callable[[str], None] = lambda _: None) -> None:
        self.pace = pace
        self._tell = tell
        self._held = False
        self._woken: list[asyncio.Event] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Tells that something may wait; to be called in the server's loop."""
        for event in self._woken:
            event.set()

    def hold(self) -> None:
        """Lets all wait, until `release`: so that what waits can be looked at."""
        self._held = True

    def release(self) -> None:
        """Goes on after `hold`; may be called from any thread."""
        self._held = False
        if self._loop:
            self._loop.call_soon_threadsafe(self.wake)

    async def run(self, archive: Archive) -> None:
        """Works until it is cancelled."""
        self._loop = asyncio.get_running_loop()
        async with Validator(archive.addresses.origin) as validator:
            work = Work(archive, validator, self.pace)
            await work.change(lambda: _begin_again(work))
            async with asyncio.TaskGroup() as group:
                for job, times in JOBS:
                    self._woken.append(event := asyncio.Event())
                    event.set()
                    group.create_task(self._keep(work, job, event, self.pace * times))

    async def _keep(self, work: Work, job: Job, event: asyncio.Event, pause: float) -> None:
        failures = 0
        while True:
            await event.wait()
            await asyncio.sleep(pause)
            event.clear()
            try:
                while not self._held and await job(work):
                    failures = 0
                    self.wake()
            except Exception as error:  # noqa: BLE001 (whatever it is, the archive goes on answering)
                self._tell(f"{job.__module__.rpartition('.')[2]}: {error!r}")
                failures += 1
                await asyncio.sleep(min(_LONGEST_PAUSE, pause * 2**failures))
                event.set()


def _begin_again(work: Work) -> None:
    """What was being done when the server ended waits again."""
    store = work.store
    store.run("UPDATE asset SET status = 'Pending' WHERE status = 'Validating'")
    store.run("UPDATE version SET status = 'Pending' WHERE status = 'Validating'")
    store.run("UPDATE zarr SET status = 'Uploaded' WHERE status = 'Ingesting'")
