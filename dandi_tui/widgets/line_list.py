"""A list of any length, drawn by line: only rows on the screen are made, and a move draws two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from dandi_tui.widgets.line import Line, strip
from dandi_tui.widgets.list_state import ListState, Redraw

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events


class RowSource(Protocol):
    """What a list shows."""

    def __len__(self) -> int:
        """How many rows there are."""

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """One row, at most `cells` cells wide."""

    def empty(self, cells: int) -> Sequence[Line]:
        """What is shown when there are no rows: why, and what to press."""


class LineList(Widget, can_focus=True):
    """A list of rows with a cursor.

    Args:
        source: The rows.
        id: The widget's name in the style sheet.
    """

    class CursorMoved(Message):
        """The cursor stands on another row, or the rows are others."""

        def __init__(self, rows: LineList) -> None:
            super().__init__()
            self.rows = rows

        def can_replace(self, message: Message) -> bool:
            """The latest place is the one that counts."""
            return isinstance(message, LineList.CursorMoved) and message.rows is self.rows

        @property
        def control(self) -> LineList:
            """The list."""
            return self.rows

    class Clicked(Message):
        """A row was clicked that the cursor stood on already."""

    def __init__(self, source: RowSource, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.source = source
        self.state = ListState()

    @property
    def cursor(self) -> int:
        """The row under the cursor, one that there is even where rows went away since; 0 when there are none."""
        return max(0, min(self.state.cursor, len(self.source) - 1))

    def reload(self, *, cursor: int | None = None) -> None:
        """Takes the rows anew; `cursor` puts the cursor on a row."""
        self.state.set_count(len(self.source))
        if cursor is not None:
            self.state.move_to(cursor)
        self.refresh()
        self.post_message(self.CursorMoved(self))

    def grown(self) -> None:
        """Takes rows that came at the end; draws only those on the screen."""
        if not self.state.count:
            self.reload()
        else:
            self._redraw(self.state.set_count(len(self.source)))

    def move(self, by: int) -> None:
        """Moves the cursor by rows."""
        self._moved(self.state.move(by))

    def page(self, by: float) -> None:
        """Moves the cursor by pages."""
        self._moved(self.state.page(by))

    def turn(self, by: float) -> None:
        """Turns pages: the rows go on by as much, and the cursor with them."""
        self._moved(self.state.turn(by))

    def move_to(self, row: int) -> None:
        """Moves the cursor to a row."""
        self._moved(self.state.move_to(row))

    def redraw_row(self, row: int) -> None:
        """Draws one row again, if it is on the screen."""
        self._redraw(Redraw(rows=(row,)))

    def redraw_differing(self, rows: Iterable[int] | None) -> None:
        """Draws the rows again that differ; None: the whole list, whose rows are others now."""
        if rows is None:
            self.reload()
        else:
            for row in rows:
                self.redraw_row(row)

    def _moved(self, redraw: Redraw) -> None:
        if redraw.everything or redraw.rows:
            self._redraw(redraw)
            self.post_message(self.CursorMoved(self))

    def _redraw(self, redraw: Redraw) -> None:
        if redraw.everything:
            self.refresh()
            return
        for row in redraw.rows:
            if row in self.state.shown:
                self.refresh(Region(0, row - self.state.top, self.size.width, 1))

    def on_resize(self, event: events.Resize) -> None:
        """Shows as many rows as there is room for."""
        self.state.resize(event.size.height)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draws one row; a list that forgot its rows to ask anew is drawn before it has others."""
        cells = self.size.width
        row = self.state.top + y
        count = min(self.state.count, len(self.source))
        if row < count:
            at_cursor = row == self.state.cursor
            return strip(self.source.line(row, cells, cursor=at_cursor), cells, cursor=at_cursor)
        if not count:
            words = self.source.empty(cells)
            if y < len(words):
                return strip(words[y], cells)
        return Strip.blank(cells)

    def on_click(self, event: events.Click) -> None:
        """Puts the cursor where the mouse is; a click on the cursor's row goes in."""
        row = self.state.top + event.y
        if row >= self.state.count:
            return
        if row == self.state.cursor:
            self.post_message(self.Clicked())
        self.move_to(row)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Moves down by some rows."""
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Moves up by some rows."""
        event.stop()
        self.move(-3)
