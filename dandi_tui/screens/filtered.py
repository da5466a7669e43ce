"""A list that is narrowed as one types: the keys of its filter, for panes whose rows can all be looked through at once."""

from __future__ import annotations

from textual.widgets import Input

from dandi_tui.screens.pane import Pane
from dandi_tui.widgets.line_list import LineList


class FilteredList(Pane):
    """A pane with one list and the line of a filter below it (`widgets.filter_line`)."""

    def narrow(self, text: str) -> None:
        """Lets the rows show only what fits a text; an empty one shows all."""

    def filter_text(self) -> str:
        """What stands in the filter."""
        return self.query_one("#filter", Input).value

    def do_filter(self) -> None:
        """Filters at each letter."""
        self.add_class("filtering")
        self.set_focus(self.query_one("#filter"))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list; the best is the first."""
        self.narrow(event.value)
        self.query_one(LineList).reload(cursor=0)
        self.draw_frame()

    def on_input_submitted(self) -> None:
        """Goes on in what the filter left."""
        self.set_focus(self.query_one(LineList))
        self.draw_frame()

    def do_peel(self) -> None:
        """The filter first."""
        if self.has_class("filtering"):
            self.query_one("#filter", Input).value = ""
            self.remove_class("filtering")
            self.set_focus(self.query_one(LineList))
        else:
            super().do_peel()
