"""`transfers`: the journal of downloads and uploads: look, follow, pause, resume, cancel, retry, keep, replace, limit, clear."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dandi_tui.commands.following import follow
from dandi_tui.commands.options import archive_options, print_json
from dandi_tui.errors import UsageError
from dandi_tui.text import clip_middle, duration, parse_size, safe, size
from dandi_tui.transfer import offline
from dandi_tui.transfer.attach import Transfers, attach
from dandi_tui.transfer.home import journal_path
from dandi_tui.transfer.limits import limit_words
from dandi_tui.transfer.model import PLACE, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.transfer.model import FileView, JobView, LogLine

ACTIONS = ("list", "attach", "pause", "resume", "cancel", "retry", "keep", "replace", "clear", "first", "limit", "log", "stop")


class Chosen(msgspec.Struct, frozen=True):
    """What the command line names: transfers, and single files of them."""

    jobs: list[int]
    files: list[int]


@click.command()
@click.argument("action", type=click.Choice(ACTIONS), default="list")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@click.option("--all", "everything", is_flag=True, help="All transfers, for `cancel` and `replace`.")
@click.option("--jobs", type=click.IntRange(1, 48), help="For `limit`: files side by side.")
@click.option("--rate", help="For `limit`: most bytes a second, as 20MB; 0: none.")
@archive_options
def transfers(
    action: str, ids: tuple[str, ...], everything: bool, jobs: int | None, rate: str | None, instance: str | None, as_json: bool, verbose: bool
) -> int:
    """Look at downloads and uploads, follow and steer them.

    ID is a transfer's number, or NUMBER.FILE for one file of it. Without IDs: all of them.
    """
    chosen = _chosen(ids)
    if action == "list":
        return _list(chosen, as_json=as_json)
    if action == "log":
        return asyncio.run(_log(chosen, as_json=as_json))
    if action == "attach":
        return asyncio.run(_attach(chosen, as_json=as_json))
    if action == "limit":
        return asyncio.run(_limit(chosen, jobs, rate))
    if not journal_path().exists():
        raise UsageError("there are no transfers on this host")
    if action in {"cancel", "replace"} and not ids and not everything:
        raise UsageError(f"{action} which? Name transfers, or say --all")
    return asyncio.run(_steer(action, chosen, as_json=as_json))


def _chosen(ids: Sequence[str]) -> Chosen:
    jobs: list[int] = []
    files: list[int] = []
    for text in ids:
        match = re.fullmatch(r"(\d{1,15})(?:\.(\d{1,15}))?", text)
        if match is None:
            raise UsageError(f"{safe(text)} is no transfer's number", remedy="`dandi-tui transfers` lists them.")
        (files if match[2] else jobs).append(int(match[2] or match[1]))
    return Chosen(jobs, files)


# Looking


def _list(chosen: Chosen, *, as_json: bool) -> int:
    views = asyncio.run(_jobs())
    known = {view.id for view in views}
    if unknown := [number for number in chosen.jobs if number not in known]:
        raise UsageError(f"there is no transfer {unknown[0]}", remedy="`dandi-tui transfers` lists them.")
    if chosen.jobs:
        for number in chosen.jobs:
            for file in asyncio.run(_files(number)):
                print_json(_as_record(file)) if as_json else click.echo(_file_words(file))
        return 0
    for view in views:
        print_json(_as_record(view)) if as_json else click.echo(_job_words(view))
    if not views and not as_json:
        click.echo("No transfers. `dandi-tui download` and `dandi-tui upload` make some.", err=True)
    return 0


async def _jobs() -> list[JobView]:
    found = await attach()
    if found is None:
        try:
            return await asyncio.to_thread(offline.jobs)
        except BlockingIOError:
            found = await attach(start=True)
            assert found is not None  # noqa: S101 (it was started)
    async with found:
        async for changed in found.watch():
            for notice in changed.notices or ():
                click.echo(safe(notice), err=True)
            return changed.jobs
    return []


async def _files(job: int) -> list[FileView]:
    found = await attach()
    if found is None:
        return await asyncio.to_thread(offline.files, job)
    async with found:
        files: list[FileView] = []
        while batch := await found.files(job, offset=len(files)):
            files += batch
        return files


def _as_record(view: JobView | FileView) -> dict[str, Any]:
    record: dict[str, Any] = msgspec.to_builtins(view)
    for name in ("created", "ended", "due"):
        if name in record:
            record[name] = datetime.fromtimestamp(record[name], UTC).isoformat() if record[name] else None
    return record


def _job_words(job: JobView) -> str:
    counts = ", ".join(f"{count:,} {state}" for state, count in job.counts.items()) or "no files"
    share = f"{100 * job.bytes // job.total:3} % of {size(job.total)}" if job.total else "     "
    left = f", {duration(job.left)} left" if job.left is not None else ""
    speed = f", {size(job.rate)}/s{left}" if job.rate else ""
    head = f"{job.id:>4}  {job.state.value:9}  {job.kind:8}  {share}{speed}  {safe(job.title)}: {safe(job.root)}"
    reason = f"\n      {safe(job.reason)} {safe(job.remedy)}" if job.reason else ""
    return f"{head}\n      {counts}{reason}"


def _file_words(file: FileView) -> str:
    there = f"{size(file.bytes)} of {size(file.total)}" if file.state not in {State.DONE, State.SKIPPED} else size(file.total)
    words = f"{file.job}.{file.id:<6} {file.state.value:9} {there:>22}  {clip_middle(safe(file.path), 200)}"
    return f"{words}  {safe(file.reason)} {safe(file.remedy)}".rstrip() if file.reason else words


async def _log(chosen: Chosen, *, as_json: bool) -> int:
    files = [*chosen.files, *[file.id for job in chosen.jobs for file in await _files(job)]]
    if not files:
        raise UsageError("the log of which file?", remedy="`dandi-tui transfers list ID` numbers them: `transfers log 3.17`.")
    for file in files:
        for line in await _lines(file):
            when = datetime.fromtimestamp(line.time, UTC)
            if as_json:
                print_json({"file": file, "time": when.isoformat(), "message": line.words})
            else:
                click.echo(f"{file:>6}  {when.astimezone():%Y-%m-%d %H:%M:%S}  {safe(line.words)}")
    return 0


async def _lines(file: int) -> list[LogLine]:
    found = await attach()
    if found is None:
        return await asyncio.to_thread(offline.log, file)
    async with found:
        return await found.log(file)


# Steering


async def _attach(chosen: Chosen, *, as_json: bool) -> int:
    views = await _jobs()
    going = [view.id for view in views if not view.over] or [view.id for view in views]
    if not going and not chosen.jobs:
        raise UsageError("there are no transfers to follow")
    number = chosen.jobs[0] if chosen.jobs else going[-1]
    if number not in {view.id for view in views}:
        raise UsageError(f"there is no transfer {number}", remedy="`dandi-tui transfers` lists them.")
    return await follow(number, as_json=as_json, interrupt="detach")


async def _started() -> Transfers:
    found = await attach(start=True)
    assert found is not None  # noqa: S101 (it was started)
    return found


async def _limit(chosen: Chosen, jobs: int | None, rate: str | None) -> int:
    speed = None if rate is None else parse_size(rate)
    if (jobs is None and rate is None) or (rate is not None and speed is None):
        raise UsageError("limit what?", remedy="`transfers limit 3 --jobs 2 --rate 20MB`; without an ID over all.")
    async with await _started() as found:
        for number in chosen.jobs or [0]:
            await found.limit(number, jobs=jobs, rate=speed)
            click.echo(f"{limit_words(jobs, speed)} {f'of transfer {number}' if number else 'over all'}", err=True)
    return 0


async def _steer(action: str, chosen: Chosen, *, as_json: bool) -> int:
    async with await _started() as found:
        if action == "stop":
            await found.stop_worker()
            return 0
        touched = await found.steer(action, chosen.jobs, chosen.files)
        asking = await _asking(found, chosen) if action == "retry" else 0
    for view in await _jobs():
        if as_json and (not chosen.jobs or view.id in chosen.jobs):
            print_json(_as_record(view))
        elif not as_json and view.id in chosen.jobs:
            click.echo(_job_words(view))
    if not as_json:
        click.echo(_done_words(action, touched), err=True)
        if asking:
            others = "another stands where 1 file belongs" if asking == 1 else f"others stand where {asking:,} files belong"
            click.echo(f"{others}: `transfers keep` leaves what is there, `transfers replace` takes its place.", err=True)
    return 0


async def _asking(found: Transfers, chosen: Chosen) -> int:
    """Files that trying again does not help, since another has their place."""
    jobs = chosen.jobs or [view.id for view in await _jobs()]
    failed = [file for job in jobs for file in await found.files(job, [State.FAILED])]
    return sum(file.need == PLACE and (not chosen.files or file.id in chosen.files) for file in failed)


def _done_words(action: str, touched: int) -> str:
    done = {
        "pause": "paused",
        "resume": "going on",
        "cancel": "cancelled",
        "retry": "tried again",
        "keep": "left as is, and skipped",
        "replace": "being replaced",
        "clear": "cleared",
        "first": "moved to the front",
    }
    return f"{touched or 'nothing'} {done[action]}" if touched else f"nothing was {done[action]}"
