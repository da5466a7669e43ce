"""Doing a plan: whole or not at all, nothing overwritten or lost whatever fails, resumable and undoable."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import pytest
from rights import without_roots_rights
from small_nwb import small_nwb

from dandi_tui.dataset import placing, steps
from dandi_tui.dataset.applying import Applied, apply, resume, undo
from dandi_tui.dataset.plan import make_plan
from dandi_tui.dataset.plan_model import OrganizeOptions, Plan
from dandi_tui.dataset.preflight import checked
from dandi_tui.dataset.run_log import new_log, read_log, runs
from dandi_tui.dataset.scan import scan
from dandi_tui.dataset.target_folder import look_at
from dandi_tui.errors import OrganizeError

if TYPE_CHECKING:
    from collections.abc import Iterator

MODES = ("symlink", "hardlink", "copy", "move")
OTHER_DISK = Path("/dev/shm")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for number in range(4):
        small_nwb(tmp_path / f"src/{number}.nwb", "m1", f"s{number}")
    return tmp_path / "src"


@pytest.fixture
def other_disk() -> Iterator[Path]:
    import shutil
    import tempfile

    if not OTHER_DISK.is_dir() or OTHER_DISK.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("there is no second file system")
    folder = Path(tempfile.mkdtemp(dir=OTHER_DISK))
    yield folder
    shutil.rmtree(folder)


def planned(source: Path, target: Path, mode: str = "copy", **options: Any) -> Plan:
    files = list(scan([str(source)], jobs=1))
    return checked(make_plan(files, OrganizeOptions(mode=mode, **options), look_at(str(target))))  # type: ignore[arg-type]


def done(plan: Plan, **options: Any) -> tuple[list[Applied], Path]:
    with new_log() as log:
        return list(apply(plan, log, **options)), log.path


def contents(*folders: Path) -> dict[str, str]:
    """Digest of each file by path; links by where they lead."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink():
                found[str(path)] = f"-> {path.readlink()}"
            elif path.is_file():
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


WANTED = [f"sub-m1/sub-m1_ses-s{number}_ecephys.nwb" for number in range(4)]


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_places_all_files_and_can_be_taken_back_to_the_byte(source: Path, tmp_path: Path, mode: str) -> None:
    target, before = tmp_path / "ds", contents(source)
    results, log = done(planned(source, target, mode))
    assert {one.status for one in results} == {"done"}
    assert names(target) == WANTED
    assert [hashlib.sha256((target / name).read_bytes()).hexdigest() for name in WANTED] == list(before.values())
    assert contents(source) == ({} if mode == "move" else before)
    assert {one.status for one in undo(log)} == {"done"}
    assert contents(source) == before
    assert not target.exists()


def test_a_copy_keeps_its_time_and_a_hard_link_is_the_file(source: Path, tmp_path: Path) -> None:
    os.utime(source / "0.nwb", (1_600_000_000, 1_600_000_000))
    done(planned(source, tmp_path / "copies", "copy"))
    done(planned(source, tmp_path / "links", "hardlink"))
    assert (tmp_path / "copies" / WANTED[0]).stat().st_mtime == 1_600_000_000
    assert (tmp_path / "links" / WANTED[0]).samefile(source / "0.nwb")


@pytest.mark.parametrize("mode", MODES)
def test_a_file_that_appeared_after_the_plan_is_not_overwritten(source: Path, tmp_path: Path, mode: str) -> None:
    target = tmp_path / "ds"
    plan = planned(source, target, mode)
    (target / "sub-m1").mkdir(parents=True)
    (target / WANTED[1]).write_text("mine")
    before = contents(source)
    results, _ = done(plan)
    assert [one.status for one in results] == ["done", "failed", "done", "done"]
    assert "there already" in results[1].message
    assert (target / WANTED[1]).read_text() == "mine"
    assert (source / "1.nwb").exists()
    assert contents(source)[str(source / "1.nwb")] == before[str(source / "1.nwb")]


def test_what_was_changed_since_is_not_taken_back(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "ds"
    _, log = done(planned(source, target, "copy"))
    (target / WANTED[0]).write_text("edited")
    (source / "1.nwb").unlink()
    (target / WANTED[2]).unlink()
    results = {one.number: one for one in undo(log)}
    assert [results[number].status for number in range(4)] == ["failed", "failed", "failed", "done"]
    assert "changed since" in results[0].message
    assert "only one left" in results[1].message
    assert (target / WANTED[0]).read_text() == "edited"
    assert (target / WANTED[1]).exists()


def test_a_move_is_not_taken_back_over_another_file(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "ds"
    _, log = done(planned(source, target, "move"))
    (source / "0.nwb").write_text("another")
    results = {one.number: one for one in undo(log)}
    assert results[0].status == "failed"
    assert (source / "0.nwb").read_text() == "another"
    assert (target / WANTED[0]).exists()


@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_was_stopped_goes_on_from_where_it_was(source: Path, tmp_path: Path, mode: str) -> None:
    target, before = tmp_path / "ds", contents(source)
    plan = planned(source, target, mode)
    with new_log() as log:
        work = apply(plan, log)
        next(work)
        next(work)
        work.close()
    (found,) = [told for _, told in runs(str(target))]
    assert not found.ended
    assert [one.status for one in resume(log.path)] == ["done", "done"]
    assert names(target) == WANTED
    assert read_log(log.path).ended
    list(undo(log.path))
    assert contents(source) == before


KILLED = """
import os, signal, sys
from dandi_tui.dataset import placing, steps, applying, run_log, plan_model
import msgspec
plan = msgspec.msgpack.decode(open(sys.argv[1], "rb").read(), type=plan_model.Plan)
at, count = sys.argv[2], 0
def killing(module, name):
    real = getattr(module, name)
    def does(*args, **kwargs):
        global count
        count += 1
        if count == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    setattr(module, name, does)
killing(os, at)
with run_log.new_log() as log:
    print(log.path, flush=True)
    for _ in applying.apply(plan, log):
        pass
"""


@pytest.mark.parametrize(
    ("mode", "call", "count"),
    [
        ("move", "unlink", 2),
        ("move", "link", 2),
        ("copy", "link", 2),
        ("copy", "unlink", 3),
        ("copy", "utime", 1),
        ("symlink", "symlink", 2),
        ("hardlink", "link", 3),
    ],
)
def test_a_run_that_was_killed_at_any_step_loses_nothing_and_goes_on(source: Path, tmp_path: Path, mode: str, call: str, count: int) -> None:
    import msgspec

    target, before = tmp_path / "ds", contents(source)
    (tmp_path / "plan").write_bytes(msgspec.msgpack.encode(planned(source, target, mode)))
    ran = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "plan"), call, str(count)], capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert set(before.values()) <= set(contents(source, target).values())
    assert {one.status for one in resume(Path(ran.stdout.strip()))} == {"done"}
    assert names(target) == WANTED
    assert sorted(hashlib.sha256((target / name).read_bytes()).hexdigest() for name in WANTED) == sorted(before.values())
    assert contents(source) == ({} if mode == "move" else before)


def test_a_copy_that_fails_in_the_middle_leaves_nothing_behind(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, before = tmp_path / "ds", contents(source)
    plan = planned(source, target, "copy")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(placing, "_copy_bytes", full)
    monkeypatch.setattr(placing, "_cloned", lambda *_: False)
    results, log = done(plan)
    assert [one.status for one in results] == ["failed"]
    assert "no room" in results[0].message
    assert contents(source) == before
    assert not names(target)
    monkeypatch.undo()
    monkeypatch.setenv("DANDI_TUI_STATE_DIR", str(tmp_path / "state"))
    assert {one.status for one in resume(log)} == {"done"}
    assert names(target) == WANTED


def test_a_copy_that_differs_does_not_cost_the_original(source: Path, other_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(source)
    plan = planned(source, other_disk / "ds", "move")
    monkeypatch.setattr(steps, "same_content", lambda *_: False)
    results, _ = done(plan)
    assert {one.status for one in results} == {"failed"}
    assert contents(source) == before
    assert not names(other_disk)


def test_a_move_to_another_file_system_and_back(source: Path, other_disk: Path) -> None:
    before = contents(source)
    results, log = done(planned(source, other_disk / "ds", "move"))
    assert {one.status for one in results} == {"done"}
    assert names(other_disk / "ds") == WANTED
    assert not contents(source)
    assert {one.status for one in undo(log)} == {"done"}
    assert contents(source) == before


def test_a_hard_link_to_another_file_system_is_refused_with_what_to_do(source: Path, other_disk: Path) -> None:
    plan = planned(source, other_disk / "ds", "hardlink")
    (problem,) = plan.problems
    assert (problem.id, problem.severity) == ("other-file-system", "error")
    assert "-f copy" in problem.hint
    assert len(problem.files) == 4
    with new_log() as log, pytest.raises(OrganizeError):
        next(apply(plan, log))


def test_a_source_that_changes_after_the_scan_is_refused(source: Path, tmp_path: Path) -> None:
    files = list(scan([str(source)], jobs=1))
    (source / "2.nwb").write_bytes(b"other")
    plan = checked(make_plan(files, OrganizeOptions(mode="copy"), look_at(str(tmp_path / "ds"))))
    assert [(one.id, one.files) for one in plan.errors] == [("changed", (str(source / "2.nwb"),))]


def test_a_folder_on_the_way_that_is_a_file_or_leads_out_is_refused(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "ds"
    target.mkdir()
    (target / "sub-m1").write_text("file")
    assert [one.id for one in planned(source, target).errors] == ["target"]
    (target / "sub-m1").unlink()
    (tmp_path / "elsewhere").mkdir()
    (target / "sub-m1").symlink_to(tmp_path / "elsewhere")
    assert [one.id for one in planned(source, target).errors] == ["outside"]


@pytest.mark.parametrize(("closed", "mode", "status"), [("src", "move", 1), ("src", "copy", 0), ("ds", "copy", 1), ("ds", "move", 1), ("ds", "dry", 0)])
def test_folders_that_may_not_be_written_are_told_before_anything_is_done(source: Path, tmp_path: Path, closed: str, mode: str, status: int) -> None:
    target = tmp_path / "ds"
    target.mkdir()
    (tmp_path / closed).chmod(0o555)
    before = contents(source, target)
    command = [sys.executable, "-m", "dandi_tui", "organize", "-J", "1", "-f", mode, "-d", str(target), str(source)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=without_roots_rights)
    (tmp_path / closed).chmod(0o755)
    assert ran.returncode == status, ran.stderr
    if status:
        assert "can't be written to" in ran.stderr
        assert contents(source, target) == before


# Media


@pytest.fixture
def with_video(tmp_path: Path) -> Path:
    small_nwb(tmp_path / "src/a.nwb", "m1", videos=[["sub/film.MP4", "odd.tiff", "https://example.org/x.mp4", "two.avi"]], images=["p.png"])
    (tmp_path / "src/sub").mkdir()
    for name in ("sub/film.MP4", "odd.tiff", "two.avi", "p.png"):
        (tmp_path / "src" / name).write_text(name)
    return tmp_path / "src"


def references(path: Path) -> tuple[list[str], str]:
    with h5py.File(path) as file:
        videos = [value.decode() for value in file["acquisition/video0/external_file"][()]]
        return videos, file["acquisition/images/picture0"][()].decode()


VIDEO = "00000000-0000-4000-8000-000000000000_external_file_"
PICTURE = "00000000-1111-4000-8000-000000000000_external_file_0.png"
NAME = "sub-m1_ecephys+image"


@pytest.mark.parametrize("media_mode", ["symlink", "copy", "move", "hardlink"])
@pytest.mark.parametrize("mode", ["copy", "move"])
def test_media_go_along_and_references_lead_to_them(with_video: Path, tmp_path: Path, mode: str, media_mode: str) -> None:
    target, before = tmp_path / "ds", contents(with_video)
    results, log = done(planned(with_video, target, mode, update_external_file_paths=True, media_mode=media_mode))
    assert [one.status for one in results] == ["done"], results
    nwb = target / f"sub-m1/{NAME}.nwb"
    videos, picture = references(nwb)
    assert videos == [f"{NAME}/{VIDEO}0.mp4", "odd.tiff", "https://example.org/x.mp4", f"{NAME}/{VIDEO}2.avi"]
    assert picture == f"{NAME}/{PICTURE}"
    assert (nwb.parent / videos[0]).read_text() == "sub/film.MP4"
    assert (nwb.parent / videos[3]).read_text() == "two.avi"
    assert (nwb.parent / picture).read_text() == "p.png"
    assert (with_video / "odd.tiff").exists()
    assert (with_video / "two.avi").exists() == (media_mode != "move")
    assert {one.status for one in undo(log)} == {"done"}
    after = contents(with_video)
    if mode == "copy":
        assert after == before
    else:
        assert references(with_video / "a.nwb") == (["sub/film.MP4", "odd.tiff", "https://example.org/x.mp4", "two.avi"], "p.png")
        assert {name: digest for name, digest in after.items() if not name.endswith(".nwb")} == {
            name: digest for name, digest in before.items() if not name.endswith(".nwb")
        }
    assert not names(target)


def test_a_video_that_can_not_be_placed_leaves_all_as_it_was(with_video: Path, tmp_path: Path) -> None:
    target = tmp_path / "ds"
    plan = planned(with_video, target, "move", update_external_file_paths=True, media_mode="move")
    taken = target / f"sub-m1/{NAME}/{VIDEO}2.avi"
    taken.parent.mkdir(parents=True)
    taken.write_text("mine")
    before = contents(with_video, target)
    results, _ = done(plan)
    assert [one.status for one in results] == ["failed"]
    assert contents(with_video, target) == before


def test_a_missing_video_is_refused_before_anything_is_done(with_video: Path, tmp_path: Path) -> None:
    (with_video / "two.avi").unlink()
    plan = planned(with_video, tmp_path / "ds", "copy", update_external_file_paths=True)
    assert [(one.id, one.field) for one in plan.errors] == [("media-missing", "external_file")]
    assert "two.avi" in plan.errors[0].message


def test_references_of_fixed_length_grow(tmp_path: Path) -> None:
    small_nwb(tmp_path / "src/a.nwb", "m1", content=[], videos=["f.mp4"], text="S5")
    (tmp_path / "src/f.mp4").touch()
    done(planned(tmp_path / "src", tmp_path / "ds", "copy", update_external_file_paths=True))
    with h5py.File(tmp_path / "ds/sub-m1/sub-m1_image.nwb") as file:
        assert file["acquisition/video0/external_file"][0].decode() == f"sub-m1_image/{VIDEO}0.mp4"


# Zarr stores, links and folders


@pytest.mark.parametrize("media_mode", ["symlink", "move"])
@pytest.mark.parametrize("mode", ["copy", "move"])
def test_media_of_a_zarr_store_go_along_and_its_references_lead_to_them(tmp_path: Path, shared: Path, mode: str, media_mode: str) -> None:
    import shutil

    from dandi_tui.dataset.mend_zarr import StoreTarget

    source, store = tmp_path / "src", tmp_path / "src/a.nwb.zarr"
    shutil.copytree(shared / "nwb/zarr/pynwb__zarr_tutorial.nwb.zarr", store, copy_function=shutil.copyfile)
    store.chmod(0o755)
    for folder in store.rglob("*"):
        if folder.is_dir():
            folder.chmod(0o755)
    made = StoreTarget(store)
    made.put("/general/subject/subject_id", "m1")
    made.put("/acquisition/whiskers/external_file", ["film.mp4", "two.avi"])
    (store / "acquisition/whiskers/.zattrs").write_text('{"neurodata_type": "ImageSeries", "object_id": "0-1"}')
    for name in ("film.mp4", "two.avi"):
        (source / name).write_text(name)
    before = contents(source)
    results, log = done(planned(source, tmp_path / "ds", mode, update_external_file_paths=True, media_mode=media_mode))
    assert [one.status for one in results] == ["done"], results
    placed = tmp_path / "ds" / results[0].destination
    references = StoreTarget(placed).value("/acquisition/whiskers/external_file")
    assert isinstance(references, list)
    assert [(placed.parent / one).read_text() for one in references] == ["film.mp4", "two.avi"]
    assert {one.status for one in undo(log)} == {"done"}
    assert StoreTarget(store).value("/acquisition/whiskers/external_file") == ["film.mp4", "two.avi"]
    if mode == "copy":
        assert contents(source) == before
    assert not names(tmp_path / "ds")


@pytest.mark.parametrize("mode", MODES)
def test_a_zarr_store_is_organized_whole(tmp_path: Path, shared: Path, mode: str) -> None:
    import json
    import shutil

    shutil.copytree(shared / "nwb/zarr/pynwb__zarr_tutorial.nwb.zarr", tmp_path / "src/a.nwb.zarr", copy_function=shutil.copyfile)
    store = tmp_path / "src/a.nwb.zarr"
    store.chmod(0o755)
    for folder in store.rglob("*"):
        if folder.is_dir():
            folder.chmod(0o755)
    subject = store / "general/subject/subject_id"
    subject.mkdir(parents=True)
    (store / "general/subject/.zgroup").write_text('{"zarr_format": 2}')
    (store / "general/subject/.zattrs").write_text('{"neurodata_type": "Subject"}')
    array = {"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "<U2", "compressor": None, "fill_value": "", "order": "C", "filters": None}
    (subject / ".zarray").write_text(json.dumps(array))
    (subject / "0").write_bytes("m1".encode("utf-32-le"))
    before = contents(tmp_path / "src")
    results, log = done(planned(tmp_path / "src", tmp_path / "ds", mode))
    assert [(one.status, one.destination) for one in results] == [("done", "sub-m1/sub-m1.nwb.zarr")]
    placed = tmp_path / "ds/sub-m1/sub-m1.nwb.zarr"
    assert placed.is_symlink() == (mode == "symlink")
    assert len(names(placed.resolve())) == len(before)
    assert contents(tmp_path / "src") == ({} if mode == "move" else before)
    assert {one.status for one in undo(log)} == {"done"}
    assert contents(tmp_path / "src") == before


def test_a_link_that_is_moved_leads_where_it_led(tmp_path: Path) -> None:
    real = small_nwb(tmp_path / "data/a.nwb")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.nwb").symlink_to("../data/a.nwb")
    done(planned(tmp_path / "src", tmp_path / "ds", "move"))
    moved = tmp_path / "ds/sub-m1/sub-m1_ecephys.nwb"
    assert moved.is_symlink()
    assert moved.samefile(real)
    assert not (tmp_path / "src/a.nwb").is_symlink()


def test_moving_to_where_a_link_to_the_file_stands_puts_the_file_there(source: Path, tmp_path: Path) -> None:
    before = contents(source)
    done(planned(source, tmp_path / "ds", "symlink"))
    results, _ = done(planned(source, tmp_path / "ds", "move"))
    assert {one.status for one in results} == {"done"}
    assert list(contents(tmp_path / "ds").values()) == list(before.values())


def test_moving_in_place_removes_folders_that_it_empties_and_undoing_brings_them_back(tmp_path: Path) -> None:
    small_nwb(tmp_path / "ds/x/y/a.nwb", "m1")
    small_nwb(tmp_path / "ds/keep/b.nwb", "m2")
    (tmp_path / "ds/keep/notes.txt").touch()
    before = contents(tmp_path / "ds")
    _, log = done(planned(tmp_path / "ds", tmp_path / "ds", "move"), in_place=True)
    assert not (tmp_path / "ds/x/y").exists()
    assert (tmp_path / "ds/keep/notes.txt").exists()
    list(undo(log))
    assert contents(tmp_path / "ds") == before


SLOW = """
import os, sys, time
from dandi_tui.dataset import placing
placing._cloned = lambda *_: False
real = placing._copy_bytes
def slow(reading, *rest):
    time.sleep(60 if os.fstat(reading).st_size > 2**30 else 0)
    real(reading, *rest)
placing._copy_bytes = slow
from dandi_tui.cli import run
sys.exit(run(sys.argv[1:]))
"""


def test_an_interrupted_command_says_how_to_go_on(tmp_path: Path) -> None:
    for number in range(3):
        small_nwb(tmp_path / f"src/{number}.nwb", "m1", f"s{number}")
    with (tmp_path / "src/1.nwb").open("ab") as file:
        file.truncate(3 * 2**30)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", SLOW, "organize", "-f", "copy", "-d", str(tmp_path / "ds"), str(tmp_path / "src")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as running:
        part = tmp_path / "ds/sub-m1" / ".sub-m1_ses-s1_ecephys.nwb.organizing"
        deadline = time.monotonic() + 60
        while not part.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        _, words = running.communicate(timeout=60)
    assert running.returncode == 130, words
    assert "--resume" in words
    assert names(tmp_path / "ds") == ["sub-m1/sub-m1_ses-s0_ecephys.nwb"]


def test_a_copy_can_be_stopped_in_its_middle_and_gone_on_with(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class StoppedError(Exception):
        pass

    def stop(number: int, _count: int) -> None:
        if number == 1:
            raise StoppedError

    target = tmp_path / "ds"
    plan = planned(source, target, "copy")
    with new_log(plan.root) as log, pytest.raises(StoppedError):
        list(apply(plan, log, told=stop))
    assert names(target) == WANTED[:1]
    assert {one.status for one in resume(log.path)} == {"done"}
    assert names(target) == WANTED


@pytest.mark.parametrize("mode", MODES)
def test_an_interrupt_between_an_act_and_its_word_takes_the_act_back(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    target, before = tmp_path / "ds", contents(source)
    plan, real = planned(source, target, mode), steps.mark_of

    def interrupted(path: str) -> str:
        monkeypatch.setattr(steps, "mark_of", real)
        raise KeyboardInterrupt

    monkeypatch.setattr(steps, "mark_of", interrupted)
    with new_log(plan.root) as log, pytest.raises(KeyboardInterrupt):
        list(apply(plan, log))
    assert contents(source) == before
    assert not names(target)
    assert {one.status for one in resume(log.path)} == {"done"}
    assert names(target) == WANTED
