"""Step 2: what is wrong with the files, as it is found, brought together by problem; filled in for many at once, or left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.dataset.contribution import Step, fill_in
from dandi_tui.dataset.findings import Severity
from dandi_tui.dataset.listing import short
from dandi_tui.screens.menu import Choice
from dandi_tui.screens.upload import MOVES, UploadPane
from dandi_tui.screens.upload_filling import NO_SUBJECT, ask_field, ask_subject, ask_value
from dandi_tui.text import clip, number, pad, plural, safe, wrap
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.dataset.checkup import Group
    from dandi_tui.dataset.contribution import Values
    from dandi_tui.screens.upload_work import UploadWork

SEVERITY = {
    Severity.CRITICAL: ("error", "bad"), Severity.ERROR: ("error", "bad"), Severity.WARNING: ("warn", "warn"), Severity.HINT: ("hint", "dim"),
    Severity.INFO: ("info", "dim"),
}  # fmt: skip


class _Rows:
    """Problems, each with the number of its files."""

    def __init__(self, pane: CheckPane) -> None:
        self.pane = pane
        self.groups: list[Group] = []

    def __len__(self) -> int:
        return len(self.groups)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        one, pane = self.groups[row], self.pane
        word, style = SEVERITY[one.severity]
        done = one.settled(pane.work.now)
        open_files = len(one.files) - done
        tail = f"{done} settled" if done and open_files else "settled" if done else "f to fill in" if one.field else ""
        room = max(10, cells - 22 - len(tail))
        return (
            Piece(pane.tui.signs.cursor if cursor else " ", "", True),
            Piece(pad(word, 6), style if open_files else "dim", True),
            Piece(pad(number(len(one.files)), 7, right=True), "", True),
            Piece("  " + pad(clip(safe(one.message), room), room), "" if open_files else "dim"),
            Piece(f"  {tail}", "good" if done else "dim", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        checkup = self.pane.work.checkup
        words = "Nothing is wrong so far." if not checkup.complete else "Nothing is wrong: n goes on." if checkup.files else "No NWB files are there."
        return [(Piece(" " + words, "dim"),)]


class CheckPane(UploadPane):
    """What is wrong."""

    STEP = Step.CHECK
    ACTIONS: ClassVar[tuple[str, ...]] = ("into", "fill", "leave_out", "next_step", "table_of_values", "severity", "refresh", "out", *MOVES)

    def __init__(self, work: UploadWork) -> None:
        super().__init__(work)
        self.rows = _Rows(self)
        self.at_least = Severity.HINT

    def facts(self) -> Sequence[tuple[str, str]]:
        """How many files are checked, good, to mend, set aside."""
        counts = self.work.checkup.counts(self.work.now)
        parts = [f"checked {number(counts.checked)} of {number(counts.found)}", f"{number(counts.good)} good"]
        parts += [f"{number(counts.to_mend)} to mend"] if counts.to_mend else []
        parts += [f"{number(counts.aside)} can't be named"] if counts.aside else []
        parts += [f"{number(counts.left_out)} left out"] if counts.left_out else []
        parts += [f"{number(len(self.work.now.fills))} filled in"] if self.work.now.fills else []
        found = [(", ".join(parts) + ("" if self.work.checkup.complete else "…"), ""), (self.source_words(), "dim")]
        return [*found, (self.work.fault, "bad")] if self.work.fault else found

    def body(self) -> Iterable[Widget]:
        """The problems, and how to mend the one under the cursor."""
        yield LineList(self.rows, id="problems")
        yield Lines(self._remedy, height=4, id="remedy")

    def _remedy(self, cells: int) -> Sequence[Line]:
        group = self._group()
        lines: list[Line] = [rule(cells, self.tui.signs.rule, [Piece("how to mend it", "dim")])]
        if group is not None:
            lines += [(Piece(" " + part),) for part in wrap(safe(group.hint or group.message), max(10, cells - 2))[:3]]
        return [*lines, *[()] * (4 - len(lines))]

    def begin(self) -> None:
        """Checks what is not checked yet."""
        self._take()
        self.run_worker(self.work.look(self._take), group="look", exclusive=True, exit_on_error=False)

    def _take(self) -> None:
        if not self.is_mounted:
            return
        chosen = self._group() if self.query_one(LineList).cursor else None
        self.rows.groups = self.work.checkup.groups(at_least=self.at_least)
        rows = self.query_one(LineList)
        at = next((row for row, one in enumerate(self.rows.groups) if chosen is not None and one.id == chosen.id), None)
        rows.reload(cursor=at)
        self.draw_frame()

    def on_line_list_cursor_moved(self) -> None:
        """Shows how to mend what is under the cursor."""
        super().on_line_list_cursor_moved()
        self.query_one("#remedy", Lines).draw_again()

    def _group(self) -> Group | None:
        here = self.query_one(LineList).cursor
        return self.rows.groups[here] if here < len(self.rows.groups) else None

    def open_files(self, group: Group) -> list[str]:
        """Files of a problem that are neither left out nor filled in."""
        out, fills = set(self.work.now.left_out), self.work.now.fills
        return [path for path in group.files if path not in out and not (group.field and group.field in fills.get(path, ()))]

    # Actions

    def why_not_into(self) -> str:
        """There must be a problem under the cursor."""
        return "" if self._group() else "There is no problem to look into."

    why_not_leave_out = why_not_into

    def do_into(self) -> None:
        """The files of the problem."""
        from dandi_tui.screens.upload_files import ProblemFilesPane

        if group := self._group():
            self.app.push_screen(ProblemFilesPane(self.work, group))

    def why_not_fill(self) -> str:
        """Fields of files are filled in, in the organized copies."""
        return "Files that are organized already are mended where they are made." if self.work.now.organized else ""

    why_not_table_of_values = why_not_fill

    def do_fill(self) -> None:
        """Asks for a value of the field that settles the problem, for all its files."""
        group, checkup = self._group(), self.work.checkup
        files = self.open_files(group) if group else []
        readable = [path for path in files if not checkup.why_not_fill(path)]
        if files and not readable:
            self.say(checkup.why_not_fill(files[0]), "warn")
        elif group and group.id == NO_SUBJECT and files:
            ask_subject(self.tui, checkup, readable, self._filled)
        elif group and group.field and files:
            ask_value(self.tui, checkup, group.field, readable, self._filled)
        else:
            ask_field(self.tui, checkup, readable or [one.path for one in checkup.nwb() if not checkup.why_not_fill(one.path)], self._filled)

    def do_table_of_values(self) -> None:
        """Asks for a table with values by subject or file."""
        from dandi_tui.screens.upload_filling import ask_table

        ask_table(self.tui, self.work.checkup, self._filled)

    def _filled(self, values: dict[str, Values]) -> None:
        self.work.change(fill_in(self.work.now, values))
        self._take()
        self.say(f"{plural(len(values), 'file')} will be filled in, in organized copies alone", "good")

    def do_leave_out(self) -> None:
        """Takes the problem's files out, or back in."""
        if group := self._group():
            self.work.leave_out(list(group.files))
            self._take()

    def do_severity(self) -> None:
        """Which problems are shown."""
        choices = [Choice("ERROR", "errors alone"), Choice("WARNING", "errors and warnings"), Choice("HINT", "hints too"), Choice("INFO", "everything")]

        def chosen(value: str) -> None:
            self.at_least = Severity[value]
            self._take()

        self.tui.choose("Show…", choices, chosen, current=self.at_least.name)

    def do_refresh(self) -> None:
        """Checks again: files that were not changed are known."""
        self.unsay()
        self.run_worker(self.work.look(self._take, again=True), group="look", exclusive=True, exit_on_error=False)

    def place(self) -> str:
        """None: the wizard comes back by itself."""
        return ""


def shown_path(work: UploadWork, path: str) -> str:
    """A source's path, short."""
    base = work.now.sources[0].rpartition("/")[0] + "/" if work.now.sources else ""
    return path.removeprefix(base) if base and path.startswith(base) else short(path)
