"""What views around events have in common: a column of times to align to, a window around each of them, groups by condition."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Generic, TypeVar

from dandi_tui.nwb.messages import Conditions
from dandi_tui.nwb.model import FileError
from dandi_tui.screens.drawn_view import DrawnView
from dandi_tui.screens.menu import Choice
from dandi_tui.text import number, safe

if TYPE_CHECKING:
    from dandi_tui.nwb.model import Listed
    from dandi_tui.nwb.plotted import Bunch, Condition
    from dandi_tui.screens.inspector import InspectorPane

T = TypeVar("T")


class EventView(DrawnView[T], Generic[T]):
    """A view of windows around the times of a column.

    Args:
        inspector: Whose file it is of.
        listed: The object.
        align: The column of times; empty: none was chosen.
    """

    over_session = False
    """Whether the view shows something without a column of times: the session."""

    def __init__(self, inspector: InspectorPane, listed: Listed, align: str = "") -> None:
        super().__init__(inspector, listed)
        self.align, self.by = align, ""
        self.before, self.after = -0.5, 1.0

    def _scale(self, factor: float) -> None:
        self.before, self.after = self.before * factor, self.after * factor
        self.read()

    def do_zoom_in(self) -> None:
        """Half the window."""
        self._scale(0.5)

    def do_zoom_out(self) -> None:
        """Twice the window."""
        self._scale(2)

    def do_align(self) -> None:
        """Asks what to align to."""
        self.tui.choose_from("Align to", self._alignments, self.aligned_to, current=self.align)

    def aligned_to(self, column: str) -> None:
        """Aligns to a column; empty: not. Groups stay where they are of the same table."""
        if column.rpartition("/")[0] != self.by.rpartition("/")[0]:
            self.by = ""
        self.align = column
        self.read()

    async def _alignments(self) -> list[Choice]:
        """All columns of times that the file has."""
        try:
            found = await self.inspector.ask(lambda reader: reader.timed(), pane=self)
        except FileError as error:
            self.say(str(error), "error")
            return []
        choices = [Choice("", "the session: not aligned")] if self.over_session else []
        choices += [Choice(one, one.strip("/")) for one in found.alignments]
        if not choices:
            self.say("There are no columns of times in this file to align to.", "warn")
        return choices

    def why_not_condition(self) -> str:
        """Only events have conditions."""
        return "" if self.align else "There are no events to group: A aligns to the times of some."

    def do_condition(self) -> None:
        """Asks what to group events by."""
        self.tui.choose_from("Group the events by", self._conditions, self.grouped_by, current=self.by)

    async def _conditions(self) -> list[Choice]:
        """All columns beside the times that part the events."""
        found = await self.asked(Conditions(self.align), lambda reader, request: reader.conditions(request))
        if found is None:
            return []
        if not found:
            self.say(f"No column beside {self.align.strip('/')} parts the events into groups.", "warn")
            return []
        return [Choice("", "all together: no groups"), *(Choice(one.path, safe(one.path.rpartition("/")[2]), note=_values(one)) for one in found)]

    def grouped_by(self, column: str) -> None:
        """Groups by a column; empty: not."""
        self.by = column
        self.read()

    def event_words(self) -> str:
        """What it is aligned to, and by what it is grouped."""
        place = self.align.strip("/")
        return f"{'/'.join(place.split('/')[-2:])} by {self.by.rpartition('/')[2]}" if self.by else place

    def do_views(self) -> None:
        """Other ways to look at it."""
        self.inspector.choose_view(self.listed)


def _values(one: Condition) -> str:
    """The values of a column, and how many more there are."""
    more = one.groups - len(one.values)
    return f"{number(one.groups)}: {', '.join(map(safe, one.values))}" + (f", {number(more)} more" if more > 0 else "")


def shares(weights: int, room: int) -> list[int]:
    """Lines for each of so many blocks, as even as can be: those that come first have one more where it does not come out even."""
    return [room // weights + (at < room % weights) for at in range(weights)] if weights else []


def group_labels(one: Bunch, cells: int, lines: int) -> list[str]:
    """The name of a group and how many events it has, in so many lines of so many cells, empty ones at the end."""
    count = f"n={number(one.events)}"
    name = textwrap.wrap(safe(one.name), cells, max_lines=max(1, lines - 1), placeholder="…", break_on_hyphens=False)
    return ([*name, count] if lines > 1 else [*name] or [count])[:lines] + [""] * max(0, lines - len(name) - 1)
