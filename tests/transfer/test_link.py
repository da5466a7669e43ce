"""What an app is told of transfers when it starts: all that the journal has, whether a worker runs, starts or does not."""

from __future__ import annotations

import asyncio
import struct
import time
from typing import TYPE_CHECKING

import pytest
from transferring import submit, views

from dandi_tui.api.instances import find_instance
from dandi_tui.cli import run
from dandi_tui.transfer import serving
from dandi_tui.transfer.attach import Transfers, attach
from dandi_tui.transfer.frames import TELLING, Changed
from dandi_tui.transfer.home import Lock, home_dir
from dandi_tui.transfer.link import Link
from dandi_tui.transfer.model import FileSpec, FileView, JobSpec, State
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


class _Unread:
    """The writing end of a connection that is not read before it is told to be."""

    def __init__(self) -> None:
        self.read = asyncio.Event()
        self.written = b""
        self.waiting = asyncio.Event()

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None:
        self.waiting.set()
        await self.read.wait()


def _changes(data: bytes) -> list[Changed]:
    found = []
    while data:
        (length,) = struct.unpack(">I", data[:4])
        told = TELLING.decode(data[4 : 4 + length])
        assert isinstance(told, Changed)
        found.append(told)
        data = data[4 + length :]
    return found


@pytest.mark.parametrize("whole", [False, True])
async def test_a_watcher_that_does_not_read_takes_little_memory_and_then_knows_how_all_stands(*, whole: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_MOST_KEPT", 50)
    worker = Worker(home_dir())
    await worker.start()
    try:
        spec = JobSpec(kind="upload", instance=find_instance("http://127.0.0.1:9/api"), root="/", title="x", dandiset="000001", validation="skip")
        engine = worker.engine
        # They fail at once, since the plan refused them.
        files = [FileSpec(path=f"{at}.dat", place=f"/none/{at}.dat", verdict="refuse", reason="no") for at in range(400)]
        number = await submit(engine, spec, files)
        unread = _Unread()
        watcher = await worker.server.watch(unread, number if whole else 0)  # type: ignore[arg-type]
        telling = asyncio.create_task(watcher.run())
        await asyncio.wait_for(unread.waiting.wait(), 30)
        job = engine.jobs[number]
        before = len(unread.written)
        for at in range(5000):
            watcher.take(job, FileView(id=1000 + at, job=number, path="p", state=State.DONE))
            assert len(watcher.files) <= 50
        assert len(unread.written) == before
        unread.read.set()
        for _ in range(6000):
            if changes := _changes(unread.written[before:]):
                break
            await asyncio.sleep(0.01)
        telling.cancel()
        assert changes[0].first
        assert [view.counts for view in changes[0].jobs] == [{State.FAILED: 400}]
        assert {file.id for file in changes[0].files} >= {view.id for view in await views(engine, number)}
    finally:
        await worker.close()


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
