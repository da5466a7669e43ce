"""Screens that have come to rest: nothing is being asked or read, and what is drawn stays the same."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from dandi_tui.app import DandiTuiApp

POLL = 0.05
PATIENCE = 60.0


async def at_rest(pilot: Pilot[int], picture: Callable[[], str], wanted: tuple[str, ...] = ()) -> str:
    """Waits until all words are drawn, no work is under way and the picture stays the same; the picture.

    Args:
        pilot: Of the app under test.
        picture: Draws the screen.
        wanted: Words that must be there.

    Raises:
        AssertionError: It does not come to that in a minute; with the picture.
    """
    app: DandiTuiApp = pilot.app  # type: ignore[assignment]
    before, busy, deadline = "", list[str](), time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        await pilot.pause(POLL)
        if busy := [one.name for one in app.workers if not one.is_finished]:
            continue
        now = picture()
        if now == before and all(one in now for one in wanted):
            return now
        before = now
    raise AssertionError(f"{busy} {wanted}\n{picture()}")
