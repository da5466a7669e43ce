"""What was decided in a contribution: steps, why one can't be taken, filling in, leaving out; kept over sittings."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from small_nwb import small_nwb

from dandi_tui.dataset.applying import undo
from dandi_tui.dataset.carrying_out import Placed, TakenBack, after, carry_out, plan_now, to_send
from dandi_tui.dataset.checkup import Checkup, in_common, look
from dandi_tui.dataset.contribution import (
    Contribution,
    Standing,
    Step,
    begin,
    fill_in,
    leave_out,
    step_after,
    steps_of,
    why_not_leave,
    why_not_mode,
    with_sources,
)
from dandi_tui.dataset.file_fields import FileFields
from dandi_tui.dataset.findings import Finding, Layer, Severity
from dandi_tui.dataset.kept_contributions import forget, keep, kept, kept_of, recent_sources
from dandi_tui.dataset.listing import begun_anew, completed, entries_of, matching, typed
from dandi_tui.dataset.mend import mend_file
from dandi_tui.dataset.run_log import runs
from dandi_tui.dataset.scan import ScannedFile, scan
from dandi_tui.dataset.taking_up import stand_ins, taken_up
from dandi_tui.dataset.validate import Checked

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_that_is_organized_needs_no_plan() -> None:
    assert Step.PLAN in steps_of(begin(["/data/raw"]))
    done = begin(["/data/000123"], organized="/data/000123", dandiset="000123")
    assert step_after(done, Step.CHECK) is Step.TARGET
    assert done.dandiset == "000123"


def test_each_step_says_what_is_still_to_be_done() -> None:
    now = begin(["/data/raw"])
    assert "No folder" in why_not_leave(Contribution(), Step.SOURCE, Standing())
    assert "No NWB files" in why_not_leave(now, Step.SOURCE, Standing())
    assert "3 files are still to be read" in why_not_leave(now, Step.CHECK, Standing(nwb=5, waiting=3))
    assert "No file can go on" in why_not_leave(now, Step.CHECK, Standing(nwb=5))
    assert "not made yet" in why_not_leave(now, Step.PLAN, Standing())
    assert "No Dandiset" in why_not_leave(now, Step.TARGET, Standing())
    assert "Nothing was sent" in why_not_leave(now, Step.SEND, Standing())
    assert not why_not_leave(now.but(job=3), Step.SEND, Standing())


def test_files_that_are_filled_in_are_not_moved() -> None:
    now = fill_in(begin(["/data/raw"]).but(mode="move"), {"a.nwb": {"subject.age": "P90D"}})
    assert now.mode == "copy"
    assert "sources stay" in why_not_mode(now, "move")
    assert not why_not_mode(now, "symlink")
    assert not fill_in(now, {"a.nwb": {"subject.age": ""}}).fills


def test_leaving_out_twice_takes_back_in() -> None:
    now = leave_out(begin(["/data/raw"]), ["a", "b"])
    assert now.left_out == ("a", "b")
    assert leave_out(now, ["a"]).left_out == ("b",)


def test_another_source_leaves_what_was_decided_of_the_others() -> None:
    now = leave_out(fill_in(begin(["/lab/one"]), {"/lab/one/a.nwb": {"subject.age": "P90D"}}), ["/lab/one/b.nwb"]).but(dandiset="000123", job=4)
    both = with_sources(now, ["/lab/two", "/lab/one"])
    assert (both.fills, both.left_out, both.dandiset, both.job) == (now.fills, now.left_out, "000123", 0)
    assert both.folder == "/lab/two-organized"
    placed = both.but(placed={"/lab/one/a.nwb": "sub-1/a.nwb", "/lab/two/c.nwb": "sub-1/c.nwb"})
    left = with_sources(placed, ["/lab/two"])
    assert (left.fills, left.left_out, left.folder) == ({}, ("/lab/one/a.nwb",), "/lab/two-organized")
    assert list(to_send(left, ())) == ["sub-1/c.nwb"]


def test_what_was_decided_is_kept_and_what_is_broken_is_passed_over(tmp_path: Path) -> None:
    first = begin([str(tmp_path / "one")]).but(step=Step.PLAN, fills={"x": {"keywords": ["a", "b"]}})
    keep(first)
    os.utime(next((tmp_path / "state/contributions").iterdir()), (time.time() - 10,) * 2)
    keep(begin([str(tmp_path / "two")]))
    (tmp_path / "state/contributions/broken.json").write_text("{")
    assert [one.sources[0].rpartition("/")[2] for one in kept()] == ["two", "one"]
    assert kept()[1] == first
    assert recent_sources() == [str(tmp_path / "two"), str(tmp_path / "one")]
    assert kept_of(begin([str(tmp_path / "one")])) == first
    forget(first)
    assert kept_of(first) is None
    assert len(kept()) == 1


def test_a_contribution_is_carried_out_filled_in_and_again_without_harm(tmp_path: Path) -> None:
    import h5py

    source = small_nwb(tmp_path / "raw/a.nwb", "m1", "s1")
    nobody = small_nwb(tmp_path / "raw/b.nwb", None, "s2")
    before = {path: path.read_bytes() for path in (source, nobody)}
    now = fill_in(begin([str(tmp_path / "raw")]), {str(nobody): {"subject.subject_id": "m2"}})
    files = list(scan(now.sources))
    plan = plan_now(now, files)
    assert {move.destination for move in plan.moves} == {"sub-m1/sub-m1_ses-s1_ecephys.nwb", "sub-m2/sub-m2_ses-s2_ecephys.nwb"}
    results = list(carry_out(now, plan))
    assert not [one.problem for one in results if one.problem]
    now = after(now, results)
    with h5py.File(tmp_path / "raw-organized/sub-m2/sub-m2_ses-s2_ecephys.nwb") as file:
        assert file["general/subject/subject_id"][()] == b"m2"
    assert {path: path.read_bytes() for path in before} == before
    again = plan_now(now, files)
    assert all(move.same for move in again.moves)
    assert not again.refused
    list(carry_out(now, again))
    assert set(to_send(now, ())) == {"sub-m1/sub-m1_ses-s1_ecephys.nwb", "sub-m2/sub-m2_ses-s2_ecephys.nwb"}
    assert set(to_send(leave_out(now, [str(source)]), ())) == {"sub-m2/sub-m2_ses-s2_ecephys.nwb"}


def organized(now: Contribution, **changes: object) -> Contribution:
    """The contribution after it was changed, planned and carried out as in a sitting of its own."""
    now = taken_up(now.but(applied=False, **changes))
    moved = stand_ins(now)
    files = [one for one in look(now.sources, organized=False, folder=now.folder, stand_ins=moved, jobs=1) if isinstance(one, ScannedFile) and one.is_nwb]
    plan = plan_now(now, files, moved=moved)
    assert not plan.refused, plan.errors
    results = list(carry_out(now, plan))
    assert not [one for one in results if isinstance(one, Placed) and one.problem]
    return after(now, results)


def standing(folder: Path) -> list[str]:
    """The files in a folder, links among them."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.mark.parametrize("mode", ["symlink", pytest.param("copy", marks=pytest.mark.slow), pytest.param("hardlink", marks=pytest.mark.slow)])
def test_a_file_that_is_renamed_after_it_was_placed_leaves_its_old_place(tmp_path: Path, mode: str) -> None:
    source, other = (str(small_nwb(tmp_path / f"raw/{name}.nwb", "m1", name)) for name in ("a", "b"))
    folder = tmp_path / "raw-organized"
    now = organized(begin([str(tmp_path / "raw")]).but(mode=mode, fills={source: {"session_id": "a"}, other: {"subject.age": "P90D"}}))
    first, second = now.placed[source], now.placed[other]
    now = organized(now, renames={source: "sub-m1/mine.nwb"})
    assert standing(folder) == sorted(["sub-m1/mine.nwb", second])
    now = organized(now, renames={source: second, other: first})
    assert standing(folder) == sorted([first, second])
    assert now.placed == {source: second, other: first}
    assert _session(folder / second) == "a"
    now = organized(now, renames={}, left_out=(other,))
    assert standing(folder) == ["sub-m1/sub-m1_ecephys.nwb"], "alone, it needs no session in its name"
    assert list(to_send(now, ())) == standing(folder)
    assert standing(tmp_path / "raw") == ["a.nwb", "b.nwb"]


def _session(path: Path) -> str:
    import h5py

    with h5py.File(path) as file:
        return str(file["general/session_id"].asstr()[()])


def test_what_goes_along_with_a_file_that_is_renamed_goes_to_its_new_place(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/one.avi").write_bytes(b"pictures")
    source = str(small_nwb(tmp_path / "raw/a.nwb", "m1", "a", videos=["one.avi"]))
    folder = tmp_path / "raw-organized"
    now = organized(begin([str(tmp_path / "raw")]).but(mode="copy", media=True))
    assert len(standing(folder)) == 2
    again = organized(now)
    assert (again.placed, again.along) == (now.placed, now.along)
    now = organized(again, renames={source: "sub-m1/mine.nwb"})
    assert standing(folder) == ["sub-m1/mine.nwb", "sub-m1/mine/00000000-0000-4000-8000-000000000000_external_file_0.avi"]
    assert sorted(to_send(now, ())) == standing(folder)
    now = organized(now, left_out=(source,))
    assert standing(folder) == []
    assert not now.along
    assert (tmp_path / "raw/one.avi").exists()


def test_what_somebody_else_changed_stays_where_it_was_placed_and_that_is_told(tmp_path: Path) -> None:
    source = str(small_nwb(tmp_path / "raw/a.nwb", "m1", "a"))
    now = organized(begin([str(tmp_path / "raw")]).but(mode="copy"))
    path = now.placed[source]
    with (tmp_path / "raw-organized" / path).open("ab") as file:
        file.write(b"more")
    now = now.but(renames={source: "sub-m1/mine.nwb"})
    results = list(carry_out(now, plan_now(now, scan(now.sources))))
    assert [(one.destination, one.stays) for one in results if isinstance(one, TakenBack)] == [
        (path, f"{tmp_path}/raw-organized/{path}: it was changed since; it stays as it is.")
    ]
    assert after(now, results).placed == {source: "sub-m1/mine.nwb"}
    assert standing(tmp_path / "raw-organized") == sorted(["sub-m1/mine.nwb", path])


def test_files_that_were_filled_in_are_taken_back_with_the_run(tmp_path: Path) -> None:
    one, two = (str(small_nwb(tmp_path / f"raw/{name}.nwb", "m1", name)) for name in ("a", "b"))
    now = organized(begin([str(tmp_path / "raw")]).but(fills={one: {"subject.age": "P90D"}}))
    organized(now, fills={one: {"subject.age": "P90D"}, two: {"subject.age": "P9D"}})
    results = [result for log, _ in runs(now.folder) for result in undo(log)]
    assert [result.status for result in results] == ["done", "done"]
    assert standing(tmp_path / "raw-organized") == []
    assert standing(tmp_path / "raw") == ["a.nwb", "b.nwb"]


@pytest.mark.parametrize("mode", ["symlink", pytest.param("hardlink", marks=pytest.mark.slow)])
def test_a_file_that_a_killed_sitting_had_filled_in_is_taken_back_too(tmp_path: Path, mode: str) -> None:
    source = str(small_nwb(tmp_path / "raw/a.nwb", "m1", "a"))
    now = organized(begin([str(tmp_path / "raw")]).but(mode=mode))
    place = tmp_path / "raw-organized" / now.placed[source]
    assert mend_file(str(place), {"subject.age": "P90D"}).changes
    now = organized(now, fills={source: {"subject.age": "P90D"}})
    organized(now, renames={source: "sub-m1/mine.nwb"})
    assert standing(tmp_path / "raw-organized") == ["sub-m1/mine.nwb"]


@pytest.mark.parametrize("mode", ["symlink", "move", pytest.param("copy", marks=pytest.mark.slow), pytest.param("hardlink", marks=pytest.mark.slow)])
def test_what_a_sitting_that_was_killed_had_placed_is_known_to_the_next(tmp_path: Path, mode: str) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/one.avi").write_bytes(b"pictures")
    media = mode in {"copy", "move"}
    files = [str(small_nwb(tmp_path / f"raw/{name}.nwb", "m1", name, videos=["one.avi"] if media else [])) for name in "abc"]
    now = begin([str(tmp_path / "raw")]).but(mode=mode, media=media, step=Step.PLAN)
    _killed(now, files[1])
    assert standing(tmp_path / "raw-organized")
    now = organized(now)
    assert sorted(now.placed) == files
    assert sorted(to_send(now, ())) == standing(tmp_path / "raw-organized")
    assert len(standing(tmp_path / "raw-organized")) == (6 if media else 3)
    assert organized(now).placed == now.placed
    again = [result for log, _ in runs(now.folder) for result in undo(log)]
    assert {one.status for one in again} == {"done"}
    assert standing(tmp_path / "raw") == ["a.nwb", "b.nwb", "c.nwb", "one.avi"]


def _killed(now: Contribution, at: str) -> None:
    """Carries the plan out in a process of its own, that is killed when what goes along with a file was placed, or the file itself."""
    words = f"""
import os, signal
from dandi_tui.dataset import applying
from dandi_tui.dataset.carrying_out import carry_out, plan_now
from dandi_tui.dataset.scan import scan
import msgspec
from dandi_tui.dataset.contribution import Contribution
now = msgspec.json.decode({msgspec.json.encode(now)!r}, type=Contribution)
done = applying.do_step
def killed(action, source, destination, **more):
    step = done(action, source, destination, **more)
    if {at!r} == source or ({now.media!r} and "sub-m1_ses-b" in destination):
        os.kill(os.getpid(), signal.SIGKILL)
    return step
applying.do_step = killed
if __name__ == "__main__":
    list(carry_out(now, plan_now(now, scan(now.sources, jobs=1))))
"""
    ended = subprocess.run([sys.executable, "-c", words], check=False)
    assert ended.returncode == -signal.SIGKILL


def test_files_that_were_moved_are_looked_at_where_they_are_and_stay_there(tmp_path: Path) -> None:
    source = str(small_nwb(tmp_path / "raw/a.nwb", "m1", "a"))
    now = organized(begin([str(tmp_path / "raw")]).but(mode="move"))
    path = now.placed[source]
    assert standing(tmp_path / "raw") == []
    moved = stand_ins(now)
    assert moved == {source: f"{now.folder}/{path}"}
    checkup = Checkup(moved)
    checkup.take(look(now.sources, organized=False, folder=now.folder, stand_ins=moved, jobs=1))
    assert checkup.counts(now).usable == 1
    assert checkup.errors(source, now)
    assert "u in the plan" in checkup.why_not_fill(source)
    plan = plan_now(now.but(required=("modalities",), renames={source: "sub-m1/mine.nwb"}), checkup.nwb(), moved=moved)
    assert [(move.destination, move.same) for move in plan.moves] == [(path, True)]
    assert not plan.refused
    now = organized(now, left_out=(source,))
    assert standing(tmp_path / "raw") == ["a.nwb"]
    assert not now.placed
    assert not stand_ins(now)


def test_a_folder_that_is_organized_into_within_the_source_is_no_source(tmp_path: Path) -> None:
    small_nwb(tmp_path / "raw/a.nwb", "m1", "a")
    now = organized(begin([str(tmp_path / "raw")]).but(mode="copy", folder=str(tmp_path / "raw/organized")))
    found = list(look(now.sources, organized=False, folder=now.folder, jobs=1))
    assert {one.path for one in found} == {str(tmp_path / "raw/a.nwb")}


def test_what_goes_along_with_a_file_is_sent_with_it() -> None:
    now = after(
        begin(["/raw"]), [Placed(source="/raw/a.nwb", destination="sub-1/a.nwb", along=("sub-1/a/0.mp4",)), Placed(source="/raw/b.nwb", destination="b.nwb")]
    )
    assert list(to_send(now, ())) == ["sub-1/a.nwb", "sub-1/a/0.mp4", "b.nwb"]
    assert list(to_send(after(now, [Placed(source="/raw/a.nwb", destination="sub-1/a.nwb")]), ())) == ["sub-1/a.nwb", "sub-1/a/0.mp4", "b.nwb"]
    assert list(to_send(leave_out(now, ["/raw/a.nwb"]), ())) == ["b.nwb"]


def test_a_problem_is_called_by_what_its_messages_have_in_common() -> None:
    assert in_common("The file can't be read: is empty", "The file can't be read: is not HDF5") == "The file can't be read"
    assert in_common("Its identifier 'a' is used by b", "Its identifier 'c' is used by d") == "Its identifier"
    assert in_common("Age is missing", "Sex is missing") == "Age is missing"


def test_files_that_can_not_go_on_are_set_aside(tmp_path: Path) -> None:
    small_nwb(tmp_path / "raw/a.nwb", "m1", "s1")
    (tmp_path / "raw/empty.nwb").touch()
    now, checkup = begin([str(tmp_path / "raw")]), Checkup()
    checkup.take(look(now.sources, organized=False, jobs=1))
    counts = checkup.counts(now)
    assert (counts.found, counts.checked, counts.aside) == (2, 2, 1)
    assert len(plan_now(now, checkup.nwb()).moves) == 1


def test_files_are_counted_the_same_however_results_and_decisions_come() -> None:
    chance = random.Random(7)
    named, nobody = FileFields(format="hdf5", subject_id="m1"), FileFields(format="hdf5")
    files = [ScannedFile(number=at, path=f"{at}.nwb", real="", kind="nwb", fields=chance.choice((named, nobody, None))) for at in range(300)]
    age = {"severity": Severity.ERROR, "id": "age", "message": "words", "layer": Layer.SCHEMA, "field": "subject.age"}
    checks = [Checked(path=one.path, findings=chance.choice(([], [Finding(path=one.path, **age)]))) for one in files if chance.random() < 0.8]
    bit_by_bit, now = Checkup(), begin(["/data"])
    waiting: list[ScannedFile | Checked] = [*files, *checks]
    while waiting:
        bit_by_bit.take(waiting[:40])
        del waiting[:40]
        some = [one.path for one in chance.sample(files, 10)]
        now = chance.choice((leave_out(now, some), fill_in(now, {path: {chance.choice(("subject.age", "subject.subject_id")): "P9D"} for path in some})))
        counts = bit_by_bit.counts(now)
    at_once = Checkup()
    at_once.take([*checks, *files])
    assert counts == at_once.counts(now)
    assert counts.good + counts.to_mend + counts.aside >= counts.checked
    assert counts.usable == counts.found - counts.aside
    group = at_once.groups()[0]
    assert group.settled(now) == sum(path in now.left_out or "subject.age" in now.fills.get(path, {}) for path in group.files)


@pytest.mark.parametrize(("start", "wanted"), [("r", "raw"), ("ra", "raw"), ("raw1", "raw1/"), ("x", "x")])
def test_a_path_is_completed_as_far_as_there_is_no_choice(tmp_path: Path, start: str, wanted: str) -> None:
    for name in ("raw1", "raw2", "other", ".hidden"):
        (tmp_path / name).mkdir()
    entries = list(entries_of(str(tmp_path)))
    assert completed(entries, start) == wanted
    assert [one.name for one in matching(entries, "")] == ["other", "raw1", "raw2"]
    assert typed(f"{tmp_path}/ra") == (str(tmp_path), "ra")


def test_a_path_typed_after_another_one_begins_anew() -> None:
    assert begun_anew("/home/alice//scratch/data") == "/scratch/data"
    assert begun_anew("/home/alice/~/data") == "~/data"
    assert begun_anew("//scratch") == "/scratch"
    assert begun_anew("/scratch/data/") == "/scratch/data/"
