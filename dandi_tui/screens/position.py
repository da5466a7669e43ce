"""Where something was: coordinates as a path in the plane, over a window of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.nwb.messages import Places
from dandi_tui.nwb.plotted import Way
from dandi_tui.screens.exporting import export_csv
from dandi_tui.screens.time_view import TimeView
from dandi_tui.text import number, pad, safe
from dandi_tui.widgets.line import Line, Piece, spread
from dandi_tui.widgets.plot import path_lines, quantity, time_words

if TYPE_CHECKING:
    from collections.abc import Sequence


_MARGIN = 10


class PositionPane(TimeView[Way]):
    """A path in the plane."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "pan_left", "pan_right", "zoom_in", "zoom_out", "go_to_time", "whole", "plot", "export", "views", "first", "last", "page_up", "page_down",
        "refresh",
    )  # fmt: skip

    def times(self) -> tuple[float, float, float, float] | None:
        """Of the series, and of the window."""
        return (self.shown.begin, self.shown.end, self.shown.start, self.shown.stop) if self.shown else None

    def head(self, cells: int) -> Sequence[Line]:
        """Samples, length, what the coordinates are of."""
        found, kind = self.shown, self.listed.neurodata_type or "series"
        if found is None:
            return [(Piece(f" {safe(kind)}"),)]
        thin = f", every {number(found.step)}th shown" if found.step > 1 else ""
        unknown = f" · {number(found.unknown)} without a place" if found.unknown else ""
        what = f" {kind} · {number(found.samples)} samples{thin}{unknown} · {safe(found.frame)}"
        return [spread([Piece(safe(what))], [Piece(self.traffic_words(), "dim")], cells)]

    def named(self, found: Way) -> tuple[Sequence[Piece], str]:
        """What of it, and when."""
        span = found.stop - found.start
        return [Piece("path", "title")], f"{time_words(found.start, span)} – {time_words(found.stop, span)}"

    def drawn(self, found: Way, cells: int) -> Sequence[Line]:
        """The path, with the ends of its axes."""
        rows = max(2, self.size.height - 6)
        drawn, (left, right, low, high) = path_lines(found.x, found.y, max(10, cells - _MARGIN - 2), rows, ascii_only=self.tui.ascii_only)
        used = max((at + 1 for at, words in enumerate(drawn) if words.strip()), default=1)
        lines: list[Line] = []
        for at, words in enumerate(drawn[:used]):
            label = quantity(high, found.unit) if not at else quantity(low, found.unit) if at == used - 1 else ""
            lines.append((Piece(pad(safe(label), _MARGIN - 1, right=True), "dim"), Piece(" "), Piece(words, "key")))
        across = f"{' ' * _MARGIN}x from {quantity(left, found.unit)} to {quantity(right, found.unit)}, y upwards"
        return [*lines, (Piece(safe(across), "dim"),)]

    async def reading(self) -> None:
        """Reads the window."""
        found = await self.asked(Places(self.listed.path, self.start, self.stop), lambda reader, request: reader.places(request))
        if found is not None:
            self.shown, self.start, self.stop = found, found.start, found.stop
        self.draw_frame()

    def do_plot(self) -> None:
        """The coordinates as traces."""
        self.inspector.open_view("trace", self.listed)

    def do_views(self) -> None:
        """Other ways to look at it."""
        self.inspector.choose_view(self.listed)

    def do_export(self) -> None:
        """Writes the points that are shown as CSV."""
        if found := self.shown:
            rows = [[f"{x:.9g}", f"{y:.9g}"] for x, y in zip(found.x, found.y, strict=True)]
            export_csv(self, f"{self.listed.name}_path.csv", [["x", "y"], *rows])
