"""One try of one file, and what follows from how it ended."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dandi_tui.errors import UnreachableError
from dandi_tui.transfer.control import CancelledTransferError
from dandi_tui.transfer.failures import judge, wait_before
from dandi_tui.transfer.model import ENDED, LAST_STEPS, PLACE, FileView, JobState, State
from dandi_tui.transfer.standing import kept_beside
from dandi_tui.transfer.work import current_work, settled

if TYPE_CHECKING:
    from dandi_tui.transfer.engine import Engine
    from dandi_tui.transfer.journal import FileRow, Journal
    from dandi_tui.transfer.live import LiveJob
    from dandi_tui.transfer.work import Work


async def run(engine: Engine, job: LiveJob, work: Work, begun: asyncio.Future[None]) -> None:
    """One try of one file, and what follows from how it ended."""
    row = work.row
    current_work.set(work)
    await asyncio.shield(begun)
    place = work.spec.place if work.spec.place.startswith("/") else f"{job.spec.root}/{work.spec.place}"
    try:
        await _look_at_kept(work, place)
        engine.on_change(job, work.view())
        async with engine.places.alone(place) as waited:
            work.contended = waited
            reason = await _transfer(work)
    except asyncio.CancelledError:
        # Whoever cancelled has said what the file's state is; the end of the engine leaves it to the next.
        raise
    except CancelledTransferError:
        await settled(ends(engine, job, work, State.QUEUED))
    except Exception as error:  # noqa: BLE001 (any failure of one file is that file's, in words)
        await settled(_failed(engine, job, work, error))
    else:
        job.tries.pop(row.id, None)
        work.pace.well()
        await settled(ends(engine, job, work, State.SKIPPED if reason else State.DONE, reason))


async def _look_at_kept(work: Work, place: str) -> None:
    """Finds what a former try left, so that it shows before the archive has said anything."""
    if work.job.kind == "download":
        work.kept = await work.in_thread(kept_beside, Path(place), work.spec.size)
    else:
        parts = await work.recorder.read(lambda journal: journal.parts(work.row.id))
        work.kept = sum(size for size, _ in parts.values())


async def _transfer(work: Work) -> str:
    """Does the file; why it was skipped, or an empty text."""
    if work.job.kind == "download":
        from dandi_tui.transfer.download import download

        return await download(work)
    from dandi_tui.transfer.upload import upload

    return await upload(work)


async def _failed(engine: Engine, job: LiveJob, work: Work, error: BaseException) -> None:
    verdict = judge(error)
    file = work.row.id
    if isinstance(error, UnreachableError) and error.status in {429, 503}:
        work.pace.pushed_back()
    await work.note(f"{verdict.reason} {verdict.remedy}".strip())
    if verdict.act == "again":
        since, tried = job.tries.get(file, (time.monotonic(), 0))
        since = time.monotonic() if work.moved else since
        if time.monotonic() - since < job.spec.patience:
            job.tries[file] = (since, 1 if work.moved else tried + 1)
            wait = min(wait_before(job.tries[file][1]), max(0.05, job.spec.patience - (time.monotonic() - since)))
            await ends(engine, job, work, State.WAITING, verdict.reason, verdict.remedy, due=time.time() + wait)
            asyncio.get_running_loop().call_later(wait, _due, engine, job, file)
            return
    if verdict.act == "pause":
        await ends(engine, job, work, State.QUEUED, verdict.reason, verdict.remedy)
        await engine.pause(job, verdict.reason, verdict.remedy, verdict.need)
        return
    job.tries.pop(file, None)
    await ends(engine, job, work, State.FAILED, verdict.reason, verdict.remedy, need=verdict.need)


async def ends(engine: Engine, job: LiveJob, work: Work, state: State, reason: str = "", remedy: str = "", *, due: float = 0.0, need: str = "") -> None:
    """The file's try has come to an end with this state."""
    work.ended = True
    file, size = work.row.id, work.spec.size
    there = size if state is State.DONE else min(work.there, size) if size else work.there
    # What stands there is another's: the next try must not take it for its own.
    phase = work.phase if work.phase in LAST_STEPS and state not in {State.DONE, State.SKIPPED} and need != PLACE else ""

    def write(journal: Journal) -> None:
        journal.set_file(file, state=state, phase=phase, bytes=there, reason=reason, remedy=remedy, due=due, need=need)
        if state in ENDED:
            journal.drop_parts(file)

    await engine.recorder.do(write)
    job.running.pop(file, None)
    job.moved(State.RUNNING, state, there, size)
    if state is State.QUEUED:
        job.may_have_queued = True
    view = FileView(
        id=file, job=job.id, path=work.row.view().path, state=state, bytes=there, total=work.total, reason=reason, remedy=remedy, due=due, need=need
    )
    engine.on_change(job, view)
    await engine.end_if_done(job)
    engine.wake()


def _due(engine: Engine, job: LiveJob, file: int) -> None:
    """A file that waited is queued again."""
    if job.id in engine.jobs and job.state is JobState.ACTIVE and not engine.closing:
        engine.spawn(_requeue(engine, job, file))


async def _requeue(engine: Engine, job: LiveJob, file: int) -> None:
    def write(journal: Journal) -> FileRow | None:
        row = journal.file(file)
        if row is None or row.state is not State.WAITING:
            return None
        journal.set_file(file, state=State.QUEUED, due=0)
        return row

    if (row := await engine.recorder.do(write)) is not None:
        job.moved(State.WAITING, State.QUEUED, row.there, row.spec.size)
        job.may_have_queued = True
        engine.wake()
