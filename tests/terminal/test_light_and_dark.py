"""Terminals with a light and with a dark background: what is written there can be read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from test_pixels import Answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Archive

QUESTION = b"\x1b]11;?\x1b\\"
HARD_ON_WHITE = {"green", "brown", "cyan"}


@pytest.fixture
def opened(archive: Archive) -> Iterator[Callable[..., Answering]]:
    made: list[Answering] = []

    def open_one(answer: str = "", **environment: str) -> Answering:
        answers = {QUESTION: answer.encode()} if answer else {}
        made.append(Answering(answers, "-i", archive.api_url, DANDI_TUI_API_KEY=archive.token, **{"COLORFGBG": "", **environment}))
        return made[-1]

    yield open_one
    for one in made:
        one.close()


def _colours(terminal: Answering) -> set[str]:
    return {terminal.screen.buffer[y][x].fg for y in range(24) for x in range(80)}


@pytest.mark.parametrize(
    ("answer", "environment", "readable"),
    [
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", {}, True),
        ("\x1b]11;rgb:fdfd/f6f6/e3e3\x07", {}, True),
        ("\x1b]11;rgb:0000/0000/0000\x1b\\", {}, False),
        ("", {}, False),
        ("", {"COLORFGBG": "0;15"}, True),
    ],
)
def test_on_a_light_background_nothing_is_written_in_colours_that_are_hard_to_read_there(
    opened: Callable[..., Answering], answer: str, environment: dict[str, str], readable: bool
) -> None:
    terminal = opened(answer, **environment)
    terminal.until("9 found")
    terminal.rest()
    assert bool(_colours(terminal) & HARD_ON_WHITE) is not readable
    assert (QUESTION in terminal.raw) == (not environment)
    terminal.press("s")
    assert "11;" not in terminal.until("Sort")
    terminal.rest()
    assert bool(_colours(terminal) & HARD_ON_WHITE) is not readable
    assert {terminal.screen.buffer[y][x].bg for y in range(24) for x in range(80)} == {"default"}
    terminal.press("\x03")
    assert terminal.ended() == 0


def test_an_answer_that_comes_while_the_program_ends_is_not_left_to_the_shell(opened: Callable[..., Answering]) -> None:
    terminal = opened()
    while QUESTION not in terminal.raw:
        terminal.read(0.01)
    terminal.press("q")
    terminal.read(0.2)
    os.write(terminal.handle, b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\")
    assert terminal.ended() == 0
    assert b"11;rgb" not in terminal.raw


def test_a_terminal_that_would_print_the_question_is_not_asked(opened: Callable[..., Answering]) -> None:
    terminal = opened(TERM="linux")
    terminal.until("9 found")
    terminal.rest()
    assert QUESTION not in terminal.raw
