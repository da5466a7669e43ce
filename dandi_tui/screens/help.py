"""The page of keys: what can be done here, moving, and what can be done everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.screens.actions import ACTIONS, EVERYWHERE, MOVES, key_words
from dandi_tui.text import pad
from dandi_tui.widgets.line import Line, Piece

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS_WIDTH = 18


def help_lines(keys: Mapping[str, tuple[str, ...]], reasons: Mapping[str, str]) -> list[Line]:
    """A line for each action that a key does, in groups.

    Args:
        keys: The keys of each action, as they work on the pane at hand.
        reasons: Why an action can't be done now; empty or absent when it can.
    """
    groups = (
        ("here", [name for name in keys if name not in MOVES and name not in EVERYWHERE]),
        ("moving", [name for name in keys if name in MOVES]),
        ("everywhere", [name for name in keys if name in EVERYWHERE]),
    )
    lines: list[Line] = []
    for title, names in groups:
        if names:
            lines += [*([()] if lines else []), (Piece(f" {title}", "title"),), *(_line(name, keys[name], reasons.get(name, "")) for name in names)]
    return lines


def _line(name: str, keys: tuple[str, ...], reason: str) -> Line:
    words = pad(" ".join(map(key_words, keys)), _KEYS_WIDTH)
    note = f"  ({reason})" if reason else ""
    return (Piece(f"   {words}", "key"), Piece(ACTIONS[name].words, "off" if reason else ""), Piece(note, "warn"))
