"""A series around events: the mean of a channel with its error above, a segment an event below, in levels of grey."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import msgspec

from dandi_tui.nwb.messages import Segments
from dandi_tui.nwb.plotted import Aligned
from dandi_tui.screens.event_view import EventView, group_labels, shares
from dandi_tui.screens.exporting import export_csv
from dandi_tui.text import clip, number, pad, plural, safe
from dandi_tui.widgets.line import Line, Piece, spread
from dandi_tui.widgets.look import wants_colour
from dandi_tui.widgets.plot import DOTS, axis_line, grey_lines, limits, quantity, shade_lines, time_words, trace_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.nwb.model import Listed
    from dandi_tui.screens.inspector import InspectorPane

_MARGIN = 10
_SCALE = 12


class AlignedPane(EventView[Aligned]):
    """A series around the times of a column.

    Args:
        inspector: Whose file it is of.
        listed: The series.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = ("align", "condition", "up", "down", "zoom_in", "zoom_out", "export", "views", "out", "refresh")

    def __init__(self, inspector: InspectorPane, listed: Listed, align: str = "") -> None:
        super().__init__(inspector, listed, align)
        self.channel = 0

    def head(self, cells: int) -> Sequence[Line]:
        """Aligned to what, how many events."""
        found = self.shown
        if found is None:
            return [(Piece(f" {safe(self.listed.neurodata_type or 'series')}"),)]
        part = f", {number(found.shown)} of them read" if found.shown < found.events else ""
        what = f" {self.listed.name} around {self.event_words()} · {plural(found.events, 'event')}{part}"
        return [spread([Piece(safe(what), "title")], [Piece(self.traffic_words(), "dim")], cells)]

    def named(self, found: Aligned) -> tuple[Sequence[Piece], str]:
        """What of it, and when."""
        span = found.stop - found.start
        when = f"{time_words(found.start, span)} {self.tui.signs.ellipsis} {time_words(found.stop, span)}"
        return [Piece(f"channel {found.channel} of {found.channels}: mean and error", "title")], when

    def _wide(self) -> int:
        return max(10, self.size.width - _MARGIN - _SCALE)

    def drawn(self, found: Aligned, cells: int) -> Sequence[Line]:
        """The mean with its error, and a row a segment."""
        room = max(4, self.size.height - 6)
        if found.groups:
            return [*self._groups(found, room), self._axis(found)]
        rows = max(3, room // 2)
        plain, wide = self.tui.ascii_only, self._wide()
        pairs = list(zip(found.mean, found.error, strict=True))
        low, high = [mean - error for mean, error in pairs], [mean + error for mean, error in pairs]
        bottom, top = limits(low, high)
        lines: list[Line] = []
        for at, words in enumerate(trace_lines(low, high, rows, ascii_only=plain)):
            scale = quantity(top, found.unit) if not at else quantity(bottom, found.unit) if at == rows - 1 else ""
            lines.append((Piece(" " * _MARGIN), Piece(pad(words, wide), "key"), Piece(pad(clip(safe(scale), _SCALE - 1), _SCALE - 1, right=True), "dim")))
        lines.append(self._axis(found))
        drawn, labels = self._segments(found.rows, room - rows - 1), {0: "event 1"}
        labels[len(drawn) - 1] = f"event {found.shown}"
        return [*lines, *((Piece(pad(labels.get(at, ""), _MARGIN), "dim"), *line) for at, line in enumerate(drawn))]

    def _axis(self, found: Aligned) -> Line:
        return (Piece(" " * _MARGIN), Piece(axis_line(found.start, found.stop, self._wide()), "dim"))

    def _groups(self, found: Aligned, room: int) -> list[Line]:
        """A block a condition: the mean with its error above the segments, all on one scale."""
        bands = [[(mean - error, mean + error) for mean, error in zip(one.mean, one.error, strict=True)] for one in found.groups]
        span = limits([low for band in bands for low, _ in band], [high for band in bands for _, high in band])
        levels = level_range(found.rows)
        lines: list[Line] = []
        at = 0
        for one, band, deep in zip(found.groups, bands, shares(len(found.groups), room), strict=True):
            below = deep // 3
            traces = trace_lines([low for low, _ in band], [high for _, high in band], deep - below, ascii_only=self.tui.ascii_only, span=span)
            for line, (label, words) in enumerate(zip(group_labels(one, _MARGIN - 1, len(traces)), traces, strict=True)):
                scale = quantity(span[1], found.unit) if not lines else ""
                if one is found.groups[-1] and line == len(traces) - 1:
                    scale = quantity(span[0], found.unit)
                lines.append(
                    (
                        Piece(pad(label, _MARGIN), "dim"),
                        Piece(pad(words, self._wide()), "key"),
                        Piece(pad(clip(safe(scale), _SCALE - 1), _SCALE - 1, right=True), "dim"),
                    )
                )
            drawn = self._segments(found.rows[at : at + one.shown], below, levels) if below else []
            lines += [(Piece(" " * _MARGIN), *line) for line in drawn]
            at += one.shown
        return lines

    def _segments(self, segments: Sequence[Sequence[float]], rows: int, levels: tuple[float, float] | None = None) -> list[Line]:
        """A row of pixels an event, two a line; where there are more, every so many-th."""
        deep = max(2, rows * 2)
        shown = segments if len(segments) <= deep else [segments[at * len(segments) // deep] for at in range(deep)]
        pixels = grey_pixels(shown, levels)
        if self.tui.ascii_only or not wants_colour(self.tui.settings.colour):
            return [(Piece(line),) for line in shade_lines(pixels, ascii_only=self.tui.ascii_only)]
        return [tuple(Piece(text, style) for text, style in line) for line in grey_lines(pixels, half=self.tui.signs.half)]

    async def reading(self) -> None:
        """Reads the segments; asks first what to align to, where that was not chosen."""
        if not self.align:
            self.do_align()
            self.why_empty = "A chooses the times to align to."
            self.draw_frame()
            return
        asked = Segments(self.listed.path, self.align, self.by, self.channel, self.before, self.after, self._wide() * DOTS)
        found = await self.asked(asked, lambda reader, request: reader.segments(request))
        if found is not None:
            self.shown = thinned(found)
            self.channel = found.channel
            if found.note:
                self.say(f"{self.align.strip('/')}: {found.note}", "warn")
        self.draw_frame()

    # Actions

    def do_up(self) -> None:
        """The channel before."""
        self._channel_to(self.channel - 1)

    def do_down(self) -> None:
        """The next channel."""
        self._channel_to(self.channel + 1)

    def _channel_to(self, channel: int) -> None:
        if self.shown and 0 <= channel < self.shown.channels:
            self.channel = channel
            self.read()

    def do_export(self) -> None:
        """Writes mean, error and segments as CSV, a row a column of the screen."""
        if found := self.shown:
            step = (found.stop - found.start) / max(1, len(found.mean))
            kinds = [("", found.mean, found.error), *((f" {one.name}", one.mean, one.error) for one in found.groups)]
            names = ["time_s", *(f"{what}{name}" for name, _, _ in kinds for what in ("mean", "standard_error"))]
            columns = [column for _, mean, error in kinds for column in (mean, error)]
            rows = [[f"{found.start + at * step:.9g}", *(f"{column[at]:.9g}" for column in columns)] for at in range(len(found.mean))]
            export_csv(self, f"{self.listed.name}_aligned.csv", [names, *rows])


def thinned(found: Aligned) -> Aligned:
    """With segments of one value a cell: half of the columns that the mean has."""
    return msgspec.structs.replace(found, rows=[[_mean(row[at : at + DOTS]) for at in range(0, len(row), DOTS)] for row in found.rows])


def _mean(values: Sequence[float]) -> float:
    known = [one for one in values if math.isfinite(one)]
    return sum(known) / len(known) if known else math.nan


def level_range(rows: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The values that are drawn black and white: all but the outermost hundredth on either side."""
    known = sorted(one for row in rows for one in row if math.isfinite(one))
    return (known[len(known) // 100], known[-1 - len(known) // 100]) if known else (0.0, 0.0)


def grey_pixels(rows: Sequence[Sequence[float]], levels: tuple[float, float] | None = None) -> list[bytes]:
    """Values as levels of grey, the least black, the greatest white; those that are none black."""
    low, high = levels or level_range(rows)
    span = high - low or 1.0
    return [bytes(int(max(0.0, min(1.0, (one - low) / span)) * 255) if math.isfinite(one) else 0 for one in row) for row in rows]
