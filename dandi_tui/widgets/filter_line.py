"""The line below a list in which a filter is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.widgets import Input

from dandi_tui.widgets.line import Piece
from dandi_tui.widgets.lines import Lines

if TYPE_CHECKING:
    from textual.widget import Widget

_LABEL = " filter: "


def filter_line(placeholder: str) -> Widget:
    """A label and a field `#filter`; both are seen while the pane has the class `filtering`."""
    label = Lines(lambda _cells: [(Piece(_LABEL, "dim"),)])
    label.styles.width = len(_LABEL)
    field = Input(id="filter", compact=True, placeholder=placeholder, select_on_focus=False)
    field.cursor_blink = False
    return Horizontal(label, field, id="filter-line")
