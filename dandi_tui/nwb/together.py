"""Several objects on one time axis: series as traces, intervals as spans, units and events as ticks."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.clock import Clock
from dandi_tui.nwb.costs import PriceError
from dandi_tui.nwb.messages import Window
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.plotted import Lane, Shared
from dandi_tui.nwb.traces import trace

if TYPE_CHECKING:
    from dandi_tui.nwb.messages import Extents, Together
    from dandi_tui.nwb.node import Contents, Dataset, Group

_MOST_SPANS = 4_000
_MOST_TIMES = 2_000_000
_MOST_OBJECTS = 500


def extents(contents: Contents, asked: Extents) -> Shared:
    """From when to when objects reach, each with what is odd of its times."""
    lanes = []
    contents.ahead(asked.paths[:_MOST_OBJECTS])
    for path in asked.paths[:_MOST_OBJECTS]:
        try:
            lanes.append(_extent(contents, path))
        except PriceError:
            raise
        except FileError as error:
            lanes.append(Lane(path=path, kind="none", note=str(error)))
    return _shared(lanes, None, None)


def _shared(lanes: list[Lane], start: float | None, stop: float | None) -> Shared:
    """Lanes with the axis that they share; times that can't be seconds do not stretch it."""
    good = [one for one in lanes if one.kind != "none" and not one.note]
    begin = min((one.begin for one in good), default=0.0)
    end = max((one.end for one in good), default=1.0)
    return Shared(begin=begin, end=end, start=begin if start is None else start, stop=max(end, begin + 1e-9) if stop is None else stop, lanes=lanes)


def _extent(contents: Contents, path: str) -> Lane:
    group = contents.group(path)
    if (times := group.dataset("start_time")) is not None:
        stops = group.dataset("stop_time")
        begin, end = _least_and_greatest(times)
        with suppress(FileError):  # stops of which none is known: the starts tell when it ends
            end = max(end, _least_and_greatest(stops)[1] if stops is not None and stops.rows else end)
        return Lane(path=path, kind="spans", begin=begin, end=end, count=times.rows)
    if (times := group.dataset("spike_times")) is not None:
        begin, end = _least_and_greatest(times)
        return Lane(path=path, kind="ticks", begin=begin, end=end, count=times.rows)
    data, stamps = group.dataset("data"), group.dataset("timestamps")
    samples = data.rows if data is not None and data.shape else stamps.rows if stamps is not None else 0
    clock = Clock(group, samples)
    kind = "trace" if data is not None and data.is_numbers else "ticks"
    return Lane(path=path, kind=kind, begin=clock.begin, end=clock.end, count=clock.samples, note=clock.oddness())


def _least_and_greatest(times: Dataset) -> tuple[float, float]:
    """Of times; of very many, those of both ends."""
    import numpy as np

    if not times.is_numbers:
        raise FileError("its times are no numbers")
    parts = [slice(0, _MOST_TIMES)] if times.rows <= _MOST_TIMES else [slice(0, 1000), slice(times.rows - 1000, times.rows)]
    values = np.concatenate([np.asarray(times.read(part), dtype="float64").reshape(-1) for part in parts])
    known = values[np.isfinite(values)]
    if not known.size:
        raise FileError("it has no times")
    return float(known.min()), float(known.max())


def together(contents: Contents, asked: Together) -> Shared:
    """Objects in one window of time; one that can't be shown says why, and the others stay.

    Raises:
        PriceError: It costs more than may be spent unasked.
    """
    known = extents(contents, asked.extents())
    start = known.begin if asked.start is None else asked.start
    stop = known.end if asked.stop is None else asked.stop
    if stop <= start:
        stop = start + 1e-3
    lanes = []
    for lane in known.lanes:
        try:
            lanes.append(lane if lane.kind == "none" else _FILLED[lane.kind](contents, lane, start, stop, asked.columns))
        except PriceError:
            raise
        except FileError as error:
            lanes.append(Lane(path=lane.path, kind="none", note=str(error)))
    return _shared(lanes, start, stop)


def _trace_lane(contents: Contents, lane: Lane, start: float, stop: float, columns: int) -> Lane:
    import msgspec

    found = trace(contents, Window(lane.path, start, stop, columns))
    note = lane.note or (f"channel 0 of {found.channels}" if found.channels > 1 else "")
    return msgspec.structs.replace(lane, low=found.low[0], high=found.high[0], unit=found.unit, words=note, share=found.share)


def _span_lane(contents: Contents, lane: Lane, start: float, stop: float, _columns: int) -> Lane:
    import msgspec
    import numpy as np

    group = contents.group(lane.path)
    starts, stops = _times(group, "start_time"), _times(group, "stop_time")
    stops = np.where(np.isfinite(stops), stops, starts) if len(stops) == len(starts) else starts
    within = np.flatnonzero((stops >= start) & (starts <= stop))
    shown = within[:: max(1, -(-len(within) // _MOST_SPANS))]
    spans = list(zip(starts[shown].tolist(), stops[shown].tolist(), strict=True))
    return msgspec.structs.replace(lane, spans=spans, words=_part(lane.count))


def _tick_lane(contents: Contents, lane: Lane, start: float, stop: float, columns: int) -> Lane:
    import msgspec
    import numpy as np

    group = contents.group(lane.path)
    times = _times(group, "spike_times" if group.dataset("spike_times") is not None else "timestamps")
    counts, _ = np.histogram(times[np.isfinite(times)], bins=columns, range=(start, stop))
    return msgspec.structs.replace(lane, counts=[int(one) for one in counts], words=_part(lane.count))


def _part(count: int) -> str:
    """What of very many times is read; empty where all are."""
    return f"the first {_MOST_TIMES:,} times" if count > _MOST_TIMES else ""


def _times(group: Group, name: str) -> Any:  # noqa: ANN401 (an array)
    import numpy as np

    found = group.dataset(name)
    if found is None or not found.is_numbers:
        return np.zeros(0)
    return np.asarray(found.read(slice(0, _MOST_TIMES)), dtype="float64").reshape(-1)


_FILLED = {"trace": _trace_lane, "spans": _span_lane, "ticks": _tick_lane}
