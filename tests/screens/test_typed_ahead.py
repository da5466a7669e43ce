"""Keys that come faster than screens: over a slow line they arrive in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import Input

from dandi_tui.api.instances import find_instance
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.screens.asking import Write
from dandi_tui.screens.browse import BrowsePane
from dandi_tui.screens.menu import Ask, Choice, Menu
from dandi_tui.screens.mine import MinePane
from dandi_tui.screens.notice import Notice
from dandi_tui.screens.register import RegisterPane
from dandi_tui.screens.transfers import TransfersPane

if TYPE_CHECKING:
    from textual.pilot import Pilot
    from textual.screen import Screen


def _app() -> DandiTuiApp:
    return DandiTuiApp(find_instance("http://127.0.0.1:9/api"), None, Settings(ascii="no", reopen=False))


@pytest.mark.parametrize("kind", [TransfersPane, MinePane, RegisterPane, "menu", "ask", "write", "notice"])
async def test_a_screen_that_is_left_before_it_stands_does_no_harm(kind: type[Screen[None]] | str) -> None:
    app = _app()
    made: dict[str, Screen[object]] = {
        "menu": Menu("x", [Choice("a", "a")]), "ask": Ask("x"), "write": Write("x", "y"), "notice": Notice("x", "y"),
    }  # type: ignore[dict-item]  # fmt: skip
    async with app.run_test() as pilot:
        await pilot.pause()
        app.push_screen(made[kind] if isinstance(kind, str) else kind())
        app.pop_screen()
        await pilot.pause()
        assert isinstance(app.screen, BrowsePane)


async def test_keys_typed_ahead_go_to_what_the_key_before_them_opened() -> None:
    app = _app()
    async with app.run_test() as pilot:
        await pilot.pause()
        _at_once(app, "M", "slash", "a", "b")
        await _until(
            pilot, lambda: isinstance(app.screen, MinePane) and app.screen.has_class("filtering") and app.screen.query_one("#filter", Input).value == "ab"
        )
        await pilot.press("escape")
        _at_once(app, "2", "I", "2")
        await _until(pilot, lambda: [type(one).__name__ for one in app.screen_stack[2:]] == ["MinePane", "TransfersPane", "AccountPane", "TransfersPane"])


def _at_once(app: DandiTuiApp, *keys: str) -> None:
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def _until(pilot: Pilot[int], holds: object) -> None:
    for _ in range(200):
        await pilot.pause(0.01)
        if holds():  # type: ignore[operator]
            return
    raise AssertionError(pilot.app.screen_stack)


async def test_keys_after_the_one_that_quits_are_for_nobody() -> None:
    app = _app()
    async with app.run_test() as pilot:
        await pilot.pause()
        _at_once(app, "q", "colon", "s", "2")
        await _until(pilot, lambda: app._exit)
    assert app._exception is None
    assert app.return_code == 0
