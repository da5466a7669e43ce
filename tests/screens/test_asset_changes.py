"""Files of a draft renamed and deleted from the tree, by the keyboard, on a real archive."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from conftest import Archive, running_archive

from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot


def picture(app: DandiTuiApp) -> str:
    """The screen as text."""
    width, height = app.size
    return "\n".join(strip.text[:width].rstrip() for strip in app.screen._compositor.render_strips()[:height])


async def until(pilot: Pilot[int], holds: Callable[[str], bool]) -> str:
    app: DandiTuiApp = pilot.app  # type: ignore[assignment]
    for _ in range(600):
        await pilot.pause(0.06)
        if holds(shown := picture(app)):
            return shown
    raise AssertionError(picture(app))


@asynccontextmanager
async def on_dandiset(archive: Archive, token: str | None, version: str = "draft") -> AsyncIterator[Pilot[int]]:
    app = DandiTuiApp(find_instance(archive.api_url), token, Settings(ascii="no", reopen=False), Target("dandiset", None, archive.api_url, "000001", version))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda shown: "sub-M101" in shown and "CC-BY" in shown)
        if token:
            await until(pilot, lambda _: pilot.app.me is not None)  # type: ignore[attr-defined]
        yield pilot


def paths(archive: Archive) -> list[str]:
    found = httpx.get(f"{archive.api_url}/dandisets/000001/versions/draft/assets/?order=path").json()["results"]
    return [one["path"] for one in found]


async def test_a_folder_is_renamed_and_a_file_deleted_after_the_plan_was_seen(tmp_path: Path) -> None:
    with running_archive("--data", str(tmp_path / "archive")) as archive:
        before = paths(archive)
        async with on_dandiset(archive, archive.token) as pilot:
            await pilot.press("R")
            await until(pilot, lambda shown: "New path" in shown)
            await pilot.press(*["backspace"] * 4, *"Z9", "enter")
            shown = await until(pilot, lambda shown: "Nothing is done before Enter" in shown)
            assert "sub-Z9/" in shown
            assert paths(archive) == before
            await pilot.press("enter")
            await until(pilot, lambda shown: "2 files done, 0 failed" in shown)
            await pilot.press("escape", "escape")
            await until(pilot, lambda shown: "sub-Z9" in shown and "sub-M101" not in shown)
            assert sorted(path.replace("sub-Z9/", "sub-M101/") for path in paths(archive)) == sorted(before)

            await pilot.press("G", "D")
            await until(pilot, lambda shown: "Delete…" in shown)
            await pilot.press("enter")
            await until(pilot, lambda shown: "Nothing is done before Enter" in shown)
            await pilot.press("enter")
            await until(pilot, lambda shown: "Type 000001" in shown)
            await pilot.press(*"000002", "enter")
            await until(pilot, lambda shown: "nothing was done" in shown)
            assert len(paths(archive)) == len(before)
            await pilot.press("enter")
            await until(pilot, lambda shown: "Type 000001" in shown)
            await pilot.press(*"000001", "enter")
            await until(pilot, lambda shown: "done, 0 failed" in shown)
            assert len(paths(archive)) < len(before)


@pytest.mark.slow
async def test_a_folder_that_is_unfolded_shows_its_files_after_one_was_renamed(tmp_path: Path) -> None:
    with running_archive("--data", str(tmp_path / "archive")) as archive:
        first, second, *_ = (path.rpartition("/")[2] for path in paths(archive))
        async with on_dandiset(archive, archive.token) as pilot:
            await pilot.press("right")
            await until(pilot, lambda shown: first in shown and second in shown)
            await pilot.press("down", "R")
            await until(pilot, lambda shown: "New path" in shown)
            await pilot.press(*["backspace"] * 4, *"_2.nwb", "enter")
            await until(pilot, lambda shown: "Nothing is done before Enter" in shown)
            await pilot.press("enter")
            await until(pilot, lambda shown: "1 file done, 0 failed" in shown)
            await pilot.press("escape", "escape")
            await until(pilot, lambda shown: first.replace(".nwb", "_2.nwb") in shown and second in shown)


@pytest.mark.slow
async def test_a_file_deleted_from_its_page_leaves_the_page_and_the_tree(tmp_path: Path) -> None:
    with running_archive("--data", str(tmp_path / "archive")) as archive:
        before = paths(archive)
        async with on_dandiset(archive, archive.token) as pilot:
            await pilot.press("right", "down", "m")
            await until(pilot, lambda shown: before[0] in shown.replace(" › ", "/"))
            await pilot.press("D")
            shown = await until(pilot, lambda shown: "1 file, " in shown and "Nothing is done before Enter" in shown)
            assert before[0] in shown
            await pilot.press("enter")
            await until(pilot, lambda shown: "Type 000001 to delete 1 file" in shown)
            await pilot.press(*"000001", "enter")
            await until(pilot, lambda shown: "1 file done, 0 failed" in shown)
            await pilot.press("escape", "escape")
            await until(pilot, lambda shown: "CC-BY" in shown and before[0].rpartition("/")[2] not in shown and "sub-M102" in shown)
            assert paths(archive) == before[1:]


async def test_who_may_not_change_files_is_told_why(archive: Archive) -> None:
    async with on_dandiset(archive, None) as pilot:
        await pilot.press("R")
        await until(pilot, lambda shown: "Log in first" in shown)
    async with on_dandiset(archive, "c" * 40) as pilot:
        await pilot.press("D")
        await until(pilot, lambda shown: "Log in first" in shown or "approval" in shown)
