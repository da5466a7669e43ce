"""What of a file lives in time, wherever it stands: series, interval tables, units, and the columns of times to align to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.nwb.core_types import CORE_PARENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dandi_tui.nwb.model import Listed

MOST_OBJECTS = 50_000
_NUMBERS = ("int", "uint", "float", "bool")
_EVENTS = frozenset(("AnnotationSeries", "BehavioralEvents", "Events", "LabeledEvents", "TTLs"))
_TIMES = frozenset(("timestamp", "timestamps", "start_time", "stop_time"))


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """What lives in time.

    Attributes:
        series: Paths of series of numbers.
        marks: Paths of series whose data are no numbers: annotations, and events that are times alone.
        intervals: Paths of tables with a start in each row.
        units: Paths of tables with spike times.
        alignments: Columns of times, as `PATH/COLUMN`; those of trials first.
        whole: Whether all of the file was looked at.
    """

    series: list[str] = []
    marks: list[str] = []
    intervals: list[str] = []
    units: list[str] = []
    alignments: list[str] = []
    whole: bool = True


def catalogue(objects: Iterable[Listed], ancestry: Callable[[str], list[str]] = lambda kind: [kind]) -> Catalogue:
    """What lives in time among the objects of a file, by what each group holds.

    Args:
        objects: All objects, as they are listed.
        ancestry: The types that a type is one of.
    """
    held: dict[str, dict[str, Listed]] = {}
    kinds: dict[str, str] = {}
    count = 0
    for one in objects:
        count += 1
        above, _, name = one.path.rpartition("/")
        held.setdefault(above, {})[name] = one
        if one.kind == "group" and one.neurodata_type:
            kinds[one.path] = one.neurodata_type
    found = Catalogue(whole=count < MOST_OBJECTS)
    for path in sorted(held):
        above = kinds.get(path.rpartition("/")[0], "")
        _take(found, path, held[path], [*ancestry(kinds.get(path, "")), *(ancestry(above) if above == "BehavioralEvents" else ())])
    found.alignments.sort(key=lambda one: (not one.startswith("/intervals/trials/"), "/trials/" not in one, not one.startswith("/intervals/"), one))
    return found


def _take(found: Catalogue, path: str, members: dict[str, Listed], kinds: list[str]) -> None:
    if path.startswith("/specifications"):
        return
    timed = members.keys() & {"timestamps", "starting_time"}
    data = members.get("data")
    if timed and (data is None or data.kind != "group"):
        numbers = data is not None and (data.kind == "link" or (bool(data.shape) and is_number(data.dtype)))
        (found.series if numbers else found.marks).append(path)
        events = not numbers or not _EVENTS.isdisjoint(kinds)
        if "timestamps" in members and events and _few(members["timestamps"]):
            found.alignments.append(f"{path}/timestamps")
    if "spike_times" in members and "spike_times_index" in members:
        found.units.append(path)
    elif "id" in members or "TimeIntervals" in kinds:
        times = [name for name, one in members.items() if name in _TIMES or name.endswith("_time")]
        times = [name for name in times if len(members[name].shape or []) == 1 and (members[name].dtype or "").startswith(("float", "<f", ">f"))]
        if "start_time" in times:
            found.intervals.append(path)
        found.alignments.extend(f"{path}/{name}" for name in sorted(times))


def _few(stamps: Listed) -> bool:
    """Whether there are so few times that they can be events."""
    return bool(stamps.shape) and (stamps.shape or [0])[0] <= 100_000


def is_number(dtype: str | None) -> bool:
    """Whether a type in words, of HDF5 or Zarr, is one of numbers."""
    words = dtype or ""
    return words.startswith(_NUMBERS) or (len(words) > 2 and words[0] in "<>|" and words[1] in "iufb")


def core_ancestry(kind: str) -> list[str]:
    """A type of NWB's core and those that it inherits from."""
    chain = []
    here: str | None = kind
    while here and here not in chain:
        chain.append(here)
        here = CORE_PARENTS.get(here)
    return chain
