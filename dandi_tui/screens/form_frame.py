"""The frame of a form: the rows of a document, moving and folding, and what may be done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.describe import tree
from dandi_tui.describe.outline import FUNDING
from dandi_tui.describe.tree import MISSING, Path
from dandi_tui.describe.values import text_of
from dandi_tui.screens.form_rows import FormRows
from dandi_tui.screens.pane import Pane
from dandi_tui.text import clip, safe
from dandi_tui.widgets.line import Line, Piece, spread
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.describe.form import Form
    from dandi_tui.describe.outline import Row

_LARGEST_TEXT = 20_000
"""Longer texts are edited in the person's own editor alone."""


class FormFrame(Pane):
    """The rows of a document, to be moved in; how they are edited is added by `FormPane`."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "edit_field", "add_item", "clear_field", "item_down", "item_up", "undo", "difference", "save", "own_editor", "next_problem",
        "unfold", "fold", "redo", "previous_problem", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.form: Form | None = None
        self.rows = FormRows(lambda: self.tui.signs)

    def body(self) -> Iterable[Widget]:
        """The rows."""
        yield LineList(self.rows, id="form")

    def head(self, cells: int) -> Sequence[Line]:
        """What is edited, how much is unsaved, how much is to be mended."""
        form = self.form
        if form is None:
            return [(Piece(" "),)]
        unsaved, wrong = len(form.changes), len(form.to_mend)
        parts = [f"{unsaved} unsaved" if unsaved else "", f"{wrong} to mend" if wrong else "", self.facts()]
        words = " · ".join(one for one in parts if one)
        return [spread([Piece(" " + clip(safe(self.title_words()), cells // 2), "title")], [Piece(words + " ", "bad" if wrong else "dim")], cells)]

    def title_words(self) -> str:
        """What is edited."""
        return ""

    def facts(self) -> str:
        """What else stands at the end of the first line."""
        return ""

    def rule_label(self) -> Sequence[Piece]:
        """What the field under the cursor is for."""
        row = self.row()
        if row is None:
            return ()
        shape = row.shape
        more = ""
        if shape is not None and shape.kind == "choice":
            more = f"one of {len(shape.choices)}"
        words = row.problem or row.help or more
        return [Piece(safe(words), "warn" if row.problem else "dim")] if words else ()

    def preview(self, cells: int) -> Sequence[Line]:
        """The field under the cursor at length."""
        from dandi_tui.text import safe_lines, wrap

        row = self.row()
        if row is None or self.form is None:
            return []
        value = text_of(tree.get(self.form.document, row.path)) if row.path[0] != "" and not row.foldable else row.value
        parts = [(row.label, "title"), (row.problem, "bad"), (row.help, "dim"), ("", ""), (value[:4000], "")]
        return [(Piece(part, style),) for words, style in parts for line in safe_lines(words) for part in (wrap(line, cells) or [""])]

    # Drawing

    def show_form(self, path: Path | None = None) -> None:
        """Draws the form; `path` puts the cursor there, unfolding what is around it."""
        if self.form is None or not self.is_attached:
            return
        if path is not None:
            self.form.show(path)
        self.rows.rows = self.form.rows()
        rows = self.query_one("#form", LineList)
        at = self._place_of(path) if path is not None else None
        rows.reload(cursor=at if at is not None else min(rows.cursor, max(0, len(self.rows) - 1)))
        self.draw_frame()

    def _place_of(self, path: Path) -> int | None:
        places = {row.path: place for place, row in enumerate(self.rows.rows)}
        return next((places[path[:end]] for end in range(len(path), 0, -1) if path[:end] in places), None)

    def row(self) -> Row | None:
        """The row under the cursor."""
        at = self.query_one("#form", LineList).cursor
        return self.rows.rows[at] if at < len(self.rows) else None

    def changed(self, path: Path | None = None) -> None:
        """Draws the form after a change."""
        self.show_form(path)

    # What may be done

    def fixed_reason(self) -> str:
        """Why nothing here can be changed; empty when it can."""
        return "" if self.form else "It is not there yet."

    def why_not_edit_field(self) -> str:
        """A group is folded; what the archive fills in can't be changed."""
        row = self.row()
        if row is None or row.foldable or (row.path[:2] == FUNDING and len(row.path) > len(FUNDING)):
            return ""
        return self.why_not_change(row)

    def why_not_change(self, row: Row) -> str:
        """Why a row can't be changed."""
        if reason := self.fixed_reason():
            return reason
        return "The archive fills this in, or another program: it is kept as it is." if row.fixed else ""

    def why_not_clear_field(self) -> str:
        """There may be nothing to clear."""
        row = self.row()
        if row is None or row.is_group:
            return "Nothing to remove here."
        if reason := self.why_not_change(row):
            return reason
        return "" if self.form and tree.get(self.form.document, row.path) is not MISSING else "It is empty already."

    def list_here(self, row: Row) -> Path | None:
        """The list that an item would be added to from a row."""
        return self.form.list_around(row.path) if self.form else None

    def why_not_add_item(self) -> str:
        """Items are added to lists alone."""
        row = self.row()
        if row is None or self.form is None or self.list_here(row) is None:
            return "Nothing can be added here: go to a list."
        return self.why_not_change(row)

    def why_not_item_down(self) -> str:
        """Items of lists alone are moved."""
        row = self.row()
        if row is None or not row.path or not isinstance(row.path[-1], int):
            return "Only items of a list can be moved."
        return self.why_not_change(row)

    why_not_item_up = why_not_item_down

    def why_not_undo(self) -> str:
        """There may be nothing to undo."""
        return self.fixed_reason() or ("" if self.form and self.form.can_undo else "Nothing to undo.")

    def why_not_redo(self) -> str:
        """There may be nothing to do again."""
        return self.fixed_reason() or ("" if self.form and self.form.can_redo else "Nothing to do again.")

    def why_not_save(self) -> str:
        """There may be nothing to save."""
        return self.fixed_reason()

    def why_not_difference(self) -> str:
        """There may be no difference."""
        return "" if self.form and self.form.is_changed else "Nothing is changed."

    def why_not_next_problem(self) -> str:
        """There may be none."""
        return "" if self.form and self.form.problems else "Nothing is to be mended."

    why_not_previous_problem = why_not_next_problem
    why_not_own_editor = why_not_save

    # Moving and folding

    def do_unfold(self) -> None:
        """Unfolds; opens what has nothing below it."""
        row = self.row()
        if row and row.foldable and self.form:
            self.form.unfold(row.path)
            self.show_form()
        elif row:
            self.perform("edit_field")

    def do_fold(self) -> None:
        """Folds, or goes to what is around; at the top, out."""
        row = self.row()
        if row is None or self.form is None:
            self.do_out()
        elif row.foldable and not row.folded:
            self.form.fold(row.path)
            self.show_form()
        elif row.depth:
            at = self.query_one("#form", LineList).cursor
            above = next((place for place in range(at - 1, -1, -1) if self.rows.rows[place].depth < row.depth), 0)
            self.query_one("#form", LineList).move_to(above)
        else:
            self.do_out()

    def do_next_problem(self) -> None:
        """To the next place where something is wrong."""
        self._to_problem(1)

    def do_previous_problem(self) -> None:
        """To the place before it."""
        self._to_problem(-1)

    def _to_problem(self, by: int) -> None:
        row = self.row()
        if self.form and (place := self.form.problem_from(row.path if row and row.path[0] != "" else None, by)) is not None:
            self.show_form(place)

    def on_line_list_clicked(self) -> None:
        """A click on the cursor's row edits it."""
        self.perform("edit_field")
