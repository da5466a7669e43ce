"""The upload wizard on a real archive: from a folder to a valid draft, by the keyboard; left at each step and taken up again."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import h5py
import pytest
from conftest import TOKENS
from contributing import Owner
from recordings import raw_files
from wizarding import choose, until, wizard

from dandi_tui.dataset.contribution import Step, begin
from dandi_tui.dataset.kept_contributions import keep, kept

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive


@pytest.mark.timeout(300)
async def test_from_a_folder_to_a_valid_draft_left_at_each_step(empty_archive: Archive, tmp_path: Path) -> None:  # noqa: PLR0915 (one journey)
    owner = Owner(empty_archive)
    identifier = owner.dandiset("Whiskers", files=0)
    files = raw_files(tmp_path / "raw", 3, without_age=2, broken=1)
    before = {path: path.read_bytes() for path in files}

    async with wizard(empty_archive) as pilot:
        await until(pilot, "No folder is chosen")
        await pilot.press("n")
        await until(pilot, "No folder is chosen yet")
        await choose(pilot, tmp_path / "raw")
        await until(pilot, "4 NWB files")
        await pilot.press("n")
        await until(pilot, "[2 check]")

    async with wizard(empty_archive, step="[2 check]") as pilot:
        shown = await until(pilot, "checked 4 of 4", "2 to mend", holds=lambda text: "…" not in text.splitlines()[2])

        assert "1 can't be named" in shown
        assert "error" in shown
        pane: Any = pilot.app.pane  # type: ignore[attr-defined]
        at = next(row for row, one in enumerate(pane.rows.groups) if one.field == "subject.age")
        await pilot.press(*["down"] * at, "f")
        await until(pilot, "Age of 2 files")
        await pilot.press(*"soon", "enter")
        await until(pilot, "soon", "ISO 8601")
        await pilot.press("ctrl+u", *"90 days", "enter")
        await until(pilot, "2 filled in")
        await pilot.press("n")
        await until(pilot, "[3 plan]")

    async with wizard(empty_archive, step="[3 plan]") as pilot:
        shown = await until(pilot, "3 files", "sub-M0", "sub-M0_ses-s000_ecephys.nwb")
        assert "1 set aside" in shown
        await pilot.press("o")
        await until(pilot, "symlink: symbolic links")
        await pilot.press(*"copy: copies", "enter")
        await until(pilot, "(copy)")
        await pilot.press("G", "enter")
        await until(pilot, "every name begins with it")
        await pilot.press("escape", "n")
        await until(pilot, "will be filled in")
        await pilot.press("enter")
        await until(pilot, "[4 target]")
    organized = tmp_path / "raw-organized"
    assert {path: path.read_bytes() for path in files} == before
    with h5py.File(organized / "sub-M0/sub-M0_ses-s000_ecephys.nwb") as file:
        assert file["general/subject/age"][()] == b"P90D"

    async with wizard(empty_archive, step="[4 target]") as pilot:
        await until(pilot, identifier, "Whiskers")
        await pilot.press("enter")
        await until(pilot, "[5 send]", "3 added")

    async with wizard(empty_archive, step="[5 send]") as pilot:
        await until(pilot, "3 added")
        await pilot.press("enter")
        await until(pilot, "Sent: 3 files sent")
        assert f"DANDI:{identifier}" in (organized / "dandiset.yaml").read_text()

    async with wizard(empty_archive, step="[5 send]") as pilot:
        await until(pilot, "Sent: 3 files sent")
        await pilot.press("n")
        await until(pilot, "[6 publish]", "the metadata is valid", "3 files are valid")
    assert not owner.info(identifier)["asset_validation_errors"]
    assert owner.info(identifier)["asset_count"] == 3
    assert kept()[0].dandiset == identifier

    async with wizard(empty_archive, step="[6 publish]") as pilot:
        await until(pilot, "3 files are valid")
        await pilot.press("escape")
        await until(pilot, "[5 send]")
        await pilot.press("r")
        await until(pilot, "3 there already")
        await pilot.press("enter")
        await until(pilot, "3 there already", "Sent: 0 files sent")
    owner.http.close()


@pytest.mark.timeout(200)
async def test_a_folder_that_is_organized_skips_the_plan_and_bad_targets_are_told(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "000002"
    raw_files(folder, 1)
    (folder / "dandiset.yaml").write_text("identifier: DANDI:000002\nname: Patch\ndescription: Words\n")
    async with wizard(archive) as pilot:
        await choose(pilot, folder)
        await until(pilot, "organized already", "1 NWB files")
        await pilot.press("n")
        shown = await until(pilot, "checked 1 of 1")
        assert "plan" not in shown.splitlines()[1]
        await pilot.press("n")
        await until(pilot, "[3 target]", "its dandiset.yaml names it", "000002")
        await pilot.press("n")
        await until(pilot, "[4 send]", "demo is no owner of it")
        await pilot.press("enter")
        await until(pilot, "There is nothing to send")


async def test_without_a_key_or_approval_the_target_says_why(archive: Archive, tmp_path: Path) -> None:
    keep(begin([str(tmp_path / "raw")]).but(step=Step.TARGET))
    async with wizard(archive, key=None, step="[4 target]") as pilot:
        await until(pilot, "Log in first")
    async with wizard(archive, key=TOKENS["pending"], step="[4 target]") as pilot:
        await until(pilot, "waits for approval")


async def test_a_dandiset_that_is_registered_on_the_way_is_the_target(empty_archive: Archive, tmp_path: Path) -> None:
    keep(begin([str(tmp_path / "raw")]).but(step=Step.TARGET))
    async with wizard(empty_archive, step="[4 target]") as pilot:
        await until(pilot, "You own no Dandiset yet")
        await pilot.press("N")
        await until(pilot, "Title *", "▸     Title")
        await pilot.press("enter")
        await until(pilot, "── Title")
        await pilot.press(*"Whiskers", "enter")
        await until(pilot, "1 unsaved")
        await pilot.press("down", "enter")
        await until(pilot, "Esc takes it")
        await pilot.press(*"Mice.", "escape")
        await until(pilot, "2 unsaved")
        await pilot.press("down", "enter")
        await until(pilot, "CC0-1.0")
        await pilot.press("enter")
        await until(pilot, "3 unsaved")
        await pilot.press("w")
        await until(pilot, "becomes a Dandiset of yours")
        await pilot.press("w")
        await until(pilot, "[4 target]", "The files go to the draft of 000001", "✓000001")
    assert kept()[0].dandiset == "000001"


@pytest.mark.slow
async def test_of_files_that_are_too_alike_one_stays_and_another_one_comes_back(archive: Archive, tmp_path: Path) -> None:
    first, _ = raw_files(tmp_path / "raw", 2)
    shutil.copy(first, first.with_name("again.nwb"))
    (tmp_path / "raw/none.nwb").write_text("no HDF5")
    keep(begin([str(tmp_path / "raw")]).but(step=Step.PLAN))
    async with wizard(archive, step="[3 plan]") as pilot:
        await until(pilot, "1 error", "2 files have the same object id", "x chooses which stays")
        await pilot.press("x")
        await until(pilot, "Which one stays?")
        await pilot.press("down", "enter")
        await until(pilot, "2 files,", "0 errors", "left out; x takes back in")
        assert kept()[0].left_out == (str(first.with_name("again.nwb")),)
        await pilot.press("G", "x")
        await until(pilot, "3 files,", "1 error", holds=lambda text: "left out;" not in text)
