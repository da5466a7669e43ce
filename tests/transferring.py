"""Jobs done by the engine in this process, on a journal of their own; what becomes of each file."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from dandi_tui.api.client import ArchiveClient
from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import parse_target
from dandi_tui.transfer.engine import Engine
from dandi_tui.transfer.journal import Journal
from dandi_tui.transfer.model import FileView, JobState
from dandi_tui.transfer.plan import Plan, collect, make_plan, order_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from dandi_tui.transfer.model import FileSpec, JobSpec, JobView


class Done(NamedTuple):
    """What became of a job."""

    plan: Plan
    files: list[FileView]
    job: JobView

    def by_state(self, state: str) -> list[FileView]:
        return [file for file in self.files if file.state == state]


@asynccontextmanager
async def engine_at(folder: Path, keys: dict[str, str] | None = None) -> AsyncIterator[Engine]:
    engine = Engine(Journal(folder / "journal.sqlite"))
    for api_url, key in (keys or {}).items():
        engine.use_key(api_url, key)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


async def until_over(engine: Engine, job: int, states: Sequence[JobState] = (JobState.ENDED, JobState.CANCELLED, JobState.PAUSED)) -> JobView:
    for _ in range(6000):
        if engine.jobs[job].state in states:
            return engine.jobs[job].view()
        await asyncio.sleep(0.01)
    raise AssertionError(engine.jobs[job].view())


async def submit(engine: Engine, spec: JobSpec, files: Sequence[FileSpec]) -> int:
    job = await engine.arriving.open(spec)
    await engine.arriving.add(job, list(files))
    await engine.begin_job(job)
    return job


async def views(engine: Engine, job: int) -> list[FileView]:
    rows = await engine.recorder.do(lambda journal: journal.files(job))
    return [row.view() for row in rows]


async def planned(api_url: str, token: str, root: Path, *texts: str, existing: str = "error", first: int | None = None) -> Plan:
    instance = find_instance(api_url)
    async with ArchiveClient(instance, token or None) as client:
        wanted = await collect(client, [parse_target(text, default=instance) for text in texts], ["assets"])
    return make_plan(wanted[:first], root, existing=existing)


async def download(api_url: str, token: str, root: Path, *texts: str, existing: str = "error", first: int | None = None, patience: float = 0.0) -> Done:
    """Downloads with an engine of its own."""
    plan = await planned(api_url, token, root, *texts, existing=existing, first=first)
    return await bring(plan, api_url, token, patience=patience)


async def bring(plan: Plan, api_url: str, token: str, *, patience: float = 0.0) -> Done:
    journal = plan.root.parent / f"{plan.root.name}.journal"
    async with engine_at(journal, {api_url: token} if token else None) as engine:
        job = await submit(engine, *order_of(plan, find_instance(api_url), "a test", jobs=4, patience=patience))
        over = await until_over(engine, job)
        return Done(plan, await views(engine, job), over)
