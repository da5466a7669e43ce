"""A series around the times of a column: a segment an event, their mean and how far they spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.clock import Clock
from dandi_tui.nwb.conditions import event_rows, grouped, oddness
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.plotted import Aligned, Bunch
from dandi_tui.nwb.traces import scaling, series_data

if TYPE_CHECKING:
    from dandi_tui.nwb.messages import Segments
    from dandi_tui.nwb.node import Contents, Dataset

_MOST_EVENTS = 400
_MOST_VALUES = 8_000_000


def aligned(contents: Contents, asked: Segments) -> Aligned:
    """The segments of a channel around events, each in as many columns as are asked for.

    Raises:
        FileError: There are no times or no numbers, or they can't be read.
    """
    import numpy as np

    group, data = series_data(contents, asked.path)
    clock = Clock(group, data.rows)
    if asked.after <= asked.before:
        raise FileError("the window has no length")
    times, places = event_rows(contents, asked.align, 100_000)
    inside = [at for at, time in enumerate(times) if time + asked.after > clock.begin and time + asked.before < clock.end]
    groups = _thinned(grouped(contents, asked.align, asked.by, [places[at] for at in inside]), len(inside))
    events = [times[inside[at]] for _, _, those in groups for at in those]
    width = int(data.shape[1]) if data.shape and len(data.shape) > 1 else 1
    channel = max(0, min(asked.channel, width - 1))
    ((factor, offset),) = scaling(group, data, channel, channel + 1)
    spans = [(clock.sample_at(time + asked.before), clock.sample_at(time + asked.after)) for time in events]
    if sum(high - low for low, high in spans) > _MOST_VALUES:
        raise FileError("the segments hold too many samples for a look: choose a shorter window")
    data.expect([_where(data, low, high, channel) for low, high in spans if high > low])
    edges = np.linspace(asked.before, asked.after, asked.columns + 1)
    rows = np.full((len(events), asked.columns), np.nan)
    for at, (time, (low, high)) in enumerate(zip(events, spans, strict=True)):
        if high > low:
            rows[at] = _columns(clock, data, channel, low, high, time + edges) * factor + offset
    mean, error = _mean(rows)
    return Aligned(
        start=asked.before, stop=asked.after, events=len(times), shown=len(events), channel=channel, channels=width, unit=data.text("unit")[:60],
        mean=mean, error=error, rows=rows.tolist(), groups=_bunches(groups, rows) if asked.by else [], note=oddness(contents, asked.align),
    )  # fmt: skip


def _thinned(groups: list[tuple[str, list[int]]], count: int) -> list[tuple[str, int, list[int]]]:
    """Each group's name, how many events it has, and as many of them, evenly, as are its part of those that are read."""
    found = []
    for name, those in groups:
        kept = len(those) if count <= _MOST_EVENTS else max(1, len(those) * _MOST_EVENTS // count)
        found.append((name, len(those), [those[at * len(those) // kept] for at in range(kept)] if those else []))
    return found


def _bunches(groups: list[tuple[str, int, list[int]]], rows: Any) -> list[Bunch]:  # noqa: ANN401
    found, at = [], 0
    for name, events, those in groups:
        mean, error = _mean(rows[at : at + len(those)])
        found.append(Bunch(name=name, events=events, shown=len(those), mean=mean, error=error))
        at += len(those)
    return found


def _mean(rows: Any) -> tuple[list[float], list[float]]:  # noqa: ANN401
    """The mean of each column and its standard error, of the values that are known; NaN where none is."""
    import numpy as np

    with np.errstate(all="ignore"):
        count = np.isfinite(rows).sum(axis=0)
        mean = np.where(count > 0, np.nansum(rows, axis=0) / np.maximum(1, count), np.nan)
        error = np.sqrt(np.nansum((rows - mean) ** 2, axis=0) / np.maximum(1, count - 1)) / np.sqrt(np.maximum(1, count))
    return mean.tolist(), error.tolist()


def _where(data: Dataset, low: int, high: int, channel: int) -> Any:  # noqa: ANN401
    dimensions = len(data.shape or ())
    return slice(low, high) if dimensions == 1 else (slice(low, high), channel, *(0,) * (dimensions - 2))


def _columns(clock: Clock, data: Dataset, channel: int, low: int, high: int, times: Any) -> Any:  # noqa: ANN401
    """The mean of each column's samples; columns between samples stand on the line between these."""
    import numpy as np

    values = np.asarray(data.read(_where(data, low, high, channel)), dtype="float64")
    edges = np.array(clock.edges(low, high, times)) - low
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    taken = counts[edges[1:]] - counts[edges[:-1]]
    with np.errstate(all="ignore"):
        mean = np.where(taken > 0, (sums[edges[1:]] - sums[edges[:-1]]) / np.maximum(1, taken), np.nan)
    filled = np.flatnonzero(np.isfinite(mean))
    if len(filled) > 1 and high - low < len(mean) * 2:
        between = np.arange(filled[0], filled[-1] + 1)
        mean[between] = np.interp(between, filled, mean[filled])
    return mean
