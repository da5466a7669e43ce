"""A document as the rows of a form: groups, fields, items of lists, folded or not. Only rows that are unfolded are made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.describe.checks import Problem
from dandi_tui.describe.schema import ANY, KEY, Field, Schema, Shape
from dandi_tui.describe.tree import MISSING, Path, get
from dandi_tui.describe.values import short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_LONGEST_LABEL = 22
_HUMP = re.compile("(?<=[a-z])[A-Z]")
GENERAL: Path = ("", "general")
COMPUTED: Path = ("", "computed")
OTHER: Path = ("", "other")
FUNDING: Path = ("", "funding")
_FUNDERS = ("dcite:Funder", "dcite:Sponsor")
_GROUPS = {
    GENERAL: ("General", ""),
    FUNDING: ("Funding", "Contributors who fund or sponsor it: a adds one with its award, Enter goes to it."),
    COMPUTED: ("Filled in by the archive", "Access, assets summary, citation, dates: to be read, not changed."),
    OTHER: ("Not in the archive's schema", "Fields that the form does not know: kept as they are, and edited as YAML ($)."),
}


class Row(msgspec.Struct, frozen=True):
    """One row of the form.

    Attributes:
        path: Where it stands in the document; a group's own name for groups of fields.
        depth: How far it is set in.
        label: The field's title, or the item's number.
        value: The value in a few words.
        shape: What the value may be; None for groups.
        required: Whether it must be given.
        fixed: Whether people can't change it here.
        help: What it is for.
        foldable: Whether there is something below it.
        folded: Whether that is not shown.
        count: Items of a list; None where it is none.
        problem: What is wrong here, else with what is folded below; empty when nothing is.
        advice: Whether the problem is only an advice.
        changed: Whether it differs from what the archive has.
    """

    path: Path
    depth: int
    label: str
    value: str = ""
    shape: Shape | None = None
    required: bool = False
    fixed: bool = False
    help: str = ""
    foldable: bool = False
    folded: bool = False
    count: int | None = None
    problem: str = ""
    advice: bool = False
    changed: bool = False

    @property
    def is_group(self) -> bool:
        """Whether this is a group of fields, and no field itself."""
        return self.shape is None


class Found(msgspec.Struct, frozen=True):
    """Problems by the place where they stand, and how many there are at each place and below."""

    at: Mapping[Path, Problem]
    below: Mapping[Path, int]

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> Found:
        """The problems by place; what must be mended goes before advice."""
        at: dict[Path, Problem] = {}
        below: Counter[Path] = Counter()
        for one in problems:
            if one.path not in at or (at[one.path].advice and not one.advice):
                at[one.path] = one
            if not one.advice:
                below.update(one.path[:end] for end in range(len(one.path) + 1))
        return cls(at, below)


class Outline:
    """Makes the rows.

    Args:
        schema: The schema.
        document: The document.
        base: What the archive has.
        unfolded: What is unfolded.
        found: The problems.
    """

    def __init__(self, schema: Schema, document: dict[str, Any], base: dict[str, Any], unfolded: set[Path], found: Found) -> None:
        self.schema = schema
        self.document = document
        self.base = base
        self.unfolded = unfolded
        self.found = found

    def rows(self) -> list[Row]:
        """All rows that are not folded away."""
        fields = self.schema.root.fields
        known = {field.name for field in fields}
        made: list[Row] = []
        made += self._group(GENERAL, [one for one in fields if not one.computed and not holds_records(one.shape)])
        for field in fields:
            if not field.computed and holds_records(field.shape):
                made += self._field(field, self.document.get(field.name, MISSING), (field.name,), 0)
                made += self._funding() if field.name == "contributor" else ()
        made += self._group(COMPUTED, [one for one in fields if one.computed and one.name != KEY and one.name in self.document], fixed=True)
        made += self._group(OTHER, [_unknown(name) for name in self.document if name not in known and name != KEY], fixed=True)
        return made

    def _group(self, path: Path, fields: list[Field], *, fixed: bool = False) -> Iterator[Row]:
        if not fields:
            return
        folded = path not in self.unfolded
        wrong = sum(self.found.below.get((one.name,), 0) for one in fields)
        label, words = _GROUPS[path]
        told = f"{wrong} to mend" if folded and wrong else ""
        yield Row(path, 0, label, foldable=True, folded=folded, fixed=fixed, help=words, problem=told, value="" if not folded else _names(fields))
        if not folded:
            for field in fields:
                yield from self._field(field, self.document.get(field.name, MISSING), (field.name,), 1, fixed=fixed)

    def _funding(self) -> Iterator[Row]:
        """Who pays, once more as a group of its own: the rows lead to the contributors."""
        found = funders(self.document)
        label, words = _GROUPS[FUNDING]
        named = "; ".join(_funder_words(one) for one in found.values()) or "none is named"
        folded = FUNDING not in self.unfolded
        yield Row(FUNDING, 0, label, foldable=bool(found), folded=folded, help=words, value=named if folded or not found else "", count=len(found) or None)
        if not folded:
            for place, one in found.items():
                name, award = short(one.get("name")) or "(no name)", short(one.get("awardNumber"))
                yield Row((*FUNDING, str(place)), 1, name, value=award, help="Enter goes to it, among the contributors.")

    def _field(self, field: Field, value: Any, path: Path, depth: int, *, fixed: bool = False) -> Iterator[Row]:  # noqa: ANN401 (any JSON)
        row = self._row(path, depth, label_of(field), value, field.shape, fixed=fixed or field.computed)
        help_words = field.help if row.label == field.title else " ".join(one for one in (field.title, field.help) if one)
        yield msgspec.structs.replace(row, required=field.required, help=help_words)
        if row.foldable and not row.folded:
            yield from self._inside(field.shape, value, path, depth + 1, fixed=row.fixed)

    def _inside(self, shape: Shape, value: Any, path: Path, depth: int, *, fixed: bool) -> Iterator[Row]:  # noqa: ANN401
        if isinstance(value, list):
            inner = shape.items or ANY
            for place, item in enumerate(value):
                row = self._row((*path, place), depth, f"{place + 1}", item, inner, fixed=fixed)
                yield row
                if row.foldable and not row.folded:
                    yield from self._inside(inner, item, row.path, depth + 1, fixed=fixed)
        elif isinstance(value, dict):
            fields = self.schema.fields_of(shape, value)
            known = {one.name for one in fields}
            for field in (*fields, *(_unknown(name) for name in value if name not in known and name != KEY)):
                if field.name != KEY and (not field.computed or field.name in value):
                    yield from self._field(field, value.get(field.name, MISSING), (*path, field.name), depth, fixed=fixed or field.name not in known)

    def _row(self, path: Path, depth: int, label: str, value: Any, shape: Shape, *, fixed: bool) -> Row:  # noqa: ANN401
        foldable = isinstance(value, dict) or (isinstance(value, list) and bool(value) and not is_checklist(shape))
        folded = foldable and path not in self.unfolded
        problem = self.found.at.get(path)
        words, advice = (problem.words, problem.advice) if problem else ("", False)
        wrong = self.found.below.get(path, 0) - (1 if problem and not problem.advice else 0)
        if folded and wrong > 0 and (not problem or problem.advice):
            words, advice = f"{wrong} to mend", False
        return Row(
            path=path, depth=depth, label=label, value=short(value), shape=shape, fixed=fixed, foldable=foldable, folded=folded,
            count=len(value) if isinstance(value, list) else None, problem=words, advice=advice,
            changed=not _same(get(self.base, path), value),
        )  # fmt: skip


def label_of(field: Field) -> str:
    """What a field is called in its row: its title, or its name in words where that is a sentence."""
    if len(field.title) <= _LONGEST_LABEL and "." not in field.title:
        return field.title
    words = _HUMP.sub(lambda found: f" {found[0].lower()}", field.name)
    return words[:1].upper() + words[1:]


def funders(document: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """The organizations that fund or sponsor it, by their places among the contributors."""
    people = document.get("contributor")
    return {
        place: one
        for place, one in enumerate(people if isinstance(people, list) else [])
        if isinstance(one, dict) and one.get(KEY) == "Organization" and any(role in _FUNDERS for role in _list(one.get("roleName")))
    }


def _list(value: Any) -> list[Any]:  # noqa: ANN401 (any JSON)
    return value if isinstance(value, list) else []


def _funder_words(funder: Mapping[str, Any]) -> str:
    award = short(funder.get("awardNumber"))
    return f"{short(funder.get('name')) or '(no name)'}{f' ({award})' if award else ''}"


def holds_records(shape: Shape) -> bool:
    """Whether a value of that shape is a record or a list of records."""
    return shape.kind == "record" or (shape.kind == "list" and shape.items is not None and shape.items.kind == "record")


def is_checklist(shape: Shape) -> bool:
    """Whether a value of that shape is a list of words out of an enumeration."""
    return shape.kind == "list" and shape.items is not None and shape.items.kind == "choice"


def _unknown(name: str) -> Field:
    return Field(name=name, title=name, help="Not in the archive's schema: kept as it is.", shape=ANY)


def _names(fields: list[Field]) -> str:
    return ", ".join(one.title for one in fields)


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401
    return one is other or one == other
