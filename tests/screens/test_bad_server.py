"""Servers that are slow, broken, or hostile: the app says so in words, draws nothing that a terminal obeys, and goes on."""

from __future__ import annotations

import json
import threading
import time
import unicodedata
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dandi_tui.api.instances import find_instance
from dandi_tui.api.models import Dandiset
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings, load_settings
from dandi_tui.screens.dandiset_rows import DandisetRows
from dandi_tui.screens.marks import Marks
from dandi_tui.screens.menu import Choice, _Choices
from dandi_tui.screens.problems import ProblemRow, _Rows
from dandi_tui.screens.tree_rows import TreeRows
from dandi_tui.text import width
from dandi_tui.widgets.line import plain
from dandi_tui.widgets.look import UNICODE
from dandi_tui.widgets.tree_model import TreeEntry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from dandi_tui.api.targets import Target

EVIL = "\x1b]0;owned\x07\x1b[2J[red]bold[/red] \u202etxt.exe 日本語" + "x" * 500
WHEN = "2024-01-01T00:00:00Z"
RECORD = {"identifier": "000001", "created": WHEN, "modified": WHEN, "contact_person": EVIL, "embargo_status": "OPEN", "star_count": 0, "is_starred": False}
VERSION = {"version": "draft", "name": EVIL, "asset_count": 2, "size": 5, "status": "Valid", "created": WHEN, "modified": WHEN}
INFO = {**VERSION, "dandiset": RECORD, "metadata": {"name": EVIL, "description": EVIL, "contributor": [{"name": EVIL}, None, 3], "license": EVIL},
        "asset_validation_errors": [{"field": EVIL, "message": EVIL, "path": EVIL}], "version_validation_errors": []}  # fmt: skip
FOLDER = [
    {"path": f"{EVIL}/..", "aggregate_files": 1, "aggregate_size": 3, "asset": None},
    {"path": "../../etc/passwd", "aggregate_files": 1, "aggregate_size": 3, "asset": {"asset_id": "a", "url": "x"}},
]


def _pages(results: list[Any]) -> dict[str, Any]:
    return {"count": len(results), "next": None, "previous": None, "results": results}


HOSTILE = {
    "/api/dandisets/": _pages([{**RECORD, "draft_version": VERSION, "most_recent_published_version": None}]),
    "/api/dandisets/000001/": {**RECORD, "draft_version": VERSION, "most_recent_published_version": None},
    "/api/dandisets/000001/versions/draft/info/": INFO,
    "/api/dandisets/000001/users/": [{"username": EVIL, "name": EVIL, "email": None}],
    "/api/dandisets/000001/versions/draft/assets/paths/": _pages(FOLDER),
}


class _Canned(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        say = self.server.say  # type: ignore[attr-defined]
        if say == "nothing":
            time.sleep(20)
            return
        body, kind, status = b"<html><h1>Proxy login</h1></html>", "text/html", 200
        if say == "hostile":
            found = HOSTILE.get(urlsplit(self.path).path)
            body, kind, status = json.dumps(found).encode(), "application/json", 200 if found else 404
        elif say == "storm":
            body, kind, status = b"", "text/plain", 503
        elif say == "expired":
            body, kind, status = b'{"detail":"Invalid token."}', "application/json", 401
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that says what the test asks for; its API's address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Canned) as made:
        made.daemon_threads = True
        made.block_on_close = False
        made.say = request.param  # type: ignore[attr-defined]
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}/api"
        made.shutdown()
        thread.join()


def picture(app: DandiTuiApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


@asynccontextmanager
async def _app(api_url: str, target: Target | None = None, settings: Settings | None = None) -> AsyncIterator[Pilot[int]]:
    app = DandiTuiApp(find_instance(api_url), "k" * 40, settings or Settings(ascii="no"), target)
    async with app.run_test(size=(80, 24)) as pilot:
        yield pilot


async def _until(pilot: Pilot[int], words: str) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        await pilot.pause(0.06)
        if words in (shown := picture(pilot.app)):  # type: ignore[arg-type]
            return shown
    raise AssertionError(shown)


def _harmless(shown: str) -> None:
    assert all(char.isprintable() for char in shown.replace("\n", ""))
    assert "\u202e" not in shown
    assert all(width(line) == 80 for line in shown.splitlines())


@pytest.mark.parametrize("server", ["hostile"], indirect=True)
async def test_names_that_a_terminal_would_obey_are_shown_as_symbols(server: str) -> None:
    async with _app(server) as pilot:
        shown = await _until(pilot, "1 found")
        assert "[red]bold" in shown
        _harmless(shown)
        await pilot.press("right")
        _harmless(await _until(pilot, "1 problem (v)"))
        for keys in (
            ("v",), ("down",), ("escape", "i"), ("tab",), ("tab",), ("tab",), ("escape", "y"), ("escape", "down", "y"), ("escape", "space"),
            ("b",), ("B",), ("escape", "left"), ("i",), ("escape", "y"), ("escape", "grave_accent"),
        ):  # fmt: skip
            await pilot.press(*keys)
            await pilot.pause(0.1)
            _harmless(picture(pilot.app))  # type: ignore[arg-type]


@pytest.mark.parametrize("server", ["page"], indirect=True)
async def test_a_page_of_a_login_proxy_is_named(server: str) -> None:
    async with _app(server) as pilot:
        assert "r" in await _until(pilot, "Press r to try again")


@pytest.mark.parametrize("server", ["expired"], indirect=True)
async def test_a_key_that_is_refused_is_said_in_the_archives_words(server: str) -> None:
    async with _app(server) as pilot:
        await _until(pilot, "Invalid token.")


@pytest.mark.parametrize("server", ["nothing"], indirect=True)
async def test_a_silent_server_is_waited_for_and_can_be_left(server: str) -> None:
    async with _app(server) as pilot:
        await _until(pilot, "Esc to stop")
        await pilot.press("escape", "question_mark")
        await _until(pilot, "Keys that work here")


@pytest.mark.parametrize("server", ["hostile"], indirect=True)
async def test_a_broken_config_file_is_said_and_the_defaults_hold(server: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("mouse = maybe\n")
    async with _app(server, settings=load_settings(tmp_path / "config.toml")) as pilot:
        assert "not understood" in await _until(pilot, "The config file")


@given(st.text(min_size=1, max_size=60).filter(lambda text: text.strip("/")), st.integers(50, 200))
def test_a_row_of_any_name_fits_and_is_harmless(name: str, cells: int) -> None:
    rows = TreeRows(lambda: UNICODE)
    rows.model.add_children("", [TreeEntry(name, is_folder=False, files=1, size=3, asset_id="a")], complete=True)
    words = plain(rows.line(0, cells, cursor=True))
    assert width(words) <= cells
    assert not [char for char in words if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


@given(st.text(min_size=1, max_size=600), st.integers(50, 200))
@example("00000000000\u0e5c\u0e5c000000\u07fb\u0e5c⚽", 50)
@example("日" * 40, 50)
@example("a" + "\u0301" * 300 + "b" * 300, 50)
def test_rows_of_dandisets_problems_and_choices_fit_and_are_harmless(name: str, cells: int) -> None:
    dandisets = DandisetRows(lambda: UNICODE, Marks())
    dandisets.add([msgspec.convert({**RECORD, "draft_version": {**VERSION, "name": name}}, Dandiset)])
    problems = _Rows("000001", lambda: UNICODE)
    problems.rows = [ProblemRow(name, 1), ProblemRow(name, field=name, message=name)]
    choices = _Choices([Choice("x", name, note=name, reason=name)])
    for words in (plain(rows.line(row, cells, cursor=True)) for rows in (dandisets, problems, choices) for row in range(len(rows))):
        assert width(words) <= cells
        assert not [char for char in words if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


@pytest.mark.parametrize("server", ["storm"], indirect=True)
async def test_a_storm_of_server_errors_is_waited_through_and_then_said(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dandi_tui.api.http.Retry.wait", lambda *_: 0.0)
    async with _app(server) as pilot:
        await _until(pilot, "Press r to try again")
        await pilot.press("question_mark")
        await _until(pilot, "Keys that work here")
