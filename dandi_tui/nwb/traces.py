"""A series in time: which samples a window holds, and the least and greatest of each column of the screen."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.clock import Clock
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.node import Contents, Dataset, Group
from dandi_tui.nwb.plotted import Trace

if TYPE_CHECKING:
    from dandi_tui.nwb.messages import Window

_MOST_VALUES = 4_000_000
_FIRST_LOOK = 20
"""Samples a column, of a window that nobody chose."""


def series_data(contents: Contents, path: str) -> tuple[Group, Dataset]:
    """The group of a series and its data.

    Raises:
        FileError: It is no series of numbers.
    """
    group = contents.at(path)
    data = group.dataset("data") if isinstance(group, Group) else None
    if not isinstance(group, Group) or data is None or not data.is_numbers:
        raise FileError("it is no series of numbers in time")
    return group, data


def trace(contents: Contents, asked: Window) -> Trace:
    """A window of a series, one value pair a column and channel.

    Raises:
        FileError: It has no times or no numbers, or can't be read.
    """
    import numpy as np

    contents.ahead([asked.path])
    group, data = series_data(contents, asked.path)
    clock = Clock(group, data.rows)
    low, high, start, stop = _span(clock, asked)
    width = int(data.shape[1]) if data.shape and len(data.shape) > 1 else 1
    first = max(0, min(asked.first, width - 1))
    last = min(width, first + asked.channels)
    edges = clock.edges(low, high, np.linspace(start, stop, asked.columns + 1)) if stop > start else [low] + [high] * asked.columns
    edges[-1] = high
    lows, highs, share = decimated(data, edges, first, last)
    if high - low < asked.columns:
        _bridge(lows, highs)
    _scale(lows, highs, scaling(group, data, first, last))
    return Trace(
        start=start,
        stop=stop,
        begin=clock.begin,
        end=clock.end,
        channels=width,
        first=first,
        low=lows.tolist(),
        high=highs.tolist(),
        unit=data.text("unit")[:60],
        rate=clock.rate,
        samples=clock.samples,
        share=share,
        note=clock.oddness(),
        place=_further(data),
    )


def _span(clock: Clock, asked: Window) -> tuple[int, int, float, float]:
    """From which sample to before which a window reaches, and from when to when; one that nobody chose holds the first few a column."""
    low = clock.sample_at(asked.start) if asked.start is not None else 0
    high = clock.sample_at(asked.stop) if asked.stop is not None else min(clock.samples, low + _FIRST_LOOK * asked.columns)
    high = max(low, high)
    begin = clock.time_of(low) if clock.samples else 0.0
    start = asked.start if asked.start is not None else begin
    stop = asked.stop if asked.stop is not None else max(begin, clock.time_of(high) if high > low else clock.begin)
    return low, high, start, stop


def _scale(lows: Any, highs: Any, factors: list[tuple[float, float]]) -> None:  # noqa: ANN401 (arrays)
    """Turns stored values into the series' unit; a factor below zero makes the least the greatest."""
    for lane, (factor, offset) in enumerate(factors):
        scaled = [lows[lane] * factor + offset, highs[lane] * factor + offset]
        lows[lane], highs[lane] = scaled if factor >= 0 else scaled[::-1]


def _further(data: Dataset) -> str:
    """Where in further dimensions the values stand."""
    lengths = (data.shape or ())[2:]
    return f"[:, :{', 0' * len(lengths)}] of {' × '.join(f'{one:,}' for one in data.shape or ())}" if lengths else ""


def scaling(group: Group, data: Dataset, first: int, last: int) -> list[tuple[float, float]]:
    """Factor and offset of each channel, from stored values to the series' unit."""
    factor, offset = data.number("conversion", 1.0) or 1.0, data.number("offset", 0.0)
    each = group.dataset("channel_conversion")
    if each is None or not each.is_numbers or each.rows < last:
        return [(factor, offset)] * (last - first)
    return [(factor * float(one), offset) for one in each.read(slice(first, last)).reshape(last - first, -1)[:, 0]]


def decimated(data: Dataset, edges: list[int], first: int, last: int) -> tuple[Any, Any, float]:
    """Least and greatest of each column; where a window holds too many values, of the beginning of each column's stretch.

    Args:
        data: The values.
        edges: The first sample of each column, and the one after the last.
        first: The first channel.
        last: The one after the last.

    Returns:
        Two arrays of channels × columns, NaN where there is no value, and the share of samples that was read.
    """
    import numpy as np

    columns, count, wide = len(edges) - 1, edges[-1] - edges[0], last - first
    lows = np.full((wide, columns), np.nan)
    highs = np.full((wide, columns), np.nan)
    sparse = count * wide > _MOST_VALUES
    each = max(1, _MOST_VALUES // (wide * columns)) if sparse else count
    stretches = [(start, min(stop, start + each)) for start, stop in itertools.pairwise(edges)]
    where = (
        [_where(data, start, stop, first, last) for start, stop in stretches if stop > start] if sparse else [_where(data, edges[0], edges[-1], first, last)]
    )
    if count:
        data.expect(where)
    piece = _slice(data, edges[0], edges[-1], first, last) if count and not sparse else None
    taken = 0
    for at, (start, stop) in enumerate(stretches):
        if stop <= start:
            continue
        values = piece[start - edges[0] : stop - edges[0]] if piece is not None else _slice(data, start, stop, first, last)
        taken += len(values)
        kept = np.asarray(values, dtype="float64")
        known = np.isfinite(kept)
        some = known.any(axis=0)
        lows[some, at] = np.where(known, kept, np.inf).min(axis=0)[some]
        highs[some, at] = np.where(known, kept, -np.inf).max(axis=0)[some]
    return lows, highs, taken / count if count else 1.0


def _bridge(lows: Any, highs: Any) -> None:  # noqa: ANN401 (arrays)
    """Fills the columns between samples that stand further apart than columns do, along straight lines."""
    import numpy as np

    for low, high in zip(lows, highs, strict=True):
        known = np.flatnonzero(np.isfinite(low))
        if len(known) < 2:
            continue
        between = np.arange(known[0], known[-1] + 1)
        middle = np.interp(between, known, (low[known] + high[known]) / 2)
        empty = ~np.isfinite(low[between])
        low[between[empty]] = high[between[empty]] = middle[empty]


def _where(data: Dataset, start: int, stop: int, first: int, last: int) -> Any:  # noqa: ANN401
    dimensions = len(data.shape or ())
    return slice(start, stop) if dimensions == 1 else (slice(start, stop), slice(first, last), *(0,) * (dimensions - 2))


def _slice(data: Dataset, start: int, stop: int, first: int, last: int) -> Any:  # noqa: ANN401
    """Samples by channels, always of two dimensions."""
    found = data.read(_where(data, start, stop, first, last))
    return found[:, None] if found.ndim == 1 else found
