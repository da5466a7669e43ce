"""Which background the terminal has, and the colours that can be read on it."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from dandi_tui.widgets.background import can_be_asked, is_light, light_of_environment
from dandi_tui.widgets.frame_diff import FrameDiff, Placed
from dandi_tui.widgets.look import style


@pytest.mark.parametrize(
    ("value", "light"),
    [("0;15", True), ("15;0", False), ("0;default;15", True), ("15;default", None), ("", None), ("7", True), ("0;8", False)],
)
def test_the_environment_tells_the_background(value: str, light: bool | None) -> None:
    assert light_of_environment({"COLORFGBG": value}) is light


@pytest.mark.parametrize(
    ("ground", "light"),
    [("ffff/ffff/ffff", True), ("fd/f6/e3", True), ("0000/0000/0000", False), ("00/2b/36", False), ("f/f/f", True), ("0/0/f", False)],
)
def test_a_colour_is_light_or_dark(ground: str, light: bool) -> None:
    assert is_light(ground) is light


@pytest.mark.parametrize(("term", "asked"), [("xterm", True), ("tmux-256color", True), ("linux", False), ("vt100", False), ("dumb", False)])
def test_old_terminals_are_not_asked(term: str, asked: bool) -> None:
    assert can_be_asked({"TERM": term}) is asked


@pytest.mark.parametrize(
    ("name", "dark", "light"),
    [("good", "32", "34"), ("warn", "33", "35"), ("identifier", "36", "34"), ("bad", "91", "31"), ("error", "1;91", "1;31"), ("folder", "1;94", "1;34")],
)
def test_words_are_written_in_colours_that_can_be_read_on_the_background(name: str, dark: str, light: str) -> None:
    for diff, codes in ((FrameDiff(), dark), (FrameDiff(), light)):
        diff.light = codes is light
        assert f"[{codes}m" in diff.write([Placed(0, 0, Strip([Segment("words", style(name))]))])


def test_the_ground_is_never_painted_by_what_lies_below_a_menu() -> None:
    below = Style(color="yellow", bgcolor="#000000")
    assert "48;" not in (written := FrameDiff().write([Placed(0, 0, Strip([Segment("words", below)]))]))
    assert "[33m" in written


def test_colours_of_a_picture_stay() -> None:
    diff = FrameDiff()
    diff.light = True
    assert "32;46" in diff.write([Placed(0, 0, Strip([Segment("\u2580", style("colours 2 6"))]))])
