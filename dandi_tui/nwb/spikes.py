"""Units: the spikes of one, over the session or around the times of a column (a peristimulus time histogram); or of all at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.conditions import event_rows, grouped, oddness
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.node import Contents, Group
from dandi_tui.nwb.plotted import Bunch, Population, Raster
from dandi_tui.nwb.values import ragged_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dandi_tui.nwb.messages import AllSpikes, Spikes

_MOST_SPIKES = 5_000_000
_MOST_SHOWN = 4_000


class _Units:
    """The spike times of a table of units."""

    def __init__(self, contents: Contents, path: str) -> None:
        contents.ahead([path])
        table = contents.at(path)
        data = table.dataset("spike_times") if isinstance(table, Group) else None
        index = table.dataset("spike_times_index") if isinstance(table, Group) else None
        if not isinstance(table, Group) or data is None or index is None or not index.shape or not data.shape:
            raise FileError("it holds no spike times of units")
        self.table, self.data, self.index = table, data, index
        self.count = index.rows

    def bounds(self, first: int, last: int) -> list[tuple[int, int]]:
        return ragged_bounds(self.index, first, min(last, self.count))

    def spikes(self, low: int, high: int, unit: int) -> Any:  # noqa: ANN401 (an ascending array)
        import numpy as np

        if not 0 <= low <= high <= self.data.rows:
            raise FileError(f"the spikes {low} to {high} of unit {unit} are not there: the table has {self.data.rows}")
        found = np.sort(np.asarray(self.data.read(slice(low, min(high, low + _MOST_SPIKES))), dtype="float64"))
        return found[np.isfinite(found)]

    def name(self, unit: int) -> str:
        column = self.table.dataset("id")
        try:
            return str(column.read(unit)) if column is not None and column.shape else str(unit)
        except FileError:
            return str(unit)


def raster(contents: Contents, asked: Spikes) -> Raster:
    """The spikes of a unit, as rows of times and as counts a bin.

    Raises:
        FileError: The table holds no spike times, or they can't be read.
    """
    import numpy as np

    units = _Units(contents, asked.path)
    unit = max(0, min(asked.unit, units.count - 1))
    ((low, high),) = units.bounds(unit, unit + 1) or [(0, 0)]
    spikes = units.spikes(low, high, unit)
    start, stop, events, places = _window(contents, asked, spikes)
    rows: list[list[float]] = []
    groups, counts = [], np.zeros(asked.bins)
    width = (stop - start) / asked.bins
    for name, those in grouped(contents, asked.align, asked.by if asked.align else "", places):
        around, held = _around(spikes, [events[at] for at in those], (start, stop), asked.bins)
        rows += around
        counts += held
        groups.append(Bunch(name=name, events=len(those), shown=len(those), mean=(held / width / max(1, len(those))).tolist()))
    length = float(spikes[-1] - spikes[0]) if len(spikes) > 1 else 0.0
    return Raster(
        unit=unit,
        units=units.count,
        name=units.name(unit),
        spikes=high - low,
        rate=len(spikes) / length if length > 0 else 0.0,
        start=start,
        stop=stop,
        events=len(events),
        rows=rows,
        rates=[float(count) / width / max(1, len(events)) for count in counts],
        groups=groups if asked.by else [],
        note=oddness(contents, asked.align) if asked.align else "",
    )


def _around(spikes: Any, events: list[float], window: tuple[float, float], bins: int) -> tuple[list[list[float]], Any]:  # noqa: ANN401 (arrays)
    """The spikes around each of some times, thinned to what a row can show, and how many there are in each bin of all of them."""
    import numpy as np

    rows, counts = [], np.zeros(bins)
    for event in events:
        first, last = np.searchsorted(spikes, (event + window[0], event + window[1]))
        around = spikes[first:last] - event
        counts += np.histogram(around, bins=bins, range=window)[0]
        rows.append(around[:: max(1, len(around) // 1000)].tolist())
    return rows, counts


def _window(contents: Contents, asked: Spikes, spikes: Any) -> tuple[float, float, list[float], list[int]]:  # noqa: ANN401 (an array)
    """The window, and the times that it is laid around with their rows: of the whole session, its start alone."""
    if not asked.align:
        start, stop = (float(spikes[0]), float(spikes[-1])) if len(spikes) else (0.0, 1.0)
        return start, stop if stop > start else start + 1.0, [0.0], [0]
    events, rows = event_rows(contents, asked.align)
    if not (math.isfinite(asked.before) and math.isfinite(asked.after)) or asked.after <= asked.before:
        raise FileError("the window has no length")
    return asked.before, asked.after, events, rows


def population(contents: Contents, asked: AllSpikes) -> Population:
    """Spikes of many units in a window of the session, a row a unit.

    Raises:
        FileError: The table holds no spike times, or they can't be read.
    """
    import numpy as np

    units = _Units(contents, asked.path)
    first = max(0, min(asked.first, units.count - 1))
    bounds = units.bounds(first, first + asked.count)
    if not all(0 <= low <= high for low, high in bounds):
        raise FileError("its index of spike times goes backwards")
    units.data.expect([slice(low, high) for low, high in bounds])
    held = [units.spikes(*one, first + at) for at, one in enumerate(bounds)] if sum(high - low for low, high in bounds) <= _MOST_SPIKES else None

    def each() -> Iterator[Any]:
        """The spikes of each unit; very many are read once more rather than kept."""
        return iter(held) if held is not None else (units.spikes(*one, first + at) for at, one in enumerate(bounds))

    ends = [(float(one[0]), float(one[-1])) for one in each() if len(one)]
    begin, end = min((one for one, _ in ends), default=0.0), max((one for _, one in ends), default=1.0)
    start = asked.start if asked.start is not None else begin
    stop = asked.stop if asked.stop is not None else max(end, start + 1e-3)
    rows, rates = [], np.zeros(asked.bins)
    for one in each():
        low, high = np.searchsorted(one, (start, stop))
        within = one[low:high]
        rates += np.histogram(within, bins=asked.bins, range=(start, stop))[0]
        rows.append(within[:: max(1, len(within) // _MOST_SHOWN)].tolist())
    width = (stop - start) / asked.bins
    mean = [float(one) / width / max(1, len(bounds)) for one in rates]
    return Population(
        units=units.count, first=first, names=[units.name(first + at) for at in range(len(bounds))], begin=begin, end=end, start=start, stop=stop,
        rows=rows, rates=mean, total=[high - low for low, high in bounds],
    )  # fmt: skip
