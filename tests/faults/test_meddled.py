"""Folders and files that somebody takes away, moves or links elsewhere while they are brought or sent."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from transferring import engine_at, planned, submit, until_over, views

from dandi_tui.api.instances import find_instance
from dandi_tui.transfer import partial
from dandi_tui.transfer.local_file import file_etag
from dandi_tui.transfer.model import NAMING, FileSpec, JobSpec, JobState, State
from dandi_tui.transfer.plan import order_of
from dandi_tui.transfer.steering import steer
from faults.processes import new_dandiset

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from conftest import Archive

    from dandi_tui.transfer.engine import Engine
    from dandi_tui.transfer.journal import Journal
    from dandi_tui.transfer.model import FileView

ZARR = "000009"
FILES = "000002"


@pytest.fixture
async def engine(archive: Archive, tmp_path: Path) -> AsyncIterator[Engine]:
    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as made:
        yield made


async def _begun(engine: Engine, archive: Archive, root: Path, target: str, rate: int, first: int | None = None) -> int:
    """A download that goes slowly."""
    spec, files = order_of(await planned(*archive, root, target, first=first), find_instance(archive.api_url), "a test", jobs=1, patience=5)
    values = {name: getattr(spec, name) for name in spec.__struct_fields__}
    return await submit(engine, JobSpec(**{**values, "rate": rate}), files)


async def _until(condition: Callable[[], Any], what: str) -> Any:
    for _ in range(3000):
        if found := condition():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}")


async def _ended(engine: Engine, job: int) -> list[FileView]:
    engine.jobs[job].rate.rate = 0
    await until_over(engine, job)
    return await views(engine, job)


def _tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture
async def tree(engine: Engine, archive: Archive, tmp_path: Path) -> dict[str, bytes]:
    """The sample Zarr, whole."""
    job = await _begun(engine, archive, tmp_path / "whole", ZARR, 0)
    await until_over(engine, job)
    (root,) = (tmp_path / "whole").rglob("*.zarr")
    return _tree(root)


def _some(root: Path) -> Path | None:
    """The folder of a Zarr that is on its way, once some of its files are whole."""
    for making in root.rglob(".*.zarr.part"):
        if len([path for path in making.rglob("*") if path.is_file() and not path.name.startswith(".")]) > 4:
            return making
    return None


async def test_a_zarr_whose_files_were_removed_meanwhile_is_brought_whole(engine: Engine, archive: Archive, tmp_path: Path, tree: dict[str, bytes]) -> None:
    job = await _begun(engine, archive, tmp_path / "here", ZARR, 60_000)
    making = await _until(lambda: _some(tmp_path / "here"), "some files")
    shutil.rmtree(making, ignore_errors=True)
    told = await _ended(engine, job)
    assert [file.state for file in told] == [State.DONE], told
    (root,) = (tmp_path / "here").rglob("*.zarr")
    assert _tree(root) == tree


async def test_a_zarr_that_got_its_name_just_before_the_worker_ended_is_done(archive: Archive, tmp_path: Path) -> None:
    async with engine_at(tmp_path / "journal") as engine:
        job = await _begun(engine, archive, tmp_path / "here", ZARR, 0)
        (file,) = await _ended(engine, job)

        def as_left_behind(journal: Journal) -> None:
            journal.set_job(job, state=JobState.ACTIVE)
            journal.set_file(file.id, state=State.RUNNING, phase=NAMING)

        await engine.recorder.do(as_left_behind)
    before = _tree(tmp_path / "here")
    async with engine_at(tmp_path / "journal") as engine:
        told = await _ended(engine, job)
    assert [file.state for file in told] == [State.DONE], told
    assert _tree(tmp_path / "here") == before
    assert not list((tmp_path / "here").rglob(".*.part"))


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_a_zarr_is_not_brought_through_a_link(when: str, engine: Engine, archive: Archive, tmp_path: Path, tree: dict[str, bytes]) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.txt").write_text("mine")
    place = next((tmp_path / "whole").rglob("*.zarr")).relative_to(tmp_path / "whole")
    making = tmp_path / "here" / place.with_name(f".{place.name}.part")
    if when == "before":
        making.parent.mkdir(parents=True)
        making.symlink_to(elsewhere)
    job = await _begun(engine, archive, tmp_path / "here", ZARR, 60_000)
    if when == "meanwhile":
        await _until(lambda: _some(tmp_path / "here"), "some files")
        making.rename(tmp_path / "moved")
        making.symlink_to(elsewhere)
    told = await _ended(engine, job)
    assert _tree(elsewhere) == {"mine.txt": b"mine"}
    assert [file.state for file in told] == [State.FAILED], told
    assert "link" in told[0].reason


async def test_a_folder_that_was_removed_meanwhile_is_made_again(engine: Engine, archive: Archive, tmp_path: Path) -> None:
    job = await _begun(engine, archive, tmp_path / "here", FILES, 300_000, first=1)
    await _until(lambda: engine.jobs[job].running and next(iter(engine.jobs[job].running.values())).bytes, "bytes")
    shutil.rmtree(tmp_path / "here")
    told = await _ended(engine, job)
    assert [file.state for file in told] == [State.DONE], told
    assert [path.stat().st_size for path in (tmp_path / "here").rglob("*") if path.is_file()] == [told[0].total]


async def test_a_folder_that_became_a_link_elsewhere_is_not_followed(engine: Engine, archive: Archive, tmp_path: Path) -> None:
    job = await _begun(engine, archive, tmp_path / "here", FILES, 300_000, first=1)
    await _until(lambda: engine.jobs[job].running and next(iter(engine.jobs[job].running.values())).bytes, "bytes")
    folder = next((tmp_path / "here").rglob(".*.part")).parent
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    told = await _ended(engine, job)
    assert [file.state for file in told] == [State.FAILED], told
    assert "leads elsewhere" in told[0].reason
    assert not list((tmp_path / "moved").rglob("*.nwb"))


@pytest.mark.parametrize("replace", [False, True])
async def test_a_place_that_became_a_link_is_not_written_through(*, replace: bool, engine: Engine, archive: Archive, tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    place = tmp_path / "here" / (await planned(*archive, tmp_path / "here", FILES, first=1)).steps[0].wanted.place
    spec, files = order_of(await planned(*archive, tmp_path / "here", FILES, first=1), find_instance(archive.api_url), "a test", jobs=1, patience=5)
    slow = msgspec.structs.replace(spec, rate=300_000)
    job = await submit(engine, slow, [msgspec.structs.replace(file, replace=replace) for file in files])
    await _until(lambda: engine.jobs[job].running and next(iter(engine.jobs[job].running.values())).bytes, "bytes")
    place.symlink_to(mine)
    (told,) = await _ended(engine, job)
    assert mine.read_text() == "mine"
    assert told.state is (State.DONE if replace else State.FAILED), told
    assert place.is_symlink() is not replace


async def test_a_label_is_not_written_through_a_link(engine: Engine, archive: Archive, tmp_path: Path) -> None:
    plan = await planned(*archive, tmp_path / "here", FILES, first=1)
    place = tmp_path / "here" / plan.steps[0].wanted.place
    place.parent.mkdir(parents=True)
    (tmp_path / "mine.txt").write_text("mine")
    for end in ("part.json~", "part.json"):
        place.with_name(f".{place.name}.{end}").symlink_to(tmp_path / "mine.txt")
    job = await _begun(engine, archive, tmp_path / "here", FILES, 0, first=1)
    told = await _ended(engine, job)
    assert [file.state for file in told] == [State.DONE], told
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("step", ["whole beside", "named twice", "label left"])
async def test_a_file_whose_worker_ended_while_it_was_named_gets_its_name_once(step: str, archive: Archive, tmp_path: Path) -> None:
    async with engine_at(tmp_path / "journal") as engine:
        job = await _begun(engine, archive, tmp_path / "here", FILES, 0, first=1)
        (file,) = await _ended(engine, job)
        before = _tree(tmp_path / "here")
        place = tmp_path / "here" / file.path
        data, label = (place.with_name(f".{place.name}.{end}") for end in ("part", "part.json"))
        digest = file_etag(str(place))
        label.write_bytes(msgspec.json.encode(partial.Label(digest, file.total, {0: hashlib.md5(place.read_bytes()).hexdigest()})))
        if step == "whole beside":
            place.rename(data)
        elif step == "named twice":
            os.link(place, data)

        def as_left_behind(journal: Journal) -> None:
            journal.set_job(job, state=JobState.ACTIVE)
            journal.set_file(file.id, state=State.RUNNING, phase=NAMING)

        await engine.recorder.do(as_left_behind)
    async with engine_at(tmp_path / "journal") as engine:
        told = await _ended(engine, job)
    assert [file.state for file in told] == [State.DONE], told
    assert _tree(tmp_path / "here") == before


async def test_a_pause_while_what_is_there_is_checked_lets_it_go_on(engine: Engine, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = await _begun(engine, archive, tmp_path / "here", FILES, 300_000, first=1)
    await _until(lambda: engine.jobs[job].running and next(iter(engine.jobs[job].running.values())).bytes, "bytes")
    await steer(engine, "pause", [job], [])
    checking = asyncio.Event()
    loop, check = asyncio.get_running_loop(), partial.Partial._check

    def slowly(self: partial.Partial, checked: Callable[[int], None], stopped: Callable[[], bool]) -> None:
        loop.call_soon_threadsafe(checking.set)
        while not stopped():
            time.sleep(0.01)
        check(self, checked, stopped)

    with monkeypatch.context() as patch:
        patch.setattr(partial.Partial, "_check", slowly)
        await steer(engine, "resume", [job], [])
        await checking.wait()
        await steer(engine, "pause", [job], [])
    await steer(engine, "resume", [job], [])
    told = await _ended(engine, job)
    assert [file.state for file in told] == [State.DONE], told


# Uploads


def _truncated(place: Path) -> None:
    os.truncate(place, 100_000)


def _replaced(place: Path) -> None:
    other = place.with_name("other")
    other.write_bytes(os.urandom(2_000_000))
    other.replace(place)


@pytest.mark.parametrize(
    ("change", "words"),
    [(_truncated, "while it was uploaded"), (Path.unlink, "while it was uploaded"), (_replaced, "changed while it was uploaded")],
    ids=["truncated", "deleted", "replaced"],
)
async def test_a_file_that_changes_while_its_bytes_go_is_said_at_once(
    change: Callable[[Path], None], words: str, engine: Engine, archive: Archive, tmp_path: Path
) -> None:
    place = tmp_path / "a.dat"
    place.write_bytes(os.urandom(2_000_000))
    dandiset = new_dandiset(*archive)
    spec = JobSpec(
        kind="upload", instance=find_instance(archive.api_url), root=str(tmp_path), title="x", dandiset=dandiset, validation="skip", patience=60, rate=300_000
    )
    job = await submit(engine, spec, [FileSpec(path="a.dat", place=str(place), size=2_000_000, verdict="send")])
    await _until(lambda: any(work.moved for work in engine.jobs[job].running.values()), "bytes")
    change(place)
    told = await _ended(engine, job)
    assert [file.state for file in told] == [State.FAILED], told
    assert words in told[0].reason
    log = await engine.recorder.read(lambda journal: journal.log(told[0].id))
    assert "connection" not in " ".join(line.words for line in log)
    assert engine.jobs[job].state is JobState.ENDED


async def test_a_file_of_a_zarr_that_is_deleted_while_others_go_is_said(engine: Engine, archive: Archive, tmp_path: Path) -> None:
    root = tmp_path / "a.zarr"
    root.mkdir()
    for number in range(20):
        (root / f"{number:02}").write_bytes(os.urandom(100_000))
    spec = JobSpec(
        kind="upload",
        instance=find_instance(archive.api_url),
        root=str(tmp_path),
        title="x",
        dandiset=new_dandiset(*archive),
        validation="skip",
        patience=60,
        rate=300_000,
    )
    job = await submit(engine, spec, [FileSpec(path="a.zarr", place=str(root), size=2_000_000, zarr="folder", verdict="send")])
    await _until(lambda: any(work.moved for work in engine.jobs[job].running.values()), "bytes")
    (root / "19").unlink()
    told = await _ended(engine, job)
    assert [file.state for file in told] == [State.FAILED], told
    assert "changed while it was uploaded" in told[0].reason
