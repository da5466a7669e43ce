"""The rows of a table on the screen: pieces that were read, in the order and with the filter that the person chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.text import clip, number, pad, safe, width
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.nwb.model import Table
    from dandi_tui.widgets.look import Signs

PIECE = 100
MOST_PIECES = 64
_WIDEST = 28


class TableRows:
    """Rows that are there are drawn; those that are not are asked for.

    Args:
        signs: The signs that the screen is drawn with.
        want: Is told which piece of the rows is needed.
    """

    def __init__(self, signs: Callable[[], Signs], want: Callable[[int], None]) -> None:
        self._signs, self._want = signs, want
        self.total = 0
        self.columns: list[str] = []
        self.widths: list[int] = []
        self.pieces: dict[int, list[list[str]]] = {}
        self.first_column = 0
        self.order: list[int] | None = None
        self.why_empty = "Reading…"

    def clear(self) -> None:
        """Forgets what was read."""
        self.pieces.clear()
        self.widths = []
        self.order = None

    def take(self, found: Table) -> None:
        """Takes rows that came."""
        self.total, self.columns = found.total, found.columns
        if len(self.pieces) >= MOST_PIECES and self.order is None:
            self.pieces.pop(next(iter(self.pieces)))
        for at in range(0, max(1, len(found.rows)), PIECE):
            self.pieces[(found.start + at) // PIECE] = found.rows[at : at + PIECE]
        widths = [max([width(safe(name)), *(width(safe(row[at])) for row in found.rows)]) for at, name in enumerate(found.columns)]
        self.widths = [min(_WIDEST, max(pair)) for pair in zip(widths, self.widths or widths, strict=False)]

    def __len__(self) -> int:
        return self.total if self.order is None else len(self.order)

    def number_of(self, row: int) -> int:
        """The row's number in the table."""
        return row if self.order is None else self.order[row]

    def row(self, number_in_table: int) -> list[str] | None:
        """A row that was read; None where it was not."""
        piece = self.pieces.get(number_in_table // PIECE)
        at = number_in_table % PIECE
        return piece[at] if piece is not None and at < len(piece) else None

    def narrow(self, words: str) -> None:
        """Keeps rows that were read and hold the words in a cell; empty: all."""
        if not words:
            self.order = None
            return
        pattern = Pattern.parse(words)
        self.order = [number for number, row in self._read() if any(pattern.matches(cell) for cell in row)]

    def sort(self, column: int, *, backwards: bool) -> None:
        """Orders rows that were read by a column: numbers by their size, then texts."""
        self.order = [
            number for number, _ in sorted(self._read(), key=lambda one: _sortable(one[1][column] if column < len(one[1]) else ""), reverse=backwards)
        ]

    def _read(self) -> list[tuple[int, list[str]]]:
        return [(piece * PIECE + at, row) for piece in sorted(self.pieces) for at, row in enumerate(self.pieces[piece])]

    def cells(self, values: Sequence[str], room: int) -> str:
        """Values in their columns, from the first column shown on."""
        words = ""
        for value, wide in list(zip(values, self.widths, strict=False))[self.first_column :]:
            if width(words) >= room:
                break
            words += pad(clip(safe(value), wide), wide, right=_is_number(value)) + "  "
        return clip(words.rstrip(), room)

    @property
    def label_width(self) -> int:
        """How wide row numbers are."""
        return max(6, len(number(self.total)))

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """One row."""
        at = self.number_of(row)
        mark = self._signs().cursor if cursor else " "
        label = pad(number(at), self.label_width, right=True)
        piece = self.pieces.get(at // PIECE)
        if piece is None:
            self._want(at // PIECE)
            return (Piece(mark, "", True), Piece(f"{label}  …", "dim"))
        return (Piece(mark, "", True), Piece(label + "  ", "dim", True), Piece(self.cells(self.row(at) or [], cells - len(label) - 4)))

    def empty(self, cells: int) -> Sequence[Line]:
        """Why there are no rows, and what to press."""
        words = self.why_empty if self.order is None else "No row that was read holds this; Esc shows all again."
        return prose_lines(words, cells)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _sortable(value: str) -> tuple[int, float, str]:
    try:
        found = float(value)
    except ValueError:
        return (1, 0.0, value)
    return (0, found, "") if found == found else (2, 0.0, "")  # noqa: PLR0124 (NaN is not itself)
