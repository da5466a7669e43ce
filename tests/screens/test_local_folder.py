"""A folder of this machine as a tree: filtered over all that is below it, and ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from settling import at_rest
from test_pictures import _picture

from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

SIZE = (80, 24)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two levels of files, and a folder that leads back to the first."""
    root = tmp_path / "data"
    for name, size in (("raw/day1/mouse_a.nwb", 10), ("raw/day2/mouse_b.nwb", 4000), ("small.nwb", 1), ("large.nwb", 9000), ("notes.txt", 3)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x" * size)
    (root / "raw/again").symlink_to(root, target_is_directory=True)
    return root


def _app(folder: Path) -> DandiTuiApp:
    target = Target("local", None, None, None, None, str(folder))
    return DandiTuiApp(find_instance("http://127.0.0.1:9/api"), None, Settings(ascii="no", reopen=False), target)


async def _rest(pilot: Pilot[int], *wanted: str) -> str:
    return await at_rest(pilot, lambda: _picture(pilot.app, SIZE), wanted)  # type: ignore[arg-type]


async def test_a_filter_finds_files_of_folders_that_were_never_unfolded(folder: Path) -> None:
    async with _app(folder).run_test(size=SIZE) as pilot:
        await _rest(pilot, "small.nwb", "▸ raw")
        await pilot.press("slash", *"mouse")
        shown = await _rest(pilot, "2 of 5 paths")
        assert "day1" in shown
        assert "mouse_b.nwb" in shown
        assert "small.nwb" not in shown
        await pilot.press("enter", "escape")
        shown = await _rest(pilot, "small.nwb")
        assert "mouse_b" not in shown


async def test_files_are_ordered_by_size(folder: Path) -> None:
    async with _app(folder).run_test(size=SIZE) as pilot:
        before = await _rest(pilot, "small.nwb")
        assert before.index("large.nwb") < before.index("notes.txt") < before.index("small.nwb")
        await pilot.press("s", *"largest", "enter")
        after = await _rest(pilot, "largest first")
        assert after.index("large.nwb") < after.index("notes.txt")
        assert after.index("notes.txt") < after.index("small.nwb")


async def test_what_came_meanwhile_is_found_after_it_was_read_again(folder: Path) -> None:
    async with _app(folder).run_test(size=SIZE) as pilot:
        await _rest(pilot, "small.nwb")
        await pilot.press("slash", *"later", "escape")
        (folder / "raw/later.nwb").write_bytes(b"x")
        await pilot.press("r")
        await _rest(pilot, "small.nwb")
        await pilot.press("slash", *"later")
        await _rest(pilot, "later.nwb", "1 of 6 paths")
