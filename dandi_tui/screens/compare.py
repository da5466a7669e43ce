"""Two files side by side: what one has and the other lacks, and what differs in places that both have."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

import msgspec

from dandi_tui.errors import DandiTuiError
from dandi_tui.nwb.comparing import Differences, differences
from dandi_tui.nwb.model import FileError, FileFacts, Listed
from dandi_tui.nwb.reader import Reader
from dandi_tui.screens.pane import Pane
from dandi_tui.text import ELLIPSIS, clip, plural, safe, width
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines, prose_lines, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.screens.inspector import InspectorPane


class Row(msgspec.Struct, frozen=True):
    """A difference: `sign` is `-`, `+` or `~`; what each file has there."""

    sign: str
    path: str
    left: str = ""
    right: str = ""


def rows_of(found: Differences) -> list[Row]:
    """Differences in the order of their places."""
    rows = [Row("-", path) for path in found.only_left] + [Row("+", path) for path in found.only_right]
    rows += [Row("~", one.path, *_values(one.path, one.left, one.right)) for one in found.changed]
    return sorted(rows, key=lambda row: (not row.path.startswith("session"), row.path))


def _values(path: str, left: dict[str, object], right: dict[str, object]) -> tuple[str, str]:
    """What each has; a field that the place names already stands without its name."""
    if len(left) == 1 and path.endswith(f" {next(iter(left))}"):
        return tuple(str(next(iter(one.values()))) for one in (left, right))  # type: ignore[return-value]
    return _told(left), _told(right)


def _told(fields: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in fields.items())


def fitted_pair(left: str, right: str, cells: int) -> tuple[str, str]:
    """Two texts in so many cells each: what one leaves is the other's, and where both begin alike, the beginning gives way to what differs."""
    mine, other = width(left), width(right)
    rooms = (max(cells, 2 * cells - other), max(cells, 2 * cells - mine))
    same = next((at for at, (one, two) in enumerate(zip(left, right, strict=False)) if one != two), min(len(left), len(right)))
    if same > 8 and (mine > rooms[0] or other > rooms[1]):
        left, right = (ELLIPSIS + text[same - 4 :] for text in (left, right))
    return clip(left, rooms[0]), clip(right, rooms[1])


class _Rows:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.why_empty = "Reading both files…"

    def __len__(self) -> int:
        return len(self.rows)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        one = self.rows[row]
        style = {"-": "bad", "+": "good", "~": "warn"}[one.sign]
        room = cells - 4
        if not one.left and not one.right:
            return (Piece(f" {one.sign} ", style, True), Piece(clip(safe(one.path), room)))
        path = clip(safe(one.path), room * 2 // 5)
        each = (room - width(path) - 7) // 2
        left, right = fitted_pair(safe(one.left), safe(one.right), each)
        return (Piece(f" {one.sign} ", style, True), Piece(path), Piece(f"  {left}  |  {right}", "dim", True))

    def empty(self, cells: int) -> Sequence[Line]:
        return prose_lines(self.why_empty, cells)


class ComparePane(Pane):
    """What differs between two files.

    Args:
        inspector: The file on the left.
        other: What names the one on the right.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "into", "out", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last", "refresh",
    )  # fmt: skip

    def __init__(self, inspector: InspectorPane, other: str) -> None:
        super().__init__()
        self.inspector, self.other = inspector, other
        self.rows = _Rows()
        self.found: Differences | None = None

    def crumbs(self) -> Sequence[str]:
        """The file, and what it is compared with."""
        return [*self.inspector.origin.crumbs, f"compared with {self.other.rpartition('/')[2]}"]

    def head(self, cells: int) -> Sequence[Line]:
        """How much differs; what the signs mean."""
        found = self.found
        if found is None:
            return [(Piece(" "),)]
        words = f" - {len(found.only_left)} only here · + {len(found.only_right)} only there · ~ {plural(len(found.changed), 'difference')}"
        return [(Piece(words),)]

    def body(self) -> Iterable[Widget]:
        """A rule, and a row a difference."""
        yield Lines(lambda cells: [rule(cells, self.tui.signs.rule)], id="files-rule")
        yield LineList(self.rows, id="table")

    def on_mount(self) -> None:
        """Reads both files."""
        self.set_focus(self.query_one(LineList))
        self.call_after_refresh(self.do_refresh)

    def do_refresh(self) -> None:
        """Reads both files again."""
        self.run_worker(self._compare(), exclusive=True, exit_on_error=False)

    async def _compare(self) -> None:
        try:
            ours = await self.inspector.ask(_whole, pane=self)
            with Reader(await self.tui.nwb_source(self.other)) as reader:
                theirs = await asyncio.to_thread(_whole, reader)
        except (DandiTuiError, FileError) as error:
            self.rows.why_empty = str(error)
            self.say(str(error), "error")
        else:
            self.found = differences(ours, theirs)
            self.rows.rows = rows_of(self.found)
            self.rows.why_empty = "Both files have the same objects, of the same types and shapes, and the same session."
        self.query_one(LineList).reload()
        self.draw_frame()

    def why_not_into(self) -> str:
        """There must be a difference."""
        return "" if self.rows.rows else "There is no difference here."

    def do_into(self) -> None:
        """All of one difference; an object of this file is gone to."""
        from dandi_tui.screens.page import PagePane
        from dandi_tui.screens.preview import labelled

        row = self.rows.rows[self.query_one(LineList).cursor]
        if row.sign == "-":
            self.inspector.run_worker(self.inspector.go_to(row.path), exit_on_error=False)
            return
        here = {"+": "not there", "~": row.left}[row.sign]
        there = {"+": "there", "~": row.right}[row.sign]
        facts = [("place", row.path), ("here", here), (self.other.rpartition("/")[2] or "there", there)]
        self.app.push_screen(PagePane(row.path, {"difference": lambda cells: [(Piece(" "), *line) for line in labelled(facts, cells - 2)]}))


def _whole(reader: Reader) -> tuple[FileFacts, dict[str, Listed]]:
    return reader.facts(), {one.path: one for one in reader.walk()}
