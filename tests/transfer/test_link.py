"""What an app is told of transfers when it starts: all that the journal has, whether a worker runs, starts or does not."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from dandi_tui.cli import run
from dandi_tui.transfer.attach import Transfers, attach
from dandi_tui.transfer.home import Lock, home_dir
from dandi_tui.transfer.link import Link
from dandi_tui.transfer.serving import Server
from dandi_tui.transfer.worker import Worker

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive


@pytest.fixture
def fetched(archive: Archive, tmp_path: Path) -> str:
    """A download that has ended, of which a journal without a worker tells."""
    assert run(["download", "-i", archive.api_url, "-o", str(tmp_path / "here"), "000002"]) == 0
    assert run(["transfers", "stop"]) == 0
    while True:
        try:
            Lock(home_dir()).release()
        except BlockingIOError:
            time.sleep(0.05)
        else:
            break
    return "000002"


async def test_what_has_ended_is_shown_though_no_worker_runs(fetched: str) -> None:
    link = Link(lambda ended: None, lambda trouble: None)
    await link.open()
    assert [(job.title, job.over) for job in link.board.jobs.values()] == [(fetched, True)]
    await link.close()


async def test_a_worker_stays_for_who_attaches_just_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dandi_tui.transfer.worker._LOOK_SECONDS", 0.01)
    worker = Worker(home_dir())
    await worker.start()
    late: list[Transfers] = []
    leave = worker.server.leave

    async def attached_just_before() -> bool:
        if not late and (transfers := await attach()):
            late.append(transfers)
        return await leave()

    monkeypatch.setattr(worker.server, "leave", attached_just_before)
    ending = asyncio.create_task(worker.until_idle(0.02))
    try:
        for _ in range(3000):
            if late:
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        await late[0].limit(rate=1000)
        assert not ending.done()
        again = await attach()
        assert again is not None
        await again.close()
        await late[0].close()
        await asyncio.wait_for(ending, 30)
    finally:
        await worker.close()


async def test_a_worker_listens_once_it_knows_its_journal(fetched: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known: list[str] = []
    start = Server.start

    async def start_seen(server: Server) -> None:
        known.extend(view.title for view in server.engine.views())
        await start(server)

    monkeypatch.setattr(Server, "start", start_seen)
    worker = Worker(home_dir())
    await worker.start()
    await worker.close()
    assert known == [fetched]
