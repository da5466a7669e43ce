"""Workers and terminals that are killed or stopped at chosen instants: while a request is answered, a job is taken, a file is named."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from dandi_tui.api.instances import find_instance
from dandi_tui.errors import TransferError
from dandi_tui.transfer import frames
from dandi_tui.transfer.attach import Transfers, attach, hand_over
from dandi_tui.transfer.home import home_dir, journal_path
from dandi_tui.transfer.journal import Journal
from dandi_tui.transfer.local_file import file_etag
from dandi_tui.transfer.model import FileSpec, JobSpec, State
from dandi_tui.transfer.orders import Order, keep_order
from faults import Fault, FaultyArchive
from faults.processes import command, digests, kill_worker, new_dandiset, start_worker, submit, until_over, wait_for, worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FOR_LONG = 120.0


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyArchive]:
    with FaultyArchive.started(tmp_path_factory.mktemp("faulty") / "data") as found:
        yield found


@pytest.fixture(autouse=True)
def _no_faults(archive: FaultyArchive, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(find_instance(archive.api_url).key_variable, archive.token)
    yield
    archive.clear()


@pytest.fixture
def dandiset(archive: FaultyArchive) -> str:
    return new_dandiset(archive.api_url, archive.token)


def _upload(archive: FaultyArchive, dandiset: str, *files: FileSpec, rate: int = 0) -> tuple[JobSpec, list[FileSpec]]:
    spec = JobSpec(
        kind="upload", instance=find_instance(archive.api_url), root="/", title="x", dandiset=dandiset, validation="skip", patience=60, jobs=1, rate=rate
    )
    return spec, list(files)


def _file(folder: Path, name: str, size: int = 1000) -> FileSpec:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(os.urandom(size))
    return FileSpec(path=name, place=str(place), size=size, verdict="send")


async def _killed_at(archive: FaultyArchive, instants: list[Fault], spec: JobSpec, files: list[FileSpec]) -> int:
    """Hands a job over, and kills the worker at each of the instants."""
    before = len(archive.stalled())
    archive.fault(instants[0])
    job = await submit(spec, files, archive.token)
    for number, _ in enumerate(instants, 1):
        wait_for(lambda wanted=before + number: len(archive.stalled()) >= wanted, f"instant {number}: {instants[number - 1]}", 20)  # type: ignore[misc]
        kill_worker()
        archive.clear()
        if number < len(instants):
            archive.fault(instants[number])
            await start_worker()
    return job


def _asked(kind: str, method: str, path: str) -> Fault:
    return Fault(kind, method=method, path=path, seconds=FOR_LONG)


async def test_an_upload_that_is_killed_at_each_of_its_steps_is_whole_and_single(archive: FaultyArchive, dandiset: str, tmp_path: Path) -> None:
    file = _file(tmp_path, "a.dat")
    instants = [
        _asked("stall_done", "POST", "/uploads/initialize/"),
        _asked("stall_done", "PUT", "/store/"),
        _asked("stall_done", "POST", "/complete/"),
        _asked("stall", "POST", "/store/"),
        _asked("stall_done", "POST", "/store/"),
        _asked("stall_done", "POST", "/validate/"),
        _asked("stall", "POST", "/draft/assets/"),
        _asked("stall_done", "POST", "/draft/assets/"),
    ]
    job = await _killed_at(archive, instants, *_upload(archive, dandiset, file))
    assert (await until_over(job)).count(State.DONE) == 1
    assert digests(archive.api_url, dandiset) == {"a.dat": file_etag(file.place)}


async def test_a_zarr_that_is_killed_at_each_of_its_steps_is_whole_both_ways(archive: FaultyArchive, dandiset: str, tmp_path: Path) -> None:
    for key in (".zgroup", "0/.zarray", "0/0", "0/1"):
        _file(tmp_path / "a.zarr", key, 300)
    file = FileSpec(path="a.zarr", place=str(tmp_path / "a.zarr"), size=1200, zarr="folder", verdict="send")
    instants = [
        _asked("stall_done", "POST", "/zarr/$"),
        _asked("stall_done", "POST", "/zarr/[^/]+/files/"),
        _asked("stall", "PUT", "/store/.*/0/0"),
        _asked("stall", "POST", "/finalize/"),
        _asked("stall_done", "POST", "/finalize/"),
        _asked("stall_done", "POST", "/draft/assets/"),
    ]
    job = await _killed_at(archive, instants, *_upload(archive, dandiset, file))
    assert (await until_over(job)).count(State.DONE) == 1
    assert _zarrs(archive, dandiset) == [("Complete", 4)]
    kill_worker()

    archive.fault(_asked("stall", "GET", "/store/.*/0/1"))
    before = len(archive.stalled())
    ui = command("download", "-i", archive.api_url, "-o", str(tmp_path / "here"), "--what", "assets", dandiset)
    wait_for(lambda: len(archive.stalled()) > before, "the file of the Zarr")
    kill_worker()
    assert not [path for path in tmp_path.glob("here/**/a.zarr") if path.exists()]
    archive.clear()
    said, _ = ui.communicate(timeout=60)
    assert ui.returncode == 0, said
    (root,) = (tmp_path / "here").rglob("a.zarr")
    assert {key: (root / key).read_bytes() for key in ("0/0", "0/1")} == {key: (tmp_path / "a.zarr" / key).read_bytes() for key in ("0/0", "0/1")}


def _zarrs(archive: FaultyArchive, dandiset: str) -> list[tuple[str, int]]:
    found = httpx.get(f"{archive.api_url}/zarr/?dandiset={dandiset}").json()["results"]
    return [(one["status"], one["file_count"]) for one in found]


async def test_a_worker_that_is_killed_while_a_job_is_planned_is_started_again(archive: FaultyArchive, dandiset: str, tmp_path: Path) -> None:
    job = await submit(*_upload(archive, dandiset, _file(tmp_path, "a.dat")), archive.token)
    await until_over(job)
    kill_worker()
    archive.fault(Fault("stall", path="/draft/assets/", seconds=1.5))
    before = len(archive.stalled())
    ui = command("download", "-i", archive.api_url, "-o", str(tmp_path / "here"), "--what", "assets", dandiset)
    wait_for(lambda: len(archive.stalled()) > before and worker(), "the plan")
    kill_worker()
    said, _ = ui.communicate(timeout=60)
    assert ui.returncode == 0, said
    (place,) = (tmp_path / "here").rglob("a.dat")
    assert place.read_bytes() == (tmp_path / "a.dat").read_bytes()


@pytest.mark.parametrize("last", [frames.OpenJob, frames.AddFiles, frames.BeginJob])
@pytest.mark.parametrize("answered", [False, True])
async def test_a_job_is_taken_once_though_the_worker_is_killed_while_it_is_handed_over(
    *, last: type[frames.Request], answered: bool, archive: FaultyArchive, dandiset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, killed = Transfers._ask, []

    async def asked(self: Transfers, request: frames.Request) -> Any:
        told = await ask(self, request) if answered or not isinstance(request, last) or killed else None
        if isinstance(request, last) and not killed:
            killed.append(kill_worker())
            self._broken = True
            raise TransferError("the worker of the transfers went away")
        return told

    monkeypatch.setattr(Transfers, "_ask", asked)
    job = await hand_over(*_upload(archive, dandiset, _file(tmp_path, "a.dat")), archive.token)
    assert killed == [True]
    assert (await until_over(job)).count(State.DONE) == 1
    transfers = await attach(start=True)
    assert transfers is not None
    async with transfers:
        async for changed in transfers.watch():
            assert [view.id for view in changed.jobs] == [job]
            break
    kill_worker()


_HANDING = """
import asyncio, sys, msgspec
from dandi_tui.transfer import frames
from dandi_tui.transfer.attach import attach

async def run():
    spec, files = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=tuple[frames.JobSpec, list[frames.FileSpec]])
    transfers = await attach(start=True)
    job = (await transfers._ask(frames.OpenJob(spec=spec))).job
    await transfers._ask(frames.AddFiles(job=job, files=files[:2]))
    print(job, flush=True)
    await asyncio.sleep(100)

asyncio.run(run())
"""


def _hand_over_by_half(spec: JobSpec, files: list[FileSpec], who: str) -> None:
    """Hands two files of a job over; then who does it is killed, and the worker before, where it is named."""
    with subprocess.Popen([sys.executable, "-c", _HANDING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as ui:
        assert ui.stdin
        assert ui.stdout
        ui.stdin.write(msgspec.msgpack.encode((spec, files)))
        ui.stdin.close()
        assert ui.stdout.readline()
        if who == "worker":
            kill_worker()
        ui.kill()


async def test_a_job_whose_worker_was_killed_just_before_it_took_it_does_not_come_back(archive: FaultyArchive, dandiset: str, tmp_path: Path) -> None:
    spec, files = _upload(archive, dandiset, _file(tmp_path, "a.dat"))
    await until_over(await submit(spec, files, archive.token))
    kill_worker()
    journal = Journal(journal_path())
    number = journal.add_job(spec)
    journal.close()
    keep_order(home_dir(), number, Order(spec, files))
    await start_worker()
    kill_worker()
    journal_path().unlink()
    await start_worker()
    kill_worker()
    with closing(sqlite3.connect(journal_path())) as base:
        assert base.execute("SELECT id FROM jobs").fetchall() == []


@pytest.mark.parametrize("who", ["ui", "worker"])
async def test_a_job_that_was_handed_over_by_half_is_not_there(who: str, archive: FaultyArchive, dandiset: str, tmp_path: Path) -> None:
    spec, files = _upload(archive, dandiset, *(_file(tmp_path, f"{number}.dat") for number in range(4)))
    _hand_over_by_half(spec, files, who)
    job = await submit(spec, files, archive.token)
    assert (await until_over(job)).count(State.DONE) == 4
    kill_worker()
    with closing(sqlite3.connect(journal_path())) as base:
        assert base.execute("SELECT id FROM jobs").fetchall() == [(job,)]
        assert base.execute("SELECT count(*) FROM files").fetchone() == (4,)


def _killed_while(vacuuming: Callable[[], bool]) -> None:
    with subprocess.Popen([sys.executable, "-m", "dandi_tui.transfer"]) as begun:
        wait_for(vacuuming, "the vacuum")
        begun.kill()


async def test_a_worker_that_is_killed_while_its_journal_is_vacuumed_has_all_of_it(archive: FaultyArchive, dandiset: str, tmp_path: Path) -> None:
    job = await submit(*_upload(archive, dandiset, *(_file(tmp_path, f"{number}.dat") for number in range(3)), rate=500), archive.token)
    kill_worker()
    journal = Journal(journal_path())
    journal.begin()
    for _ in range(40_000):
        journal._base.execute("INSERT INTO log VALUES (1, 0, ?)", ("x" * 1000,))
    journal.commit()
    journal._base.execute("DELETE FROM log WHERE words LIKE 'xxx%'")
    journal.close()
    rolling = journal_path().with_name(journal_path().name + "-journal")
    _killed_while(lambda: (rolling.exists() and rolling.stat().st_size > 4096) or journal_path().stat().st_size < 20_000_000)
    transfers = await attach(start=True)
    assert transfers is not None
    async with transfers:
        await transfers.limit(job, rate=0)
    assert (await until_over(job)).count(State.DONE) == 3


async def test_a_watcher_that_is_stopped_or_killed_holds_nobody_up(archive: FaultyArchive, dandiset: str, tmp_path: Path) -> None:
    names = [f"{'long' * 40}-{number:04}.dat" for number in range(400)]
    gone = [FileSpec(path=name, place=str(tmp_path / name), size=100, verdict="send") for name in names]
    spec, files = _upload(archive, dandiset, _file(tmp_path, "a.dat", 100_000), *gone, rate=50_000)
    job = await submit(msgspec.structs.replace(spec, jobs=16), files, archive.token)
    watchers = [command("transfers", "attach", str(job), "--json") for _ in range(3)]
    for one in watchers:
        assert one.stdout
        assert '"over":true' not in one.stdout.readline()
    watchers[0].send_signal(signal.SIGSTOP)
    watchers[1].kill()
    view = await until_over(job)
    assert (view.count(State.DONE), view.count(State.FAILED)) == (1, 400)
    watchers[0].send_signal(signal.SIGCONT)
    for one in watchers:
        one.communicate(timeout=30)
    assert [one.returncode for one in watchers] == [1, -signal.SIGKILL, 1]
