"""The upload wizard in tests: the app at one of its steps, and files that were checked before, so that no test waits for that."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordings import raw_files

from dandi_tui.api.instances import find_instance
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.dataset.cache import Cache, identity_of
from dandi_tui.dataset.carrying_out import after, carry_out, plan_now
from dandi_tui.dataset.contribution import Contribution, Step, begin
from dandi_tui.dataset.kept_contributions import keep
from dandi_tui.dataset.scan import scan
from dandi_tui.dataset.validate import validate
from dandi_tui.dataset.validate_file import CONTENT_LAYERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from conftest import Archive
    from faults import FaultyArchive
    from textual.pilot import Pilot


def picture(app: DandiTuiApp) -> str:
    """The screen as text."""
    width, height = app.size
    return "\n".join(strip.text[:width].rstrip() for strip in app.screen._compositor.render_strips()[:height])


async def until(pilot: Pilot[int], *words: str, holds: Callable[[str], bool] | None = None) -> str:
    """The screen, once it shows some words."""
    app: Any = pilot.app
    for _ in range(700):
        await pilot.pause(0.06)
        shown = picture(app)
        if all(one in shown for one in words) and (holds is None or holds(shown)):
            return shown
    raise AssertionError(f"{words}\n{picture(app)}")


@asynccontextmanager
async def wizard(archive: Archive | FaultyArchive, *, key: str | None = "", step: str = "") -> AsyncIterator[Pilot[int]]:
    """The app at the wizard; at the step where the last contribution was left, with the words that it shows."""
    token = archive.token if key == "" else key
    app = DandiTuiApp(find_instance(archive.api_url), token, Settings(ascii="no", reopen=False))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "found", *(["3 takes up again"] if step not in {"", "[6 publish]"} else []))
        await pilot.press("3")
        if step:
            await until(pilot, "Taken up again")
            await pilot.press("enter")
            await until(pilot, step)
        yield pilot


async def choose(pilot: Pilot[int], folder: Path) -> None:
    """Chooses a folder in the picker."""
    await pilot.press("a")
    await until(pilot, "Tab completes")
    await pilot.press(*["backspace"] * 2, *str(folder))
    await until(pilot, "take ")
    await pilot.press("enter")


class Checked:
    """Files whose checks are known: copies of them are in the cache at once.

    Args:
        folder: Where the first ones go, with a cache of their own beside them.
        count: How many.
        kinds: How many of these, or besides, are of other kinds: as of `raw_files`.
    """

    def __init__(self, folder: Path, count: int = 2, **kinds: int) -> None:
        self.folder = folder
        known = folder.with_name("known.sqlite")
        made = raw_files(folder, count, **kinds)
        for path in made:
            os.utime(path, (time.time() - 60,) * 2)
        with Cache(known) as cache:
            list(scan([str(folder)], cache=cache))
            list(validate([folder], layers=CONTENT_LAYERS, cache=cache))
        with closing(sqlite3.connect(known)) as database:
            rows = database.execute("select task, path, data from results").fetchall()
        self._known = [(task, Path(os.fsdecode(path)).relative_to(folder), data) for task, path, data in rows]
        self._files = [path.relative_to(folder) for path in made]

    def copy(self, folder: Path) -> list[Path]:
        """Copies them, as files that were last changed a minute ago."""
        shutil.copytree(self.folder, folder, copy_function=shutil.copy2)
        with Cache() as cache:
            for task, path, data in self._known:
                identity = identity_of(str(folder / path))
                assert identity is not None
                cache.put(task, str(folder / path), identity, data)
        return [folder / path for path in self._files]

    def at(self, step: Step, folder: Path, **decided: Any) -> Contribution:
        """A contribution of such files that was left at a step, organized where that comes before it."""
        self.copy(folder)
        now = begin([str(folder)])
        if step in {Step.TARGET, Step.SEND, Step.NEXT}:
            now = after(now, list(carry_out(now, plan_now(now, scan(now.sources)))))
        now = now.but(step=step, **decided)
        keep(now)
        return now
