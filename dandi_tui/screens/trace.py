"""A series in time as traces: only the samples of the window are read, each column shows their span."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.nwb.families.family import lasting_words
from dandi_tui.nwb.messages import Window
from dandi_tui.nwb.plotted import Trace
from dandi_tui.screens.exporting import export_csv
from dandi_tui.screens.time_view import TimeView
from dandi_tui.text import clip, number, pad, safe
from dandi_tui.widgets.line import Line, Piece, spread
from dandi_tui.widgets.plot import DOTS, axis_line, limits, quantity, time_words, trace_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.nwb.model import Listed
    from dandi_tui.screens.inspector import InspectorPane

_LABEL = 6
_SCALE = 12


class TracePane(TimeView[Trace]):
    """The traces of a series.

    Args:
        inspector: Whose file it is of.
        listed: The series.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "pan_left", "pan_right", "zoom_in", "zoom_out", "up", "down", "more_channels", "fewer", "go_to_time", "whole", "same_scale", "aligned",
        "table", "export", "views", "first", "last", "page_up", "page_down", "refresh",
    )  # fmt: skip

    def __init__(self, inspector: InspectorPane, listed: Listed) -> None:
        super().__init__(inspector, listed)
        self.channels, self.first = 4, 0
        self.same_scale = False

    def times(self) -> tuple[float, float, float, float] | None:
        """Of the series, and of the window."""
        return (self.shown.begin, self.shown.end, self.shown.start, self.shown.stop) if self.shown else None

    def head(self, cells: int) -> Sequence[Line]:
        """Samples, rate, length; what was read."""
        one, found = self.listed, self.shown
        if found is None:
            return [(Piece(f" {safe(one.neurodata_type or '')}"),)]
        rate = f"{quantity(found.rate, 'hertz')}" if found.rate else "own times"
        what = f" {one.neurodata_type or 'series'} · {number(found.samples)} samples × {found.channels} · {rate} · {lasting_words(found.end - found.begin)}"
        what += f" · {found.place}" if found.place else ""
        part = f"{found.share:.0%} of the samples read · " if found.share < 0.995 else ""
        tail = [Piece(f"! {safe(found.note)} ", "warn")] if found.note else [Piece(f"{part}{self.traffic_words()}", "dim")]
        return [spread([Piece(safe(what))], tail, cells)]

    def named(self, found: Trace) -> tuple[Sequence[Piece], str]:
        """What of it, and when."""
        shown = len(found.low)
        which = f"channel {found.first} of {found.channels}" if shown == 1 else f"channels {found.first}–{found.first + shown - 1} of {found.channels}"
        span = found.stop - found.start
        when = f"{time_words(found.start, span)} – {time_words(found.stop, span)}"
        scale = [Piece("  one scale", "dim")] if self.same_scale and shown > 1 else []
        return [Piece(which, "title"), *scale], when

    def drawn(self, found: Trace, cells: int) -> Sequence[Line]:
        """The channels, one below the other."""
        rows = max(1, self._height() // max(1, len(found.low)))
        shared = limits([one for low in found.low for one in low], [one for high in found.high for one in high]) if self.same_scale else None
        lines: list[Line] = []
        for at, (low, high) in enumerate(zip(found.low, found.high, strict=True)):
            bottom, top = shared or limits(low, high)
            drawn = trace_lines(low, high, rows, ascii_only=self.tui.ascii_only, span=shared)
            for row, words in enumerate(drawn):
                label = pad(str(found.first + at), _LABEL - 2, right=True) if not row else " " * (_LABEL - 2)
                scale = quantity(top, found.unit) if not row else quantity(bottom, found.unit) if row == rows - 1 else ""
                tail = pad(clip(safe(scale), _SCALE - 1), _SCALE - 1, right=True)
                lines.append((Piece(f"{label} ", "dim"), Piece(pad(words, self._wide()), "key"), Piece(tail, "dim")))
        return [*lines, (Piece(" " * (_LABEL - 1)), Piece(axis_line(found.start, found.stop, self._wide()), "dim"))]

    def _wide(self) -> int:
        return max(10, self.size.width - _LABEL - _SCALE)

    def _height(self) -> int:
        return max(1, self.size.height - 6)

    async def reading(self) -> None:
        """Reads the window."""
        asked = Window(self.listed.path, self.start, self.stop, self._wide() * DOTS, self.first, min(self.channels, self._height()))
        found = await self.asked(asked, lambda reader, request: reader.window(request))
        if found is not None:
            self.shown = found
            self.start, self.stop, self.first = found.start, found.stop, found.first
        self.draw_frame()

    # Actions

    def do_up(self) -> None:
        """Channels before these."""
        self._channels_by(-1)

    def do_down(self) -> None:
        """Channels after these."""
        self._channels_by(1)

    def _channels_by(self, by: int) -> None:
        if self.shown and 0 <= (first := self.first + by) <= self.shown.channels - len(self.shown.low):
            self.first = first
            self.read()

    def why_not_more_channels(self) -> str:
        """There must be more than one."""
        return "" if self.shown is None or self.shown.channels > 1 else "This series has one channel."

    why_not_fewer = why_not_same_scale = why_not_more_channels

    def do_more_channels(self) -> None:
        """More channels at once."""
        self.channels = min(self.channels * 2, self._height())
        self.read()

    def do_fewer(self) -> None:
        """Fewer channels at once."""
        self.channels = max(1, self.channels // 2)
        self.read()

    def do_same_scale(self) -> None:
        """All channels on one scale, or each on its own."""
        self.same_scale = not self.same_scale
        self.draw_frame()

    def do_aligned(self) -> None:
        """The series around the times of a column."""
        self.inspector.open_view("aligned", self.listed)

    def do_views(self) -> None:
        """Other ways to look at it."""
        self.inspector.choose_view(self.listed)

    def do_table(self) -> None:
        """The values as rows."""
        self.inspector.open_view("values", self.listed)

    def do_export(self) -> None:
        """Writes the window's least and greatest values as CSV."""
        if found := self.shown:
            export_csv(self, f"{self.listed.name}.csv", window_rows(found))


def window_rows(found: Trace) -> list[list[str]]:
    """A window as a table: time, then least and greatest of each channel."""
    columns = len(found.low[0]) if found.low else 0
    step = (found.stop - found.start) / columns if columns else 0.0
    names = [f"{kind}_{found.first + at}" for at in range(len(found.low)) for kind in ("min", "max")]
    rows = [["time_s", *names]]
    for column in range(columns):
        values = [one[at][column] for at in range(len(found.low)) for one in (found.low, found.high)]
        rows.append([f"{found.start + column * step:.9g}", *(f"{value:.9g}" for value in values)])
    return rows
