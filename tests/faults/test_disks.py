"""Disks that are full, read-only, or take no large files: what is there is whole, the rest is said, and it goes on once there is room."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from transferring import planned

from dandi_tui.api.instances import find_instance
from dandi_tui.transfer.home import home_dir
from dandi_tui.transfer.local_file import file_etag
from dandi_tui.transfer.model import FileSpec, JobSpec, JobState, State
from dandi_tui.transfer.plan import order_of
from faults.disks import disk
from faults.processes import contents, digests, ended, kill_worker, new_dandiset, submit, until_over, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Archive

WANTED = ("000001", "000002", "000009")
SLOWLY = 4_000_000


@pytest.fixture(autouse=True)
def _worker_ends_before_its_disk(_no_worker_is_left: None) -> Iterator[None]:
    yield
    kill_worker()


async def _job(archive: Archive, root: Path, *wanted: str, jobs: int = 4, rate: int = 0) -> tuple[JobSpec, list[FileSpec]]:
    spec, files = order_of(await planned(*archive, root, *wanted), find_instance(archive.api_url), "a test", jobs=jobs, patience=60)
    values = {name: getattr(spec, name) for name in spec.__struct_fields__}
    return JobSpec(**{**values, "rate": rate}), files


def _named(root: Path) -> dict[str, int]:
    """What has a final name, with its size."""
    return {path.relative_to(root).as_posix(): path.stat().st_size for path in root.rglob("*") if path.is_file() and ".part" not in str(path)}


def _no_wrong_names(root: Path, files: list[FileSpec]) -> None:
    sizes = {file.place: file.size for file in files if not file.zarr}
    assert {name: size for name, size in _named(root).items() if name in sizes and size != sizes[name]} == {}


def _said(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "dandi_tui", *arguments], check=False, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


async def test_a_full_disk_pauses_and_goes_on_once_there_is_room(archive: Archive, tmp_path: Path) -> None:
    with disk(tmp_path / "small", "1200k") as small:
        spec, files = await _job(archive, small.path, "000002")
        job = await submit(spec, files, archive.token)
        view = await until_over(job, over=lambda view: view.state is JobState.PAUSED)
        assert "No space left" in view.reason
        assert "Make room" in view.remedy
        _no_wrong_names(small.path, files)
        assert small.again("size=32m")
        assert ended(sys.executable, "-m", "dandi_tui", "transfers", "resume", str(job)) == 0
        assert (await until_over(job)).count(State.DONE) == 2
        assert _named(small.path) == {file.place: file.size for file in files}
        kill_worker()


async def test_a_disk_that_becomes_read_only_pauses_and_goes_on_once_it_can_be_written(archive: Archive, tmp_path: Path) -> None:
    with disk(tmp_path / "small", "64m") as small:
        spec, files = await _job(archive, small.path, *WANTED, jobs=1, rate=SLOWLY)
        job = await submit(spec, files, archive.token)
        wait_for(lambda: _named(small.path), "the first file")
        wait_for(lambda: small.again("ro"), "a moment in which no file is open")
        view = await until_over(job, over=lambda view: view.state is not JobState.ACTIVE)
        assert view.state is JobState.PAUSED
        assert "Read-only" in view.reason
        assert view.count(State.FAILED) == 0
        _no_wrong_names(small.path, files)
        assert small.again("rw")
        assert ended(sys.executable, "-m", "dandi_tui", "transfers", "resume", str(job)) == 0
        assert (await until_over(job)).count(State.DONE) == len(files)
        kill_worker()


async def test_a_limit_of_a_files_size_fails_the_large_ones_alone(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "here"
    spec, files = await _job(archive, root, *WANTED)
    sizes = sorted(file.size for file in files if not file.zarr)
    most = max(sizes[-1] - 1, 300_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        job = await submit(spec, files, archive.token)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    view = await until_over(job, over=lambda view: view.state is not JobState.ACTIVE)
    assert view.state is JobState.ENDED
    large = [file for file in files if not file.zarr and file.size > most]
    assert view.count(State.FAILED) == len(large) > 0
    said = _said("transfers", "list", str(job))
    assert "File too large" in said
    assert "ulimit -f" in said
    assert not [file for file in large if (root / file.place).exists()]
    kill_worker()
    assert ended(sys.executable, "-m", "dandi_tui", "transfers", "retry", str(job)) == 0
    assert (await until_over(job)).count(State.DONE) == len(files)


async def test_a_full_state_folder_holds_transfers_back_and_says_so(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with disk(tmp_path / "state disk", "2m") as small:
        monkeypatch.setenv("DANDI_TUI_STATE_DIR", str(small.path))
        root = tmp_path / "here"
        spec, files = await _job(archive, root, *WANTED, rate=SLOWLY)
        job = await submit(spec, files, archive.token)
        wait_for(lambda: _named(root), "the first file")
        ballast = _fill(small.path)
        wait_for(lambda: "can't be written" in _said("transfers"), "word of it")
        assert "full" in (said := _said("transfers"))
        assert str(home_dir()) in said
        # Another job can't be taken, and that is said at once instead of keeping whoever asks.
        refused = _said("download", "-i", archive.api_url, "-o", str(tmp_path / "other"), "--background", "000002")
        assert "can't be written" in refused
        ballast.unlink()
        assert (await until_over(job)).count(State.DONE) == len(files)
        assert not list(home_dir().glob("*damaged*"))
        assert "other" not in _said("transfers")
        kill_worker()


async def test_a_worker_that_starts_on_a_full_disk_says_so_and_keeps_the_journal(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with disk(tmp_path / "state disk", "2m") as small:
        monkeypatch.setenv("DANDI_TUI_STATE_DIR", str(small.path))
        root = tmp_path / "here"
        spec, files = await _job(archive, root, *WANTED, rate=SLOWLY)
        job = await submit(spec, files, archive.token)
        wait_for(lambda: _named(root), "the first file")
        kill_worker()
        ballast = _fill(small.path)
        said = _said("transfers", "resume", str(job))
        assert "full" in said or "No space left" in said
        assert "Traceback" not in said
        assert not list(home_dir().glob("*damaged*"))
        ballast.unlink()
        assert (await until_over(job)).count(State.DONE) == len(files)
        kill_worker()


async def test_a_worker_that_starts_on_a_read_only_disk_says_so(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with disk(tmp_path / "state disk", "8m") as small:
        monkeypatch.setenv("DANDI_TUI_STATE_DIR", str(small.path))
        root = tmp_path / "here"
        spec, files = await _job(archive, root, *WANTED, rate=SLOWLY)
        job = await submit(spec, files, archive.token)
        wait_for(lambda: _named(root), "the first file")
        kill_worker()
        # Threads of the one that was killed may hold a file for a moment longer.
        wait_for(lambda: small.again("ro"), "the end of its threads")
        for asked in (["transfers"], ["transfers", "resume", str(job)], ["download", "-i", archive.api_url, "-o", str(tmp_path / "other"), "000002"]):
            said = _said(*asked)
            assert "Traceback" not in said, said
            assert "ead-only" in said, (asked, said)
        assert small.again("rw")
        assert (await until_over(job)).count(State.DONE) == len(files)
        assert contents(root)
        kill_worker()


async def test_uploads_need_no_room_for_what_can_be_made_again(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dandiset = new_dandiset(*archive)
    whole = tmp_path / "whole"
    down, wanted = await _job(archive, whole, "000002")
    await until_over(await submit(down, wanted, archive.token))
    kill_worker()
    with disk(tmp_path / "cache disk", "256k") as small:
        monkeypatch.setenv("DANDI_TUI_CACHE_DIR", str(small.path))
        _fill(small.path)
        places = sorted(whole.rglob("*.nwb"))
        files = [FileSpec(path=f"sub-x/{place.name}", place=str(place), size=place.stat().st_size, verdict="send") for place in places]
        instance = find_instance(archive.api_url)
        spec = JobSpec(kind="upload", instance=instance, root=str(whole), title="x", dandiset=dandiset, validation="ignore", patience=30)
        assert (await until_over(await submit(spec, files, archive.token))).count(State.DONE) == len(files)
        assert digests(archive.api_url, dandiset) == {file.path: file_etag(file.place) for file in files}
        kill_worker()


def _fill(folder: Path) -> Path:
    """Takes all room of a disk."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (2**16, 4096):
            try:
                while True:
                    file.write(os.urandom(size))
            except OSError:
                continue
    assert shutil.disk_usage(folder).free < 4096
    return ballast
