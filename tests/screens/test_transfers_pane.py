"""The transfers workspace, with a worker: limits that hold are shown, and keys act on what the cursor stood on."""

from __future__ import annotations

import os
import signal
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from faults.processes import kill_worker, new_dandiset, submit, worker
from transferring import planned

from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.screens.marks import Marks
from dandi_tui.transfer import home, pulse
from dandi_tui.transfer.attach import attach
from dandi_tui.transfer.frames import Changed
from dandi_tui.transfer.model import FileSpec, FileView, JobSpec, JobState, JobView, State
from dandi_tui.transfer.plan import order_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest
    from conftest import Archive
    from textual.pilot import Pilot


def _picture(pilot: Pilot[int]) -> str:
    return "\n".join(strip.text[:80].rstrip() for strip in pilot.app.screen._compositor.render_strips()[:24])


async def _until(pilot: Pilot[int], *words: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        await pilot.pause(0.05)
        if all(one in _picture(pilot) for one in words):
            return _picture(pilot)
    raise AssertionError(_picture(pilot))


@asynccontextmanager
async def _transfers(archive: Archive) -> AsyncIterator[Pilot[int]]:
    app = DandiTuiApp(find_instance(archive.api_url), archive.token, Settings(ascii="no"))
    async with app.run_test(size=(80, 24)) as pilot:
        await _until(pilot, "found")
        await pilot.press("2")
        yield pilot


async def _slow_upload(archive: Archive, folder: Path) -> int:
    """Three files that take their time."""
    dandiset, files = new_dandiset(*archive), []
    for number in range(3):
        place = folder / f"sub-{number}_behavior.dat"
        place.write_bytes(bytes([number]) * 8_000_000)
        files.append(FileSpec(path=f"sub-{number}/{place.name}", place=str(place), size=8_000_000, verdict="send"))
    spec = JobSpec(kind="upload", instance=find_instance(archive.api_url), root=str(folder), title="slow", dandiset=dandiset, validation="skip", rate=200_000)
    return await submit(spec, files, archive.token)


async def test_limits_that_hold_are_shown_to_all_who_watch(archive: Archive, tmp_path: Path) -> None:
    try:
        async with _transfers(archive) as pilot:
            await _until(pilot, "Nothing is being transferred")
            await pilot.press("L")
            await _until(pilot, "files side by side over all  now 16", "bytes a second over all      now no limit")
            await pilot.press("down", "enter")
            await _until(pilot, "now no limit (as 500 kB")
            await pilot.press(*"lots", "enter")
            await _until(pilot, "«lots» is no number of bytes")
            await pilot.press(*["backspace"] * 4, *"300kB", "enter")
            await _until(pilot, "at most 300.0 kB/s over all")
            await _slow_upload(archive, tmp_path)
            await _until(pilot, "(limit 300.0 kB/s)")
            async with _transfers(archive) as other:
                await _until(other, "3 running")
                await other.press("L")
                await _until(other, "of slow", "now 200.0 kB/s", "now 300.0 kB/s")
                await other.press("enter", *"2", "enter")
                await _until(other, "at most 2 files side by side of slow")
            board = pilot.app.link.board  # type: ignore[attr-defined]
            while [job.jobs for job in board.jobs.values()] != [2]:
                await pilot.pause(0.05)
            await pilot.press("L")
            await _until(pilot, "files side by side of slow   now 2")
    finally:
        kill_worker()


async def test_the_cursor_stays_with_the_file_that_is_paused(archive: Archive, tmp_path: Path) -> None:
    try:
        await _slow_upload(archive, tmp_path)
        async with _transfers(archive) as pilot:
            await _until(pilot, "3 running", "● sub-0")
            await pilot.press("down", "p")
            shown = await _until(pilot, "1 paused")
            assert "▸ = sub-0" in shown
            await pilot.press("p")
            await _until(pilot, "▸ ● sub-0", "3 running")
            await pilot.press("c")
            await _until(pilot, "cancelled; what has arrived stays", "1 file cancelled")
            await pilot.press("up", "up", "up", "R")
            shown = await _until(pilot, "tried again, from what has arrived", "3 running")
            assert "cancelled;" not in shown
    finally:
        kill_worker()


async def test_what_to_do_with_a_file_in_the_way_is_asked(archive: Archive, tmp_path: Path) -> None:
    plan = await planned(*archive, tmp_path / "here", "000002")
    places = [tmp_path / "here" / step.wanted.place for step in plan.steps]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("mine")
    try:
        await submit(*order_of(plan, find_instance(archive.api_url), "a test", jobs=2), archive.token)
        async with _transfers(archive) as pilot:
            await _until(pilot, "2 failed", "a file came there meanwhile")
            await pilot.press("R")
            await _until(pilot, "Others stand where 2 files belong", "keep what is there", "replace it")
            await pilot.press("escape")
            await pilot.press("down", "R")
            await _until(pilot, "Another stands at", "keep what is there", "replace it")
            await pilot.press("enter")
            await _until(pilot, "what stands there stays, and counts as skipped: 1 file", "1 failed, 1 skipped")
            await pilot.press("R")
            await _until(pilot, "Another stands at")
            await pilot.press("down", "enter")
            await _until(pilot, "what stands there is being replaced: 1 file", "1 skipped, 1 done")
        assert [place.read_bytes() == b"mine" for place in places] == [True, False]
    finally:
        kill_worker()


def _told(running: int, failed: int) -> Changed:
    job = JobView(
        id=1, kind="download", title="000001 draft", root="/data", api_url="http://x/api", state=JobState.ACTIVE,
        counts={State.RUNNING: running, State.FAILED: failed},
    )  # fmt: skip
    states = [State.RUNNING] * running + [State.FAILED] * failed
    return Changed(jobs=[job], files=[FileView(id=at, job=1, path=f"sub-{at}.nwb", state=state) for at, state in enumerate(states)], first=True)


async def test_head_and_rows_are_of_one_moment(archive: Archive) -> None:
    async with _transfers(archive) as pilot:
        app = pilot.app
        assert isinstance(app, DandiTuiApp)
        app.link.board.take(_told(3, 0))
        app._transfers_changed([])
        shown = await _until(pilot, "3 running")
        assert shown.count("●") == 3
        # What came since shows once the rows are drawn, however often the frame is drawn before.
        app.link.board.take(_told(2, 1))
        await pilot.press("down")
        app.pane.draw_frame()
        await pilot.pause()
        shown = _picture(pilot)
        assert "3 running" in shown
        assert shown.count("●") == 3
        app._transfers_changed([])
        shown = await _until(pilot, "2 running, 1 failed")
        assert shown.count("●") == 2


async def test_pausing_from_a_line_that_counts_files_says_what_was_paused(archive: Archive, tmp_path: Path) -> None:
    try:
        job = await _slow_upload(archive, tmp_path)
        transfers = await attach()
        assert transfers is not None
        async with transfers:
            await transfers.limit(job, jobs=1)
            await transfers.steer("pause", [job])
            await transfers.steer("resume", [job])
        async with _transfers(archive) as pilot:
            await _until(pilot, "1 running, 2 queued", "2 files queued")
            await pilot.press("G", "p")
            await _until(pilot, "slow is paused: 3 files wait; p lets them go on", "3 files queued", "paused at")
            await pilot.press("p")
            await _until(pilot, "slow goes on: 3 files", "1 running, 2 queued")
            await pilot.press("g", "down", "p")
            await _until(pilot, "sub-0_behavior.dat is paused", "1 paused")
            await pilot.press("p")
            await _until(pilot, "sub-0_behavior.dat goes on")
    finally:
        kill_worker()


async def test_that_log_out_ends_transfers_is_told_while_any_goes_on(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "this host ends your processes at log-out; transfers go on at the next start"
    monkeypatch.setattr(home, "at_logout", lambda: home.Ending(True, words))
    try:
        await _slow_upload(archive, tmp_path)
        async with _transfers(archive) as pilot:
            await _until(pilot, "3 running", words)
            await pilot.press("g", "p")
            shown = await _until(pilot, "slow is paused")
            while words in shown:
                shown = await _until(pilot, "slow")
    finally:
        kill_worker()


async def test_what_a_command_begins_later_is_shown(archive: Archive, tmp_path: Path) -> None:
    try:
        async with _transfers(archive) as pilot:
            await _until(pilot, "Nothing is being transferred")
            await _slow_upload(archive, tmp_path)
            await _until(pilot, "3 running")
    finally:
        kill_worker()


async def test_a_worker_that_stands_still_is_told_of_until_it_goes_on(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "EVERY_SECONDS", 0.1)
    monkeypatch.setattr(pulse, "PATIENT_SECONDS", 1.0)
    job = await _slow_upload(archive, tmp_path)
    holder = worker()
    assert holder is not None
    try:
        async with _transfers(archive) as pilot:
            await _until(pilot, "3 running")
            os.kill(holder.pid, signal.SIGSTOP)
            await _until(pilot, f"The worker (process {holder.pid}) does not answer; transfers go on once it does.", "3 running")
            await pilot.press("p")
            os.kill(holder.pid, signal.SIGCONT)
            shown = await _until(pilot, "slow is paused")
            while "does not answer" in shown:
                shown = await _until(pilot, "slow")
            await pilot.press("p")
            await _until(pilot, "slow goes on")
            transfers = await attach()
            assert transfers is not None
            async with transfers:
                await transfers.limit(job, rate=0)
            await _until(pilot, "3 done")
    finally:
        os.kill(holder.pid, signal.SIGCONT)
        kill_worker()


def test_only_marks_that_were_downloaded_go() -> None:
    marks = Marks()
    marks.dandisets = {"000001", "000002"}
    marks.put("000003", "draft", ["a", "b"])
    marked = [one for one in marks.targets("http://x/api") if one.dandiset_id in {"000001", "000003"}]
    marks.put("000003", "draft", ["a", "b", "since"])
    unmarked = Target("folder", None, "http://x/api", "000003", "draft", "since/")
    assert marks.having([*marked, unmarked]) == marked
    marks.drop(marked)
    assert marks.dandisets == {"000002"}
    assert marks.within("000003", "draft") == {"since"}
