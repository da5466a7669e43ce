"""What differs between two metadata documents, in words; items of lists are matched by what names them, not by their place."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.describe.schema import KEY
from dandi_tui.describe.tree import MISSING, Path
from dandi_tui.describe.values import name_of, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Change(msgspec.Struct, frozen=True):
    """One difference.

    Attributes:
        path: Where, in the newer document; in the older one for what was removed.
        kind: added, removed, changed, or moved.
        before: The older value; MISSING where there was none.
        after: The newer value; MISSING where there is none.
        place: The path as people read it: `contributor › Roe, Bob › email`.
    """

    path: Path
    kind: str
    before: Any
    after: Any
    place: str

    @property
    def words(self) -> str:
        """The difference on one line."""
        match self.kind:
            case "added":
                return f"{self.place}: added {short(self.after) or 'an empty value'}"
            case "removed":
                return f"{self.place}: removed {short(self.before) or 'an empty value'}"
            case "moved":
                return f"{self.place}: moved to place {int(self.path[-1]) + 1}"
        return f"{self.place}: {short(self.before) or 'empty'} → {short(self.after) or 'empty'}"


def identity(item: Any) -> object:  # noqa: ANN401 (any JSON)
    """What an item of a list is recognised by, when it or its place has changed."""
    if isinstance(item, dict):
        return (item.get(KEY), name_of(item))
    return item if isinstance(item, str | int | float | bool) or item is None else repr(item)


def pairs(before: Sequence[Any], after: Sequence[Any]) -> list[tuple[int | None, int | None]]:
    """Which items of two lists are the same: equal ones first, then those of one identity, then records left over side by side.

    Returns:
        Pairs of places (older, newer), None where an item has no twin; in the newer order, what was removed last.
    """
    twin: dict[int, int] = {}
    left = dict.fromkeys(range(len(before)))
    for keyed in (repr, lambda one: repr(identity(one))):
        places: dict[str, list[int]] = {}
        for place in left:
            places.setdefault(keyed(before[place]), []).append(place)
        for new in range(len(after)):
            if new not in twin and (found := places.get(keyed(after[new]))):
                twin[new] = found.pop(0)
        taken = set(twin.values())
        left = {place: None for place in left if place not in taken}
    for new in range(len(after)):
        if new not in twin and new in left and _alike(before[new], after[new]):
            twin[new] = new
            del left[new]
    return [(twin.get(new), new) for new in range(len(after))] + [(old, None) for old in left]


def _alike(one: Any, other: Any) -> bool:  # noqa: ANN401
    """Whether two records in the same place are the same one, renamed: of one kind, with something else in common."""
    if not isinstance(one, dict) or not isinstance(other, dict) or one.get(KEY) != other.get(KEY):
        return False
    return any(one[name] == other.get(name) for name in one if name not in {KEY, "includeInCitation", "roleName"}) or len(one) <= 2


def differences(before: Any, after: Any, path: Path = (), place: str = "") -> list[Change]:  # noqa: ANN401
    """All differences, in the order of the newer document."""
    return list(_differences(before, after, path, place))


def _differences(before: Any, after: Any, path: Path, place: str) -> Iterator[Change]:  # noqa: ANN401
    if before is after or (before == after and type(before) is type(after)):
        return
    if before is MISSING or after is MISSING:
        yield Change(path, "added" if before is MISSING else "removed", before, after, place)
    elif isinstance(before, dict) and isinstance(after, dict):
        for name in [*after, *(name for name in before if name not in after)]:
            yield from _differences(before.get(name, MISSING), after.get(name, MISSING), (*path, name), _below(place, name))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _in_lists(before, after, path, place)
    else:
        yield Change(path, "changed", before, after, place)


def _in_lists(before: list[Any], after: list[Any], path: Path, place: str) -> Iterator[Change]:
    found = pairs(before, after)
    order = [old for old, new in found if old is not None and new is not None]
    steady = _rising(order)
    for old, new in found:
        if new is None:
            assert old is not None  # noqa: S101 (one of the two is there)
            yield Change((*path, old), "removed", before[old], MISSING, place)
        elif old is None:
            yield Change((*path, new), "added", MISSING, after[new], place)
        else:
            named = _below(place, name_of(after[new]) if isinstance(after[new], dict) else short(after[new], 40))
            if old not in steady:
                yield Change((*path, new), "moved", before[old], after[new], named)
            yield from _differences(before[old], after[new], (*path, new), named)


def _rising(order: list[int]) -> set[int]:
    """The longest run of places that kept their order; the others were moved."""
    last: list[int] = []
    runs: list[list[int]] = []
    for one in order:
        at = bisect_left(last, one)
        run = [*(runs[at - 1] if at else []), one]
        last[at : at + 1], runs[at : at + 1] = [one], [run]
    return set(runs[-1]) if runs else set()


def _below(place: str, name: object) -> str:
    return f"{place} › {name}" if place else str(name)
