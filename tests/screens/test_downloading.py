"""The plan of a download from the screen: what would be done with files that are there is chosen before it begins."""

from __future__ import annotations

import os
import re
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from faults.processes import kill_worker, submit
from transferring import planned

from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.screens.downloading import DownloadPlan, ask_download
from dandi_tui.transfer.plan import Wanted, counts_words, make_choices, make_plan, order_of, plan_words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest
    from conftest import Archive
    from textual.pilot import Pilot

PICTURE = Path(__file__).parent / "pictures" / "80x24" / "download-plan.txt"


def _picture(pilot: Pilot[int]) -> str:
    lines = [strip.text[:80].rstrip() for strip in pilot.app.screen._compositor.render_strips()[:24]]
    text = re.sub(r"127\.0\.0\.1:\d{5}", "127.0.0.1:00000", "\n".join(lines))
    return re.sub(r"; [\d.]+ .?B are free", "; … are free", text) + "\n"


async def _until(pilot: Pilot[int], *words: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        await pilot.pause(0.06)
        if all(one in _picture(pilot) for one in words):
            return _picture(pilot)
    raise AssertionError(_picture(pilot))


@asynccontextmanager
async def _asked(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pilot[int]]:
    """The plan of 000002, one of whose two files is there as it is, the other otherwise."""
    monkeypatch.chdir(tmp_path)
    first, second = (await planned(*archive, Path("here"), "000002")).steps
    for step in (first, second):
        place = Path("here", step.wanted.path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"mine")
    os.truncate(Path("here", first.wanted.path), first.wanted.size)
    os.utime(Path("here", first.wanted.path), (first.wanted.modified, first.wanted.modified))
    app = DandiTuiApp(
        find_instance(archive.api_url), archive.token, Settings(ascii="no", download_dir="here"), Target("dandiset", None, archive.api_url, "000002")
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await _until(pilot, "sub-H201")
        await pilot.press("asterisk", "d", "enter")
        await _until(pilot, "2 files are there already")
        yield pilot


async def test_each_way_tells_what_it_would_do_and_the_one_chosen_is_done(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with _asked(archive, tmp_path, monkeypatch) as pilot:
        shown = await _until(pilot, "refresh: those that differ")
        assert re.search(r"refresh +1 file \(.*\) fetched, 1 replaced, 1 left as is", shown)
        assert re.search(r"overwrite +2 files \(.*\) fetched, 2 replaced", shown)
        assert re.search(r"error +nothing fetched, 2 not written", shown)
        if os.environ.get("DANDI_TUI_UPDATE_PICTURES"):
            PICTURE.write_text(shown)
        assert shown == PICTURE.read_text()
        await pilot.press("down")
        await _until(pilot, "skip: they stay")
        await pilot.press("up", "up", "k")
        await _until(pilot, "overwrite: all are fetched")
        await pilot.press("enter")
        await _until(pilot, "downloaded to")
    assert [path.read_bytes()[:4] == b"mine" for path in Path("here").rglob("*.nwb")] == [False, False]


async def test_files_that_a_transfer_is_bringing_are_left_to_it(archive: Archive, tmp_path: Path) -> None:
    spec, files = order_of(await planned(*archive, tmp_path / "here", "000002"), find_instance(archive.api_url), "first", jobs=2)
    job = await submit(msgspec.structs.replace(spec, rate=10_000), files, archive.token)
    try:
        glob = Target("glob", None, archive.api_url, "000002", path="*.nwb")
        app = DandiTuiApp(find_instance(archive.api_url), archive.token, Settings(ascii="no", download_dir=str(tmp_path / "here")))
        async with app.run_test(size=(80, 24)) as pilot:
            ask_download(app, [glob], "files")
            await _until(pilot, "Download files to the folder")
            await pilot.press("enter")
            shown = " ".join((await _until(pilot, "Esc goes back")).split())
            assert f"nothing to download: transfer {job} is bringing 2 files of these" in shown
            await pilot.press("enter")
            await pilot.pause(0.1)
            assert [one.id for one in app.link.board.jobs.values()] == [job]
    finally:
        kill_worker()


async def test_escape_leaves_all_as_it_is(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with _asked(archive, tmp_path, monkeypatch) as pilot:
        await pilot.press("down", "down", "escape")
        await pilot.pause(0.2)
        assert "there already" not in _picture(pilot)
        assert not pilot.app.link.board.jobs  # type: ignore[attr-defined]
    assert all(path.read_bytes()[:4] == b"mine" for path in Path("here").rglob("*.nwb"))


async def test_a_plan_that_fetches_nothing_says_why_and_can_not_be_begun(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with _asked(archive, tmp_path, monkeypatch) as pilot:
        assert "Enter download" in _picture(pilot)
        await pilot.press("down")
        shown = await _until(pilot, "nothing to download: all 2 files stand in here already", "Esc goes back")
        assert "Enter download" not in shown
        await pilot.press("enter", "up")
        await _until(pilot, "Enter download")


async def test_an_empty_choice_says_that_there_is_no_file(archive: Archive, tmp_path: Path) -> None:
    glob = Target("glob", None, archive.api_url, "000002", path="*.none")
    app = DandiTuiApp(find_instance(archive.api_url), archive.token, Settings(ascii="no", download_dir=str(tmp_path)))
    async with app.run_test(size=(80, 24)) as pilot:
        ask_download(app, [glob], "nothing")
        await _until(pilot, "Download nothing to the folder")
        await pilot.press("enter")
        shown = await _until(pilot, "nothing to download: what was asked for holds no file", "Esc goes back")
        assert "Enter download" not in shown
        await pilot.press("enter")
        await pilot.pause(0.1)
        assert not isinstance(app.screen, DownloadPlan)


def test_files_that_can_not_be_written_are_why_nothing_is_fetched(tmp_path: Path) -> None:
    wanted = [Wanted(str(number), path, path, 1, 0.0) for number, path in enumerate(("../a.nwb", "/b.nwb"))]
    said = plan_words(make_plan(wanted, tmp_path))
    assert said.startswith("There is nothing to download: all 2 files can't be written to")
    assert "not written: ../a.nwb: " in said


async def test_where_nothing_is_there_nothing_is_asked(archive: Archive, tmp_path: Path) -> None:
    wanted = [step.wanted for step in (await planned(*archive, tmp_path / "here", "000002")).steps]
    choices = make_choices(wanted, tmp_path / "here")
    assert choices.there == 0
    assert {counts_words(plan).partition(" (")[0] for plan in choices.plans.values()} == {"2 files"}
