"""The upload wizard over 10,000 files: the longest stall of the loop, and the slowest key to the screen, at each step.

Usage: python benchmarks/wizard.py [--files N] [--send]

The files are second names of one small recording, and what reading and checking them would give is put into the cache, each of
another subject and session, a third of them without an age: so results come as quickly as they ever can.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events

sys.path.insert(0, str(Path(__file__).parent))
from contribute import registered
from lists import Heart, resident, shown, until

from dandi_tui.api.instances import find_instance
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings

if TYPE_CHECKING:
    from textual.pilot import Pilot

KEY_BUDGET, STALL_BUDGET = 150, 100


def make(folder: Path, files: int) -> None:
    """Makes a folder of so many files, and puts into the cache what they hold."""
    from dandi_tui.demo.sample_data.metadata import Recording
    from dandi_tui.demo.sample_data.recordings import write

    first = folder / "first.nwb"
    write(
        Recording(subject="M0", session="s0", start=datetime(2024, 5, 3, 10, tzinfo=UTC), description="Licking for reward in the dark"), first, 0, seconds=2.0
    )
    os.utime(first, (time.time() - 60,) * 2)
    raw = folder / "raw"
    for number in range(files):
        path = raw / f"day{number % 200:03}" / f"m_final{number:05}.nwb"
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(first, path)
    _remember(first, sorted(raw.rglob("*.nwb")))


def _remember(first: Path, files: list[Path]) -> None:
    import msgspec

    from dandi_tui.dataset.cache import Cache, identity_of
    from dandi_tui.dataset.nwb_fields import read_fields
    from dandi_tui.dataset.scan import SCAN
    from dandi_tui.dataset.validate_file import CONTENT_LAYERS, check_file, judge, look_into
    from dandi_tui.dataset.validate_stages import JUDGE, LOOK

    options = [list(CONTENT_LAYERS)]
    fields, looked, judged = read_fields(str(first)), look_into(str(first)), judge(str(first))
    age = next(one for one in check_file(str(_without_age(first))).findings if one.field == "subject.age")
    with Cache() as cache:
        for number, path in enumerate(files):
            identity = identity_of(str(path))
            assert identity is not None
            own = {"subject_id": f"M{number % 100}", "identifier": f"id{number}"}
            named = msgspec.structs.replace(fields, session_id=f"s{number}", object_id=f"object{number}", **own)
            found = judged + ([age] if number % 3 == 0 else [])
            for key, result in (
                (SCAN.key([]), named), (LOOK.key(options), msgspec.structs.replace(looked, **own)), (JUDGE.key(options), found),
            ):  # fmt: skip
                cache.put(key, str(path), identity, msgspec.msgpack.encode(result))


def _without_age(first: Path) -> Path:
    import shutil

    import h5py

    other = first.with_name("ageless.nwb")
    shutil.copyfile(first, other)
    with h5py.File(other, "r+") as file:
        del file["general/subject/age"]
    return other


class Keys:
    """Presses keys and keeps how long each took to the screen.

    Args:
        pilot: The app.
    """

    def __init__(self, pilot: Pilot[int]) -> None:
        self.pilot = pilot
        self.heart = Heart()
        self.slowest, self.which = 0.0, ""

    async def press(self, *keys: str) -> None:
        """Presses keys one after another, each until the screen shows something else."""
        for key in keys:
            before = shown(self.pilot)
            start = time.perf_counter()
            self.pilot.app.post_message(_key(key))
            while shown(self.pilot) == before and time.perf_counter() - start < 2:  # noqa: ASYNC110 (a measurement)
                await asyncio.sleep(0)
            took = time.perf_counter() - start
            if took > self.slowest and took < 2:
                self.slowest, self.which = took, key
            await asyncio.sleep(0.05)

    async def until(self, words: str) -> float:
        """Waits for words."""
        return await until(self.pilot, words)

    def tell(self, step: str, *more: str) -> None:
        """Prints how it went since the last time."""
        stall = self.heart.since()
        marks = "  NOT MET" if stall > STALL_BUDGET or self.slowest * 1000 > KEY_BUDGET else ""
        key = f"slowest key {self.slowest * 1000:4.0f} ms ({self.which})" if self.which else " " * 26
        print(f"{step:44} stall {stall:5.0f} ms  {key:34} {'  '.join(more)}{marks}", flush=True)
        self.slowest, self.which = 0.0, ""


def _key(key: str) -> events.Key:
    return events.Key(key, key if len(key) == 1 else None)


MOVES = ("down", "down", "down", "up", "pagedown", "pageup")


async def source_step(keys: Keys, app: DandiTuiApp, raw: Path, files: int) -> None:
    """Counts what there is."""
    await keys.press("3")
    await keys.until("No folder is chosen")
    keys.tell("opening")
    app.pane._take_sources([str(raw)])  # type: ignore[attr-defined]
    seconds = await keys.until(f"{files:,} NWB files, {files:,} files in all, ")
    keys.tell("source: counting", f"{seconds:.1f} s")
    await keys.press(*MOVES[:4])
    keys.tell("source: keys")


async def check_step(keys: Keys, app: DandiTuiApp) -> None:
    """Checks, looks at the files of a problem, leaves them out and takes them back in, fills in a field for a third of the files."""
    await keys.press("n")
    await keys.until("good")
    while "…" in shown(keys.pilot).splitlines()[2]:
        await keys.press("question_mark", "escape")
    keys.tell("check: as results come, with keys")
    await keys.press("down", "up", "down", "up", "g")
    keys.tell("check: keys")
    await keys.press("right")
    await keys.until("files")
    await keys.press(*MOVES, "G", "g", "x", "f")
    await keys.until("Esc leaves")
    await keys.press("escape", "left")
    await keys.until("[2 check]")
    keys.tell("check: a problem's files, x, f")
    await keys.press("x")
    await keys.until("left out")
    await keys.press("down", "up", "x")
    keys.tell("check: leave out a problem's files, keys")
    at = next(row for row, one in enumerate(app.pane.rows.groups) if one.field == "subject.age")  # type: ignore[attr-defined]
    app.pane.moving_list().move_to(at)  # type: ignore[union-attr]
    await keys.press("f")
    await keys.until("Age of")
    await keys.press(*"P90D", "enter")
    await keys.until("filled in")
    await keys.press("down", "up")
    keys.tell("check: fill in a third of the files, keys")
    app.pane.work.change(app.pane.work.now.but(fills={}))  # type: ignore[attr-defined]


async def plan_step(keys: Keys, app: DandiTuiApp) -> None:
    """Plans, changes an option, leaves a file out, carries the plan out."""
    await keys.press("n")
    seconds = await keys.until("0 errors")
    keys.tell("plan: making it", f"{seconds:.1f} s")
    await keys.press(*MOVES, "G", "g", "down", "enter", "escape", "e", "escape", "o")
    await keys.until("symlink: symbolic")
    await keys.press("escape")
    keys.tell("plan: keys")
    app.pane._option("mode hardlink")  # type: ignore[attr-defined]
    await keys.until("(hardlink) …")
    while "(hardlink) …" in shown(keys.pilot):
        await keys.press("down", "up")
    keys.tell("plan: an option changed, with keys")
    await keys.press("down", "x")
    await keys.until("1 set aside")
    keys.tell("plan: a file left out")
    await keys.press("n")
    await keys.until("second names")
    await keys.press("enter")
    while "[4 target]" not in shown(keys.pilot):
        await keys.press("down", "up")
    keys.tell("plan: carried out, with keys")


async def send_step(keys: Keys, identifier: str, *, send: bool) -> None:
    """Compares with the draft; sends for ten seconds, where that is asked for."""
    await keys.until(identifier)
    await keys.press("enter")
    seconds = await keys.until("added")
    keys.tell("send: comparison", f"{seconds:.1f} s")
    await keys.press(*MOVES, "G", "g", "down")
    keys.tell("send: keys")
    if not send:
        return
    await keys.press("enter")
    seconds = await keys.until("Sending")
    keys.tell("send: handing over", f"{seconds:.1f} s")
    start = time.perf_counter()
    while time.perf_counter() - start < 10:
        await keys.press("down", "up")
    keys.tell("send: while it is sent, with keys")
    await keys.press("c")
    await keys.until("Cancelled")


async def measured(api_url: str, token: str, identifier: str, raw: Path, files: int, *, send: bool) -> None:
    """Goes through the wizard."""
    app = DandiTuiApp(find_instance(api_url), token, Settings(ascii="no", reopen=False))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "found")
        empty = resident()
        keys = Keys(pilot)
        await source_step(keys, app, raw, files)
        await check_step(keys, app)
        await plan_step(keys, app)
        await send_step(keys, identifier, send=send)
        print(f"memory over the list of Dandisets: {resident() - empty:.0f} MiB")
        keys.heart.task.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--send", action="store_true")
    parser.add_argument("--make", type=Path, help="make the files in this folder, and end: in a process of its own, so that the app's stays small")
    chosen = parser.parse_args()
    if chosen.make:
        make(chosen.make, chosen.files)
        sys.exit()
    with tempfile.TemporaryDirectory() as data:
        os.environ.update({f"DANDI_TUI_{name}_DIR": f"{data}/{name}" for name in ("STATE", "CONFIG", "CACHE")})
        subprocess.run([sys.executable, __file__, "--make", data, "--files", str(chosen.files)], check=True)
        command = [sys.executable, "-m", "dandi_tui.demo", "--attached", "--empty"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            assert server.stdout is not None
            ready = json.loads(server.stdout.readline())
            number = registered(ready["api_url"], ready["token"], Path(data) / "target")
            try:
                asyncio.run(measured(ready["api_url"], ready["token"], number, Path(data) / "raw", chosen.files, send=chosen.send))
            finally:
                server.terminate()
