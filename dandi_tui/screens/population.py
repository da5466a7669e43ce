"""All units at once: a row a unit over a window of the session, their mean rate below."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.nwb.messages import AllSpikes
from dandi_tui.nwb.plotted import Population
from dandi_tui.screens.exporting import export_csv
from dandi_tui.screens.time_view import TimeView
from dandi_tui.text import number, pad
from dandi_tui.widgets.line import Line, Piece, spread
from dandi_tui.widgets.plot import axis_line, histogram_lines, raster_lines, spaced, time_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.nwb.model import Listed
    from dandi_tui.screens.inspector import InspectorPane

_HISTOGRAM = 4
_MARGIN = 10


class PopulationPane(TimeView[Population]):
    """Spikes of many units.

    Args:
        inspector: Whose file it is of.
        listed: The units table.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "pan_left", "pan_right", "zoom_in", "zoom_out", "up", "down", "go_to_time", "whole", "export", "views", "first", "last", "page_up",
        "page_down", "refresh",
    )  # fmt: skip

    def __init__(self, inspector: InspectorPane, listed: Listed) -> None:
        super().__init__(inspector, listed)
        self.first = 0

    def times(self) -> tuple[float, float, float, float] | None:
        """Of the session's spikes, and of the window."""
        return (self.shown.begin, self.shown.end, self.shown.start, self.shown.stop) if self.shown else None

    def head(self, cells: int) -> Sequence[Line]:
        """How many units and spikes."""
        found = self.shown
        if found is None:
            return [(Piece(" Units"),)]
        inside = sum(map(len, found.rows))
        what = f" {number(found.units)} units · {number(sum(found.total))} spikes of those shown, {number(inside)} in the window"
        return [spread([Piece(what, "title")], [Piece(self.traffic_words(), "dim")], cells)]

    def named(self, found: Population) -> tuple[Sequence[Piece], str]:
        """What of it, and when."""
        span = found.stop - found.start
        last = found.first + len(found.rows)
        which = f"units {found.first + 1}–{last} of {number(found.units)}"
        return [Piece(which, "title")], f"{time_words(found.start, span)} – {time_words(found.stop, span)}"

    def _rows(self) -> int:
        return max(1, self.size.height - 6 - _HISTOGRAM)

    def drawn(self, found: Population, cells: int) -> Sequence[Line]:
        """A row a unit, and the rates of all below."""
        plain, wide = self.tui.ascii_only, self._wide()
        lines: list[Line] = []
        rows = spaced(found.rows, self._rows() * 4)
        a_line = 4 * len(found.rows) // max(1, len(rows)) or 1
        for at, words in enumerate(raster_lines(rows, found.start, found.stop, wide, self._rows(), ascii_only=plain)):
            name = f"#{found.names[at * a_line]}" if at * a_line < len(found.names) else ""
            lines.append((Piece(pad(name, _MARGIN - 1), "dim"), Piece(" "), Piece(words, "key")))
        top = max(found.rates, default=0.0)
        for at, words in enumerate(histogram_lines(found.rates, _HISTOGRAM, ascii_only=plain)):
            label = f"{top:.3g} Hz" if not at else "mean" if at == 1 else "0" if at == _HISTOGRAM - 1 else ""
            lines.append((Piece(pad(label, _MARGIN - 1, right=True), "dim"), Piece(" "), Piece(words, "folder")))
        return [*lines, (Piece(" " * _MARGIN), Piece(axis_line(found.start, found.stop, wide), "dim"))]

    def _wide(self) -> int:
        return max(10, self.size.width - _MARGIN - 2)

    async def reading(self) -> None:
        """Reads the window."""
        asked = AllSpikes(self.listed.path, self.first, self._rows() * 4, self.start, self.stop, self._wide())
        found = await self.asked(asked, lambda reader, request: reader.all_spikes(request))
        if found is not None:
            self.shown, self.first = found, found.first
            self.start, self.stop = found.start, found.stop
        self.draw_frame()

    def do_up(self) -> None:
        """Units before these."""
        self._units_by(-self._rows() * 2)

    def do_down(self) -> None:
        """Units after these."""
        self._units_by(self._rows() * 2)

    def _units_by(self, by: int) -> None:
        if self.shown and (first := max(0, min(self.first + by, self.shown.units - 1))) != self.first and self.shown.units > len(self.shown.rows):
            self.first = first
            self.read()

    def do_views(self) -> None:
        """Other ways to look at it."""
        self.inspector.choose_view(self.listed)

    def do_export(self) -> None:
        """Writes the spikes of the window as CSV."""
        if found := self.shown:
            rows = [[name, f"{time:.9g}"] for name, times in zip(found.names, found.rows, strict=True) for time in times]
            export_csv(self, f"{self.listed.name}_spikes.csv", [["unit", "time_s"], *rows])
