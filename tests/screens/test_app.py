"""The app on the embedded archive, driven by the keyboard alone."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import h5py
import pytest
from conftest import Archive

from dandi_tui.api.client import ArchiveClient
from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target, parse_target
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.log import log_path
from dandi_tui.screens.about import AboutPane
from dandi_tui.screens.actions import ACTIONS, EVERYWHERE
from dandi_tui.screens.asset import AssetPane
from dandi_tui.screens.browse import BrowsePane
from dandi_tui.screens.dandiset import DandisetPane
from dandi_tui.screens.inspector import InspectorPane
from dandi_tui.screens.page import PagePane
from dandi_tui.screens.problems import ProblemsPane
from dandi_tui.screens.publish import PublishPane
from dandi_tui.screens.table import TablePane
from dandi_tui.screens.trace import TracePane
from dandi_tui.screens.transfers import TransfersPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from dandi_tui.api.models import Owner


def picture(app: DandiTuiApp) -> str:
    """The screen as text."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()[:height]
    return "\n".join(strip.text[:width].rstrip() for strip in lines)


@asynccontextmanager
async def _app(archive: Archive, target: Target | None = None, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[int]]:
    app = DandiTuiApp(find_instance(archive.api_url), archive.token, Settings(ascii="no"), target)
    async with app.run_test(size=size) as pilot:
        yield pilot


async def _until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        await pilot.pause(0.06)
        if holds():
            return
    raise AssertionError(picture(pilot.app))  # type: ignore[arg-type]


async def _until_shown(pilot: Pilot[int], words: str) -> str:
    await _until(pilot, lambda: words in picture(pilot.app))  # type: ignore[arg-type]
    return picture(pilot.app)  # type: ignore[arg-type]


async def test_the_list_shows_every_open_dandiset(archive: Archive) -> None:
    async with _app(archive) as pilot:
        shown = await _until_shown(pilot, "9 found")
        assert "000001 Neuropixels-like" in shown
        assert "000007" not in shown
        assert "10.9 MB" in shown


async def test_a_search_finds_and_a_wrong_operator_shows_the_archives_hint(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("tab", *"patch", "enter")
        assert "000002" in await _until_shown(pilot, "1 found")
        await _until(pilot, lambda: pilot.app.focused is not None and pilot.app.focused.id == "dandisets")
        await pilot.press("tab")
        await _until(pilot, lambda: pilot.app.focused is not None and pilot.app.focused.id == "search")
        await pilot.press("end", *" colour", "colon", *"red", "enter")
        shown = await _until_shown(pilot, 'Unknown search operator "colour"')
        assert "to search for it as text." in " ".join(shown.split())


async def test_the_keys_of_the_search_are_those_that_work_there(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("tab")
        await _until_shown(pilot, "Tab to the list")
        await pilot.press(*"speci")
        await _until_shown(pilot, "Tab complete")
        await pilot.press("tab")
        await _until_shown(pilot, "search: species:")


async def test_a_narrow_terminal_leaves_room_for_the_words_of_a_search(archive: Archive) -> None:
    async with _app(archive, size=(60, 15)) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("tab", *"mouse neuropixels")
        await _until_shown(pilot, "search: mouse neuropixels")
        await _until_shown(pilot, "1 found")


async def test_a_resize_draws_the_screen_for_the_new_size(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.resize_terminal(120, 40)
        await _until_shown(pilot, "│ contact    Doe, Alice")
        await pilot.press("G")
        await _until_shown(pilot, "│ species    House mouse")
        await pilot.resize_terminal(80, 24)
        await _until(pilot, lambda: "│" not in picture(pilot.app))  # type: ignore[arg-type]


async def test_the_place_that_was_left_is_opened_again(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000002")) as pilot:
        await _until_shown(pilot, "sub-H201")
        await pilot.press("enter")
        await _until_shown(pilot, "› sub-H201")
        await pilot.press("q")
    async with _app(archive) as pilot:
        await _until_shown(pilot, "› sub-H201")
        await pilot.press("1", "q")
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")


async def test_an_object_of_a_file_is_opened_copied_and_come_back_to(archive: Archive) -> None:
    instance = find_instance(archive.api_url)
    file = f"dandi://{instance.name}/000004@draft/sub-R401/sub-R401_ses-20240516_behavior.nwb"
    async with _app(archive, parse_target(f"{file}::/intervals/trials", default=instance)) as pilot:
        assert "trials" in await _until_under_cursor(pilot, "trials")
        await pilot.press("t")
        await _until_shown(pilot, "TimeIntervals · 59 rows")
        await pilot.press("y")
        shown = await _until_shown(pilot, "Copy as")
        assert "Python with pynwb" in shown
        await pilot.press(*"address", "enter")
        await _until_shown(pilot, "copied: dandi://")
        assert pilot.app.pane.full_message == f"copied: {file}::/intervals/trials"  # type: ignore[attr-defined]
        await pilot.press("q")
    async with _app(archive) as pilot:
        await _until_under_cursor(pilot, "trials")


async def _until_under_cursor(pilot: Pilot[int], name: str) -> str:
    def found() -> str:
        lines = picture(pilot.app).splitlines()  # type: ignore[arg-type]
        return next((line for line in lines if line.startswith("▸") and name in line), "")

    await _until(pilot, lambda: bool(found()))
    return found()


async def test_copy_offers_names_addresses_code_and_citations(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000001")) as pilot:
        await _until_shown(pilot, "sub-")
        await _until_shown(pilot, "CC-BY-4.0")
        await pilot.press("y")
        shown = await _until_shown(pilot, "BibTeX")
        assert "DANDI URI" in shown
        await pilot.press(*"bibtex", "enter")
        await _until_shown(pilot, "@dataset{")


async def test_keys_for_unknown_actions_are_said(archive: Archive) -> None:
    app = DandiTuiApp(find_instance(archive.api_url), archive.token, Settings(ascii="no", keys={"dance": "x"}))
    async with app.run_test(size=(80, 24)) as pilot:
        await _until_shown(pilot, "dance")


async def test_backspace_and_ctrl_u_edit_the_search(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("tab", *"patchx", "backspace", "enter")
        await _until_shown(pilot, "1 found")
        await pilot.press("tab", "end", "ctrl+u", *"rats", "enter")
        assert "000004" in await _until_shown(pilot, "search: rats")


async def test_operators_are_suggested_and_completed(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("tab", *"spec")
        await _until_shown(pilot, "species:")
        await pilot.press("tab", *"human", "enter")
        await _until_shown(pilot, "2 found")


async def test_going_in_from_the_list_to_a_file_and_out_again(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("G", "right")
        await _until_shown(pilot, "sub-M101")
        await _until_shown(pilot, "CC-BY-4.0 · open")
        await pilot.press("right")
        await _until_shown(pilot, "ses-20230721")
        await pilot.press("down", "enter")
        await _until_shown(pilot, "Mus musculus, M101, female")
        await pilot.press("m")
        shown = await _until_shown(pilot, "House mouse")
        assert isinstance(pilot.app.screen, AssetPane)
        assert "dandi-etag" in shown
        await pilot.press("left", "g", "left", "left", "left", "left", "left")
        await _until(pilot, lambda: isinstance(pilot.app.screen, BrowsePane))


async def test_a_problem_is_shown_with_its_remedy_and_left_to_where_it_was_opened(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000008")) as pilot:
        await _until_shown(pilot, "1 problem (v)")
        await pilot.press("v")
        shown = await _until_shown(pilot, "mend FILE --set")
        assert "→ In the file it is /general/subject/subject_id" in shown
        await pilot.press("left", "P")
        await _until_shown(pilot, "mend FILE --set")
        await pilot.press("enter")
        await _until_shown(pilot, "to mend")
        assert isinstance(pilot.app.screen, AssetPane)
        await pilot.press("left")
        await _until(pilot, lambda: isinstance(pilot.app.screen, PublishPane))


async def test_the_cursor_stays_on_its_dandiset_when_the_list_is_asked_for_again(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("G", "up", "up")
        name = next(line for line in picture(pilot.app).splitlines() if line.startswith("▸"))[2:30]  # type: ignore[arg-type]
        await pilot.press("r")
        await _until_under_cursor(pilot, name)
        await pilot.press("U")
        await _until_shown(pilot, "owners")
        await pilot.press("escape")
        await _until(pilot, lambda: isinstance(pilot.app.screen, BrowsePane))
        await _until_under_cursor(pilot, name)


async def test_a_tree_that_is_asked_for_again_stays_as_it_was_unfolded(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000001")) as pilot:
        await _until_shown(pilot, "sub-M102")
        await pilot.press("right")
        await _until_shown(pilot, "sub-M101_ses-20230722")
        await pilot.press("down", "down")
        await _until_under_cursor(pilot, "sub-M101_ses-20230722")
        for key, there in (("r", ""), ("U", "owners")):
            await pilot.press(key)
            if there:
                await _until_shown(pilot, there)
                await pilot.press("escape")
                await _until(pilot, lambda: isinstance(pilot.app.screen, DandisetPane))
            await _until_under_cursor(pilot, "sub-M101_ses-20230722")
            assert "▾ sub-M101" in await _until_shown(pilot, "sub-M102")


async def test_the_file_that_is_looked_into_is_downloaded_from_there(archive: Archive, tmp_path: Path) -> None:
    async with _app(archive, Target("asset", None, archive.api_url, "000004", "draft", "sub-R401/sub-R401_ses-20240516_behavior.nwb")) as pilot:
        pilot.app.settings = Settings(download_dir=str(tmp_path / "here"))  # type: ignore[attr-defined]
        await _until_shown(pilot, "acquisition")
        await pilot.press("o")
        await _until_shown(pilot, "Neurosift")
        await pilot.press("escape", "v")
        await _until_shown(pilot, "validation valid")
        await pilot.press("left", "d", "enter")
        await _until_shown(pilot, "1 file (261.2 kB)")
        await pilot.press("enter")
        await _until_shown(pilot, "downloaded to")
        assert [path.name for path in (tmp_path / "here").rglob("*") if path.is_file()] == ["sub-R401_ses-20240516_behavior.nwb"]


async def test_files_are_sorted_by_size_and_the_cursor_stays_on_its_file(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000008")) as pilot:
        await _until_shown(pilot, "sub-M801")
        await _until_under_cursor(pilot, "README.md")
        await pilot.press("s")
        await _until_shown(pilot, "most files first")
        await pilot.press(*"largest", "enter")
        shown = await _until_shown(pilot, "files, largest first")
        assert shown.index("sub-M801") < shown.index("docs") < shown.index("README.md")
        await _until_under_cursor(pilot, "README.md")


async def test_the_filter_looks_through_all_paths(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000100")) as pilot:
        await _until_shown(pilot, "sub-0000")
        await pilot.press("slash", *"0029_ses-099")
        shown = await _until_shown(pilot, "1 of 3,000 paths")
        assert "sub-0029_ses-099_ophys.nwb" in shown
        await pilot.press("escape")
        await _until_shown(pilot, "sub-0005")


async def test_marks_are_downloaded_after_the_plan_was_shown(archive: Archive, tmp_path: Path) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000002")) as pilot:
        pilot.app.settings = Settings(download_dir=str(tmp_path / "here"))  # type: ignore[attr-defined]
        await _until_shown(pilot, "sub-H201")
        await pilot.press("space")
        await _until_shown(pilot, "1 mark")
        await pilot.press("d", "enter")
        await _until_shown(pilot, "1 file (")
        await pilot.press("enter")
        await _until_shown(pilot, "downloaded to")
        assert [path.suffix for path in (tmp_path / "here").rglob("*") if path.is_file()] == [".nwb"]
        assert len(pilot.app.marks) == 0  # type: ignore[attr-defined]
        assert not any(line.startswith((" *", "▸*")) for line in picture(pilot.app).splitlines())  # type: ignore[arg-type]
        await pilot.press("2")
        await _until_shown(pilot, "1 done")
        assert isinstance(pilot.app.screen, TransfersPane)


async def test_problems_versions_and_metadata_have_their_pages(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000008")) as pilot:
        await _until_shown(pilot, "1 problem (v)")
        await pilot.press("v")
        await _until_shown(pilot, "'identifier' is a required")
        await pilot.press("escape", "m")
        await _until_shown(pilot, "12 B (12 bytes)")
        await pilot.press("escape", "i")
        await _until_shown(pilot, "Pilot recordings with unfinished metadata")
        await pilot.press("tab")
        await _until_shown(pilot, "@dataset{dandi_000008_draft")
        await pilot.press("tab")
        await _until_shown(pilot, "contributor:\n - name: Doe, Alice")
        await pilot.press("tab")
        await _until_shown(pilot, '"contributor": [')
        assert isinstance(pilot.app.screen, PagePane)


async def test_a_page_that_was_opened_early_shows_the_owners_once_they_arrive(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    answered, owners = asyncio.Event(), ArchiveClient.owners

    async def late(client: ArchiveClient, dandiset_id: str) -> list[Owner]:
        await answered.wait()
        return await owners(client, dandiset_id)

    monkeypatch.setattr(ArchiveClient, "owners", late)
    async with _app(archive, Target("dandiset", None, archive.api_url, "000002")) as pilot:
        await _until_shown(pilot, "CC0-1.0")
        await pilot.press("m")
        await _until_shown(pilot, "owners       asking the archive…")
        answered.set()
        await _until_shown(pilot, "owners       Alice Doe")


async def test_a_page_is_wrapped_anew_when_the_terminal_is_resized(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000002")) as pilot:
        await _until_shown(pilot, "CC0-1.0")
        await pilot.press("m")
        await _until_shown(pilot, "Each session holds the raw\n traces")
        await pilot.resize_terminal(120, 40)
        await _until(pilot, lambda: "the raw\n traces" not in picture(pilot.app))  # type: ignore[arg-type]


async def test_help_lists_the_keys_of_the_pane(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("question_mark")
        shown = await _until_shown(pilot, "Keys that work here")
        assert "filter the list at hand" in shown


async def test_an_unknown_dandiset_is_said_in_the_archives_words_and_the_app_goes_on(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000999")) as pilot:
        await _until_shown(pilot, "What went wrong")
        await pilot.press("x", "left")
        await _until(pilot, lambda: isinstance(pilot.app.screen, BrowsePane))


async def test_no_network_is_said_and_can_be_tried_again() -> None:
    async with _app(Archive("http://127.0.0.1:9/api", "")) as pilot:
        await _until(pilot, lambda: "trying again" in picture(pilot.app) or "can't be reached" in picture(pilot.app))  # type: ignore[arg-type]
        assert pilot.app.is_running


async def test_marks_hold_over_the_archive_and_are_taken_all_at_once(archive: Archive) -> None:
    async with _app(archive) as pilot:
        app: DandiTuiApp = pilot.app  # type: ignore[assignment]
        await _until_shown(pilot, "9 found")
        await pilot.press("G", "space", "k", "right")
        await _until_shown(pilot, "sub-H201")
        await _until_shown(pilot, "marked: 1 Dandiset")
        await pilot.press("space")
        await _until_shown(pilot, "marked: 1 mark in 000002, 1 Dandiset")
        await pilot.press("y")
        await _until_shown(pilot, "Copy 2 marks as")
        await pilot.press("escape", "d")
        await _until_shown(pilot, "Download 1 mark in 000002, 1 Dandiset")
        assert [(one.kind, one.dandiset_id, one.path) for one in app.marks.targets(archive.api_url)] == [
            ("dandiset", "000001", None),
            ("asset", "000002", "sub-H201"),
        ]
        await pilot.press("escape", "left")
        shown = await _until_shown(pilot, "marked: 1 mark in 000002, 1 Dandiset")
        assert "-000002" in shown
        assert "*000001" in shown
        await pilot.press("u")
        await _until(pilot, lambda: "marked" not in picture(app))


async def test_history_goes_back_and_forward(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000001")) as pilot:
        await _until_shown(pilot, "CC-BY-4.0")
        await pilot.press("at", *"000002", "enter")
        await _until_shown(pilot, "CC0-1.0")
        await pilot.press("left_square_bracket")
        await _until_shown(pilot, "CC-BY-4.0")
        await pilot.press("right_square_bracket")
        await _until_shown(pilot, "CC0-1.0")
        await pilot.press("right_square_bracket")
        await _until_shown(pilot, "Nothing was gone back from.")


async def test_a_search_is_a_place_that_comes_back(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("tab", *"patch", "enter")
        await _until_shown(pilot, "1 found")
        await pilot.press("q")
    async with _app(archive) as pilot:
        assert "search: patch" in await _until_shown(pilot, "1 found")
        await pilot.press("escape")
        await _until_shown(pilot, "9 found")


async def test_an_operator_and_its_values_are_completed(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("tab", *"spe")
        await _until_shown(pilot, "Tab species:")
        await pilot.press("tab", *"hum")
        await _until_shown(pilot, 'Tab species:"Homo sapiens - Human"')
        await pilot.press("tab", "enter")
        await _until_shown(pilot, "2 found")


async def test_a_problem_leads_to_its_file(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("slash", *"Pilot", "enter")
        await _until_shown(pilot, "000008 Pilot")
        await pilot.press("v")
        await _until_shown(pilot, "'identifier' is a required")
        await pilot.press("down", "enter")
        await _until_shown(pilot, "sub-P1_unfinished.nwb")
        await _until(pilot, lambda: isinstance(pilot.app.screen, AssetPane))
        assert "is a required" in await _until_shown(pilot, "validation")


async def test_a_citation_is_fetched_where_it_is_asked_for_in_the_list(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("G", "y", *"bibtex", "enter")
        await _until_shown(pilot, "@dataset{dandi_000001_0.240301.0915")


async def test_a_bookmark_of_the_list_is_opened_again(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("G", "b")
        await _until_shown(pilot, "bookmarked: 000001 Neuropixels")
        await pilot.press("B", "enter")
        await _until_shown(pilot, "CC-BY-4.0")


async def test_work_behind_a_pane_that_fails_unforeseen_is_said_and_logged(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(client: ArchiveClient, dandiset_id: str) -> list[Owner]:
        raise RuntimeError("nobody thought of it")

    monkeypatch.setattr(ArchiveClient, "owners", broken)
    async with _app(archive, Target("dandiset", None, archive.api_url, "000002")) as pilot:
        await _until_shown(pilot, "CC0-1.0")
        await pilot.press("i")
        await _until_shown(pilot, "something went wrong that should not have")
        assert "nobody thought of it" in log_path().read_text()
        await pilot.press("escape", "down")
        assert pilot.app.is_running


async def test_a_terminal_that_is_too_small_says_so(archive: Archive) -> None:
    async with _app(archive, size=(40, 10)) as pilot:
        await _until_shown(pilot, "needs 50 × 12")


async def test_a_file_of_this_machine_is_opened_without_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "mine.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        file["general/subject/subject_id"] = "mouse7"
        file["acquisition/x"] = [1, 2]
    async with _app(Archive("http://127.0.0.1:9/api", ""), Target("local", path=str(path))) as pilot:
        shown = await _until_shown(pilot, "mouse7")
        assert "x " in await _until_shown(pilot, "2 int64")
        assert "trying again" not in shown
        await pilot.press("down", "enter")
        await _until_shown(pilot, "2 rows × 1")
        await pilot.press("left", "slash", *"acq")
        await _until_shown(pilot, "Find among")


async def test_a_file_that_is_none_is_said_and_the_app_goes_on(tmp_path: Path) -> None:
    (tmp_path / "empty.nwb").touch()
    async with _app(Archive("http://127.0.0.1:9/api", ""), Target("local", path=str(tmp_path / "empty.nwb"))) as pilot:
        await _until_shown(pilot, "is empty (0 bytes)")
        assert pilot.app.is_running


@pytest.mark.parametrize("pane", [BrowsePane, DandisetPane, AboutPane, ProblemsPane, AssetPane, PagePane, TransfersPane, InspectorPane, TablePane, TracePane])
def test_every_key_of_a_pane_does_something(pane: type) -> None:
    for name in (*pane.ACTIONS, *EVERYWHERE):
        assert name in ACTIONS
        assert hasattr(pane, f"do_{name}") or hasattr(DandiTuiApp, f"do_{name}"), name


async def test_the_filter_stands_on_the_first_file_and_a_folder_entered_puts_it_away(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000001")) as pilot:
        await _until_shown(pilot, "sub-M102")
        await pilot.press("slash", *"20230731")
        assert "Enter go on in the list" in await _until_shown(pilot, "1 of 4 paths")
        await _until_shown(pilot, "▸     sub-M102_ses-20230731")
        await pilot.press("enter", "up", "enter")
        shown = await _until_shown(pilot, "› sub-M102")
        assert "filter:" not in shown


async def test_a_place_in_another_archive_is_not_asked_for_here(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.press("at", *"dandi", "colon", "slash", "slash", *"dandi", "slash", *"000004", "enter")
        await _until_shown(pilot, "this is in another archive, dandi")
        await pilot.press("x")
        assert pilot.app.is_running
