"""A form over a document: each row edited in the way that its kind asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.describe import tree
from dandi_tui.describe.outline import FUNDING, is_checklist
from dandi_tui.describe.tree import MISSING, Path
from dandi_tui.describe.values import LONG, choice_words, text_of
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.asking import AskSuggesting, Write
from dandi_tui.screens.form_frame import FormFrame
from dandi_tui.screens.menu import Choice
from dandi_tui.text import clip, plural

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from dandi_tui.describe.outline import Row
    from dandi_tui.describe.schema import Record, Shape

_LARGEST_TEXT = 20_000
"""Longer texts are edited in the person's own editor alone."""


class FormPane(FormFrame):
    """A form over a document.

    A pane of it makes `self.form` and calls `show_form`; it saves in `do_save`.
    """

    # Editing

    def do_edit_field(self) -> None:
        """Edits the field under the cursor; folds or unfolds where there is something below."""
        row, form = self.row(), self.form
        if row is None or form is None:
            return
        if row.foldable:
            (form.unfold if row.folded else form.fold)(row.path)
            self.show_form()
        elif len(row.path) > len(FUNDING) and row.path[:2] == FUNDING:
            self.show_form(("contributor", int(row.path[2])))
        elif row.path == FUNDING:
            self.perform("add_item")
        elif row.shape is not None:
            self.edit(row)

    def edit(self, row: Row) -> None:
        """Edits a value in the way that its kind asks for."""
        shape, form = row.shape, self.form
        if shape is None or form is None:
            return
        value = tree.get(form.document, row.path)
        if is_checklist(shape):
            self._edit_checklist(row)
        elif shape.kind == "choice":
            self._edit_choice(row, shape)
        elif shape.kind == "flag":
            self._take(row.path, value is not True)
        elif shape.kind in {"list", "record"}:
            self._add_to(row.path)
        elif shape.kind == "any":
            self.say("This is edited as YAML: $ opens the whole document in your editor.", "warn")
        else:
            self._edit_text(row, shape, text_of(value))

    def _edit_text(self, row: Row, shape: Shape, value: str, fault: str = "") -> None:
        def answered(text: str | None) -> None:
            if text is not None:
                self._typed(row, shape, text)

        if len(value) > _LARGEST_TEXT:
            self.say("This text is too long for the form: $ opens the whole document in your editor.", "warn")
        elif shape.kind == "text" and not shape.formats and not shape.pattern and ("\n" in value or len(value) > LONG or (shape.longest or 0) > 1000):
            self.app.push_screen(Write(row.label, value, help=row.help, longest=shape.longest), answered)
        else:
            words = "\n".join(one for one in (fault, row.problem if not fault else "", row.help, _example(shape)) if one)
            suggestions = self.form.suggestions(row.path) if self.form else []
            self.app.push_screen(AskSuggesting(row.label, value, help=words, suggestions=suggestions, look_up=self.look_up(row.path)), answered)

    def _typed(self, row: Row, shape: Shape, text: str) -> None:
        assert self.form is not None  # noqa: S101 (it was edited)
        try:
            done = self.form.set_text(row.path, text)
        except DandiTuiError as error:
            self._edit_text(row, shape, text, fault=str(error))
            return
        if done:
            self.changed(row.path)

    def look_up(self, path: Path) -> Callable[[str], Awaitable[list[str]]] | None:
        """What the archive can be asked for a field, with what was typed; None where it knows nothing."""
        return None

    def _take(self, path: Path, value: Any) -> None:  # noqa: ANN401 (any JSON)
        if self.form and self.form.set_value(path, value):
            self.changed(path)

    def _edit_choice(self, row: Row, shape: Shape) -> None:
        choices = [Choice(one, choice_words(one), note=one) for one in shape.choices]
        if not row.required and row.value:
            choices.append(Choice("", "(none)"))
        now = text_of(tree.get(self.form.document, row.path)) if self.form else ""
        self.tui.choose(row.label, choices, lambda value: self._take(row.path, value or MISSING), current=now)

    def _edit_checklist(self, row: Row, current: str = "") -> None:
        """Each choice turns one word on or off, until Esc."""
        assert self.form is not None  # noqa: S101 (it is edited)
        assert row.shape is not None  # noqa: S101
        assert row.shape.items is not None  # noqa: S101 (it is a list)
        now = tree.get(self.form.document, row.path)
        chosen = now if isinstance(now, list) else []
        words = row.shape.items.choices
        choices = [Choice(one, f"{self.tui.signs.yes if one in chosen else ' '} {choice_words(one)}") for one in words]

        def turned(value: str) -> None:
            after = [one for one in chosen if one != value] if value in chosen else [*chosen, value]
            self._take(row.path, after)
            self._edit_checklist(row, value)

        self.tui.choose(f"{row.label}: Enter turns one on or off, Esc is done", choices, turned, current=current)

    def do_clear_field(self) -> None:
        """Clears the field, or takes the item out of its list."""
        row = self.row()
        if row and self.form and self.form.remove(row.path):
            self.changed(row.path)
            self.say(f"removed: {clip(row.value or row.label, 40)}; u brings it back")

    def do_add_item(self) -> None:
        """Adds an item to the list, behind the one under the cursor."""
        row = self.row()
        if row is None or self.form is None:
            return
        place = self.list_here(row)
        if place is None:
            return
        funder = self.templates(self.form.kinds_of(place)).get("funder") if row.path[:2] == FUNDING else None
        if funder:
            self._add_record(place, funder[1], funder[2], None)
            return
        shape = self.form.shape_at(place)
        if is_checklist(shape):
            at = self._place_of(place)
            if at is not None:
                self._edit_checklist(self.rows.rows[at])
            return
        within = row.path[len(place)] if len(row.path) > len(place) else None
        self._add_to(place, after=within if isinstance(within, int) else None)

    def _add_to(self, place: Path, *, after: int | None = None) -> None:
        assert self.form is not None  # noqa: S101 (it is edited)
        shape = self.form.shape_at(place)
        names = shape.records if shape.kind == "record" else (shape.items.records if shape.items else ())
        kinds = [self.form.schema.records[name] for name in names if name in self.form.schema.records]
        if not kinds:
            self._add_value(place, after)
        elif len(kinds) == 1:
            self._add_record(place, kinds[0], {}, after)
        else:
            choices = [Choice(one.name, one.title) for one in kinds]
            more = self.templates(kinds)
            choices += [Choice(name, words) for name, (words, _, _) in more.items()]
            ready: dict[str, tuple[Record, dict[str, Any]]] = {one.name: (one, {}) for one in kinds}
            ready |= {name: (kind, values) for name, (_, kind, values) in more.items()}
            self.tui.choose("Add", choices, lambda name: self._add_record(place, ready[name][0], ready[name][1], after))

    def templates(self, kinds: Sequence[Record]) -> dict[str, tuple[str, Record, dict[str, Any]]]:
        """Records with something filled in already, by a name of their own: words, kind, values."""
        return {}

    def _add_record(self, place: Path, record: Record, more: dict[str, Any], after: int | None) -> None:
        assert self.form is not None  # noqa: S101 (it is edited)
        path = self.form.add_record(place, record, more, after=after)
        first = next((one for one in record.fields if one.required and not one.computed), record.field("name"))
        self.changed((*path, first.name) if first else path)
        if first and (row := self.row()) and row.path == (*path, first.name):
            self.edit(row)

    def _add_value(self, place: Path, after: int | None) -> None:
        form = self.form
        assert form is not None  # noqa: S101 (it is edited)
        inner = form.shape_at((*place, 0))
        at = self._place_of(place)
        label = self.rows.rows[at].label if at is not None else str(place[-1])

        def answered(text: str | None) -> None:
            if text is None or not text.strip():
                return
            path = form.add(place, text.strip(), after=after)
            self.changed(path)

        if inner.kind == "choice":
            choices = [Choice(one, choice_words(one), note=one) for one in inner.choices]
            self.tui.choose(label, choices, answered)
            return
        suggestions = form.suggestions((*place, 0))
        self.app.push_screen(AskSuggesting(f"Add to {label}", help=_example(inner), suggestions=suggestions), answered)

    def do_item_down(self) -> None:
        """Moves the item down in its list."""
        self._move_item(1)

    def do_item_up(self) -> None:
        """Moves the item up in its list."""
        self._move_item(-1)

    def _move_item(self, by: int) -> None:
        row = self.row()
        if row and self.form:
            self.changed(self.form.move(row.path, by))

    def do_undo(self) -> None:
        """Takes the latest change back."""
        if self.form and self.form.undo():
            self.changed()

    def do_redo(self) -> None:
        """Does again what was taken back."""
        if self.form and self.form.redo():
            self.changed()

    def do_difference(self) -> None:
        """What saving would change, and what is wrong."""
        from dandi_tui.screens.page import PagePane, prose

        if self.form is None:
            return
        lines = [one.words for one in self.form.changes] or ["Nothing is changed."]
        wrong = [f"{'advice' if one.advice else 'to mend'}: {'.'.join(map(str, one.path)) or 'the whole'} {one.words}" for one in self.form.problems]
        words = "\n".join([*lines, *(["", plural(len(wrong), "remark"), *wrong] if wrong else [])])
        self.app.push_screen(PagePane(f"difference: {self.title_words()}", {"difference": prose(words)}))


def _example(shape: Shape) -> str:
    if "date-time" in shape.formats:
        return "A time as 2024-01-31T14:30:00+00:00, or a day as 2024-01-31."
    return {"date": "A day as 2024-01-31.", "uri": "An address: https://…", "email": "An e-mail address."}.get(shape.formats[0] if shape.formats else "", "")
