"""A series of two or three coordinates as a path in the plane."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.clock import Clock
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.plotted import Way
from dandi_tui.nwb.traces import scaling, series_data

if TYPE_CHECKING:
    from dandi_tui.nwb.messages import Places
    from dandi_tui.nwb.node import Contents, Dataset

_MOST_POINTS = 6_000
_MOST_VALUES = 2_000_000


def way(contents: Contents, asked: Places) -> Way:
    """Where something was in a window of time, thinned evenly to some thousand points.

    Raises:
        FileError: The series has not two coordinates, or no times.
    """
    import numpy as np

    group, data = series_data(contents, asked.path)
    if len(data.shape or ()) != 2 or (data.shape or (0, 0))[1] < 2:
        raise FileError("a path needs two coordinates: this series has one")
    clock = Clock(group, data.rows)
    low = clock.sample_at(asked.start) if asked.start is not None else 0
    high = max(low, clock.sample_at(asked.stop) if asked.stop is not None else clock.samples)
    step = max(1, math.ceil((high - low) / _MOST_POINTS))
    points = _points(data, low, high, step)
    for axis, (factor, offset) in enumerate(scaling(group, data, 0, 2)):
        points[:, axis] = points[:, axis] * factor + offset
    known = points[np.isfinite(points).all(axis=1)]
    return Way(
        start=asked.start if asked.start is not None else clock.begin,
        stop=asked.stop if asked.stop is not None else clock.end,
        begin=clock.begin,
        end=clock.end,
        samples=clock.samples,
        step=step,
        unknown=len(points) - len(known),
        x=points[:, 0].tolist(),
        y=points[:, 1].tolist(),
        unit=data.text("unit")[:60],
        frame=group.text("reference_frame")[:200] or _frame_of(group),
    )


def _frame_of(group: Any) -> str:  # noqa: ANN401 (a group)
    held = group.dataset("reference_frame")
    try:
        value = held.read(()) if held is not None and held.shape == () else ""
    except FileError:
        return ""
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))[:200]


def _points(data: Dataset, low: int, high: int, step: int) -> Any:  # noqa: ANN401 (an array of two columns)
    import numpy as np

    if (high - low) * 2 <= _MOST_VALUES:
        return np.asarray(data.read((slice(low, high), slice(0, 2))), dtype="float64")[::step].copy()
    return np.asarray(data.read((slice(low, high, step), slice(0, 2))), dtype="float64")
