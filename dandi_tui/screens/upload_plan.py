"""Step 3: the tree as it will be, each file with its source; options change it at once; carried out when it is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from dandi_tui.dataset.applying import undo
from dandi_tui.dataset.contribution import Step, why_not_mode
from dandi_tui.dataset.listing import short
from dandi_tui.dataset.naming import WORDS
from dandi_tui.dataset.plan_model import Move
from dandi_tui.dataset.run_log import runs
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.folder_picker import FolderPicker
from dandi_tui.screens.menu import Ask, Choice
from dandi_tui.screens.notice import Notice
from dandi_tui.screens.page import PagePane, indented, prose
from dandi_tui.screens.streaming import in_thread
from dandi_tui.screens.upload import MOVES, UploadPane
from dandi_tui.screens.upload_check import shown_path
from dandi_tui.screens.upload_plan_rows import TOO_ALIKE, LeftOut, PlanRows, settled_by
from dandi_tui.screens.upload_plan_words import MODE_WORDS, intent, rename_fault
from dandi_tui.text import number, plural, size
from dandi_tui.transfer.upload_plan import absolute
from dandi_tui.widgets.line import Piece
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.dataset.plan_model import Problem
    from dandi_tui.screens.upload_work import UploadWork

_NAME_FIELDS = ("session_id", "tissue_sample_id", "slice_id", "cell_id", "description", "probe_ids", "modalities")


class PlanPane(UploadPane):
    """The plan."""

    STEP = Step.PLAN
    ACTIONS: ClassVar[tuple[str, ...]] = ("why", "options", "rename_entry", "leave_out", "next_step", "undo_plan", "refresh", "out", *MOVES)

    def __init__(self, work: UploadWork) -> None:
        super().__init__(work)
        self.rows = PlanRows(self)
        self.came: dict[str, str] = {}
        self.taken_out: frozenset[str] = frozenset()
        self._busy = ""
        self._planning = False

    def facts(self) -> Sequence[tuple[str, str]]:
        """The folder, how files come there, how many, and what stands in the way."""
        now, plan = self.work.now, self.work.plan
        where = f"into {short(now.folder)}"
        if self._busy or plan is None:
            return [(self._busy or "planning…", ""), (where, "dim")]
        errors = len(plan.errors)
        out = f", {number(len(plan.left_out))} set aside" if plan.left_out else ""
        again = " …" if self._planning else ""
        words = f"{plural(len(plan.moves), 'file')}, {size(self.rows.size)}{out}, {plural(errors, 'error')} ({now.mode}){again}"
        return [(words, "bad" if errors else ""), (where, "dim")]

    def body(self) -> Iterable[Widget]:
        """The tree."""
        yield LineList(self.rows, id="plan")

    def begin(self) -> None:
        """Looks at the files where that was not done, then plans."""
        self.run_worker(self._replan(), group="plan", exclusive=True, exit_on_error=False)

    async def _replan(self, *, look_again: bool = False) -> None:
        try:
            await self.work.look(self.draw_frame, again=look_again)
            self._planning = True
            self.draw_frame()
            plan = await self.work.make_plan()
        except (DandiTuiError, OSError) as error:
            self.rows.why_empty = str(error)
        else:
            self.rows.take(plan, self.work.now.left_out)
        self._planning, self.taken_out = False, frozenset()
        self.redraw()

    def _row(self) -> Move | Problem | LeftOut | str | None:
        here = self.query_one(LineList).cursor
        return self.rows.rows[here] if here < len(self.rows.rows) else None

    def _problem(self) -> Problem | None:
        row = self._row()
        return None if row is None or isinstance(row, Move | LeftOut | str) else row

    def _chosen(self) -> Move | None:
        """The file under the cursor, or the one that a problem is about."""
        row, problem, plan = self._row(), self._problem(), self.work.plan
        if problem is None or plan is None:
            return row if isinstance(row, Move) else None
        return next((one for one in plan.moves if one.source in problem.files), None) if len(problem.files) == 1 else None

    def rule_label(self) -> Sequence[Piece]:
        """Of a problem, what settles it."""
        problem = self._problem()
        return (Piece(settled_by(problem)),) if problem else ()

    # Actions on a file

    def why_not_rename_entry(self) -> str:
        """A file must be under the cursor, that was not moved already."""
        chosen = self._chosen()
        if chosen is not None and chosen.source in self.work.checkup.stand_ins:
            return "It was moved there: u takes it back first."
        return "" if chosen else "There is no file under the cursor."

    def why_not_leave_out(self) -> str:
        """A file must be under the cursor, or a problem of files."""
        return "" if self._files() else "There is no file under the cursor."

    def _files(self) -> list[str]:
        """The source under the cursor, or those that a problem is about."""
        row, problem = self._row(), self._problem()
        if isinstance(row, Move | LeftOut):
            return [row.source if isinstance(row, Move) else row.path]
        return list(problem.files) if problem else []

    def do_why(self) -> None:
        """Each part of the name with the field that it came from; of a problem, what would settle it."""
        row, problem = self._row(), self._problem()
        if isinstance(row, Move):
            parts = [
                f"{part.text.lstrip('_')}\n    {WORDS[part.field]}: {part.value}{f'  ({part.place})' if part.place else ''}\n    {part.why}"
                for part in row.parts
            ]
            moved = row.source in self.work.checkup.stand_ins
            by_hand = (
                "It was moved there; u takes it back." if moved else "This path was chosen by hand; e changes it, an empty one gives the computed name back."
            )
            words = "\n".join(parts) or by_hand
            self.app.push_screen(PagePane("Why this name", {"why": indented(f"{row.destination}\nfrom {short(row.source)}\n\n{words}")}))
        elif problem is not None:
            files = "\n".join(map(short, problem.files[:200]))
            self.app.push_screen(PagePane(problem.id, {"problem": prose(f"{problem.message}\n{settled_by(problem)}\n\n{files}")}))

    def do_rename_entry(self) -> None:
        """Asks for another path."""
        move = self._chosen()
        if move is None:
            return

        def answered(text: str | None) -> None:
            if text is not None:
                path = text.strip()
                renames = {source: new for source, new in self.work.now.renames.items() if source != move.source}
                self._changed(renames={**renames, move.source: path} if path else renames)

        self.app.push_screen(Ask("Path in the Dandiset; empty: the computed one", move.destination, fault=rename_fault), answered)

    def do_leave_out(self) -> None:
        """Takes the file out; of a problem, all its files, or all but the one that stays."""
        files, problem = self._files(), self._problem()
        if problem is None or problem.id not in TOO_ALIKE:
            self._take_out(files)
            return
        choices = [*(Choice(one, shown_path(self.work, one)) for one in files), Choice("-", "none: leave all of them out")]
        self.tui.choose("Which one stays?", choices, lambda stays: self._take_out([one for one in files if one != stays]))

    def _take_out(self, files: list[str]) -> None:
        self.work.leave_out(files)
        self.taken_out = frozenset(files)
        self.query_one(LineList).refresh()
        self.begin()

    # Options

    def _changed(self, **changes: object) -> None:
        self.work.change(self.work.now.but(applied=False, **changes))
        self.begin()

    def do_options(self) -> None:
        """How files are placed, which fields enter names, which folder."""
        now = self.work.now
        choices = [
            Choice(f"mode {mode}", f"{mode}: {words}", note="now" if mode == now.mode else "", reason=why_not_mode(now, mode))
            for mode, words in MODE_WORDS.items()
        ]
        moved = "moved there: u takes them back" if self.work.checkup.stand_ins else ""
        choices.append(Choice("folder", "another folder to organize into", note=short(now.folder), reason=moved))
        choices.append(Choice("stable", "names like those already in the folder", note="on" if now.stable else "off"))
        choices.append(Choice("media", "videos and pictures go along, references follow", note="on" if now.media else "off"))
        choices += [Choice(f"field {name}", f"always in names: {WORDS[name]}", note="on" if name in now.required else "off") for name in _NAME_FIELDS]
        self.tui.choose("Options", choices, self._option)

    def _option(self, chosen: str) -> None:
        now = self.work.now
        kind, _, value = chosen.partition(" ")
        if kind == "mode":
            self._changed(mode=value)
        elif kind == "field":
            self._changed(required=tuple(name for name in _NAME_FIELDS if (name in now.required) != (name == value)))
        elif kind == "stable":
            self._changed(stable=not now.stable)
        elif kind == "media":
            self._changed(media=not now.media, mode="copy" if not now.media and now.mode not in {"copy", "move"} else now.mode)
        else:
            self.app.push_screen(FolderPicker("Folder to organize into", now.folder, suffixes=()), self._folder_chosen)

    def _folder_chosen(self, path: str | None) -> None:
        if path:
            self._changed(folder=str(absolute(Path(path).expanduser())), placed={}, along={})

    # Carrying it out

    def why_not_next_step(self) -> str:
        """What is still in the way."""
        plan = self.work.plan
        if plan is not None and plan.refused and not self._busy:
            errors = plural(len(plan.errors), "error stands in the way", "errors stand in the way")
            return f"{errors}: {settled_by(plan.errors[0])}"
        return self._busy or super().why_not_next_step()

    def do_next_step(self) -> None:
        """Says what will be done, does it, and goes on."""
        plan = self.work.plan
        if plan is None or (self.work.now.applied and all(move.same for move in plan.moves)):
            super().do_next_step()
            return
        words = intent(self.work.now, plan)

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._apply(), group="apply", exclusive=True, exit_on_error=False)

        if words:
            self.app.push_screen(Notice("Organize", words, yes=("enter", "organize")), answered)
        else:
            answered(True)

    async def _apply(self) -> None:
        self._busy = "organizing…"
        try:
            await self.work.apply(self._progress)
        except (DandiTuiError, OSError) as error:
            self.say(str(error), "error")
            return
        finally:
            self._busy = ""
            self._progress()
        failed = [one for one in self.work.results if one.problem]
        stay = [one for one in self.work.taken_back if one.stays]
        if stay:
            self.say(f"{plural(len(stay), 'file stays', 'files stay')} where {'it was' if len(stay) == 1 else 'they were'} put before: {stay[0].stays}", "warn")
        if failed:
            self.say(f"{plural(len(failed), 'file')} could not be placed: {failed[0].problem}; n tries again, x leaves one out", "error")
            await self._replan()
        elif self.is_current:
            super().do_next_step()

    def _progress(self) -> None:
        self.came = {one.source: one.problem for one in self.work.results}
        if self._busy:
            self._busy = f"organized {number(len(self.work.results))}…"
        if self.is_mounted:
            self.query_one(LineList).refresh()
            self.draw_frame()

    def why_not_undo_plan(self) -> str:
        """Something must have been placed."""
        return "" if self.work.now.placed else "Nothing was placed yet."

    def do_undo_plan(self) -> None:
        """Takes back what was placed last."""
        self.run_worker(self._undo(), group="apply", exclusive=True, exit_on_error=False)

    async def _undo(self) -> None:
        folder = self.work.now.folder
        try:
            found = await in_thread(lambda: next(((path, told) for path, told in runs(folder) if told.done), None))
            results = await in_thread(lambda: list(undo(found[0]))) if found else []
        except (DandiTuiError, OSError) as error:
            self.say(str(error), "error")
            return
        back = {one.source: one.destination for one in results if one.status == "done"}
        placed = {source: path for source, path in self.work.now.placed.items() if back.get(source) != path}
        along = {source: paths for source, paths in self.work.now.along.items() if source in placed}
        self.work.change(self.work.now.but(placed=placed, along=along, applied=False))
        stay = [one for one in results if one.status != "done"]
        self.say(f"{len(back)} taken back" + (f"; {len(stay)} stay: {stay[0].message}" if stay else ""), "warn" if stay else "good")
        self.came = {}
        await self._replan(look_again=bool(self.work.checkup.stand_ins))

    def do_refresh(self) -> None:
        """Looks at the files and the folder again."""
        self.unsay()
        self.run_worker(self._replan(look_again=True), group="plan", exclusive=True, exit_on_error=False)
