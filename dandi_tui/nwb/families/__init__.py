"""What objects are at a glance, by family of neurodata types: one module a family, and the registry that chooses.

A family is chosen by the nearest type of an object's ancestry that a family names, wherever the object stands; an object of no known
type by what it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.nwb.families import apparatus, behavior, containers, ecephys, icephys, images, ophys, series, tables, units
from dandi_tui.nwb.model import FileError, Glance
from dandi_tui.nwb.node import Contents, Dataset, Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.nwb.families.family import Family

FAMILIES: tuple[Family, ...] = (
    *series.FAMILIES, *ecephys.FAMILIES, *icephys.FAMILIES, *behavior.FAMILIES, *ophys.FAMILIES, *images.FAMILIES, *units.FAMILIES,
    *tables.FAMILIES, *apparatus.FAMILIES, *containers.FAMILIES,
)  # fmt: skip
_HOLDERS = frozenset(("ProcessingModule",))
BY_TYPE = {kind: family for family in FAMILIES for kind in family.types}


def family_of(ancestry: Sequence[str], found: Group | Dataset) -> Family:
    """The family of an object.

    Args:
        ancestry: Its type and those that this inherits from, the nearest first; empty without a type.
        found: The object.
    """
    for kind in ancestry:
        if kind in BY_TYPE and BY_TYPE[kind].fits(found):
            # That it holds something says nothing of what it is: types of extensions inherit from no more than that.
            return _by_shape(found) if BY_TYPE[kind] is containers.CONTAINER and kind not in _HOLDERS else BY_TYPE[kind]
    return _by_shape(found)


def _by_shape(found: Group | Dataset) -> Family:
    """By what an object holds, whatever its type is called."""
    if isinstance(found, Dataset):
        return images.IMAGE if found.neurodata_type and images.is_image(found) else tables.VALUES
    if found.dataset("spike_times") is not None and found.dataset("spike_times_index") is not None:
        return units.UNITS
    if (timed := _timed(found)) is not None:
        return timed
    if found.dataset("start_time") is not None and found.dataset("id") is not None:
        return tables.INTERVALS
    if found.dataset("id") is not None:
        return tables.TABLE
    return containers.CONTAINER


def _timed(found: Group) -> Family | None:
    """Data with times are a series; times alone are events."""
    times = found.dataset("timestamps")
    if found.get("data") is not None and (found.get("timestamps") is not None or found.get("starting_time") is not None):
        return series.SERIES
    return behavior.EVENTS if times is not None and len(times.shape or ()) == 1 and times.is_numbers else None


def glance(contents: Contents, path: str, ancestry: Sequence[str], *, fully: bool = False) -> Glance:
    """What an object is; one that is odd says why.

    Args:
        contents: The file.
        path: The object.
        ancestry: Its type and those that this inherits from.
        fully: With all facts, some of which take reading; else with those for a line of the tree.
    """
    try:
        found = contents.at(path)
        if not isinstance(found, (Group, Dataset)):
            return Glance(family="object")
        family = family_of(ancestry, found)
        told = family.glance(contents, found, fully)
        return msgspec.structs.replace(told, family=family.name, facts=[(name, words) for name, words in told.facts if words.strip()])
    except FileError as error:
        return Glance(family="object", reason=str(error), views=["tree"])
    except (ValueError, TypeError, ArithmeticError, LookupError) as error:
        return Glance(family="object", reason=f"it is not what its type says: {error}", views=["tree"])
