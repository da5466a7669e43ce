"""Which values go into which files: rules, or a table with a line for each subject or file. Pure: no disk is looked at."""

from __future__ import annotations

import csv
import io
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.dataset.mend_fields import FIELDS, MendError, checked_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PATH_COLUMNS = ("path", "file", "filename")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Values for the files that match.

    Attributes:
        values: Field → value, as `mend_fields.checked_value` gives it.
        path: A pattern of the file's path or of its name, as `*_ses-2*`; `*` for all.
        subject_id: Only files of this subject; empty for all.
        only_absent: Leaves alone fields that say something already.
    """

    values: dict[str, str | list[str]]
    path: str = "*"
    subject_id: str = ""
    only_absent: bool = False


class Fillable(msgspec.Struct, frozen=True, kw_only=True):
    """A file as rules see it: its path, its subject, and the fields that say something already."""

    path: str
    subject_id: str = ""
    filled: frozenset[str] = frozenset()


def values_for(file: Fillable, rules: Iterable[Rule]) -> dict[str, str | list[str]]:
    """What goes into a file: of rules that say the same field, the last one counts."""
    found: dict[str, str | list[str]] = {}
    for rule in rules:
        if _matches(rule, file):
            found.update({name: value for name, value in rule.values.items() if not (rule.only_absent and name in file.filled)})
    return found


def _matches(rule: Rule, file: Fillable) -> bool:
    if rule.subject_id and rule.subject_id != file.subject_id:
        return False
    return fnmatchcase(file.path, rule.path) or fnmatchcase(PurePath(file.path).name, rule.path)


def parse_table(text: str) -> list[Rule]:
    """Rules of a table of comma- or tab-separated values: the first line names the columns, an empty cell says nothing.

    A column `path` (or `file`) says which files, by pattern; without one, `subject_id` says of which subject. The others are
    fields, `subject.age` or short `age`.

    Raises:
        MendError: A column is none, or a value can't stand in its field; the message names the line.
    """
    head = text.lstrip("\ufeff").partition("\n")[0]
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter="\t" if "\t" in head else ","))
    rows = [[cell.strip() for cell in row] for row in rows]
    columns = [name.lower() for name in rows[0]] if rows else []
    key = next((name for name in _PATH_COLUMNS if name in columns), "subject_id" if "subject_id" in columns else "")
    if not key:
        raise MendError("the table has no column path or subject_id, which says what a line is of", remedy="Name its columns in the first line.")
    fields = [None if name == key else _field_named(name) for name in columns]
    return [made for line, row in enumerate(rows[1:], start=2) if (made := _rule(line, row, columns.index(key), fields, key))]


def _field_named(column: str) -> str:
    found = column if column in FIELDS else f"subject.{column}"
    if found not in FIELDS:
        raise MendError("there is no field of this name", subject=f"column {column!r}", remedy=f"Columns may be: {', '.join(FIELDS)}.")
    return found


def _rule(line: int, row: list[str], at: int, fields: list[str | None], key: str) -> Rule | None:
    if not any(row):
        return None
    if at >= len(row) or not row[at]:
        raise MendError(f"line {line} of the table does not say what it is of", remedy=f"Fill in its {key}.")
    given: Mapping[str, str] = {name: cell for name, cell in zip(fields, row, strict=False) if name and cell}
    try:
        values = checked_values(given)
    except MendError as error:
        raise MendError(error.what, subject=f"line {line}, {error.subject}", remedy=error.remedy) from error
    return Rule(values=values, subject_id=row[at]) if key == "subject_id" else Rule(values=values, path=row[at])
