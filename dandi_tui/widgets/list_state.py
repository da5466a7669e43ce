"""Where a list stands: its cursor, the first row shown, and its height; moves say what must be drawn again."""

from __future__ import annotations

import msgspec


class Redraw(msgspec.Struct, frozen=True):
    """What must be drawn again: everything, or some rows."""

    everything: bool = False
    rows: tuple[int, ...] = ()


NOTHING = Redraw()
EVERYTHING = Redraw(everything=True)


class ListState:
    """A cursor in a list of `count` rows, of which `height` are shown from `top` on.

    The list jumps instead of scrolling: when the cursor leaves the rows shown, most of a page turns at once, so that moving
    through a long list costs few bytes.
    """

    def __init__(self) -> None:
        self.count = 0
        self.height = 1
        self.cursor = 0
        self.top = 0

    def resize(self, height: int) -> Redraw:
        """Shows `height` rows."""
        self.height = max(1, height)
        self._show_cursor()
        return EVERYTHING

    def set_count(self, count: int) -> Redraw:
        """Takes another number of rows; the cursor stays where it can."""
        before = (self.cursor, self.top)
        shown = min(self.count, self.top + self.height)
        self.count = count
        self.cursor = max(0, min(self.cursor, count - 1))
        self.top = max(0, min(self.top, self.count - 1))
        self._show_cursor()
        if (self.cursor, self.top) != before or count < shown:
            return EVERYTHING
        return Redraw(rows=tuple(range(shown, min(count, self.top + self.height))))

    def move(self, by: int) -> Redraw:
        """Moves the cursor by rows."""
        return self.move_to(self.cursor + by)

    def page(self, by: float) -> Redraw:
        """Moves the cursor by pages."""
        return self.move(round(by * max(1, self.height - 1)) or (1 if by > 0 else -1))

    def turn(self, by: float) -> Redraw:
        """Turns pages: the rows shown go on by as much, and the cursor with them; at either end the cursor goes on alone."""
        step = round(by * max(1, self.height - 1)) or (1 if by > 0 else -1)
        top = max(0, min(self.top + step, self.count - self.height))
        if top == self.top:
            return self.move(step)
        self.cursor = max(0, min(self.cursor + top - self.top, self.count - 1))
        self.top = top
        return EVERYTHING

    def move_to(self, row: int) -> Redraw:
        """Moves the cursor to a row; the nearest when there is none."""
        target = max(0, min(row, self.count - 1))
        if target == self.cursor:
            return NOTHING
        before, top = self.cursor, self.top
        self.cursor = target
        self._show_cursor()
        return EVERYTHING if top != self.top else Redraw(rows=(before, target))

    def _show_cursor(self) -> None:
        last_top = max(0, self.count - self.height)
        if self.cursor < self.top:
            self.top = max(0, min(self.cursor - self.height + 2, last_top) if self.height > 2 else self.cursor)
        elif self.cursor >= self.top + self.height:
            self.top = min(max(0, self.cursor - 1), last_top)
        self.top = min(self.top, last_top)

    @property
    def shown(self) -> range:
        """The rows on the screen."""
        return range(self.top, min(self.count, self.top + self.height))
