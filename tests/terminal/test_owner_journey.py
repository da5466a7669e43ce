"""The owner's journey in a real pseudo-terminal: log in, see problems, edit metadata, share, publish, watch; and an editor of one's own."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from conftest import TOKENS, Archive
from contributing import Owner
from test_real_terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def owner(empty_archive: Archive) -> Iterator[Owner]:
    made = Owner(empty_archive)
    yield made
    made.http.close()


@pytest.fixture
def opened(empty_archive: Archive, tmp_path: Path) -> Iterator[Terminal]:
    """The program on the archive, with nobody logged in, and an editor that adds a line."""
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nprintf 'acknowledgement: Thanks to all\\n' >> \"$1\"\n")
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    made = Terminal(None, "-i", empty_archive.api_url, LC_ALL="C.UTF-8", VISUAL=str(editor))
    yield made
    made.close()


# What is typed, and the words that must come of it.
JOURNEY = (
    ("I", "Not logged in"), ("L", "API key of"), (TOKENS["demo"] + "\r", "Demo User (demo), approved"), ("M", "problem"),
    ("v", "no files or zero bytes"), ("\x1b", "[mine]"), ("GE", "General"), ("j\r", "Enter goes on"), (" gently\r", "1 unsaved"),
    ("$", "taken over"), ("", "Thanks to all"), ("w", "added Thanks to all"), ("w", "saved, and valid"), ("\x1b", "metadata"),
    ("\x1b", "[mine]"), ("U", "(you)"), ("a", "Add an owner"), ("ali", "(alice)"), ("\x1b[B\r", "becomes an owner"), ("y", "2 owners"),
    ("\x1b", "owners"), ("\x1b", "[mine]"), ("P", "Ready: P publishes it"), ("P", "it becomes a version"), ("P", "Published as 0."),
)  # fmt: skip


def test_from_the_login_to_a_published_version(owner: Owner, opened: Terminal) -> None:
    identifier = owner.dandiset("Whiskers of mice that touch")
    broken = owner.dandiset("Nothing in it yet", files=0)
    owner.until(lambda: owner.info(broken)["status"] == "Invalid")
    opened.until("Dandisets")
    for keys, words in JOURNEY:
        opened.press(keys)
        shown = opened.until(words)
        assert TOKENS["demo"] not in shown
        if keys == "M":
            opened.until(identifier)
            shown = opened.until(broken)
            assert shown.index(broken) < shown.index(identifier)
    version = owner("GET", f"dandisets/{identifier}/")["most_recent_published_version"]
    assert version["name"] == "Whiskers of mice that touch gently"
    assert owner("GET", f"dandisets/{identifier}/versions/{version['version']}/")["acknowledgement"] == "Thanks to all"
    opened.press("q")
    assert opened.ended() == 0


def test_a_pasted_key_is_not_shown_by_the_command(owner: Owner, empty_archive: Archive) -> None:
    terminal = Terminal(None, "login", "-i", empty_archive.api_url, LC_ALL="C.UTF-8")
    try:
        terminal.until("(not shown)")
        terminal.press(TOKENS["demo"] + "\n")
        assert TOKENS["demo"] not in terminal.until("Logged in to")
        assert terminal.ended() == 0
    finally:
        terminal.close()


def test_the_command_edits_in_the_persons_editor_and_asks_before_it_saves(owner: Owner, empty_archive: Archive, tmp_path: Path) -> None:
    identifier = owner.dandiset(files=0)
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nprintf 'acknowledgement: Thanks to all\\n' >> \"$1\"\n")
    editor.chmod(0o700)
    key = {"DANDI_TUI_API_KEY": TOKENS["demo"], "VISUAL": str(editor)}
    terminal = Terminal(None, "dandiset", "edit", identifier, "-i", empty_archive.api_url, LC_ALL="C.UTF-8", **key)
    try:
        assert "added Thanks to all" in terminal.until("Save?")
        terminal.press("y\n")
        terminal.until("Saved")
        assert terminal.ended() == 0
    finally:
        terminal.close()
    assert owner.metadata(identifier)["acknowledgement"] == "Thanks to all"
