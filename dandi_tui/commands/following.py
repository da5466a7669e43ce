"""Handing a job to the worker, and following it to its end."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from dandi_tui.commands.options import print_json
from dandi_tui.commands.telling import Event, Json, Person
from dandi_tui.text import plural, size
from dandi_tui.transfer.attach import Transfers, attach, hand_over
from dandi_tui.transfer.home import batch_job, home_dir
from dandi_tui.transfer.model import JobState, State
from dandi_tui.transfer.pulse import watch_pulse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from dandi_tui.transfer.frames import Changed
    from dandi_tui.transfer.model import FileSpec, JobSpec, JobView

INTERRUPTED = 130
"""The exit status of a command that was interrupted."""
_PATIENCE = 3600.0
"""Seconds that a file is tried again without any progress, while somebody waits for the command to end."""
F = TypeVar("F", bound="Callable[..., object]")


def handing_options(function: F) -> F:
    """Adds --background, --foreground and --patience to a command that hands a job over."""
    patience = "Seconds to try a file again without any progress."
    function = click.option("--patience", type=click.FloatRange(0), default=_PATIENCE, show_default=True, help=patience)(function)
    foreground = "Do it in this process, which a batch job waits for; chosen by itself inside one."
    function = click.option("--foreground", is_flag=True, help=foreground)(function)
    return click.option("--background", is_flag=True, help="Hand it to the worker and return; `transfers` shows it.")(function)


def submit_and_follow(
    spec: JobSpec, files: Sequence[FileSpec], key: str | None, *, as_json: bool, background: bool = False, foreground: bool = False, others: Sequence[int] = ()
) -> int:
    """Hands a job over and follows it to its end; the exit status.

    Args:
        spec: The job.
        files: Its files.
        key: The archive's key.
        as_json: Events, one a line, instead of words.
        background: Return at once; the worker goes on.
        foreground: Do it in this process, so that it ends with it (batch jobs).
        others: Transfers that are bringing some of the files already, and are followed, too: once this returns, all files are there.
    """
    if background and others and all(file.verdict == "skip" for file in files):
        for other in others if as_json else ():
            print_json(msgspec.to_builtins(Event("started", message=f"transfer {other}", job=other)))
        return 0
    if background:
        return asyncio.run(_leave(spec, files, key, as_json=as_json))
    return asyncio.run(_follow_all(spec, files, key, as_json=as_json, foreground=alone(foreground=foreground), others=others))


def alone(*, foreground: bool) -> bool:
    """Whether this process is to be the worker: asked for, or in a batch job, which takes its processes along when it ends."""
    return foreground or bool(batch_job(os.environ))


async def _leave(spec: JobSpec, files: Sequence[FileSpec], key: str | None, *, as_json: bool) -> int:
    job = await hand_over(spec, files, key)
    total = sum(file.size for file in files)
    if as_json:
        print_json(msgspec.to_builtins(Event("started", total=total, message=f"transfer {job}", job=job)))
    else:
        click.echo(f"Transfer {job} goes on by itself: {plural(len(files), 'file')}, {size(total)}.")
        click.echo(f"`dandi-tui transfers` shows it, `dandi-tui transfers attach {job}` follows it.", err=True)
    return 0


async def _follow_all(spec: JobSpec, files: Sequence[FileSpec], key: str | None, *, as_json: bool, foreground: bool, others: Sequence[int]) -> int:
    async with _worker_here(enabled=foreground):
        job = await hand_over(spec, files, key)
        # What a plan refused or skipped is known before anything is moved.
        status = await follow(job, key=(spec, key) if key else None, as_json=as_json)
        for other in others:
            if status == INTERRUPTED:
                break
            click.echo(f"Following transfer {other}; an interrupt leaves it to itself.", err=True)
            status = max(status, await _follow_other(other, as_json=as_json))
        return status


async def _follow_other(job: int, *, as_json: bool) -> int:
    try:
        return await follow(job, as_json=as_json, interrupt="detach")
    except click.UsageError:
        # It has ended and was cleared meanwhile.
        return 0


@asynccontextmanager
async def _worker_here(*, enabled: bool) -> AsyncIterator[None]:
    """While in it, this process is the worker, unless another process of this host is."""
    if not enabled:
        yield
        return
    from dandi_tui.transfer.worker import Worker

    try:
        worker = Worker(home_dir())
    except BlockingIOError:
        click.echo("A worker runs on this host already; the transfer is handed to it.", err=True)
        yield
        return
    os.environ.pop("DANDI_TUI_API_KEY", None)
    try:
        await worker.start()
        yield
    finally:
        await worker.close()


async def follow(job: int, *, key: tuple[JobSpec, str] | None = None, as_json: bool, interrupt: str = "cancel") -> int:
    """Follows a job to its end; the exit status. A worker that is killed meanwhile is started again.

    Args:
        job: Its number.
        key: The job and the key of its archive.
        as_json: Events, one a line, instead of words.
        interrupt: What an interrupt does: `cancel` the job, or `detach` and leave it to the worker.
    """
    follower = Follower(job, as_json=as_json, detaching=interrupt == "detach")
    with follower.stopping():
        while not follower.over:
            transfers = await attach(start=True)
            assert transfers is not None  # noqa: S101 (it was started)
            async with transfers:
                if key:
                    await transfers.use_key(key[0].instance, key[1])
                await follower.follow(transfers)
    return follower.ended()


class Follower:
    """Follows one job.

    Args:
        job: Its number.
        as_json: Events, one a line, instead of words.
        detaching: Whether an interrupt leaves the job to the worker instead of cancelling it.
    """

    def __init__(self, job: int, *, as_json: bool, detaching: bool = False) -> None:
        self.detaching = detaching
        self.number = job
        self.job: JobView | None = None
        self.over = False
        self.interrupted = False
        self.told: set[tuple[int, State]] = set()
        self._noticed: set[str] = set()
        self._stop = asyncio.Event()
        self._teller: Json | Person = Json() if as_json else Person()

    def stopping(self) -> _Signals:
        """While in it, an interrupt cancels the job; a hang-up leaves it to the worker."""
        return _Signals(self._stop)

    async def follow(self, transfers: Transfers) -> None:
        """Tells what changes, until the job is over or the worker is gone."""
        beside = [asyncio.create_task(self._cancel(transfers)), asyncio.create_task(watch_pulse(transfers, self._silent))]
        try:
            async for changed in transfers.watch(self.number):
                self._take(changed)
                if self.over:
                    return
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    def _silent(self, words: str) -> None:
        self._teller.notice(words or "The worker answers again.")

    async def _cancel(self, transfers: Transfers) -> None:
        await self._stop.wait()
        self.interrupted = True
        if self.detaching:
            self.over = True
            await transfers.close()
        else:
            await transfers.steer("cancel", [self.number])

    def _take(self, changed: Changed) -> None:
        for file in changed.files:
            if (file.id, file.state) not in self.told:
                if file.state is not State.RUNNING:
                    self.told.add((file.id, file.state))
                self._teller.file(file)
        for notice in changed.notices or ():
            if notice not in self._noticed:
                self._noticed.add(notice)
                self._teller.notice(notice)
        for view in changed.jobs:
            self.job = view
            self._teller.job(view)
        if self.number in changed.gone or (changed.first and not changed.jobs):
            self.over = True
        if self.job is not None:
            needs = self.job.state is JobState.PAUSED and bool(self.job.reason)
            self.over = self.over or self.job.over or needs

    def ended(self) -> int:
        """Tells how all ended; the exit status."""
        job = self.job
        if job is None:
            raise click.UsageError(f"there is no transfer {self.number}")
        self._teller.summary(job)
        if self.interrupted:
            words = "the transfer goes on." if self.detaching else "what has arrived stays, and the same command goes on from it."
            click.echo(f"Interrupted; {words}", err=True)
            return INTERRUPTED
        if job.state is JobState.PAUSED:
            return 3 if "API key" in job.reason else 1
        return 1 if job.count(State.FAILED, State.CANCELLED) else 0


class _Signals:
    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
