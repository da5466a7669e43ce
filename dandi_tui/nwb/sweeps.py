"""Intracellular recordings by sweep: which responses and stimuli belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.catalogue import core_ancestry
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.node import Contents, Group
from dandi_tui.nwb.plotted import Sweep

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = 2_000
_TABLE = "/general/intracellular_ephys/intracellular_recordings"


def sweeps(contents: Contents, ancestry: Callable[[str], list[str]] = core_ancestry) -> list[Sweep]:
    """The sweeps of a file: by the table of recordings where there is one, else by the number that each series has.

    Raises:
        FileError: There are none.
    """
    found = _by_table(contents) or _by_number(contents, ancestry)
    if not found:
        raise FileError("there are no intracellular recordings in this file")
    return found


def _by_table(contents: Contents) -> list[Sweep]:
    table = contents.find(_TABLE)
    if not isinstance(table, Group):
        return []
    sides = {name: _column(contents, table, name) for name in ("responses", "stimuli")}
    count = max(len(one) for one in sides.values())
    names = _electrodes(contents, table)
    found = []
    for at in range(count):
        response, stimulus = (side[at : at + 1] for side in (sides["responses"], sides["stimuli"]))
        label = names[at] if at < len(names) else ""
        found.append(Sweep(str(at), [one for one in response if one], [one for one in stimulus if one], label))
    return [one for one in found if one.responses or one.stimuli]


def _column(contents: Contents, table: Group, side: str) -> list[str]:
    """The series that each row of one of the table's parts refers to."""
    part = table.group(side)
    column = next((one for one in (part.dataset(name) for name in ("response", "stimulus")) if one is not None), None) if part else None
    if column is None:
        return []
    return [_series_of(contents, value) for value in column.read(slice(0, _MOST))]


def _series_of(contents: Contents, value: Any) -> str:  # noqa: ANN401 (a compound of start, count and series)
    names = getattr(getattr(value, "dtype", None), "names", None)
    if names and "timeseries" in names:
        count = int(value["count"]) if "count" in names else 1
        return contents.cell(value["timeseries"]).removeprefix("→ ") if count > 0 else ""
    last = value[-1] if isinstance(value, (list, tuple)) and value else None
    words = contents.cell(last)
    return words.removeprefix("→ ") if words.startswith("→ /") else ""


def _electrodes(contents: Contents, table: Group) -> list[str]:
    part = table.group("electrodes")
    column = part.dataset("electrode") if part else None
    try:
        return [contents.cell(one).rpartition("/")[2] for one in column.read(slice(0, _MOST))] if column is not None else []
    except FileError:
        return []


def _by_number(contents: Contents, ancestry: Callable[[str], list[str]]) -> list[Sweep]:
    found: dict[str, Sweep] = {}
    for place, is_response in (("/acquisition", True), ("/stimulus/presentation", False)):
        group = contents.find(place)
        if not isinstance(group, Group):
            continue
        for name in group.names()[:_MOST]:
            series = group.group(name)
            if series is None or "PatchClampSeries" not in ancestry(series.neurodata_type):
                continue
            number = series.attribute("sweep_number")
            key = str(int(number)) if number is not None and getattr(number, "size", 1) == 1 else name
            sweep = found.setdefault(key, Sweep(key, [], [], ""))
            (sweep.responses if is_response else sweep.stimuli).append(series.path)
    return sorted(found.values(), key=lambda one: (not one.name.isdigit(), int(one.name) if one.name.isdigit() else 0, one.name))
