"""A few fixed lines: the breadcrumb, what a list is, rules, key hints. Only lines that change are drawn again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.widget import Widget

from dandi_tui.text import safe, width, wrap
from dandi_tui.widgets.line import Line, Piece, strip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.strip import Strip


class Lines(Widget):
    """Lines that a function makes for the width at hand; `draw_again` after what it tells of has changed.

    Args:
        draw: Makes the lines for a width in cells.
        height: How many lines there are; None: as many as `draw` gives; -1: as many as there is room for.
        id: The widget's name in the style sheet.
    """

    def __init__(self, draw: Callable[[int], Sequence[Line]], *, height: int | None = 1, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._draw = draw
        self._fixed = height
        self._lines: list[Line] = []
        if height is not None:
            self.styles.height = height if height >= 0 else "1fr"

    def on_resize(self, event: events.Resize) -> None:
        """Makes the lines for the width at hand."""
        self.draw_again()

    def draw_again(self) -> None:
        """Makes the lines anew and draws those that differ."""
        cells = self.size.width
        if not cells:
            return
        lines = list(self._draw(cells))
        before, self._lines = self._lines, lines
        if self._fixed is None:
            self.styles.height = len(lines)
        for y in range(max(len(lines), len(before))):
            if lines[y : y + 1] != before[y : y + 1]:
                self.refresh(Region(0, y, cells, 1))

    def render_line(self, y: int) -> Strip:
        """Draws one line."""
        line = self._lines[y] if y < len(self._lines) else ()
        return strip(line, self.size.width)


def prose_lines(words: str, cells: int) -> list[Line]:
    """Dim words in as many lines as they take: why a list or a view is empty, with what to do."""
    return [(Piece(" " + line, "dim"),) for line in wrap(safe(words), cells - 2)]


def rule(cells: int, sign: str, label: Sequence[Piece] = (), tail: str = "") -> Line:
    """A thin rule, with words on it where there are any: `label` at its start, `tail` near its end."""
    end = f" {tail} {sign}" if tail else ""
    if not label:
        return (Piece(sign * (cells - len(end)) + end, "dim"),)
    words = sum(width(piece.text) for piece in label)
    return (
        Piece(sign * 2 + " ", "dim"),
        *label,
        Piece(" " + sign * max(0, cells - words - 4 - len(end)) + end, "dim"),
    )
