"""When a file's data begin and end: gathered from its series and tables, of which only first and last values are read.

The rules are the client's: the least of all first times, the greatest of all last ones; nothing where that is over five years.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

from dandi_tui.dataset.metadata_facts import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 3600 * 24 * 365 * 5
_MOST_UNITS = 2_000_000


class Values(Protocol):
    """A dataset of a file: its length, and values of it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its lengths; none for a scalar."""

    def __getitem__(self, index: Any) -> Any: ...  # noqa: ANN401


class Members(Protocol):
    """A group of a file: its datasets by name, None for what is not there or may not be read, and attributes."""

    def dataset(self, name: str) -> Values | None:
        """A dataset that may be read."""

    def attribute(self, dataset: str, name: str) -> Any:  # noqa: ANN401
        """An attribute of a dataset."""

    def columns(self) -> Sequence[str]:
        """The names of a table's columns."""


class Times:
    """First and last times as they are found."""

    def __init__(self) -> None:
        self._starts: list[float] = []
        self._stops: list[float] = []

    def span(self) -> Span | None:
        """The time that they cover."""
        if not self._starts or not self._stops:
            return None
        found = Span(min(self._starts), max(self._stops))
        return found if found.stop - found.start < _LONGEST else None

    def _add(self, start: float | None = None, stop: float | None = None) -> None:
        for times, value in ((self._starts, start), (self._stops, stop)):
            if value is not None and math.isfinite(value):
                times.append(float(value))

    def add_series(self, group: Members) -> None:
        """A series: its time stamps, or its start, rate and number of samples."""
        stamps = group.dataset("timestamps")
        if stamps is not None and _length(stamps):
            self._add(float(stamps[0]), float(stamps[_length(stamps) - 1]))
            return
        starting = group.dataset("starting_time")
        rate = group.attribute("starting_time", "rate")
        if starting is None or rate is None:
            return
        start = starting[()]
        self._add(float(start))
        data = group.dataset("data")
        if rate and (data is None or data.shape):
            self._add(stop=float(start + (_length(data) if data is not None else 0) / rate))

    def add_table(self, group: Members) -> None:
        """A table: intervals, spikes, or events."""
        columns = set(group.columns())
        if "start_time" in columns:
            self._add(start=_at(group.dataset("start_time"), 0))
        if "stop_time" in columns:
            self._add(stop=_at(group.dataset("stop_time"), -1))
        if "spike_times" in columns:
            self._add_spikes(group)
        if "timestamp" in columns:
            last = _at(group.dataset("timestamp"), -1)
            took = _at(group.dataset("duration"), -1) if "duration" in columns else 0.0
            self._add(_at(group.dataset("timestamp"), 0), None if last is None else last + (took or 0.0))

    def _add_spikes(self, group: Members) -> None:
        """First and last spike of each unit: spikes are in order within a unit, and not over units."""
        import numpy as np

        index, spikes = group.dataset("spike_times_index"), group.dataset("spike_times")
        if index is None or spikes is None or not 0 < _length(index) <= _MOST_UNITS or not _length(spikes):
            return
        ends = np.asarray(index[:]).astype(np.int64)
        ends = ends[np.diff(np.concatenate([[0], ends])) > 0]
        ends = ends[ends <= _length(spikes)]
        if not len(ends):
            return
        firsts = np.concatenate([[0], ends[:-1]])
        if _length(spikes) <= _MOST_UNITS:  # one read is quicker than two for each unit
            whole = spikes[:]
            self._add(float(np.min(whole[firsts])), float(np.max(whole[ends - 1])))
        else:
            self._add(float(np.min(spikes[firsts])), float(np.max(spikes[ends - 1])))


def _length(values: Values) -> int:
    return values.shape[0] if values.shape else 0


def _at(values: Values | None, at: int) -> float | None:
    if values is None or not _length(values) or len(values.shape) != 1:
        return None
    return float(values[at if at >= 0 else _length(values) + at])
