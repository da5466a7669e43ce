"""Two people changed one document: their changes joined, or the places where that can't be done."""

from __future__ import annotations

from typing import Any

import msgspec

from dandi_tui.describe.changes import identity
from dandi_tui.describe.tree import MISSING, Path, put, without


class Conflict(msgspec.Struct, frozen=True):
    """A place that both changed, each in another way; MISSING where a side has nothing there."""

    path: Path
    base: Any
    ours: Any
    theirs: Any


class Merged(msgspec.Struct, frozen=True):
    """The joined document, with what was changed kept where the other side took it away; and the conflicts, yet to be settled."""

    document: dict[str, Any]
    conflicts: tuple[Conflict, ...]

    def settled(self, theirs: frozenset[Path] = frozenset()) -> dict[str, Any]:
        """The document with the other's values at some of the conflicts, and ours at the rest."""
        made = self.document
        for one in reversed(self.conflicts):
            value = one.theirs if one.path in theirs else one.ours
            made = without(made, one.path) if value is MISSING else put(made, one.path, value)
        return made


def merge(base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]) -> Merged:
    """Joins two changed documents that began as one.

    Fields are joined one by one, records in lists by what names them. A list whose items can't be told apart, or one that both
    put into another order, is one place.
    """
    conflicts: list[Conflict] = []
    document = _merged(base, ours, theirs, (), conflicts)
    return Merged(document, tuple(conflicts))


def _merged(base: Any, ours: Any, theirs: Any, path: Path, conflicts: list[Conflict]) -> Any:  # noqa: ANN401 (any JSON)
    if _same(ours, theirs) or _same(base, theirs):
        return ours
    if _same(base, ours):
        return theirs
    if isinstance(ours, dict) and isinstance(theirs, dict) and (isinstance(base, dict) or base is MISSING):
        return _fields(base if isinstance(base, dict) else {}, ours, theirs, path, conflicts)
    if isinstance(ours, list) and isinstance(theirs, list) and (isinstance(base, list) or base is MISSING):
        joined = _lists(base if isinstance(base, list) else [], ours, theirs, path, conflicts)
        if joined is not None:
            return joined
    conflicts.append(Conflict(path, base, ours, theirs))
    return ours


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401
    return one is other or (one == other and type(one) is type(other))


def _fields(base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any], path: Path, conflicts: list[Conflict]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        value = _merged(base.get(name, MISSING), ours.get(name, MISSING), theirs.get(name, MISSING), (*path, name), conflicts)
        if value is not MISSING:
            made[name] = value
    return made


def _lists(base: list[Any], ours: list[Any], theirs: list[Any], path: Path, conflicts: list[Conflict]) -> list[Any] | None:
    keyed = [{repr(identity(one)): one for one in items} for items in (base, ours, theirs)]
    if any(len(by_key) != len(items) for by_key, items in zip(keyed, (base, ours, theirs), strict=True)):
        return None
    old, mine, other = keyed
    order = _order(list(old), list(mine), list(other))
    if order is None:
        return None
    made: list[Any] = []
    for key in order:
        before = len(conflicts)
        value = _merged(old.get(key, MISSING), mine.get(key, MISSING), other.get(key, MISSING), (*path, len(made)), conflicts)
        if value is MISSING and len(conflicts) > before:
            # We removed what the other changed: it stays until the person decides.
            conflicts[-1] = Conflict((*path, len(made)), old.get(key, MISSING), MISSING, other[key])
            value = other[key]
        if value is not MISSING:
            made.append(value)
    return made


def _order(old: list[str], mine: list[str], other: list[str]) -> list[str] | None:
    """One order for all items: ours, with what the other added behind what stands before it there; None if both reordered."""
    common = [key for key in old if key in set(mine) and key in set(other)]
    ours_order = [key for key in mine if key in set(common)]
    their_order = [key for key in other if key in set(common)]
    if common not in (ours_order, their_order) and ours_order != their_order:
        return None
    lead, follow = (other, mine) if ours_order == common and their_order != common else (mine, other)
    order = list(lead)
    for at, key in enumerate(follow):
        if key not in order:
            before = follow[at - 1] if at else None
            order.insert(order.index(before) + 1 if before in order else 0 if at == 0 and old and follow[0] not in old else len(order), key)
    return order
