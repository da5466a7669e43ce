"""The line of keys that work now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.text import width
from dandi_tui.widgets.line import Line, Piece

if TYPE_CHECKING:
    from collections.abc import Sequence


class Hint(msgspec.Struct, frozen=True):
    """A key and its word; `off` is what can't be done now."""

    key: str
    words: str
    off: bool = False


def hint_line(hints: Sequence[Hint], cells: int) -> Line:
    """As many hints as there is room for; the last one (help, by custom) always stands."""
    *others, last = hints
    room = cells + 1 - _width(last)
    pieces: list[Piece] = []
    for hint in others:
        if _width(hint) <= room:
            room -= _width(hint)
            pieces += _pieces(hint)
    return (*pieces, *_pieces(last))


def _width(hint: Hint) -> int:
    return sum(width(piece.text) for piece in _pieces(hint))


def _pieces(hint: Hint) -> list[Piece]:
    words = [Piece(f" {hint.words} ", "dim")] if hint.words else []
    return [Piece(" " + hint.key, "off" if hint.off else "key"), *words]
