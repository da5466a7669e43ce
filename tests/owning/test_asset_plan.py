"""Renaming and deleting assets: the plan is a pure function; what it says is done in a real archive, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dandi_tui.api.models import Asset
from dandi_tui.errors import UsageError
from dandi_tui.owning.asset_plan import AssetPlan, plan_deletes, plan_renames, plan_rewrites

NOW = datetime(2024, 5, 3, tzinfo=UTC)
PATHS = ("sub-1/sub-1_a.nwb", "sub-1/sub-1_b.nwb", "sub-2/sub-2_a.nwb", "notes.txt")


def assets(*paths: str) -> list[Asset]:
    return [Asset(asset_id=f"id-{path}", path=path, size=10, created=NOW, modified=NOW, blob="blob") for path in paths or PATHS]


def told(plan: AssetPlan) -> dict[str, tuple[str, str]]:
    return {step.asset.path: (step.verdict, step.path) for step in plan.steps}


def test_a_file_gets_another_path() -> None:
    plan = plan_renames(assets(), ["notes.txt"], "README.txt")
    assert told(plan) == {"notes.txt": ("rename", "README.txt")}


def test_a_folder_is_renamed_with_all_that_is_in_it() -> None:
    plan = plan_renames(assets(), ["sub-1"], "sub-9")
    assert told(plan) == {"sub-1/sub-1_a.nwb": ("rename", "sub-9/sub-1_a.nwb"), "sub-1/sub-1_b.nwb": ("rename", "sub-9/sub-1_b.nwb")}


def test_several_sources_go_into_the_destination() -> None:
    plan = plan_renames(assets(), ["sub-1/sub-1_a.nwb", "sub-2"], "old")
    assert told(plan) == {"sub-1/sub-1_a.nwb": ("rename", "old/sub-1_a.nwb"), "sub-2/sub-2_a.nwb": ("rename", "old/sub-2/sub-2_a.nwb")}


def test_a_destination_that_is_a_folder_takes_the_file_under_its_name() -> None:
    assert told(plan_renames(assets(), ["notes.txt"], "sub-1"))["notes.txt"] == ("rename", "sub-1/notes.txt")
    assert told(plan_renames(assets(), ["sub-1/sub-1_a.nwb"], "/"))["sub-1/sub-1_a.nwb"] == ("rename", "sub-1_a.nwb")


@pytest.mark.parametrize(("existing", "verdict"), [("error", "refuse"), ("skip", "skip"), ("overwrite", "replace")])
def test_what_stands_at_the_new_path_decides(existing: str, verdict: str) -> None:
    plan = plan_renames(assets(), ["sub-1/sub-1_a.nwb"], "sub-1/sub-1_b.nwb", existing=existing)
    assert told(plan)["sub-1/sub-1_a.nwb"][0] == verdict
    assert [step.replaced for step in plan.to_do] == (["id-sub-1/sub-1_b.nwb"] if verdict == "replace" else [])


@pytest.mark.parametrize("path", ["../x.nwb", "a//b.nwb", "über.nwb", "a:b.nwb", "x" * 513])
def test_paths_that_the_archive_refuses_are_refused_before(path: str) -> None:
    plan = plan_renames(assets(), ["notes.txt"], path)
    assert [step.verdict for step in plan.steps] == ["refuse"]
    assert "path" in plan.steps[0].reason


def test_a_file_can_not_take_the_place_of_a_folder_nor_stand_below_a_file() -> None:
    assert told(plan_renames(assets(), ["sub-1/sub-1_a.nwb"], "notes.txt/a.nwb"))["sub-1/sub-1_a.nwb"][0] == "refuse"
    assert told(plan_rewrites(assets(), r"^notes\.txt$", "sub-2"))["notes.txt"][0] == "refuse"


def test_two_can_not_get_one_path() -> None:
    plan = plan_rewrites(assets(), r"_[ab]\.nwb", ".nwb", within=["sub-1"])
    assert sorted(verdict for verdict, _ in told(plan).values()) == ["refuse", "rename"]


def test_an_asset_whose_place_becomes_free_waits_and_a_swap_is_refused() -> None:
    shifted = plan_rewrites(assets("1.txt", "2.txt"), r"^(\d)", lambda found: str(int(found[1]) + 1))  # type: ignore[arg-type]
    assert [(step.asset.path, step.path) for step in shifted.steps] == [("2.txt", "3.txt"), ("1.txt", "2.txt")]
    swap = {"1": "2", "2": "1"}
    swapped = plan_rewrites(assets("1.txt", "2.txt"), r"^(\d)", lambda found: swap[found[1]])  # type: ignore[arg-type]
    assert {step.verdict for step in swapped.steps} == {"refuse"}


def test_deleting_takes_folders_whole_and_each_once() -> None:
    plan = plan_deletes(assets(), ["sub-1", "sub-1/sub-1_a.nwb"])
    assert [step.asset.path for step in plan.steps] == ["sub-1/sub-1_a.nwb", "sub-1/sub-1_b.nwb"]
    assert plan.size == 20


def test_what_is_not_there_is_said_unless_it_may_be_missing() -> None:
    with pytest.raises(UsageError, match="nothing stands"):
        plan_deletes(assets(), ["sub-3"])
    assert not plan_deletes(assets(), ["sub-3"], skip_missing=True).steps
    with pytest.raises(UsageError, match="no regular expression"):
        plan_rewrites(assets(), "(", "")
    with pytest.raises(UsageError, match="changes no path"):
        plan_rewrites(assets(), "zzz", "")
