"""The wizard taken up again: after the program was killed, after files were moved, with the same folder or another one beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from contributing import Owner
from textual.widgets import Input
from wizarding import Checked, choose, until, wizard

from dandi_tui.dataset.carrying_out import carry_out, plan_now
from dandi_tui.dataset.contribution import Step, fill_in
from dandi_tui.dataset.kept_contributions import keep, kept
from dandi_tui.dataset.scan import scan

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive
    from textual.pilot import Pilot

pytestmark = pytest.mark.timeout(200)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    return Checked(tmp_path_factory.mktemp("checked") / "raw")


def still(text: str) -> bool:
    """Whether nothing is being looked at any more."""
    return "…" not in text.splitlines()[2]


async def test_what_was_placed_before_the_program_was_killed_stands_there_still(archive: Archive, checked: Checked, tmp_path: Path) -> None:
    now = checked.at(Step.PLAN, tmp_path / "raw", mode="copy")
    files = sorted(str(path) for path in (tmp_path / "raw").rglob("*.nwb"))
    now = fill_in(now, {files[0]: {"subject.age": "P90D"}})
    keep(now)
    list(carry_out(now, plan_now(now, scan(now.sources))))
    async with wizard(archive, step="[3 plan]") as pilot:
        await until(pilot, "2 files,", "0 errors", "✓ sub-M0_ses-s000", "✓ sub-M1_ses-s001")
        assert sorted(kept()[0].placed) == files
        await pilot.press("n")
        await until(pilot, "1 file there will be filled in", holds=lambda text: "into" not in text.split("Organize")[-1])
        await pilot.press("enter")
        await until(pilot, "[4 target]")


async def test_files_that_were_moved_are_shown_and_checked_where_they_are(empty_archive: Archive, checked: Checked, tmp_path: Path) -> None:
    owner = Owner(empty_archive)
    identifier = owner.dandiset("Whiskers", files=0)
    checked.at(Step.PLAN, tmp_path / "raw", mode="move")
    async with wizard(empty_archive, step="[3 plan]") as pilot:
        await until(pilot, "2 files,", "0 errors (move)")
        await pilot.press("n")
        await until(pilot, "the sources themselves go there")
        await pilot.press("enter")
        await until(pilot, "[4 target]")
        await pilot.press("escape")
        await until(pilot, "[3 plan]", "✓ sub-M0_ses-s000", "✓ sub-M1_ses-s001")
        await pilot.press("down", "e")
        await until(pilot, "It was moved there: u takes it back first.")
    assert not list((tmp_path / "raw").rglob("*.nwb"))
    async with wizard(empty_archive, step="[3 plan]") as pilot:
        await until(pilot, "2 files,", "✓ sub-M0_ses-s000", "✓ sub-M1_ses-s001", "← raw/day0/m_final0.nwb", holds=still)
        await pilot.press("escape")
        await until(pilot, "[2 check]", "checked 2 of 2", "2 good")
        await pilot.press("f")
        await until(pilot, "It was moved, so there is no other: u in the plan takes it back first")
        await pilot.press("escape", "n")
        await until(pilot, "[3 plan]", "✓ sub-M0_ses-s000")
        await pilot.press("n")
        await until(pilot, "[4 target]", identifier)
        await pilot.press("enter")
        await until(pilot, "2 added. Enter sends")
    async with wizard(empty_archive, step="[5 send]") as pilot:
        await until(pilot, "2 added. Enter sends")
        await pilot.press("escape")
        await until(pilot, "[4 target]")
        await pilot.press("escape")
        await until(pilot, "[3 plan]", "✓ sub-M0_ses-s000")
        await pilot.press("u")
        await until(pilot, "2 taken back", "2 files,", holds=lambda text: "✓" not in text)
    assert len(list((tmp_path / "raw").rglob("*.nwb"))) == 2
    owner.http.close()


async def test_an_entry_that_is_renamed_once_it_was_placed_leaves_its_old_place(archive: Archive, checked: Checked, tmp_path: Path) -> None:
    checked.at(Step.TARGET, tmp_path / "raw")
    folder = tmp_path / "raw-organized/sub-M0"
    async with wizard(archive, step="[4 target]") as pilot:
        await until(pilot, "[4 target]")
        await pilot.press("escape")
        await until(pilot, "✓ sub-M0_ses-s000")
        await pilot.press("down", "e")
        await until(pilot, "Path in the Dandiset")
        pilot.app.screen.query_one(Input).value = "sub-M0/mine.nwb"
        await pilot.press("end", "enter")
        await until(pilot, "mine.nwb", "✓ sub-M1_ses-s001", holds=lambda text: still(text) and "✓ mine" not in text)
        await pilot.press("n")
        await until(pilot, "1 file into", "1 file leaves the place where it was put before.", "Nothing else that is there is replaced.")
        assert [path.name for path in folder.iterdir()] == ["sub-M0_ses-s000_ecephys.nwb"]
        await pilot.press("enter")
        await until(pilot, "[4 target]")
    assert [path.name for path in folder.iterdir()] == ["mine.nwb"]


async def test_the_same_folder_chosen_again_keeps_what_was_decided_and_another_one_beside_it_too(archive: Archive, checked: Checked, tmp_path: Path) -> None:
    now = checked.at(Step.CHECK, tmp_path / "raw")
    file = str(tmp_path / "raw/day0/m_final0.nwb")
    keep(fill_in(now, {file: {"subject.age": "P90D"}}))
    checked.copy(tmp_path / "more")
    async with wizard(archive) as pilot:
        await until(pilot, "Taken up again with Enter")
        await choose(pilot, tmp_path / "raw")
        await until(pilot, "2 NWB files", "taken up again: what was decided")
        assert kept()[0].fills == {file: {"subject.age": "P90D"}}
        await _choose_another(pilot, tmp_path / "more")
        await until(pilot, "4 NWB files")
        assert [(one.sources, one.fills) for one in kept()] == [((str(tmp_path / "raw"), str(tmp_path / "more")), {file: {"subject.age": "P90D"}})]


async def _choose_another(pilot: Pilot[int], folder: Path) -> None:
    await pilot.press("a")
    await until(pilot, "Tab completes")
    pilot.app.screen.query_one(Input).value = str(folder)
    await until(pilot, "take ", f"   {folder.name}/")
    await pilot.press("enter")


async def test_a_folder_of_before_is_at_hand_in_the_picker(archive: Archive, checked: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    checked.at(Step.NEXT, tmp_path / "sent", dandiset="000003", api_url=archive.api_url)
    async with wizard(archive, step="[6 publish]") as pilot:
        await pilot.press("A")
        await until(pilot, "[1 source]", "~/sent", "sent, to 000003")
        await pilot.press("a")
        await until(pilot, " recent ~/sent", "take ~", "   sent/")
        await pilot.press("down", "enter")
        await until(pilot, "take ~/sent", holds=lambda text: "recent" not in text)
        await pilot.press("enter")
        await until(pilot, "2 NWB files", "taken up again")


async def test_what_was_left_unfinished_is_offered_behind_what_was_sent(archive: Archive, checked: Checked, tmp_path: Path) -> None:
    checked.at(Step.CHECK, tmp_path / "raw")
    checked.at(Step.NEXT, tmp_path / "sent", dandiset="000003", api_url=archive.api_url)
    async with wizard(archive, step="[6 publish]") as pilot:
        await until(pilot, "000003")
    app: Any = pilot.app
    assert any("3 takes up again the unfinished upload of" in words and "raw" in words for _, words in app.log_lines), app.log_lines
