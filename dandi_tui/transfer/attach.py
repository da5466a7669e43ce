"""Attaching to the worker: starting it where there is none, handing jobs over, watching and steering them.

`await attach(start=True)` gives `Transfers`, an async context manager; `docs/transfer.md` shows a whole use of it.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, Self

import msgspec

from dandi_tui.errors import TransferError
from dandi_tui.transfer import frames
from dandi_tui.transfer.home import has_orders, holder_alive, home_dir, journal_path, log_path, peer_is_ours, read_failure, read_holder, tell_failure
from dandi_tui.transfer.journal import unfinished

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from dandi_tui.api.instances import Instance
    from dandi_tui.transfer.model import Coming, FileSpec, FileView, JobSpec, LogLine, State

_START_SECONDS = 20.0
_TRY_SECONDS = 0.05
_START_AGAIN_SECONDS = 5.0
_HANDING_TRIES = 4


class Transfers:
    """A connection to the worker. Made by `attach`; an async context manager."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._seq = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._changes: asyncio.Queue[frames.Changed | None] = asyncio.Queue()
        self._listening = asyncio.create_task(self._listen())
        self._broken = False
        self.opened = 0
        """The number of the job that was handed over last, by half or whole."""
        self.welcome = frames.Welcome(seq=0, protocol=0, version="", pid=0, host="")

    async def __aenter__(self) -> Self:
        """The connection itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Detaches; transfers go on."""
        await self.close()

    async def close(self) -> None:
        """Detaches; transfers go on."""
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        self._writer.close()

    @property
    def lost(self) -> bool:
        """Whether the worker has gone."""
        return self._broken or self._listening.done()

    async def _listen(self) -> None:
        try:
            while (told := await frames.read_frame(self._reader, frames.TELLING)) is not None:
                if isinstance(told, frames.Changed):
                    self._changes.put_nowait(told)
                elif (future := self._answers.pop(told.seq, None)) and not future.done():
                    future.set_result(told)
        except msgspec.DecodeError:
            pass
        finally:
            self._changes.put_nowait(None)
            for future in self._answers.values():
                if not future.done():
                    future.set_exception(_gone())

    async def _ask(self, asked: frames.Request) -> Any:  # noqa: ANN401 (Answered or Welcome)
        if self.lost:
            raise _gone()
        self._seq += 1
        future = self._answers[self._seq] = asyncio.get_running_loop().create_future()
        self._writer.write(frames.frame(msgspec.structs.replace(asked, seq=self._seq)))
        try:
            await self._writer.drain()
        except ConnectionError as error:
            self._broken = True
            raise _gone() from error
        told = await future
        if isinstance(told, frames.Answered) and told.error:
            raise TransferError(told.error.removesuffix("."))
        return told

    async def greet(self) -> None:
        """Says which protocol is spoken, and takes what the worker says of itself."""
        self.welcome = await self._ask(frames.Hello())

    async def use_key(self, instance: Instance, key: str) -> None:
        """Hands a key over, to be kept in the worker's memory; jobs that waited for it go on."""
        await self._ask(frames.UseKey(api_url=instance.api_url, key=key))

    async def submit(self, spec: JobSpec, files: Sequence[FileSpec], key: str | None = None) -> int:
        """Hands a job over. Once this returns, it is in the journal and gets done; its number.

        Args:
            spec: What is to be done.
            files: The files, those that are skipped or refused included, so that they are told.
            key: The archive's API key.

        Raises:
            TransferError: The worker went away before it had taken the job.
        """
        if key:
            await self.use_key(spec.instance, key)
        job = self.opened = (await self._ask(frames.OpenJob(spec=spec))).job
        for start in range(0, len(files), frames.BATCH):
            await self._ask(frames.AddFiles(job=job, files=list(files[start : start + frames.BATCH])))
        await self._ask(frames.BeginJob(job=job))
        return int(job)

    async def knows(self, job: int) -> bool:
        """Whether the worker has a job; one that was handed over by half it has not."""
        told = await self._ask(frames.ListFiles(job=job, limit=1))
        return bool(told.files)

    async def watch(self, job: int = 0) -> AsyncIterator[frames.Changed]:
        """What changes, beginning with how everything stands; ends when the worker goes away.

        Args:
            job: Only this job's, with each of its files that ended; 0: all jobs, and their files that run, wait or failed.
        """
        await self._ask(frames.Watch(job=job))
        while (changed := await self._changes.get()) is not None:
            yield changed

    async def steer(self, action: str, jobs: Sequence[int] = (), files: Sequence[int] = ()) -> int:
        """Does `pause`, `resume`, `cancel`, `retry`, `keep`, `replace`, `clear`, `first`, `up` or `down`; how many jobs or files it touched."""
        return int((await self._ask(frames.Steer(action=action, jobs=list(jobs), files=list(files)))).count)

    async def limit(self, job: int = 0, *, jobs: int | None = None, rate: int | None = None) -> None:
        """Limits a job, or all together for job 0: files side by side, bytes a second (0: none)."""
        await self._ask(frames.SetLimits(job=job, jobs=jobs, rate=rate))

    async def files(self, job: int, states: Sequence[State] = (), *, offset: int = 0, limit: int = frames.BATCH) -> list[FileView]:
        """Files of a job in its order, those in `states` or all; at most some thousand at once."""
        found: list[FileView] = (await self._ask(frames.ListFiles(job=job, states=list(states), offset=offset, limit=limit))).files
        return found

    async def coming(self, root: str) -> list[Coming]:
        """What downloads are bringing at or below a folder."""
        found: list[Coming] = []
        while batch := (await self._ask(frames.ListComing(root=root, after=found[-1].id if found else 0))).coming:
            found += batch
        return found

    async def log(self, file: int) -> list[LogLine]:
        """The log of a file, the oldest line first."""
        found: list[LogLine] = (await self._ask(frames.ReadLog(file=file))).lines
        return found

    async def stop_worker(self) -> None:
        """Ends the worker; what runs goes on with the next one."""
        await self._ask(frames.Stop())


def _gone() -> TransferError:
    return TransferError("the worker of the transfers went away", remedy="Its journal is kept: transfers go on with the next start.")


def has_unfinished() -> bool:
    """Whether the journal of this host has transfers that would go on; asks the disk."""
    return unfinished(journal_path()) if journal_path().exists() else has_orders(home_dir())


async def hand_over(spec: JobSpec, files: Sequence[FileSpec], key: str | None = None) -> int:
    """Hands a job over to a worker, started if need be; once this returns, it is in the journal and gets done. Its number.

    A worker that is killed meanwhile is started again, and asked whether it was the job's.

    Raises:
        TransferError: It can't be started, or does not stay.
    """
    opened = 0
    for tries_left in reversed(range(_HANDING_TRIES)):
        transfers = await attach(start=True)
        assert transfers is not None  # noqa: S101 (it was started)
        async with transfers:
            try:
                if opened and await transfers.knows(opened):
                    return opened
                return await transfers.submit(spec, files, key)
            except TransferError:
                opened = transfers.opened or opened
                if not transfers.lost or not tries_left:
                    raise
    raise _gone()


async def attach(*, start: bool = False) -> Transfers | None:
    """Attaches to the worker of this host and user.

    Args:
        start: Start it where there is none; without it None is returned then.

    Raises:
        TransferError: It can't be started, or speaks another protocol and can't be ended.
    """
    until = asyncio.get_running_loop().time() + _START_SECONDS
    started_at = 0.0
    while True:
        found = await _connect()
        if found is not None:
            return found
        if not start:
            return None
        now = asyncio.get_running_loop().time()
        if why := read_failure(home_dir()) if started_at else "":
            raise TransferError(f"the worker of the transfers can't start: {why}", remedy=f"{log_path()} may tell more.")
        if now > until:
            raise TransferError("the worker of the transfers does not answer", subject=str(home_dir()), remedy=f"{log_path()} may tell why.")
        if not started_at or now - started_at > _START_AGAIN_SECONDS:
            started_at = now
            await asyncio.to_thread(_early.pop().join if _early else start_worker)
        await asyncio.sleep(_TRY_SECONDS)


async def _connect() -> Transfers | None:
    holder = read_holder(home_dir())
    if holder is None:
        return None
    try:
        reader, writer = await asyncio.open_unix_connection(holder.socket, limit=2**22)
    except OSError:
        return None
    if not peer_is_ours(writer.get_extra_info("socket")):
        writer.close()
        return None
    found = Transfers(reader, writer)
    try:
        await asyncio.wait_for(found.greet(), _START_SECONDS)
        if found.welcome.protocol == frames.PROTOCOL:
            return found
        await found.stop_worker()
    except TransferError:
        pass
    except TimeoutError:
        await found.close()
        raise TransferError("the worker of the transfers hangs", subject=f"process {holder.pid}", remedy="End that process; the next start goes on.") from None
    await found.close()
    return None


_early: list[threading.Thread] = []


def start_early(reading: str = "") -> None:
    """Begins to start a worker where there is none, so that it is there once this command has found out what is to be done.

    Args:
        reading: What it will be asked for, as `run_worker` takes it.
    """
    if holder_alive(home_dir()) is None:
        _early.append(threading.Thread(target=start_worker, args=(reading,), daemon=True))
        _early[-1].start()


def start_worker(reading: str = "") -> None:
    """Starts a worker in a session of its own, which no hang-up of this terminal reaches.

    The key for any archive (`DANDI_TUI_API_KEY`) is not left in its environment: it is meant for this command's archive alone.
    """
    tell_failure(home_dir(), "")
    environment = {name: value for name, value in os.environ.items() if name != "DANDI_TUI_API_KEY"}
    command = [sys.executable, "-P", "-m", "dandi_tui.transfer", "--detach", *([reading] if reading else [])]
    null = subprocess.DEVNULL
    subprocess.run(command, stdin=null, stdout=null, stderr=null, start_new_session=True, cwd="/", env=environment, check=False)
