"""Moving in the list of a screen: by rows, by pages, to its ends."""

from __future__ import annotations

from textual.dom import DOMNode

from dandi_tui.widgets.line_list import LineList


class MovesList(DOMNode):
    """A screen with a list that movement keys move."""

    def moving_list(self) -> LineList | None:
        """The list that movement keys move; None when there is none."""
        found = self.query(LineList)
        return found.first() if found else None

    def do_up(self) -> None:
        """Moves up."""
        self._move(-1)

    def do_down(self) -> None:
        """Moves down."""
        self._move(1)

    def _move(self, by: int) -> None:
        if rows := self.moving_list():
            rows.move(by)

    def do_page_up(self) -> None:
        """A page up."""
        self._page(-1)

    def do_page_down(self) -> None:
        """A page down."""
        self._page(1)

    def do_half_up(self) -> None:
        """Half a page up."""
        self._page(-0.5)

    def do_half_down(self) -> None:
        """Half a page down."""
        self._page(0.5)

    def _page(self, by: float) -> None:
        if rows := self.moving_list():
            rows.page(by)

    def do_first(self) -> None:
        """To the first row."""
        if rows := self.moving_list():
            rows.move_to(0)

    def do_last(self) -> None:
        """To the last row."""
        if rows := self.moving_list():
            rows.move_to(len(rows.source) - 1)
