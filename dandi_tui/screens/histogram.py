"""How numbers are spread: a histogram as a page over a pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.nwb.messages import Histogram
from dandi_tui.nwb.model import FileError
from dandi_tui.text import number
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.plot import histogram_lines

if TYPE_CHECKING:
    from dandi_tui.nwb.plotted import Spread
    from dandi_tui.screens.inspector import InspectorPane
    from dandi_tui.screens.pane import Pane


async def show_histogram(pane: Pane, inspector: InspectorPane, path: str) -> None:
    """Shows how a dataset's numbers are spread, as a page over a pane."""
    from dandi_tui.screens.page import PagePane

    asked = Histogram(path, max(10, pane.size.width - 4))
    try:
        found = await inspector.ask(lambda reader: reader.histogram(asked), pane=pane)
    except FileError as error:
        pane.say(str(error), "error")
        return
    pane.app.push_screen(PagePane(path, {"histogram": lambda _cells: _lines(found, ascii_only=pane.tui.ascii_only)}))


def _lines(found: Spread, *, ascii_only: bool) -> list[Line]:
    """A histogram with its numbers below."""
    bars = histogram_lines(found.counts, 12, ascii_only=ascii_only)
    low, high = f"{found.low:.6g}", f"{found.high:.6g}"
    axis = low + " " * max(1, len(found.counts) - len(low) - len(high)) + high
    part = "" if found.taken == found.total else f" of {number(found.total)}, the first ones"
    words = f"{number(found.taken)} values{part} · mean {found.mean:.6g} · tallest bin {number(max(found.counts, default=0))}"
    unknown = f" · {number(found.unknown)} without a number" if found.unknown else ""
    return [(), *((Piece("  "), Piece(bar, "folder")) for bar in bars), (Piece(f"  {axis}", "dim"),), (), (Piece(f"  {words}{unknown}"),)]
