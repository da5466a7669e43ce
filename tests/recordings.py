"""Small real NWB files as laboratories have them: named anyhow, some with fields that are missing."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import TYPE_CHECKING

import h5py

from dandi_tui.demo.sample_data.metadata import Recording
from dandi_tui.demo.sample_data.recordings import write

if TYPE_CHECKING:
    from pathlib import Path


def write_apart(recording: Recording, path: Path, seed: int, *, seconds: float = 20.0) -> None:
    """Writes a recording in a process of its own: pynwb writes the namespaces of every extension that its process has ever read."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        alone.submit(write, recording, path, seed, seconds=seconds).result()


def raw_files(folder: Path, count: int = 3, *, without_age: int = 0, broken: int = 0) -> list[Path]:
    """Writes NWB files of two subjects; the first ones without an age, and after them files that are none.

    Args:
        folder: Where they go.
        count: How many that can be read.
        without_age: How many of these have no age.
        broken: How many files besides are empty.
    """
    made = []
    for number in range(count):
        start = datetime(2024, 5, 3 + number % 20, 10, number // 20, tzinfo=UTC)
        recording = Recording(subject=f"M{number % 2}", session=f"s{number:03}", start=start, description="Licking for reward in the dark")
        path = folder / f"day{number}" / f"m_final{number}.nwb"
        write(recording, path, number, seconds=2.0)
        if number < without_age:
            with h5py.File(path, "r+") as file:
                del file["general/subject/age"]
        made.append(path)
    for number in range(broken):
        path = folder / f"broken{number}.nwb"
        path.write_bytes(b"")
        made.append(path)
    return made
