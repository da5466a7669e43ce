"""Several objects on one time axis, a band each: series as traces, intervals as bars, spikes and events as ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.nwb.messages import Together
from dandi_tui.nwb.model import Listed
from dandi_tui.nwb.plotted import Lane, Shared
from dandi_tui.screens.time_view import TimeView
from dandi_tui.text import clip, number, pad, plural, safe
from dandi_tui.widgets.line import Line, Piece, spread
from dandi_tui.widgets.plot import DOTS, axis_line, limits, quantity, span_line, tick_line, time_words, trace_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.screens.inspector import InspectorPane

_MARGIN = 2
_SCALE = 11


class TogetherPane(TimeView[Shared]):
    """Objects on one time axis.

    Args:
        inspector: Whose file they are of.
        paths: The objects.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "pan_left", "pan_right", "zoom_in", "zoom_out", "go_to_time", "whole", "up", "down", "first", "last", "page_up", "page_down", "refresh",
    )  # fmt: skip

    def __init__(self, inspector: InspectorPane, paths: Sequence[str]) -> None:
        super().__init__(inspector, Listed(path=paths[0] if paths else "/", kind="group"))
        self.paths, self.top = list(paths), 0

    def crumbs(self) -> Sequence[str]:
        """The file, and how many objects."""
        return [*self.inspector.origin.crumbs, f"{plural(len(self.paths), 'object')} on one axis"]

    def times(self) -> tuple[float, float, float, float] | None:
        """Of all objects, and of the window."""
        return (self.shown.begin, self.shown.end, self.shown.start, self.shown.stop) if self.shown else None

    def head(self, cells: int) -> Sequence[Line]:
        """The time that all of them span."""
        found = self.shown
        words = f" from {time_words(found.begin, found.end - found.begin)} to {time_words(found.end, found.end - found.begin)}" if found else " "
        return [spread([Piece(words)], [Piece(self.traffic_words(), "dim")], cells)]

    def named(self, found: Shared) -> tuple[Sequence[Piece], str]:
        """What of it, and when."""
        span = found.stop - found.start
        return [Piece("one time axis", "title")], f"{time_words(found.start, span)} – {time_words(found.stop, span)}"

    def _wide(self) -> int:
        return max(10, self.size.width - _MARGIN - _SCALE)

    def drawn(self, found: Shared, cells: int) -> Sequence[Line]:
        """A band an object, over one axis."""
        room = max(2, self.size.height - 6)
        traces = sum(one.kind == "trace" for one in found.lanes)
        rows = max(1, min(6, (room - 2 * len(found.lanes)) // max(1, traces) + 1))
        lines = [line for lane in found.lanes[self.top :] for line in self._band(lane, found, rows, cells)][:room]
        return [*lines, (Piece(" " * _MARGIN), Piece(axis_line(found.start, found.stop, self._wide()), "dim"))]

    def _band(self, lane: Lane, shared: Shared, rows: int, cells: int) -> list[Line]:
        """An object's name with what is odd of it, and its drawing below."""
        what = f"{lane.count:,} {_COUNTED.get(lane.kind, '')}".strip() if lane.count else ""
        words = " · ".join(one for one in (lane.words, what) if one)
        name = [Piece(" " + clip(safe(lane.path.strip("/")), cells // 2), "title"), Piece(f"  {safe(words)}", "dim")]
        note = [Piece(clip(safe(f"! {lane.note}"), cells // 2), "warn")] if lane.note else []
        return [spread(name, note, cells), *self._drawn(lane, shared, rows)]

    def _drawn(self, lane: Lane, shared: Shared, rows: int) -> list[Line]:
        wide, plain = self._wide(), self.tui.ascii_only
        margin = Piece(" " * _MARGIN)
        if lane.kind == "trace":
            bottom, top = limits(lane.low, lane.high)
            drawn = trace_lines(lane.low, lane.high, rows, ascii_only=plain)
            scales = [quantity(top, lane.unit) if not at else quantity(bottom, lane.unit) if at == rows - 1 else "" for at in range(rows)]
            return [(margin, Piece(pad(line, wide), "key"), Piece(pad(clip(safe(scale), _SCALE - 1), _SCALE - 1, right=True), "dim"))
                    for line, scale in zip(drawn, scales, strict=True)]  # fmt: skip
        if lane.kind == "spans":
            return [(margin, Piece(span_line(lane.spans, shared.start, shared.stop, wide), "folder"))]
        if lane.kind == "ticks":
            counts = [sum(lane.counts[at : at + DOTS]) for at in range(0, len(lane.counts), DOTS)]
            return [
                (
                    margin,
                    Piece(pad(tick_line(counts, ascii_only=plain), wide), "folder"),
                    Piece(pad(f"<= {number(max(counts, default=0))}", _SCALE - 1, right=True), "dim"),
                )
            ]
        return []

    async def reading(self) -> None:
        """Reads the window of all objects."""
        asked = Together(self.paths, self.start, self.stop, self._wide() * DOTS)
        found = await self.asked(asked, lambda reader, request: reader.together(request))
        if found is not None:
            self.shown, self.start, self.stop = found, found.start, found.stop
        self.draw_frame()

    def do_up(self) -> None:
        """Objects before these."""
        self._objects_by(-1)

    def do_down(self) -> None:
        """Objects after these."""
        self._objects_by(1)

    def _objects_by(self, by: int) -> None:
        self.top = max(0, min(len(self.paths) - 1, self.top + by))
        self.draw_frame()


_COUNTED = {"trace": "samples", "spans": "intervals", "ticks": "events"}
