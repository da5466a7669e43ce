"""What was decided in a contribution: steps, why one can't be taken, filling in, leaving out; kept over sittings."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING

import pytest
from small_nwb import small_nwb

from dandi_tui.dataset.carrying_out import Placed, after, carry_out, plan_now, to_send
from dandi_tui.dataset.checkup import Checkup, in_common, look
from dandi_tui.dataset.contribution import Contribution, Standing, Step, begin, fill_in, leave_out, step_after, steps_of, why_not_leave, why_not_mode
from dandi_tui.dataset.file_fields import FileFields
from dandi_tui.dataset.findings import Finding, Layer, Severity
from dandi_tui.dataset.kept_contributions import forget, keep, kept
from dandi_tui.dataset.listing import begun_anew, completed, entries_of, matching, typed
from dandi_tui.dataset.scan import ScannedFile, scan
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
    assert "never changed" in why_not_mode(now, "move")
    assert not why_not_mode(now, "symlink")
    assert not fill_in(now, {"a.nwb": {"subject.age": ""}}).fills


def test_leaving_out_twice_takes_back_in() -> None:
    now = leave_out(begin(["/data/raw"]), ["a", "b"])
    assert now.left_out == ("a", "b")
    assert leave_out(now, ["a"]).left_out == ("b",)


def test_what_was_decided_is_kept_and_what_is_broken_is_passed_over(tmp_path: Path) -> None:
    first = begin([str(tmp_path / "one")]).but(step=Step.PLAN, fills={"x": {"keywords": ["a", "b"]}})
    keep(first)
    os.utime(next((tmp_path / "state/contributions").iterdir()), (time.time() - 10,) * 2)
    keep(begin([str(tmp_path / "two")]))
    (tmp_path / "state/contributions/broken.json").write_text("{")
    assert [one.sources[0].rpartition("/")[2] for one in kept()] == ["two", "one"]
    assert kept()[1] == first
    forget(first)
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
