"""What is wrong with a metadata document, field by field, in words: what the schema asks, and what the archive asks beyond it.

The rules beyond the schema are those of dandischema's models: a contact person with an e-mail address, names written «Family, Given»,
resources with an identifier or address; and the check digit of an ORCID (ISO 7064 11-2).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from dandi_tui.describe.tree import MISSING, Path
from dandi_tui.describe.values import choice_words, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dandi_tui.describe.schema import Field, Schema, Shape

CONTACT, FUNDER = "dcite:ContactPerson", "dcite:Funder"
_ORCID = re.compile(r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")
_ORCID_PATTERN = r"^\d{4}-\d{4}-\d{4}"
_NAME = re.compile(r"^([\w\s\-\.']+),\s+([\w\s\-\.']+)$")
_EMAIL = re.compile(r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$")


class Problem(msgspec.Struct, frozen=True):
    """What is wrong at a path.

    Attributes:
        path: Where; () for the whole document.
        words: What is wrong, and how it should be.
        source: Who finds it: `form`, or `archive` for the archive's own words.
        advice: Whether it is only advised to mend it.
    """

    path: Path
    words: str
    source: str = "form"
    advice: bool = False


def problems(schema: Schema, document: dict[str, Any]) -> list[Problem]:
    """All problems of a document, in the order of the schema; fields that the archive fills in are not looked at."""
    found = list(_fields(schema, schema.root.fields, document, ()))
    found += _people(document)
    return found


def _fields(schema: Schema, fields: tuple[Field, ...], value: dict[str, Any], path: Path) -> Iterator[Problem]:
    for field in fields:
        if not field.computed:
            yield from _field(schema, field, value.get(field.name, MISSING), (*path, field.name))


def _field(schema: Schema, field: Field, value: Any, path: Path) -> Iterator[Problem]:  # noqa: ANN401 (any JSON)
    if value is MISSING:
        if field.required:
            yield Problem(path, _wanted(field))
        return
    if value is None or value == "":
        yield Problem(path, _wanted(field) if field.required else "is empty: it is left out when saved", advice=not field.required)
        return
    yield from check(schema, field.shape, value, path)


def _wanted(field: Field) -> str:
    return "needs at least one" if field.shape.kind == "list" else "must be given"


def check(schema: Schema, shape: Shape, value: Any, path: Path = ()) -> Iterator[Problem]:  # noqa: ANN401
    """What is wrong with one value, and within it."""
    match shape.kind, value:
        case "text", str():
            if words := _text(shape, value):
                yield Problem(path, words)
        case "choice", str():
            if value not in shape.choices:
                yield Problem(path, f"«{short(value, 40)}» is none of the archive's: {', '.join(choice_words(one) for one in shape.choices[:6])}")
        case ("flag", bool()) | ("any", _):
            return
        case ("integer" | "number", bool()):
            yield Problem(path, "must be a number")
        case ("integer", int()) | ("number", int() | float()):
            return
        case "list", list():
            yield from _list(schema, shape, value, path)
        case "record", dict():
            yield from _record(schema, shape, value, path)
        case _:
            yield Problem(path, f"must be {_KINDS[shape.kind]}")


_KINDS = {
    "text": "a text", "choice": "one of the archive's words", "flag": "yes or no", "integer": "a whole number",
    "number": "a number", "list": "a list", "record": "a record of fields",
}  # fmt: skip


def _list(schema: Schema, shape: Shape, value: list[Any], path: Path) -> Iterator[Problem]:
    if len(value) < shape.shortest:
        yield Problem(path, "needs at least one" if shape.shortest == 1 else f"needs at least {shape.shortest}")
    for place, item in enumerate(value):
        if item is None or item == "":
            yield Problem((*path, place), "is empty: it is left out when saved", advice=True)
        elif shape.items is not None:
            yield from check(schema, shape.items, item, (*path, place))


def _record(schema: Schema, shape: Shape, value: dict[str, Any], path: Path) -> Iterator[Problem]:
    record = schema.record_of(shape, value)
    if record is None:
        yield Problem(path, f"must say what it is in schemaKey: {', '.join(shape.records)}")
        return
    yield from _fields(schema, record.fields, value, path)
    if record.name == "Resource" and not value.get("identifier") and not value.get("url"):
        yield Problem((*path, "url"), "needs an address here, or an identifier")
    name, field = value.get("name"), record.field("name")
    if record.name == "Person" and isinstance(name, str) and name and field and not field.shape.pattern and not _NAME.match(name):
        yield Problem((*path, "name"), "write it as «Family, Given»")


def _people(document: dict[str, Any]) -> Iterator[Problem]:
    people = document.get("contributor")
    if not isinstance(people, list):
        return
    records = [(place, one) for place, one in enumerate(people) if isinstance(one, dict)]
    contacts = [(place, one) for place, one in records if CONTACT in _roles(one)]
    if records and not contacts:
        yield Problem(("contributor",), "one of them must be the contact person: give the role, and an e-mail address")
    for place, one in contacts:
        if not one.get("email"):
            yield Problem(("contributor", place, "email"), "a contact person needs an e-mail address")
    for place, one in records:
        if FUNDER in _roles(one) and not one.get("awardNumber"):
            yield Problem(("contributor", place, "awardNumber"), "a funder's award number is advised", advice=True)


def _roles(record: dict[str, Any]) -> list[Any]:
    roles = record.get("roleName")
    return roles if isinstance(roles, list) else []


def _text(shape: Shape, value: str) -> str:
    if shape.longest is not None and len(value) > shape.longest:
        return f"has {len(value):,} characters; at most {shape.longest:,} are allowed"
    if len(value) < shape.shortest:
        return f"needs at least {shape.shortest} characters"
    if shape.pattern and not _compiled(shape.pattern).search(value):
        return _pattern_words(shape.pattern, value)
    if words := _formatted(shape, value):
        return words
    if shape.pattern.startswith(_ORCID_PATTERN) and not orcid_fits(value):
        return "its last digit does not fit the others: some digit is mistyped"
    return ""


def _formatted(shape: Shape, value: str) -> str:
    if not shape.formats or any(_FORMATS[name](value) for name in shape.formats):
        return ""
    return " or ".join(_FORMAT_WORDS[name] for name in shape.formats)


_FORMAT_WORDS = {
    "date": "write the day as 2024-01-31",
    "date-time": "write the time as 2024-01-31T14:30:00+00:00",
    "uri": "write a whole address: https://…",
    "email": "write an e-mail address: name@host",
}


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == 10


def _is_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return len(value) > 10


def _is_uri(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and not re.search(r"\s", value)


_FORMATS: dict[str, Callable[[str], bool]] = {"date": _is_date, "date-time": _is_time, "uri": _is_uri, "email": lambda value: bool(_EMAIL.match(value))}


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error:
        return re.compile("")


def _pattern_words(pattern: str, value: str) -> str:
    if "ror.org" in pattern:
        return "a ROR is written https://ror.org/ and its letters: https://ror.org/01an7q238"
    if pattern.startswith(_ORCID_PATTERN):
        bare = value.strip().rstrip("/").rpartition("/")[2]
        return f"an ORCID is written without its address: {bare}" if _ORCID.match(bare) else "an ORCID is four groups of digits: 0000-0002-1825-0097"
    if "RRID" in pattern:
        return "an RRID is written RRID:SCR_000001"
    if r",\s+" in pattern:
        return "write it as «Family, Given»"
    return f"must be of the form {pattern}"


def orcid_fits(orcid: str) -> bool:
    """Whether the check digit of an ORCID fits its other digits."""
    digits = orcid.replace("-", "")
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    wanted = (12 - total % 11) % 11
    return digits[-1] == ("X" if wanted == 10 else str(wanted))
