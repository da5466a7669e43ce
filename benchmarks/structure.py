"""The structure of a file with 2,000 series: our listing beside h5py's own walk, and pynwb where it is there."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from dandi_tui.nwb.hdf5 import walk

if TYPE_CHECKING:
    from collections.abc import Callable

SERIES = 2_000


def made(folder: str) -> Path:
    """A file of 2,000 series of three objects each."""
    path = Path(folder) / "wide.nwb"
    with h5py.File(path, "w") as file:
        for number in range(SERIES):
            group = file.create_group(f"acquisition/series_{number:04}")
            group.attrs.update({"neurodata_type": "TimeSeries", "namespace": "core"})
            group.create_dataset("data", data=np.arange(10)).attrs["unit"] = "V"
            group.create_dataset("starting_time", data=0.0).attrs["rate"] = 10.0
    return path


def listed(path: Path) -> int:
    """Ours."""
    with h5py.File(path, "r") as file:
        return sum(1 for _ in walk(file))


def visited(path: Path) -> int:
    """h5py's: name, type, shape and datatype of each object."""
    found = []
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, obj: found.append((name, obj.attrs.get("neurodata_type"), getattr(obj, "shape", 0), getattr(obj, "dtype", 0))))
    return len(found)


def median(how: Callable[[Path], int], path: Path) -> float:
    """Seconds, the middle of five runs."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        how(path)
        times.append(time.perf_counter() - start)
    return sorted(times)[2]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else made(folder)
        ours, theirs = median(listed, path), median(visited, path)
        print(f"h5py, visititems   {visited(path):6} objects {theirs * 1000:8.1f} ms")
        print(f"dandi-tui, walk    {listed(path):6} objects {ours * 1000:8.1f} ms   {ours / theirs:.2f} × h5py (budget ≤ 3 ×)")
