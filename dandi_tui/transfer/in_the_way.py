"""Files that failed since another has their place: that one stays, or is replaced, or has gone meanwhile, as a person says."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dandi_tui.errors import UnsafePathError
from dandi_tui.transfer.model import PLACE, JobState, State
from dandi_tui.transfer.orders import drop_order
from dandi_tui.transfer.paths import check_parents, local_path
from dandi_tui.transfer.standing import drop_partial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.transfer.engine import Engine
    from dandi_tui.transfer.journal import FileRow, Journal
    from dandi_tui.transfer.live import LiveJob

KEPT = "what stands there is kept"


async def waiting_for_a_word(engine: Engine, job: LiveJob) -> list[FileRow]:
    """The files of a job that failed since another has their place."""
    rows = await engine.recorder.do(lambda journal: journal.files(job.id, (State.FAILED,)))
    return [row for row in rows if row.need == PLACE]


async def look_again(engine: Engine, job: LiveJob, rows: Sequence[FileRow]) -> int:
    """Tries those again whose place on this machine is free by now; how many."""
    free = await asyncio.to_thread(lambda: [row for row in rows if _is_free(job, row)])
    return await _bring_into(engine, job, free, State.QUEUED)


async def replace(engine: Engine, job: LiveJob, rows: Sequence[FileRow]) -> int:
    """Tries them again, to take the place of what stands there; how many."""
    return await _bring_into(engine, job, rows, State.QUEUED, replacing=True)


async def keep(engine: Engine, job: LiveJob, rows: Sequence[FileRow]) -> int:
    """Leaves what stands there, and removes what was brought for its place; how many."""
    if job.spec.kind == "download":
        for row in rows:
            await _drop_brought(engine, job, row)
    return await _bring_into(engine, job, rows, State.SKIPPED, reason=KEPT)


def _is_free(job: LiveJob, row: FileRow) -> bool:
    return job.spec.kind == "download" and not os.path.lexists(Path(job.spec.root, row.spec.place))


async def _drop_brought(engine: Engine, job: LiveJob, row: FileRow) -> None:
    root = Path(job.spec.root)
    try:
        relative = local_path(row.spec.place)
        check_parents(root, relative)
    except UnsafePathError:
        return
    async with engine.places.alone(f"{job.spec.root}/{row.spec.place}"):
        await asyncio.to_thread(drop_partial, root / relative)


async def _bring_into(engine: Engine, job: LiveJob, rows: Sequence[FileRow], state: State, *, reason: str = "", replacing: bool = False) -> int:
    if not rows:
        return 0

    def write(journal: Journal) -> tuple[list[FileRow], Any]:
        # Another may have said its word meanwhile.
        found = [row for row in (journal.file(one.id) for one in rows) if row is not None and row.state is State.FAILED and row.need == PLACE]
        for row in found:
            if replacing:
                journal.may_replace(row)
            journal.set_file(row.id, state=state, phase="", reason=reason, remedy="", due=0, need="")
        return [changed for row in found if (changed := journal.file(row.id)) is not None], journal.tally(job.id)

    changed, tally = await engine.recorder.do(write)
    job.retally(tally)
    # What the draft had may be gone.
    job.shared.pop("assets", None)
    for row in changed:
        job.tries.pop(row.id, None)
        engine.on_change(job, row.view())
    if state is State.QUEUED and changed and job.state in {JobState.ENDED, JobState.CANCELLED}:
        await engine.set_state(job, JobState.ACTIVE)
    elif job.state is JobState.ENDED and not job.count(State.FAILED):
        await asyncio.to_thread(drop_order, engine.folder, job.id)
    await engine.end_if_done(job)
    return len(changed)
