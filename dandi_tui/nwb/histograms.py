"""How the numbers of a dataset are spread: counts a bin, and what stands outside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.plotted import Spread

if TYPE_CHECKING:
    from dandi_tui.nwb.messages import Histogram
    from dandi_tui.nwb.node import Contents

_MOST_VALUES = 4_000_000


def spread(contents: Contents, asked: Histogram) -> Spread:
    """The histogram of a dataset's numbers; of one that is too long, of its first four million values.

    Raises:
        FileError: It holds no numbers, or can't be read.
    """
    import numpy as np

    found, bins = contents.dataset(asked.path), asked.bins
    if not found.is_numbers or found.shape is None:
        raise FileError(f"{asked.path} holds no numbers")
    total = math.prod(found.shape)
    row = max(1, math.prod(found.shape[1:]))
    rows = min(found.rows, max(1, _MOST_VALUES // row))
    if row > _MOST_VALUES:
        raise FileError("one row holds too many values to be read for a look")
    values = np.asarray(found.read(slice(0, rows)), dtype="float64").reshape(-1)
    known = values[np.isfinite(values)]
    if not known.size:
        return Spread(path=asked.path, total=total, taken=int(values.size), unknown=int(values.size), low=0.0, high=0.0, mean=0.0, counts=[0] * bins)
    low, high = float(known.min()), float(known.max())
    counts, _ = np.histogram(known, bins=bins, range=(low, high) if high > low else (low - 0.5, low + 0.5))
    return Spread(
        path=asked.path,
        total=total,
        taken=int(values.size),
        unknown=int(values.size - known.size),
        low=low,
        high=high,
        mean=float(known.mean()),
        counts=[int(count) for count in counts],
    )
