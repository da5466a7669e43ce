"""The engine: takes files of jobs in their order, as many side by side as limits and servers allow, until all has ended."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from dandi_tui.transfer.archives import Archives
from dandi_tui.transfer.arriving import Arriving
from dandi_tui.transfer.connections import Pools
from dandi_tui.transfer.control import Control
from dandi_tui.transfer.limits import Pace, RateLimit
from dandi_tui.transfer.live import LiveJob
from dandi_tui.transfer.model import MOST_JOBS, MOST_SIDE_BY_SIDE, JobState, State
from dandi_tui.transfer.orders import drop_order, drop_others
from dandi_tui.transfer.places import Places
from dandi_tui.transfer.recorder import Recorder
from dandi_tui.transfer.tries import ends, run
from dandi_tui.transfer.work import Work, current_work

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from dandi_tui.transfer.journal import FileRow, Journal
    from dandi_tui.transfer.model import FileView, JobView
    from dandi_tui.transfer.reading import Readers

_THREADS = 2 * MOST_SIDE_BY_SIDE
_LOOK_SECONDS = 0.5


class Engine:
    """Does what the journal's jobs ask for.

    Args:
        journal: An open journal; the engine closes it.
        on_change: Told on the loop's thread of every change of a job or file.
    """

    def __init__(self, journal: Journal, *, on_change: Callable[[LiveJob, FileView | None], None] | None = None) -> None:
        self.folder = journal.path.parent
        self.recorder = Recorder(journal, self._trouble)
        self.jobs: dict[int, LiveJob] = {}
        self.order: list[int] = []
        self.notices: list[str] = []
        self.trouble = ""
        self.rate = RateLimit()
        self.most = MOST_JOBS
        self.archives = Archives(self._asked_to_wait)
        self.on_change = on_change or (lambda _job, _file: None)
        self.on_gone: Callable[[int], None] = lambda _job: None
        self.on_reorder: Callable[[], None] = lambda: None
        self.on_notice: Callable[[], None] = lambda: None
        self._paces: dict[str, Pace] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="transfer")
        self._pools = Pools()
        self._wake = asyncio.Event()
        self._running: dict[int, tuple[asyncio.Task[None], Work, LiveJob]] = {}
        self.places = Places()
        self.arriving = Arriving(self.recorder, self.folder, self._threads)
        self._loops: list[asyncio.Task[None]] = []
        self.closing = False
        self._readers: Readers | None = None

    # Start and end

    async def start(self) -> None:
        """Takes up what the journal has, and begins.

        Raises:
            TransferError: The journal can't be written.
        """

        def read(journal: Journal) -> tuple[list[LiveJob], tuple[int, int] | None]:
            journal.resume()
            journal.remove_jobs(journal.old_jobs())
            return [LiveJob(row, journal.tally(row.id)) for row in journal.jobs()], journal.limits()

        jobs, limits = await self.recorder.once(read)
        await asyncio.get_running_loop().run_in_executor(self._threads, self.recorder.journal.vacuum)
        await asyncio.get_running_loop().run_in_executor(self._threads, drop_others, self.folder, [job.id for job in jobs])
        for job in jobs:
            self._enter(job)
        if limits:
            self.most, self.rate.rate = limits
        if self.recorder.journal.notice:
            self.notices.append(self.recorder.journal.notice)
        self._loops = [asyncio.create_task(self._dispatch()), asyncio.create_task(self._look())]
        for job in jobs:
            await self.end_if_done(job)
        self._wake.set()

    def _enter(self, job: LiveJob) -> None:
        self.jobs[job.id] = job
        self.order.append(job.id)

    async def close(self) -> None:
        """Stops what runs, leaving it so that the next engine goes on, and closes the journal."""
        self.closing = True
        self.recorder.end()
        for task in self._loops:
            task.cancel()
        tasks = [task for task, _, _ in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*self._loops, *tasks, return_exceptions=True)
        if self._readers is not None:
            self._readers.close()
        await self.archives.close()
        await self.recorder.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._pools.close()

    @property
    def idle(self) -> bool:
        """Whether nothing is to be done that goes on by itself."""
        going = (job for job in self.jobs.values() if job.state is JobState.ACTIVE)
        return not self.arriving and not any(job.count(state) for job in going for state in (State.QUEUED, State.RUNNING, State.WAITING))

    def _trouble(self, words: str) -> None:
        before, self.trouble = self.trouble, f"The journal in {self.folder} can't be written, and transfers wait for it: {words}" if words else ""
        self.arriving.know_trouble(self.trouble)
        if self.trouble != before:
            self.on_notice()

    @property
    def told(self) -> list[str]:
        """What a person should know of the journal."""
        return [*self.notices, *([self.trouble] if self.trouble else [])]

    # Jobs come in

    async def begin_job(self, number: int) -> None:
        """A job that arrived is whole, and begins.

        Raises:
            TransferError: It can't be written down.
        """
        job = await self.arriving.end(number)
        self._enter(job)
        self.on_change(job, None)
        await self.end_if_done(job)
        self._wake.set()

    def use_key(self, api_url: str, key: str) -> list[int]:
        """Takes a key; jobs that wait for one are named."""
        self.archives.use_key(api_url, key)
        return [job.id for job in self.jobs.values() if job.need == "key" and job.spec.instance.api_url == api_url and job.state is JobState.PAUSED]

    # Dispatching

    def _asked_to_wait(self, api_url: str, seconds: float) -> None:
        self._pace(api_url).pushed_back()
        if (work := current_work.get()) is not None:
            work.waits(seconds)

    def _pace(self, api_url: str) -> Pace:
        if api_url not in self._paces:
            self._paces[api_url] = Pace(64)
        return self._paces[api_url]

    async def _dispatch(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            for number in tuple(self.order):
                job = self.jobs.get(number)
                while job is not None and self._room(job) and (row := await self._next(job)) is not None:
                    await self._begin(job, row)

    def _room(self, job: LiveJob) -> bool:
        pace = self._pace(job.spec.instance.api_url)
        pace.most = max(job.jobs, self.most)
        return job.state is JobState.ACTIVE and len(self._running) < self.most and len(job.running) < min(job.jobs, pace.allowed) and job.may_have_queued

    async def _next(self, job: LiveJob) -> FileRow | None:
        """The next queued file of a job, which is running from here on."""
        if not job.ahead:
            limit = job.jobs * 4
            rows = await self.recorder.do(lambda journal: journal.files(job.id, (State.QUEUED,), limit=limit + len(job.running)))
            job.ahead.extend(row for row in rows if row.id not in self._running)
        if not job.ahead:
            job.may_have_queued = False
            return None
        return job.ahead.popleft()

    async def _begin(self, job: LiveJob, row: FileRow) -> None:
        control = Control(self.rate, job.rate)
        client = await self.archives.client(job.spec.instance)
        pace = self._pace(job.spec.instance.api_url)
        work = Work(row, job.spec, client, self.recorder, self._threads, self._pools, control, pace)
        work.shared = job.shared
        if job.spec.kind == "upload":
            work.readers = self._for_uploads()
        begun = self.recorder.post(lambda journal: journal.set_file(row.id, state=State.RUNNING, reason="", remedy="", due=0, need=""))
        job.moved(row.state, State.RUNNING, row.there, row.spec.size)
        job.running[row.id] = work
        task = asyncio.create_task(run(self, job, work, begun))
        self._running[row.id] = (task, work, job)
        task.add_done_callback(lambda _task: self._over(job, row.id))
        self.on_change(job, None)

    def _for_uploads(self) -> Readers:
        if self._readers is None:
            from dandi_tui.transfer.reading import readers_begun

            self._readers = readers_begun()
        return self._readers

    def _over(self, job: LiveJob, file: int) -> None:
        self._running.pop(file, None)
        job.running.pop(file, None)
        self._wake.set()

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Does something beside, and keeps it until it is done."""
        task = asyncio.ensure_future(coroutine)
        self._loops.append(task)
        task.add_done_callback(lambda done: self._loops.remove(done) if done in self._loops else None)

    async def end_if_done(self, job: LiveJob) -> None:
        """Ends a job that has nothing left to do."""
        if job.state is JobState.ACTIVE and not job.unfinished and not job.running:
            await self.set_state(job, JobState.ENDED)

    async def set_state(self, job: LiveJob, state: JobState, reason: str = "", remedy: str = "") -> None:
        """Brings a job into a state."""
        over = state in {JobState.ENDED, JobState.CANCELLED}
        ended = time.time() if over else 0.0
        job.state, job.reason, job.remedy, job.ended = state, reason, remedy, ended
        await self.recorder.do(lambda journal: journal.set_job(job.id, state=state, reason=reason, remedy=remedy, ended=ended))
        if over and not job.count(State.FAILED):
            await asyncio.get_running_loop().run_in_executor(self._threads, drop_order, self.folder, job.id)
        self.on_change(job, None)

    # Pausing and stopping

    async def pause(self, job: LiveJob, reason: str, remedy: str, need: str = "") -> None:
        """Pauses a job that can't go on without what it needs."""
        if job.state is not JobState.ACTIVE:
            return
        job.need = need
        await self.set_state(job, JobState.PAUSED, reason, remedy)
        await self.stop_running(job, State.QUEUED)

    async def stop_running(self, job: LiveJob, state: State, files: Iterable[int] | None = None) -> None:
        """Stops what runs of a job; the files get the state named."""
        current = asyncio.current_task()
        chosen = [file for file in (files if files is not None else tuple(job.running)) if file in self._running]
        found = [(file, *self._running[file][:2]) for file in chosen if self._running[file][0] is not current]
        for _, task, work in found:
            work.control.stop()
            task.cancel()
        await asyncio.gather(*(task for _, task, _ in found), return_exceptions=True)
        for file, _, work in found:
            if not work.ended:
                await ends(self, job, work, state)
            self._over(job, file)

    # Looking

    async def _look(self) -> None:
        """Tells from time to time how far the running files are."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for job in tuple(self.jobs.values()):
                if not job.running and not job.speeding:
                    continue
                job.measure()
                for work in tuple(job.running.values()):
                    self.on_change(job, work.view())
                self.on_change(job, None)

    def view_of(self, row: FileRow) -> FileView:
        """How a file stands, with what it does just now."""
        found = self._running.get(row.id)
        return found[1].view() if found else row.view()

    def views(self) -> list[JobView]:
        """How all jobs stand, in their order."""
        return [self.jobs[number].view() for number in self.order]

    def wake(self) -> None:
        """Looks for files to be done."""
        self._wake.set()
