"""The app on the embedded archive, driven by the keyboard alone."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from conftest import Archive

from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.screens.actions import ACTIONS, EVERYWHERE
from dandi_tui.screens.asset import AssetPane
from dandi_tui.screens.browse import BrowsePane
from dandi_tui.screens.dandiset import DandisetPane
from dandi_tui.screens.page import PagePane
from dandi_tui.screens.transfers import TransfersPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot


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
    for _ in range(400):
        await pilot.pause(0.02)
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
        await _until_shown(pilot, 'Unknown search operator "colour"')


async def test_a_resize_draws_the_screen_for_the_new_size(archive: Archive) -> None:
    async with _app(archive) as pilot:
        await _until_shown(pilot, "9 found")
        await pilot.resize_terminal(120, 40)
        await _until_shown(pilot, "Neuropixels-like recordings of mouse visual cortex during change detection")


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
        shown = await _until_shown(pilot, "sub-M101")
        assert "CC-BY-4.0 · open" in shown
        await pilot.press("right")
        await _until_shown(pilot, "ses-20230721")
        await pilot.press("down", "enter")
        shown = await _until_shown(pilot, "House mouse")
        assert isinstance(pilot.app.screen, AssetPane)
        assert "dandi-etag" in shown
        await pilot.press("left", "left", "left", "left")
        await _until(pilot, lambda: isinstance(pilot.app.screen, BrowsePane))


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
        await pilot.press("2")
        await _until_shown(pilot, "1 done")
        assert isinstance(pilot.app.screen, TransfersPane)


async def test_problems_versions_and_metadata_have_their_pages(archive: Archive) -> None:
    async with _app(archive, Target("dandiset", None, archive.api_url, "000008")) as pilot:
        await _until_shown(pilot, "1 problem (v)")
        await pilot.press("v")
        await _until_shown(pilot, "'identifier' is a required")
        await pilot.press("escape", "m")
        await _until_shown(pilot, "Pilot recordings with unfinished metadata")
        await pilot.press("tab")
        await _until_shown(pilot, '"contributor": [')
        assert isinstance(pilot.app.screen, PagePane)


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


async def test_a_terminal_that_is_too_small_says_so(archive: Archive) -> None:
    async with _app(archive, size=(40, 10)) as pilot:
        await _until_shown(pilot, "needs 50 × 12")


@pytest.mark.parametrize("pane", [BrowsePane, DandisetPane, AssetPane, PagePane, TransfersPane])
def test_every_key_of_a_pane_does_something(pane: type) -> None:
    for name in (*pane.ACTIONS, *EVERYWHERE):
        assert name in ACTIONS
        assert hasattr(pane, f"do_{name}") or hasattr(DandiTuiApp, f"do_{name}"), name
