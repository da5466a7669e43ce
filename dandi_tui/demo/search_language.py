"""The search language of the Dandiset list: words, quoted phrases and operators, as conditions on Dandisets."""

from __future__ import annotations

import difflib
import re
from datetime import date

from dandi_tui.demo.store import folded
from dandi_tui.demo.store.dandisets import Condition

LONGEST = 1024
_DATES = {
    "created": "d.created",
    "modified": "(SELECT max(v.modified) FROM version v WHERE v.dandiset = d.identifier)",
    "published": "(SELECT max(v.created) FROM version v WHERE v.dandiset = d.identifier AND v.version <> 'draft')",
}
_SUMMARY = {"species": "species", "approach": "approach", "technique": "measurementTechnique"}
_FILE_TYPES = {"nwb": "application/x-nwb", "image": "image/", "text": "text/", "video": "video/"}
OPERATORS = (*(f"{what}_{side}" for what in _DATES for side in ("before", "after")), *_SUMMARY, "file_type", "owner")
_TOKEN = re.compile(r'([a-z_]+):("[^"]*"|[^\s"]+)|"([^"]*)"|([^\s"]+)')


class SearchError(ValueError):
    """The search is wrong; the message says how and gives a hint."""


def conditions(search: str) -> tuple[Condition, ...]:
    """What a search asks for; all must hold.

    Raises:
        SearchError: The search is wrong.
    """
    if len(search) > LONGEST:
        raise SearchError(f"Search query is too long ({len(search)} characters; max {LONGEST}).")
    if search.count('"') % 2:
        raise SearchError("Unbalanced quote in search query. Remove the stray quote, or wrap the intended phrase in matched quotes.")
    return tuple(_condition(token) for token in _TOKEN.finditer(search))


def _condition(token: re.Match[str]) -> Condition:
    name, value, phrase, word = token.groups()
    if name is None:
        return _words(word if phrase is None else phrase)
    if name not in OPERATORS:
        raise SearchError(_unknown(name))
    value = value.strip('"').strip()
    if not value:
        raise SearchError(f'Operator "{name}" requires a value (e.g. {name}:something).')
    if name in _SUMMARY:
        return _summary(_SUMMARY[name], value)
    if name == "owner":
        return _owner(value)
    return _file_type(value) if name == "file_type" else _date(name, value)


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, OPERATORS, n=1, cutoff=0.6)
    hint = f' Did you mean "{close[0]}"?' if close else ""
    return f'Unknown search operator "{name}".{hint} Wrap the term in double quotes (e.g. "foo:bar") to search for it as text.'


def _words(text: str) -> Condition:
    sql = "EXISTS (SELECT 1 FROM version v WHERE v.dandiset = d.identifier AND instr(v.words, ?))"
    return Condition(sql, (folded(text),))


def _summary(field: str, value: str) -> Condition:
    sql = "EXISTS (SELECT 1 FROM version v, json_each(CAST(v.metadata AS TEXT), ?) s WHERE v.dandiset = d.identifier AND instr(lower(s.value ->> '$.name'), ?))"
    return Condition(sql, (f"$.assetsSummary.{field}", value.lower()))


def _date(name: str, value: str) -> Condition:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value) or not _is_day(value):
        raise SearchError(f"Invalid date for \"{name}\": '{value}'. Use YYYY-MM-DD.")
    what, _, side = name.partition("_")
    return Condition(f"{_DATES[what]} {'<' if side == 'before' else '>='} ?", (value,))


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _owner(value: str) -> Condition:
    sql = (
        "EXISTS (SELECT 1 FROM owner o JOIN user u ON u.id = o.user WHERE o.dandiset = d.identifier AND lower(?) IN"
        " (lower(u.username), lower(u.email), lower(u.first_name), lower(u.last_name), lower(u.first_name || ' ' || u.last_name)))"
    )
    return Condition(sql, (value,))


def _file_type(value: str) -> Condition:
    start = _FILE_TYPES.get(value.lower(), value.lower())
    sql = "EXISTS (SELECT 1 FROM fact f WHERE f.kind = 'file_type' AND f.dandiset = d.identifier AND substr(lower(f.value), 1, ?) = ?)"
    return Condition(sql, (len(start), start))
