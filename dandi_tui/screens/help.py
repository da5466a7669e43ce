"""The page of keys: what can be done here, moving, and what can be done everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.screens.actions import ACTIONS, EVERYWHERE, MOVES, key_words
from dandi_tui.text import pad, width, wrap
from dandi_tui.widgets.line import Line, Piece

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS_WIDTH = 18


def help_lines(keys: Mapping[str, tuple[str, ...]], reasons: Mapping[str, str], cells: int) -> list[Line]:
    """Each action that a key does, in groups, in as many lines as its words take.

    Args:
        keys: The keys of each action, as they work on the pane at hand.
        reasons: Why an action can't be done now; empty or absent when it can.
        cells: The width.
    """
    groups = (
        ("here", [name for name in keys if name not in MOVES and name not in EVERYWHERE]),
        ("moving", [name for name in keys if name in MOVES]),
        ("everywhere", [name for name in keys if name in EVERYWHERE]),
    )
    lines: list[Line] = []
    for title, names in groups:
        if names:
            told = [line for name in names for line in _lines(name, keys[name], reasons.get(name, ""), cells)]
            lines += [*([()] if lines else []), (Piece(f" {title}", "title"),), *told]
    return lines


def _lines(name: str, keys: tuple[str, ...], reason: str, cells: int) -> list[Line]:
    room = max(20, cells - _KEYS_WIDTH - 4)
    words = [Piece(part, "off" if reason else "") for part in wrap(ACTIONS[name].words, room)]
    notes = [Piece(part, "warn") for part in wrap(f"({reason})", room)] if reason else []
    told: list[Line] = [(piece,) for piece in (*words, *notes)]
    if reason and len(words) == len(notes) == 1 and width(words[0].text) + width(notes[0].text) + 2 <= room:
        told = [(words[0], Piece("  "), notes[0])]
    first = Piece(f"   {pad(' '.join(map(key_words, keys)), _KEYS_WIDTH)}", "key")
    return [(first if at == 0 else Piece(" " * (_KEYS_WIDTH + 3)), *line) for at, line in enumerate(told)]
