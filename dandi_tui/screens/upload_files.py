"""The files of one problem: each with the place in it, to be looked at in the inspector, filled in, or left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.dataset.contribution import fill_in
from dandi_tui.screens.opening import inspect_file
from dandi_tui.screens.pane import Pane
from dandi_tui.screens.upload import MOVES
from dandi_tui.screens.upload_filling import NO_SUBJECT, ask_field, ask_subject, ask_value
from dandi_tui.text import clip, clip_middle, pad, plural, safe
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.dataset.checkup import Group
    from dandi_tui.dataset.contribution import Values
    from dandi_tui.dataset.findings import Finding
    from dandi_tui.screens.upload_work import UploadWork


class _Rows:
    def __init__(self, pane: ProblemFilesPane) -> None:
        self.pane = pane
        self.findings: list[Finding] = [one for found in pane.group.files.values() for one in found]

    def __len__(self) -> int:
        return len(self.findings)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        from dandi_tui.screens.upload_check import shown_path

        one, work, signs = self.findings[row], self.pane.work, self.pane.tui.signs
        filled = work.now.fills.get(one.path, {}).get(one.field, "") if one.field else ""
        out = one.path in self.pane.left_out
        sign = "x" if out else signs.yes if filled else " "
        room = max(16, cells // 2 - 3)
        words = one.message if one.message != self.pane.group.message or not one.location else ""
        tail = f"= {filled}" if filled else f"{one.location}  {words}".strip()
        return (
            Piece(signs.cursor if cursor else " ", "", True),
            Piece(f"{sign} ", "dim" if out else "good", True),
            Piece(pad(clip_middle(safe(shown_path(work, one.path)), room), room), "dim" if out else ""),
            Piece("  " + clip(safe(tail), max(4, cells - room - 6)), "dim", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        return [(Piece(" No file has this problem any more.", "dim"),)]


class ProblemFilesPane(Pane):
    """The files of one problem.

    Args:
        work: The contribution.
        group: The problem.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = ("into", "fill", "leave_out", "out", *MOVES)

    def __init__(self, work: UploadWork, group: Group) -> None:
        super().__init__()
        self.work, self.group = work, group
        self.left_out = set(work.now.left_out)
        self.rows = _Rows(self)

    def crumbs(self) -> Sequence[str]:
        """The problem."""
        return ["Upload", "check", self.group.id]

    def head(self, cells: int) -> Sequence[Line]:
        """The problem in words, and how many files have it."""
        return [(Piece(" " + clip(safe(self.group.message), cells - 2), "title"),), (Piece(f" {plural(len(self.group.files), 'file')}", "dim"),)]

    def body(self) -> Iterable[Widget]:
        """The files."""
        yield LineList(self.rows, id="problem-files")

    def on_mount(self) -> None:
        """Lets the keys move in the list."""
        self.set_focus(self.query_one(LineList))
        self.query_one(LineList).reload()

    def _path(self) -> str:
        return self.rows.findings[self.query_one(LineList).cursor].path

    def do_into(self) -> None:
        """Looks into the file, at the place."""
        one = self.rows.findings[self.query_one(LineList).cursor]
        inspect_file(self.tui, self.work.checkup.place(one.path), at=one.location if one.location.strip("/") and one.location.startswith("/") else "")

    def do_fill(self) -> None:
        """Asks for a value for this file alone."""
        if reason := self.work.checkup.why_not_fill(self._path()):
            self.say(reason, "warn")
        elif self.group.id == NO_SUBJECT:
            ask_subject(self.tui, self.work.checkup, [self._path()], self._filled)
        elif self.group.field:
            ask_value(self.tui, self.work.checkup, self.group.field, [self._path()], self._filled)
        else:
            ask_field(self.tui, self.work.checkup, [self._path()], self._filled)

    def why_not_fill(self) -> str:
        """Fields are filled in, in organized copies."""
        return "Files that are organized already are mended where they are made." if self.work.now.organized else ""

    def _filled(self, values: dict[str, Values]) -> None:
        self.work.change(fill_in(self.work.now, values))
        self.query_one(LineList).refresh()

    def do_leave_out(self) -> None:
        """Takes the file out, or back in."""
        self.work.leave_out([self._path()])
        self.left_out = set(self.work.now.left_out)
        self.query_one(LineList).refresh()
        self.query_one(LineList).move(1)
