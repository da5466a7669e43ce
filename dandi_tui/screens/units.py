"""Units: the raster of one above its rate histogram, over the session or aligned to a column of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.nwb.messages import Spikes
from dandi_tui.nwb.plotted import Raster
from dandi_tui.screens.event_view import EventView, group_labels, shares
from dandi_tui.screens.exporting import export_csv
from dandi_tui.text import number, pad, plural, safe
from dandi_tui.widgets.line import Line, Piece, spread
from dandi_tui.widgets.plot import axis_line, histogram_lines, raster_lines, spaced, time_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.nwb.model import Listed
    from dandi_tui.screens.inspector import InspectorPane

_HISTOGRAM = 6
_TALLEST = 12
"""Lines of the histogram at least, and where few events leave room."""
_MARGIN = 10


class UnitsPane(EventView[Raster]):
    """Spikes of units, one at a time.

    Args:
        inspector: Whose file it is of.
        listed: The units table.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "next_unit", "previous_unit", "align", "condition", "population", "go_to_unit", "zoom_in", "zoom_out", "table", "export", "views", "out", "down", "up",
        "first", "last", "refresh",
    )  # fmt: skip
    over_session = True

    def __init__(self, inspector: InspectorPane, listed: Listed) -> None:
        super().__init__(inspector, listed)
        self.unit = 0

    def head(self, cells: int) -> Sequence[Line]:
        """Which unit, how many spikes, aligned to what."""
        found = self.shown
        if found is None:
            return [(Piece(f" {safe(self.listed.neurodata_type or 'Units')}"),)]
        what = f" #{safe(found.name)} · {plural(found.spikes, 'spike')} · {found.rate:.1f} Hz"
        aligned = f"aligned to {self.event_words()} · {plural(found.events, 'event')}" if self.align else "over the session"
        return [spread([Piece(what, "title")], [Piece(safe(aligned) + " ", "dim")], cells)]

    def named(self, found: Raster) -> tuple[Sequence[Piece], str]:
        """What of it, and when."""
        span = found.stop - found.start
        when = f"{time_words(found.start, span)} {self.tui.signs.ellipsis} {time_words(found.stop, span)}, bins {span / len(found.rates):.3g} s"
        return [Piece(f"unit {found.unit + 1} of {number(found.units)}", "title")], when

    def drawn(self, found: Raster, cells: int) -> Sequence[Line]:
        """The raster above its rates; of groups, each by itself."""
        if found.groups:
            return [*self._groups(found), self._axis(found)]
        wide, rows = self._wide(), max(1, self.size.height - 6 - _HISTOGRAM)
        plain = self.tui.ascii_only
        dots = raster_lines(spaced(found.rows, rows * 4), found.start, found.stop, wide, rows, ascii_only=plain)
        bars = histogram_lines(found.rates, max(_HISTOGRAM, min(_TALLEST, rows + _HISTOGRAM - len(dots))), ascii_only=plain)
        lines: list[Line] = []
        for at, words in enumerate(dots):
            label = "event 1" if not at and self.align else f"event {found.events}" if at == len(dots) - 1 and self.align and at else ""
            lines.append((Piece(pad(label, _MARGIN - 1), "dim"), Piece(" "), Piece(words, "key")))
        top = max(found.rates, default=0.0)
        for at, words in enumerate(bars):
            label = f"{top:.3g} Hz" if not at else "0" if at == len(bars) - 1 else ""
            lines.append((Piece(pad(label, _MARGIN - 1, right=True), "dim"), Piece(" "), Piece(words, "folder")))
        return [*lines, self._axis(found)]

    def _axis(self, found: Raster) -> Line:
        return (Piece(" " * _MARGIN), Piece(axis_line(found.start, found.stop, self._wide()), "dim"))

    def _groups(self, found: Raster) -> list[Line]:
        """A block a condition: its events as dots above their mean rate, all rates on one scale."""
        plain, wide = self.tui.ascii_only, self._wide()
        top = max((max(one.mean, default=0.0) for one in found.groups), default=0.0)
        lines: list[Line] = []
        at = 0
        for one, room in zip(found.groups, shares(len(found.groups), max(1, self.size.height - 6)), strict=True):
            bars = max(1, min(_HISTOGRAM, room // 2))
            deep = max(1, room - bars)
            mine = found.rows[at : at + one.shown]
            at += one.shown
            dots = raster_lines(spaced(mine, deep * 4), found.start, found.stop, wide, deep, ascii_only=plain)
            dots += [""] * (deep - len(dots))
            peak = max(one.mean, default=0.0)
            drawn = [(line, "key") for line in dots] + [(line, "folder") for line in histogram_lines(one.mean, bars, ascii_only=plain, top=top)]
            labels = [*group_labels(one, _MARGIN - 1, deep), f"{peak:.3g} Hz", *[""] * (bars - 1)]
            lines += [
                (Piece(pad(label, _MARGIN - 1, right=line_at >= deep), "dim"), Piece(" "), Piece(words, style))
                for line_at, (label, (words, style)) in enumerate(zip(labels, drawn, strict=True))
            ]
        return lines

    def _wide(self) -> int:
        return max(10, self.size.width - _MARGIN - 2)

    async def reading(self) -> None:
        """Reads the unit."""
        asked = Spikes(self.listed.path, self.unit, self.align, self.by, self.before, self.after, self._wide())
        found = await self.asked(asked, lambda reader, request: reader.spikes(request))
        if found is not None:
            self.shown, self.unit = found, found.unit
            if found.note:
                self.say(f"{self.align.strip('/')}: {found.note}", "warn")
        self.draw_frame()

    # Actions

    def _unit_to(self, unit: int) -> None:
        if self.shown and 0 <= unit < self.shown.units:
            self.unit = unit
            self.read()

    def do_next_unit(self) -> None:
        """The next unit."""
        self._unit_to(self.unit + 1)

    def do_previous_unit(self) -> None:
        """The unit before."""
        self._unit_to(self.unit - 1)

    do_down, do_up = do_next_unit, do_previous_unit

    def do_first(self) -> None:
        """The first unit."""
        self._unit_to(0)

    def do_last(self) -> None:
        """The last unit."""
        self._unit_to(self.shown.units - 1 if self.shown else 0)

    def do_go_to_unit(self) -> None:
        """Asks for a unit's row, and goes there."""
        from dandi_tui.screens.menu import Ask

        def answered(text: str | None) -> None:
            if text and text.isdigit():
                self._unit_to(int(text) - 1)
            elif text:
                self.say(f"{text} is no unit's number.", "warn")

        self.app.push_screen(Ask(f"Go to the unit (1 – {self.shown.units if self.shown else 1})"), answered)

    def why_not_zoom_in(self) -> str:
        """Only a window around events has a width to choose."""
        return "" if self.align else "The whole session is shown; A aligns to events, whose window can be chosen."

    why_not_zoom_out = why_not_zoom_in

    def do_population(self) -> None:
        """All units in a window of the session."""
        self.inspector.open_view("population", self.listed)

    def do_table(self) -> None:
        """The units as rows."""
        self.inspector.open_view("table", self.listed)

    def do_export(self) -> None:
        """Writes the histogram as CSV."""
        if found := self.shown:
            width = (found.stop - found.start) / len(found.rates)
            names = ["time_s", "rate_hz", *(f"rate_hz {one.name}" for one in found.groups)]
            rates = zip(found.rates, *(one.mean for one in found.groups), strict=True)
            rows = [[f"{found.start + at * width:.9g}", *(f"{rate:.9g}" for rate in those)] for at, those in enumerate(rates)]
            export_csv(self, f"unit_{found.name}.csv", [names, *rows])
