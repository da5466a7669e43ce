"""Values as people type them: the text of a value, the value of a text, and a value in a few words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from dandi_tui.describe.schema import KEY, Shape
from dandi_tui.describe.tree import MISSING
from dandi_tui.errors import UsageError

_REGISTRY = re.compile("^(https?://)?(www[.])?(orcid|ror)[.]org/", re.IGNORECASE)
_PREFIX = re.compile(r"^(dcite|spdx|dandi):")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
LONG = 72
"""A text longer than this, or of several lines, is edited as a text, not on a line."""


def choice_words(value: str) -> str:
    """An enumeration's value as people say it: `Contact person` of `dcite:ContactPerson`; licences keep their names."""
    plain = _PREFIX.sub("", value)
    if value.startswith("dcite:"):
        return _CAMEL.sub(" ", plain).capitalize() if plain != plain.upper() else plain
    return plain


def text_of(value: Any) -> str:  # noqa: ANN401 (any JSON)
    """A value as it is typed; empty for one that is not there."""
    if value is MISSING or value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else str(value)


def value_of(shape: Shape, text: str) -> Any:  # noqa: ANN401
    """The value that a text means; MISSING for an empty one.

    Raises:
        UsageError: The text means nothing there; its words say what would.
    """
    plain = text.strip()
    if not plain:
        return MISSING
    if shape.kind == "choice":
        return _choice(shape, plain)
    if shape.kind == "flag":
        return _flag(plain)
    if shape.kind in {"integer", "number"}:
        return _number(shape, plain)
    if "date-time" in shape.formats and "date" not in shape.formats:
        return _moment(plain)
    return text if "\n" in text else _as_asked(shape.pattern, plain)


def _as_asked(pattern: str, text: str) -> str:
    """An ORCID or ROR as the schema asks for it: people paste the one with its address, the other without."""
    bare = _REGISTRY.sub("", text).rstrip("/")
    if pattern and not re.search(pattern, text):
        return next((one for one in (bare, f"https://ror.org/{bare}") if re.search(pattern, one)), text)
    return text


def _choice(shape: Shape, text: str) -> str:
    for one in shape.choices:
        if text.casefold() in {one.casefold(), choice_words(one).casefold(), _PREFIX.sub("", one).casefold()}:
            return one
    raise UsageError(f"«{text}» is none of {', '.join(choice_words(one) for one in shape.choices[:8])}{' …' if len(shape.choices) > 8 else ''}")


def _flag(text: str) -> bool:
    if text.casefold() in {"yes", "y", "true", "on", "1"}:
        return True
    if text.casefold() in {"no", "n", "false", "off", "0"}:
        return False
    raise UsageError(f"«{text}» is neither yes nor no")


def _number(shape: Shape, text: str) -> int | float:
    try:
        return int(text) if shape.kind == "integer" else float(text)
    except ValueError as error:
        raise UsageError(f"«{text}» is no {'whole number' if shape.kind == 'integer' else 'number'}") from error


def _moment(text: str) -> str:
    """A time; of a day alone, its beginning (UTC)."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return text
    return datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat() if day else text


def short(value: Any, most: int = 200) -> str:  # noqa: ANN401
    """A value in a few words on one line, at most about `most` letters; a record by what names it."""
    if value is MISSING or value is None:
        return ""
    if isinstance(value, str):
        return choice_words(value[:most]) if _PREFIX.match(value) else " ".join(value[: most * 2].split())[:most]
    if isinstance(value, list):
        parts: list[str] = []
        for one in value:
            parts.append(short(one, most))
            if sum(map(len, parts)) > most:
                break
        return ", ".join(parts)[:most]
    if isinstance(value, dict):
        return _record_words(value, most)
    return text_of(value)


def name_of(record: dict[str, Any]) -> str:
    """What names a record: its name, or another field that tells it from others."""
    for field in ("name", "identifier", "url", "email", "status", "value"):
        if isinstance(found := record.get(field), str) and found.strip():
            return " ".join(found[:400].split())
    return ""


def _record_words(record: dict[str, Any], most: int) -> str:
    words = [name_of(record)]
    words += [short(record[field], 60) for field in ("relation", "resourceType", "roleName", "startDate") if record.get(field)]
    words += [f"award {short(record['awardNumber'], 60)}"] if record.get("awardNumber") else []
    made = " · ".join(one for one in words if one)
    return made[:most] or f"(empty {record.get(KEY) or 'record'})"
