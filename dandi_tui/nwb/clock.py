"""When the samples of a series were taken: by a start and a rate, or by timestamps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.model import FileError

if TYPE_CHECKING:
    from dandi_tui.nwb.node import Dataset, Group

_MOST_STAMPS = 200_000
_PROBES = 128
_LONGEST_SESSION = 1e8
"""Seconds: three years. What lies beyond is no time in seconds."""


class Clock:
    """The time axis of a series.

    Args:
        group: The series.
        samples: How many samples its data have.

    Raises:
        FileError: It has no times, or they can't be read.
    """

    def __init__(self, group: Group, samples: int) -> None:
        self.samples = samples
        self.rate, self.begin = 0.0, 0.0
        self.stamps: Dataset | None = None
        start, stamps = group.dataset("starting_time"), group.dataset("timestamps")
        if start is not None and start.shape is not None:
            self.begin = float(start.read(()).item() if not start.shape else start.read(0))
            self.rate = start.number("rate", 0.0)
        elif stamps is not None and stamps.is_numbers:
            self.stamps, self.samples = stamps, min(samples, stamps.rows)
            self.begin = float(stamps.read(0)) if self.samples else 0.0
        if self.stamps is None and not (math.isfinite(self.rate) and self.rate > 0):
            raise FileError("the series has neither timestamps nor a rate: it has no time axis")
        if not math.isfinite(self.begin):
            raise FileError(f"its first time is {self.begin}: it has no time axis")

    @property
    def end(self) -> float:
        """When it ends."""
        if self.stamps is None:
            return self.begin + self.samples / self.rate
        end = float(self.stamps.read(self.samples - 1)) if self.samples else self.begin
        return end if math.isfinite(end) else self.begin

    def oddness(self) -> str:
        """What is odd of the times; empty where nothing is."""
        end = self.end
        if end < self.begin:
            return f"its times go backwards, from {self.begin:.6g} to {end:.6g} s"
        if self.stamps is not None and self.samples > 1 and end == self.begin:
            return f"its first and last time are the same: {end:.6g} s"
        if max(abs(end), abs(self.begin)) > _LONGEST_SESSION:
            return f"its times reach {max(abs(end), abs(self.begin)):.3g} s: are they in another unit?"
        return ""

    def sample_at(self, time: float) -> int:
        """The first sample at or after a time; timestamps are looked through by halves."""
        if self.stamps is None:
            return max(0, min(self.samples, math.ceil((time - self.begin) * self.rate - 1e-9)))
        low, high = 0, self.samples
        while low < high:
            middle = (low + high) // 2
            if float(self.stamps.read(middle)) < time:
                low = middle + 1
            else:
                high = middle
        return low

    def time_of(self, sample: int) -> float:
        """When a sample was taken."""
        if self.stamps is None:
            return self.begin + sample / self.rate
        return float(self.stamps.read(max(0, min(sample, self.samples - 1)))) if self.samples else self.begin

    def edges(self, low: int, high: int, times: Any) -> list[int]:  # noqa: ANN401 (an ascending array)
        """The first sample at or after each of some times, among the samples from `low` to before `high`.

        Of very many timestamps some are read, and the places between these are estimated.
        """
        import numpy as np

        if self.stamps is None:
            found = np.ceil((np.asarray(times) - self.begin) * self.rate - 1e-9)
        elif high - low <= _MOST_STAMPS:
            stamps = np.asarray(self.stamps.read(slice(low, high)), dtype="float64") if high > low else np.zeros(0)
            found = low + np.searchsorted(stamps, times)
        else:
            places = np.linspace(low, high - 1, _PROBES).astype(int)
            known = np.array([float(self.stamps.read(int(place))) for place in places])
            found = np.ceil(np.interp(times, known, places))
        return [int(one) for one in np.clip(found, low, high)]
