"""A worker's journal, socket and folder that others damage, hold, move or take away."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from transferring import planned

from dandi_tui.api.instances import find_instance
from dandi_tui.transfer.failures import judge
from dandi_tui.transfer.home import home_dir, journal_path, socket_path
from dandi_tui.transfer.journal import Journal
from dandi_tui.transfer.model import FileSpec, JobSpec, State
from dandi_tui.transfer.plan import order_of
from dandi_tui.transfer.schema import STEPS
from faults.processes import contents, kill_worker, submit, until_over, wait_for, worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Archive

WANTED = ("000001", "000002")
SLOWLY = 3_000_000


def _said(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "dandi_tui", *arguments], check=False, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


async def _begun(archive: Archive, root: Path) -> tuple[int, list[FileSpec]]:
    """A job that has brought a file and goes on."""
    spec, files = order_of(await planned(*archive, root, *WANTED), find_instance(archive.api_url), "a test", jobs=2, patience=60)
    values = {name: getattr(spec, name) for name in spec.__struct_fields__}
    job = await submit(JobSpec(**{**values, "rate": SLOWLY}), files, archive.token)
    wait_for(lambda: any(root.rglob("*.nwb")), "the first file")
    return job, files


def _whole(root: Path, files: list[FileSpec]) -> bool:
    return {name: len(data) for name, data in contents(root).items()} == {file.place: file.size for file in files}


def _emptied(path: Path) -> None:
    os.truncate(path, 0)


def _halved(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _removed(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("harm", [_emptied, _halved, _zeroed, _removed])
async def test_a_journal_that_was_harmed_is_said_and_its_jobs_go_on(harm: Callable[[Path], None], archive: Archive, tmp_path: Path) -> None:
    _, files = await _begun(archive, tmp_path / "here")
    kill_worker()
    harm(journal_path())
    assert (await until_over(1)).count(State.DONE) == len(files)
    assert _whole(tmp_path / "here", files)
    said = _said("transfers")
    assert "journal of transfers" in said, said
    assert "1 of its jobs" in said, said


@pytest.mark.parametrize("harm", [_emptied, _halved, _zeroed])
async def test_a_journal_that_is_harmed_under_a_worker_is_said_and_its_jobs_go_on(harm: Callable[[Path], None], archive: Archive, tmp_path: Path) -> None:
    _, files = await _begun(archive, tmp_path / "here")
    before = worker()
    harm(journal_path())
    view = await until_over(1)
    assert view.count(State.DONE) == len(files)
    assert _whole(tmp_path / "here", files)
    assert before is not None


async def test_a_journal_that_another_program_holds_is_said(archive: Archive, tmp_path: Path) -> None:
    job, files = await _begun(archive, tmp_path / "here")
    kill_worker()
    with closing(sqlite3.connect(journal_path(), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        said = _said("transfers", "resume", str(job))
        assert "locked" in said
        assert "Another program" in said
    assert (await until_over(job)).count(State.DONE) == len(files)


async def test_a_socket_that_was_taken_away_comes_back(archive: Archive, tmp_path: Path) -> None:
    job, files = await _begun(archive, tmp_path / "here")
    before = worker()
    assert before is not None
    Path(before.socket).unlink()
    assert "active" in _said("transfers")
    now = worker()
    assert now is not None
    assert now.pid == before.pid
    assert (await until_over(job)).count(State.DONE) == len(files)


async def test_a_state_folder_that_was_moved_takes_its_transfers_along(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker ends, since nobody could find it any more; where the folder is now, its transfers go on."""
    job, files = await _begun(archive, tmp_path / "here")
    before = worker()
    assert before is not None
    shutil.move(tmp_path / "state", tmp_path / "moved")
    assert "No transfers" in _said("transfers")
    wait_for(lambda: not Path(f"/proc/{before.pid}").exists(), "the end of the worker that nobody finds", 30)
    monkeypatch.setenv("DANDI_TUI_STATE_DIR", str(tmp_path / "moved"))
    assert (await until_over(job)).count(State.DONE) == len(files)
    assert _whole(tmp_path / "here", files)


async def test_a_worker_that_ends_late_leaves_the_socket_of_the_next(archive: Archive, tmp_path: Path) -> None:
    job, _ = await _begun(archive, tmp_path / "here")
    first = worker()
    assert first is not None
    (home_dir() / "worker.lock").unlink()
    _said("transfers", "pause", str(job))
    wait_for(lambda: ((now := worker()) is not None and now.pid != first.pid) or not Path(f"/proc/{first.pid}").exists(), "another worker", 30)
    _said("transfers", "resume", str(job))
    second = worker()
    assert second is not None
    os.kill(first.pid, signal.SIGTERM) if Path(f"/proc/{first.pid}").exists() else None
    wait_for(lambda: not Path(f"/proc/{first.pid}").exists(), "the end of the first")
    assert Path(second.socket).exists() or worker() is None


def test_the_socket_finds_a_place_whatever_the_folders_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("state" * 30)
    for variable in ("TMPDIR", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(long))
    monkeypatch.setattr("tempfile.tempdir", str(long))
    long.mkdir()
    found = socket_path(long / "transfers" / "host")
    assert len(str(found)) <= 100
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert len(str(socket_path(long / "transfers" / "host"))) <= 100


async def test_transfers_work_from_long_folders(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("s" * 120)
    long.mkdir()
    monkeypatch.setenv("DANDI_TUI_STATE_DIR", str(long))
    monkeypatch.setenv("TMPDIR", str(long))
    said = _said("download", "-i", archive.api_url, "-o", str(tmp_path / "here"), "--what", "assets", "000002")
    assert "2 done" in said, said
    kill_worker()


def test_a_journal_of_each_former_version_is_moved_forward(tmp_path: Path) -> None:
    spec = JobSpec(kind="download", instance=find_instance("dandi"), root="/x", title="x")
    for version in range(1, len(STEPS)):
        path = tmp_path / f"{version}.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as base:
            base.executescript("".join(STEPS[:version]))
            base.execute(f"PRAGMA user_version = {version}")
            base.execute("INSERT INTO jobs (spec, state, place, jobs, rate, created) VALUES (?, 'active', 1, 2, 3, 4)", (msgspec.msgpack.encode(spec),))
            file = FileSpec(path="a.nwb", place="a.nwb", size=7)
            row = (msgspec.msgpack.encode(file), "a.nwb", 7, "waiting")
            base.execute("INSERT INTO files (job, place, spec, path, size, state) VALUES (1, 1, ?, ?, ?, ?)", row)
        journal = Journal(path)
        assert [(job.spec, job.state, job.jobs, job.rate) for job in journal.jobs()] == [(spec, "active", 2, 3)]
        assert [(found.spec, found.state, found.need) for found in journal.files(1)] == [(file, State.WAITING, "")]
        assert not journal.notice
        journal.close()
        Journal(path).close()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_and_a_quota_that_is_used_up_pause_the_job(code: int) -> None:
    verdict = judge(OSError(code, os.strerror(code), "/x/a.nwb"))
    assert (verdict.act, verdict.need) == ("pause", "room")
    assert os.strerror(code) in verdict.reason
    assert "Make room" in verdict.remedy


def test_a_journal_whose_disk_has_no_room_for_tidying_is_used_untidied(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    for _ in range(2):
        job = journal.add_job(JobSpec(kind="download", instance=find_instance("dandi"), root="/x", title="x"))
        journal.add_files(job, [FileSpec(path="p" * 2000, place="q" * 2000) for _ in range(2000)])
    journal.remove_jobs([1, 2])
    size = (tmp_path / "journal.sqlite").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        journal.vacuum()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "journal.sqlite").stat().st_size == size
    assert journal.jobs() == []
    journal.close()
