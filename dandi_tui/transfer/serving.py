"""The worker's socket: whoever attaches asks, steers and watches; many at once."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from dandi_tui import __version__
from dandi_tui.errors import DandiTuiError, UsageError
from dandi_tui.transfer import frames
from dandi_tui.transfer.model import ENDED, FileView, JobView, Limits, State
from dandi_tui.transfer.steering import limit, steer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from dandi_tui.transfer.engine import Engine
    from dandi_tui.transfer.journal import Journal
    from dandi_tui.transfer.live import LiveJob

_FLUSH_SECONDS = 0.2
_LET_IN_SECONDS = 0.05
_TOLD = (State.RUNNING, State.WAITING, State.PAUSED, State.FAILED)
_MOST_TOLD = 500
_MOST_KEPT = 4 * frames.BATCH


class Watcher:
    """What one connection is still to be told: the latest of each job and file, however long it takes to read.

    One that does not read for long is not kept every change of many files for: it is told how everything stands once it reads again.
    """

    def __init__(self, writer: asyncio.StreamWriter, job: int, tell_all: Callable[[Watcher], Awaitable[None]]) -> None:
        self.writer, self.job = writer, job
        self._tell_all = tell_all
        self._behind = False
        self.jobs: dict[int, JobView] = {}
        self.files: dict[int, FileView] = {}
        self.gone: list[int] = []
        self.notices: list[str] | None = None
        self.first = False
        self.limits: Limits | None = None
        self.something = asyncio.Event()
        self.over = asyncio.Event()

    def take(self, job: LiveJob, file: FileView | None) -> None:
        """Takes a change."""
        if self.job and self.job != job.id:
            return
        self.jobs[job.id] = job.view()
        if file is not None and not self._behind:
            self.files[file.id] = file
            if len(self.files) > _MOST_KEPT:
                self._behind, self.files = True, {}
        if self.job:
            (self.over.set if self.jobs[job.id].over else self.over.clear)()
        self.something.set()

    async def run(self) -> None:
        """Tells what changes, a few times a second; the end of the one job that is watched at once, since somebody waits for it."""
        while True:
            await self.something.wait()
            self.something.clear()
            if self._behind:
                self._behind = False
                await self._tell_all(self)
            jobs, files, gone, notices, first, limits = self.jobs, self.files, self.gone, self.notices, self.first, self.limits
            self.jobs, self.files, self.gone, self.notices, self.first = {}, {}, [], None, False
            rest = list(files.values())
            while True:
                batch, rest = rest[: frames.BATCH], rest[frames.BATCH :]
                message = frames.Changed(jobs=list(jobs.values()), files=batch, gone=gone, notices=notices, first=first, limits=limits if first else None)
                self.writer.write(frames.frame(message))
                await self.writer.drain()
                if not rest:
                    break
                jobs, gone, first, notices = {}, [], False, None
            with suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), _FLUSH_SECONDS)


class Server:
    """Serves an engine on a Unix socket.

    Args:
        engine: The engine.
        path: Where the socket is made, for this user alone.
        on_stop: Called when somebody asks for the worker's end.
    """

    def __init__(self, engine: Engine, path: Path, on_stop: asyncio.Event) -> None:
        self.engine, self.path = engine, path
        self.connections = 0
        self._on_stop = on_stop
        self._watchers: set[Watcher] = set()
        self._server: asyncio.Server | None = None
        self._inode = 0
        engine.on_change = self._changed
        engine.on_gone = self._gone
        engine.on_reorder = self._reordered
        engine.on_notice = self._noticed

    async def start(self) -> None:
        """Listens."""
        self.path.unlink(missing_ok=True)
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve, self.path)
        finally:
            os.umask(before)
        self._inode = self.path.stat().st_ino

    async def listen_again(self) -> None:
        """Listens anew where a cleaner of old files took the socket away."""
        if not self.path.exists():
            self.close()
            await self.start()

    def close(self) -> None:
        """Listens no more."""
        if self._server:
            self._server.close()
        with suppress(OSError):
            # Another worker may have its socket there by now.
            if self.path.stat().st_ino == self._inode:
                self.path.unlink()

    async def leave(self) -> bool:
        """Listens no more; where somebody attached just before, goes on listening. Whether nobody did."""
        self.close()
        # Who was let in just now is not counted yet.
        await asyncio.sleep(_LET_IN_SECONDS)
        if not self.connections:
            return True
        await self.start()
        return False

    # What changes

    def _changed(self, job: LiveJob, file: FileView | None) -> None:
        for watcher in self._watchers:
            watcher.take(job, file)

    def _gone(self, job: int) -> None:
        for watcher in self._watchers:
            watcher.gone.append(job)
            watcher.jobs.pop(job, None)
            watcher.something.set()

    def _reordered(self) -> None:
        for watcher in self._watchers:
            if not watcher.job:
                self.engine.spawn(self._tell_all(watcher))

    def _noticed(self) -> None:
        for watcher in self._watchers:
            watcher.notices = self.engine.told
            watcher.something.set()

    # One connection

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = _Connection(self, writer)
        try:
            await connection.run(reader)
        except (msgspec.DecodeError, ConnectionError):
            pass
        finally:
            self.connections -= 1
            self._watchers -= connection.watchers
            await connection.close()
            writer.close()

    async def watch(self, writer: asyncio.StreamWriter, job: int) -> Watcher:
        """Begins to tell a connection of changes, beginning with how all stands."""
        watcher = Watcher(writer, job, self._tell_all)
        self._watchers.add(watcher)
        await self._tell_all(watcher)
        return watcher

    async def _tell_all(self, watcher: Watcher) -> None:
        watcher.notices = self.engine.told
        for view in self.engine.views():
            if watcher.job in {0, view.id}:
                watcher.jobs[view.id] = view
                for file in await self._files(view.id, everything=bool(watcher.job)):
                    watcher.files.setdefault(file.id, file)
        watcher.limits = Limits(jobs=self.engine.most, rate=self.engine.rate.rate)
        watcher.first = True
        watcher.something.set()

    async def _files(self, job: int, *, everything: bool) -> list[FileView]:
        states = tuple(ENDED) if everything else _TOLD

        def read(journal: Journal) -> list[FileView]:
            return [row.view() for row in journal.files(job, states, limit=-1 if everything else _MOST_TOLD)]

        return [view for view in await self.engine.recorder.read(read) if view.state is not State.RUNNING]

    def stop(self) -> None:
        """Ends the worker soon."""
        self._on_stop.set()


class _Connection:
    def __init__(self, server: Server, writer: asyncio.StreamWriter) -> None:
        self.server, self.engine, self.writer = server, server.engine, writer
        self.watchers: set[Watcher] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._arriving: set[int] = set()

    async def run(self, reader: asyncio.StreamReader) -> None:
        while (asked := await frames.read_frame(reader, frames.ASKED)) is not None:
            try:
                answer = await self._answer(asked)
            except DandiTuiError as error:
                answer = frames.Answered(seq=asked.seq, error=str(error))
            self.writer.write(frames.frame(answer))
            await self.writer.drain()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for job in self._arriving:
            await self.engine.arriving.drop(job)

    async def _answer(self, asked: frames.Asked) -> frames.Told:
        match asked:
            case frames.Hello():
                return self._welcome(asked)
            case frames.UseKey(api_url=api_url, key=key):
                waiting = self.engine.use_key(api_url, key)
                return frames.Answered(seq=asked.seq, count=await steer(self.engine, "resume", waiting, []) if waiting else 0)
            case frames.OpenJob(spec=spec):
                job = await self.engine.arriving.open(spec)
                self._arriving.add(job)
                return frames.Answered(seq=asked.seq, job=job)
            case frames.AddFiles(job=job, files=files):
                self._own(job)
                await self.engine.arriving.add(job, files)
            case frames.BeginJob(job=job):
                self._own(job)
                await self.engine.begin_job(job)
                self._arriving.discard(job)
            case frames.Watch(job=job):
                await self._watch(job)
            case frames.Steer(action=action, jobs=jobs, files=files):
                return frames.Answered(seq=asked.seq, count=await steer(self.engine, action, jobs, files))
            case frames.SetLimits(job=job, jobs=jobs, rate=rate):
                await self._limit(job, jobs, rate)
            case frames.Stop():
                self.server.stop()
            case _:
                return await self._read(asked)
        return frames.Answered(seq=asked.seq)

    def _welcome(self, asked: frames.Hello) -> frames.Welcome:
        engine = self.engine
        return frames.Welcome(
            seq=asked.seq, protocol=frames.PROTOCOL, version=__version__, pid=os.getpid(), host=socket.gethostname(),
            notices=engine.told, jobs=engine.most, rate=engine.rate.rate,
        )  # fmt: skip

    def _own(self, job: int) -> None:
        if job not in self._arriving:
            raise UsageError(f"job {job} is not being handed over by this connection")

    async def _watch(self, job: int) -> None:
        watcher = await self.server.watch(self.writer, job)
        self.watchers.add(watcher)
        self._tasks.append(asyncio.create_task(watcher.run()))

    async def _limit(self, job: int, jobs: int | None, rate: int | None) -> None:
        await limit(self.engine, job, jobs, rate)

    async def _read(self, asked: frames.Asked) -> frames.Told:
        if isinstance(asked, frames.ReadLog):
            file = asked.file
            return frames.Answered(seq=asked.seq, lines=await self.engine.recorder.read(lambda journal: journal.log(file)))
        if isinstance(asked, frames.ListComing):
            root, after = asked.root, asked.after
            return frames.Answered(seq=asked.seq, coming=await self.engine.recorder.read(lambda journal: journal.coming(root, after, frames.BATCH)))
        assert isinstance(asked, frames.ListFiles)  # noqa: S101 (the only one left)
        one = asked
        rows = await self.engine.recorder.read(lambda journal: journal.files(one.job, one.states, offset=one.offset, limit=min(one.limit, frames.BATCH)))
        return frames.Answered(seq=asked.seq, files=[self.engine.view_of(row) for row in rows])
