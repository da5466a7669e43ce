"""Asking for values of fields that are missing in many files: one value for all, or a table by subject or file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dandi_tui.dataset.checkup import fills_by
from dandi_tui.dataset.mend_fields import FIELDS, MendError, checked_value
from dandi_tui.dataset.mend_rules import Rule, parse_table
from dandi_tui.screens.menu import Ask, Choice
from dandi_tui.text import plural
from dandi_tui.widgets.line import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.app import DandiTuiApp
    from dandi_tui.dataset.checkup import Checkup
    from dandi_tui.dataset.contribution import Values

    Filled = Callable[[dict[str, Values]], None]


NO_SUBJECT = "NWBI.check_subject_exists"
"""The problem of files that have no subject at all."""
_OF_A_SUBJECT = ("subject.species", "subject.sex", "subject.age")
"""What every subject needs besides its id: asked for one after another where there is none at all."""


def ask_field(app: DandiTuiApp, checkup: Checkup, files: Sequence[str], then: Filled) -> None:
    """Asks which field, then for its value."""
    choices = [Choice(one.name, one.label, note=one.example) for one in FIELDS.values()]
    app.choose(f"Fill in for {plural(len(files), 'file')}…", choices, lambda name: ask_value(app, checkup, name, files, then))


def ask_subject(app: DandiTuiApp, checkup: Checkup, files: Sequence[str], then: Filled) -> None:
    """Asks for all that files without any subject need; Esc leaves out what is not known."""
    ask_value(app, checkup, "subject.subject_id", files, then, further=_OF_A_SUBJECT)


def ask_value(app: DandiTuiApp, checkup: Checkup, name: str, files: Sequence[str], then: Filled, *, further: Sequence[str] = ()) -> None:
    """Asks for one value for all of some files, then for those of further fields; one that can't stand there is asked for again."""
    field = FIELDS[name]
    words = " or ".join(field.choices) if field.choices else f"as {field.example}"
    notes = [(Piece(f" {words}; a table by subject or file: Esc, then t", "dim"),)]

    def fault(text: str) -> str:
        try:
            checked_value(name, text) if text else None
        except MendError as error:
            return str(error)
        return ""

    def answered(text: str | None) -> None:
        if not text:
            return
        then(fills_by([Rule(values={name: checked_value(name, text)})], checkup, files))
        if further:
            ask_value(app, checkup, further[0], files, then, further=further[1:])

    app.push_screen(Ask(f"{field.label} of {plural(len(files), 'file')}", notes=notes, fault=fault), answered)


def ask_table(app: DandiTuiApp, checkup: Checkup, then: Filled) -> None:
    """Asks for a file of comma- or tab-separated values, and takes what it says."""
    from dandi_tui.screens.folder_picker import FolderPicker

    def chosen(path: str | None) -> None:
        if path is None:
            return
        try:
            rules = parse_table(Path(path).read_text(encoding="utf-8-sig"))
        except MendError as error:
            app.pane.say_error(error)
            return
        except (OSError, UnicodeDecodeError) as error:
            app.pane.say(f"{path} can't be read: {error}", "error")
            return
        found = fills_by(rules, checkup, [one.path for one in checkup.nwb() if not checkup.why_not_fill(one.path)])
        if found:
            then(found)
        else:
            app.pane.say("No line of the table is of one of these files: its column subject_id or path says which.", "warn")

    app.push_screen(FolderPicker("Table with a column subject_id or path, and fields: .csv or .tsv", "", suffixes=(".csv", ".tsv", ".txt")), chosen)
