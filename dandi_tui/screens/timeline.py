"""All that lives in time in a file, each as a bar on one axis with numbers; what is marked is shown together."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.nwb.messages import Extents
from dandi_tui.nwb.model import FileError, Listed
from dandi_tui.nwb.plotted import Lane, Shared
from dandi_tui.screens.nwb_view import ViewPane
from dandi_tui.text import clip_middle, pad, plural, safe
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines, rule
from dandi_tui.widgets.plot import axis_line, span_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.screens.inspector import InspectorPane

_NAME = 28
_MOST = 300


class _Bars:
    def __init__(self, pane: TimelinePane) -> None:
        self.pane = pane
        self.marks: set[str] = set()

    @property
    def lanes(self) -> Sequence[Lane]:
        return self.pane.shown.lanes if self.pane.shown else ()

    def __len__(self) -> int:
        return len(self.lanes)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        lane, signs, shown = self.lanes[row], self.pane.tui.signs, self.pane.shown
        mark = signs.mark if lane.path in self.marks else " "
        name = pad(clip_middle(safe(lane.path.strip("/")), _NAME), _NAME)
        head = (Piece(signs.cursor if cursor else " ", "", True), Piece(mark, "mark", True), Piece(name))
        if lane.note or shown is None:
            return (*head, Piece("  "), Piece(f"! {safe(lane.note)}", "warn", True))
        bar = span_line([(lane.begin, lane.end)], shown.begin, shown.end, max(4, cells - _NAME - 4))
        return (*head, Piece("  "), Piece(bar, "folder" if lane.kind == "trace" else "identifier", True))

    def empty(self, cells: int) -> Sequence[Line]:
        return self.pane.why_empty_lines(cells)


class TimelinePane(ViewPane[Shared]):
    """From when to when each object of a file reaches.

    Args:
        inspector: Whose file it is.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "mark", "into", "plot", "out", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last", "unmark", "refresh",
    )  # fmt: skip

    def __init__(self, inspector: InspectorPane) -> None:
        super().__init__(inspector, Listed(path="/", kind="group"))
        self.bars = _Bars(self)
        self.why_empty = "Looking through the file for what lives in time…"

    def crumbs(self) -> Sequence[str]:
        """The file, and what this is."""
        return [*self.inspector.origin.crumbs, "timeline"]

    def head(self, cells: int) -> Sequence[Line]:
        """How many objects; what is odd."""
        found = self.shown
        if found is None:
            return [(Piece(" "),)]
        odd = sum(bool(one.note) for one in found.lanes)
        words = f" {plural(len(found.lanes), 'object')} in time" + (f" · {odd} odd, not on the axis" if odd else "")
        return [(Piece(words),), (Piece(" " * (_NAME + 4) + axis_line(found.begin, found.end, max(8, cells - _NAME - 4)), "dim"),)]

    def body(self) -> Iterable[Widget]:
        """A rule, and a bar an object."""
        yield Lines(lambda cells: [rule(cells, self.tui.signs.rule)], id="files-rule")
        yield LineList(self.bars, id="table")

    async def reading(self) -> None:
        """Looks for what lives in time, then from when to when."""
        self.set_focus(self.query_one(LineList))
        try:
            found = await self.inspector.ask(lambda reader: reader.timed(), pane=self)
        except FileError as error:
            self.why_empty = str(error)
            self.say(str(error), "error")
            return
        paths = [*found.series, *found.marks, *found.intervals, *found.units][:_MOST]
        if not paths:
            self.why_empty = "Nothing in this file has times."
        else:
            self.shown = await self.asked(Extents(paths), lambda reader, request: reader.extents(request))
        self.query_one(LineList).reload()
        self.draw_frame()

    def _lane(self) -> Lane | None:
        at = self.query_one(LineList).cursor
        return self.bars.lanes[at] if at < len(self.bars) else None

    def why_not_plot(self) -> str:
        """There must be something."""
        return "" if len(self.bars) else "There is nothing here."

    why_not_mark = why_not_into = why_not_plot

    def do_mark(self) -> None:
        """Marks an object to be shown together with others."""
        if lane := self._lane():
            self.bars.marks ^= {lane.path}
            rows = self.query_one(LineList)
            rows.redraw_row(rows.cursor)
            rows.move(1)

    def do_unmark(self) -> None:
        """Takes all marks away."""
        self.bars.marks.clear()
        self.query_one(LineList).refresh()

    def do_plot(self) -> None:
        """The marked objects on one axis, else the one under the cursor."""
        from dandi_tui.screens.together import TogetherPane

        lane = self._lane()
        paths = [one.path for one in self.bars.lanes if one.path in self.bars.marks] or ([lane.path] if lane else [])
        self.app.push_screen(TogetherPane(self.inspector, paths))

    do_into = do_plot
