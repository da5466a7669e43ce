"""The rows of the plan: what is in the way, with what settles it here, then folders with their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dandi_tui.dataset.plan_model import Move
from dandi_tui.screens.upload_check import shown_path
from dandi_tui.text import clip, clip_middle, number, pad, safe, width
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.dataset.plan_model import Plan, Problem
    from dandi_tui.screens.upload_plan import PlanPane

_SETTLED_BY = {
    "unreadable": "It is not sent. Mend it and press r, or go on without it.",
    "no-subject": "Esc goes back to the check: f fills in the subject.",
    "external-links": "Save it with all in one file, or x leaves it out.",
    "same-object-id": "If one is a copy, x chooses which stays; else save it anew.",
    "same-short-object-id": "Give them session ids that differ: Esc, then f; or e renames one.",
    "no-object-id": "Give them session ids that differ: Esc, then f; or e renames it.",
    "same-name": "Give them session ids that differ: Esc, then f; or e renames one.",
    "media": "o: videos and pictures go along; or x leaves it out.",
    "media-missing": "Bring them back and press r, or x leaves it out.",
    "media-mode": "o: choose copies, which references are changed in.",
    "media-shared": "o: choose copies.",
    "unlike": "o: names like those already in the folder.",
    "exists": "e gives it another path, or x leaves it out.",
    "too-long": "e gives it another path; or Esc, then f: a shorter session id.",
    "path-refused": "e gives it another path.",
    "no-name": "e gives it another path.",
    "changed": "r looks again, once nothing writes to them any more.",
    "changing": "r looks again, once nothing writes to them any more.",
    "read-only": "o: another folder.",
    "target": "o: another folder.",
    "outside": "o: another folder.",
    "no-room": "o: symbolic links, or another folder.",
    "other-file-system": "o: symbolic links or copies.",
}
TOO_ALIKE = frozenset({"same-object-id", "same-short-object-id", "same-name"})
"""Problems of files of which one may stay."""


class LeftOut(NamedTuple):
    """A file that a person took out, to be taken back in."""

    path: str


def settled_by(problem: Problem) -> str:
    """What settles a problem, by the keys of the wizard."""
    return _SETTLED_BY.get(problem.id, problem.hint)


def _about(problem: Problem) -> str:
    """The files that a problem is about, where its words do not begin with how many they are."""
    if len(problem.files) > 1:
        return "" if problem.message[:1].isdigit() else f"{number(len(problem.files))} files: "
    return f"{problem.files[0].rpartition('/')[2]}: " if problem.files else ""


class PlanRows:
    """What is in the way, then folders with their files."""

    def __init__(self, pane: PlanPane) -> None:
        self.pane = pane
        self.rows: list[Move | Problem | LeftOut | str] = []
        self.size = 0
        self._widest = 0
        self.why_empty = "Making the plan…"

    def take(self, plan: Plan, left_out: Sequence[str]) -> None:
        """Takes a plan: its rows, and at their end the files that a person took out."""
        self.size = sum(move.size for move in plan.moves)
        widths = sorted(width(safe(move.destination.rpartition("/")[2])) for move in plan.moves)
        self._widest = widths[len(widths) * 9 // 10] if widths else 0
        told = {(one.message, one.files): one for one in sorted(plan.problems, key=lambda one: one.severity, reverse=True)}
        self.rows = [*sorted(told.values(), key=lambda one: one.severity)]
        folder = ""
        for move in sorted(plan.moves, key=lambda one: one.destination):
            here = move.destination.rpartition("/")[0]
            if here != folder:
                folder = here
                self.rows.append(here)
            self.rows.append(move)
        self.rows += ["left out; x takes back in", *map(LeftOut, left_out)] if left_out else []
        self.why_empty = "No file can be named: what is in the way stands in the step before (Esc)."

    def __len__(self) -> int:
        return len(self.rows)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """A problem; a folder; or a file and where it is from."""
        one, signs = self.rows[row], self.pane.tui.signs
        pointer = Piece(signs.cursor if cursor else " ", "", True)
        if isinstance(one, str):
            return (pointer, Piece(f"{signs.unfolded} {clip(safe(one), cells - 4)}", "folder"))
        if isinstance(one, LeftOut):
            return (pointer, Piece("x ", "dim", True), Piece(clip_middle(safe(shown_path(self.pane.work, one.path)), cells - 4), "dim"))
        if not isinstance(one, Move):
            style = "bad" if one.severity == "error" else "warn"
            return (pointer, Piece(f"{one.severity:8}", style, True), Piece(clip(safe(f"{_about(one)}{one.message}"), cells - 11)))
        name = one.destination.rpartition("/")[2]
        room = max(16, min(self._widest + 1, cells * 3 // 5 - 6))
        came, out = self.pane.came.get(one.source), one.source in self.pane.taken_out
        sign = "x" if out else "!" if came else signs.yes if came == "" or one.same else " "
        source = came or shown_path(self.pane.work, one.source)
        return (
            pointer,
            Piece(f"  {sign} ", "dim" if out else "bad" if came else "good", True),
            Piece(pad(clip_middle(safe(name), room), room), "dim" if out else ""),
            Piece(f" {signs.back} ", "dim", True),
            Piece(clip_middle(safe(source), max(4, cells - room - 9)), "bad" if came else "dim", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        """Why there are none."""
        return prose_lines(self.why_empty, cells)
