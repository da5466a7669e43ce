"""The search language of the Dandiset list: words, quoted phrases and operators, as conditions on versions."""

from __future__ import annotations

import difflib
import re
from datetime import date

import msgspec

from dandi_tui.demo.store import folded

LONGEST = 1024
_DATES = tuple(f"{what}_{side}" for what in ("created", "modified", "published") for side in ("before", "after"))
_SUMMARY = {"species": "species", "approach": "approach", "technique": "measurementTechnique"}
OPERATORS = (*_DATES, *_SUMMARY, "file_type", "owner")
_TOKEN = re.compile(r'(?:[a-z_]+:"[^"]*"|"[^"]*"|[^\s"]+)')
_FILE_TYPES = {"nwb": "application/x-nwb", "image": "image/", "text": "text/", "video": "video/"}


class SearchError(ValueError):
    """The search is wrong; the message says how and gives a hint."""


class Condition(msgspec.Struct, frozen=True):
    """A condition in SQL on `d` (the Dandiset), and the values in it."""

    sql: str
    values: tuple[str, ...]


def conditions(search: str) -> list[Condition]:
    """What a search asks for; all must hold.

    Raises:
        SearchError: The search is wrong.
    """
    if len(search) > LONGEST:
        raise SearchError(f"Search query is too long ({len(search)} characters; max {LONGEST}).")
    if search.count('"') % 2:
        raise SearchError("Unbalanced quote in search query. Remove the stray quote, or wrap the intended phrase in matched quotes.")
    return [_condition(token) for token in _TOKEN.findall(search)]


def _condition(token: str) -> Condition:
    name, colon, value = token.partition(":")
    if not colon or not re.fullmatch("[a-z_]+", name) or not value:
        return _words(token.strip('"'))
    if name not in OPERATORS:
        raise SearchError(_unknown(name))
    value = value.strip('"')
    if not value:
        raise SearchError(f'Operator "{name}" requires a value (e.g. {name}:something).')
    if name in _DATES:
        return _date(name, value)
    if name in _SUMMARY:
        sql = "EXISTS (SELECT 1 FROM version v, json_each(v.metadata, ?) s WHERE v.dandiset = d.identifier AND instr(lower(s.value ->> 'name'), ?))"
        return Condition(sql, (f"$.assetsSummary.{_SUMMARY[name]}", value.lower()))
    return _owner(value) if name == "owner" else _file_type(value)


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, OPERATORS, n=1, cutoff=0.6)
    hint = f' Did you mean "{close[0]}"?' if close else ""
    return f'Unknown search operator "{name}".{hint} Wrap the term in double quotes (e.g. "foo:bar") to search for it as text.'


def _words(text: str) -> Condition:
    sql = "EXISTS (SELECT 1 FROM version v WHERE v.dandiset = d.identifier AND instr(v.words, ?))"
    return Condition(sql, (folded(text),))


def _date(name: str, value: str) -> Condition:
    try:
        day = date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise SearchError(f"Invalid date for \"{name}\": '{value}'. Use YYYY-MM-DD.") from error
    what, _, side = name.partition("_")
    compare = "<" if side == "before" else ">="
    column = {
        "created": "d.created",
        "modified": "(SELECT max(v.modified) FROM version v WHERE v.dandiset = d.identifier)",
        "published": "(SELECT max(v.created) FROM version v WHERE v.dandiset = d.identifier AND v.version <> 'draft')",
    }[what]
    return Condition(f"{column} {compare} ?", (day,))


def _owner(value: str) -> Condition:
    sql = (
        "EXISTS (SELECT 1 FROM owner o JOIN user u USING (username) WHERE o.dandiset = d.identifier AND"
        " lower(?) IN (lower(u.username), lower(u.email), lower(u.name), lower(substr(u.name, 1, instr(u.name, ' ') - 1)),"
        " lower(substr(u.name, instr(u.name, ' ') + 1))))"
    )
    return Condition(sql, (value,))


def _file_type(value: str) -> Condition:
    sql = (
        "EXISTS (SELECT 1 FROM version v JOIN held h ON h.version = v.id JOIN asset a ON a.id = h.asset"
        " WHERE v.dandiset = d.identifier AND instr(a.metadata ->> '$.encodingFormat', ?) = 1)"
    )
    return Condition(sql, (_FILE_TYPES.get(value.lower(), value.lower()),))
