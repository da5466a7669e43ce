"""A field above the list that it narrows, at the bottom of the screen: keys that move go to the list, all others to the field."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding
from textual.screen import ModalScreen

from dandi_tui.widgets.line_list import LineList


class FieldOverList(ModalScreen["str | None"], inherit_bindings=False):
    """A question that is answered by a row of a list; None: by nothing."""

    BINDINGS: ClassVar = [
        Binding("escape", "close", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
    ]

    def action_move(self, by: int) -> None:
        """Moves the cursor."""
        self.query_one(LineList).move(by)

    def action_page(self, by: int) -> None:
        """Moves by a page."""
        self.query_one(LineList).page(by)

    def action_close(self) -> None:
        """Chooses nothing."""
        self.dismiss(None)
