"""The Dandisets that were found, narrowed by a filter, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.text import clip, number, pad, safe, size, width
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import Line, Piece, highlighted
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.api.models import Dandiset
    from dandi_tui.screens.marks import Marks
    from dandi_tui.widgets.look import Signs


_SIZE, _FILES = 9, 8


def _rooms(cells: int) -> tuple[int, int]:
    """Cells for number and name, and for the version: its time of day gives way on narrow terminals."""
    label = 14 if cells >= 100 else 10
    return max(15, cells - label - _SIZE - _FILES - 6), label


def columns_rule(cells: int, sign: str) -> Line:
    """A thin rule with the names of the columns where these stand."""
    room, label = _rooms(cells)
    size_end = room + label + 5 + _SIZE
    chars = [sign] * cells
    for word, start in ((" name ", 1), (" version ", room + 3), (" size", size_end - 5), (" files ", size_end + _FILES - 6)):
        chars[start : start + len(word)] = word
    return (Piece("".join(chars[:cells]), "dim"),)


class DandisetRows:
    """The Dandisets found, narrowed by the filter, as rows."""

    def __init__(self, signs: Callable[[], Signs], marks: Marks) -> None:
        self.signs = signs
        self.marks = marks
        self.found: list[Dandiset] = []
        self.shown: list[Dandiset] = []
        self.pattern = Pattern.parse("")
        self.why_empty = "Asking the archive…"

    def clear(self, why: str) -> None:
        """Forgets what was found."""
        self.found, self.shown, self.why_empty = [], [], why

    def add(self, some: list[Dandiset]) -> None:
        """Takes a page of the list."""
        self.found += some
        self.shown += [one for one in some if self._fits(one)]

    def replace(self, one: Dandiset) -> None:
        """Takes what is known of a Dandiset by now, in its place."""
        self.found = [one if other.identifier == one.identifier else other for other in self.found]
        self.shown = [one if other.identifier == one.identifier else other for other in self.shown]

    def row_of(self, identifier: str) -> int | None:
        """The row of a Dandiset; None when it is not shown."""
        return next((row for row, one in enumerate(self.shown) if one.identifier == identifier), None)

    def narrow(self, text: str) -> None:
        """Shows only what fits the filter."""
        self.pattern = Pattern.parse(text)
        self.shown = [one for one in self.found if self._fits(one)]

    def _fits(self, one: Dandiset) -> bool:
        return self.pattern.matches(f"{one.identifier} {one.name}")

    def __len__(self) -> int:
        return len(self.shown)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """Mark, number, name, version, size, files."""
        one, signs = self.shown[row], self.signs()
        version = one.shown
        problems = version is not None and version.status == "Invalid"
        part = signs.part_mark if self.marks.is_part_marked(one.identifier) else " "
        mark = signs.mark if one.identifier in self.marks.dandisets else part
        state = signs.lock if one.embargo_status != "OPEN" else signs.star if one.is_starred else " "
        room, label_room = _rooms(cells)
        label = version.version if version else ""
        label = label if len(label) < label_room else f"{label.rpartition('.')[0]}{signs.ellipsis}"
        text = clip(f"{one.identifier} {safe(one.name)}", room)
        return (
            Piece(signs.cursor if cursor else " ", "", True),
            Piece(mark, "mark", True),
            *highlighted(text, self.pattern.positions(text)),
            Piece(pad("", room - width(text)), "", True),
            Piece(f" {state}", "star", True),
            Piece(pad(clip(label, label_room), label_room), "dim", True),
            Piece("!" if problems else " ", "bad", True),
            Piece(pad(size(version.size) if version else "", _SIZE, right=True), "", True),
            Piece(pad(number(version.asset_count) if version else "", _FILES, right=True), "", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        """Why there is nothing, and what to press."""
        if self.found:
            return [(Piece(f" None of the {number(len(self.found))} found fits the filter; Esc takes it away.", "dim"),)]
        return prose_lines(self.why_empty, cells)
