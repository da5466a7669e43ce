"""What an app is told of transfers when it starts: all that the journal has, whether a worker runs, starts or does not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from dandi_tui.cli import run
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
