"""A line of the screen as data: pieces of text with the names of their styles, and its way to a strip of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from dandi_tui.text import clip, safe, width
from dandi_tui.widgets.look import style, under_cursor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Piece(NamedTuple):
    """Some text of one style; `steady` pieces don't change when the cursor stands on their line."""

    text: str
    style: str = ""
    steady: bool = False


Line = tuple[Piece, ...]


def plain(line: Iterable[Piece]) -> str:
    """The text of a line."""
    return "".join(piece.text for piece in line)


def spread(left: Sequence[Piece], right: Sequence[Piece], cells: int) -> Line:
    """A line of `cells` cells with `left` at its start and `right` at its end; the left gives way."""
    tail = width(plain(right))
    room = max(0, cells - tail - 1) if tail else cells
    head = cut(left, room)
    gap = cells - width(plain(head)) - tail
    return (*head, Piece(" " * max(0, gap), "", True), *right)


def cut(line: Iterable[Piece], cells: int) -> Line:
    """The line's first `cells` cells; what is cut is marked."""
    kept: list[Piece] = []
    left = cells
    for piece in line:
        size = width(piece.text)
        if size > left:
            kept.append(piece._replace(text=clip(piece.text, left)))
            break
        kept.append(piece)
        left -= size
    return tuple(kept)


def highlighted(text: str, positions: Iterable[int], base: str = "") -> Line:
    """Text whose letters at `positions` are shown as matches."""
    hits = set(positions)
    pieces: list[Piece] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or (at in hits) != (start in hits):
            pieces.append(Piece(text[start:at], "match" if start in hits else base))
            start = at
    return tuple(pieces)


def strip(line: Iterable[Piece], cells: int, *, cursor: bool = False) -> Strip:
    """The cells of a line, filled or cut to `cells`; what a terminal would obey is shown, whoever let it get here.

    Args:
        line: The pieces.
        cells: The width of the strip.
        cursor: Whether the cursor stands on the line.
    """
    segments = [
        Segment(
            safe(piece.text),
            under_cursor(piece.style) if cursor and not piece.steady else style(piece.style),
        )
        for piece in line
    ]
    return Strip(segments).adjust_cell_length(cells, Style.null())
