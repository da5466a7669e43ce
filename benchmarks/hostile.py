"""Files made to break readers: the time to the first screen's answers, and the reader's memory, for each.

python benchmarks/hostile.py FOLDER         budget: at most 1 s and 300 MiB, whatever the file
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil

from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.reader import Reader


def looked_at(path: Path) -> tuple[float, float, str]:
    """Seconds and MiB that the first screen takes: the session, the first level, what its objects are; and how it ended."""
    begin = time.perf_counter()
    with Reader(str(path), patience=30) as reader:
        try:
            reader.facts()
            members = reader.children("/")
            reader.glances([one.path for one in members if one.kind in {"group", "dataset"}][:20])
            words = f"{len(members)} members"
        except FileError as error:
            words = str(error)[:70]
        seconds = time.perf_counter() - begin
        readers = [one for one in psutil.Process().children() if "dandi_tui.nwb.serving" in one.cmdline()]
        return seconds, max((one.memory_info().rss / 2**20 for one in readers), default=0.0), words


if __name__ == "__main__":
    worst = (0.0, 0.0)
    for path in sorted(Path(sys.argv[1]).glob("hostile*/*")):
        if path.suffix in {".nwb", ".zarr", ".json"}:
            seconds, mebibytes, words = looked_at(path)
            worst = (max(worst[0], seconds), max(worst[1], mebibytes))
            print(f"{path.parent.name + '/' + path.name:44} {seconds:5.2f} s {mebibytes:6.0f} MiB  {words!r}")
    print(f"worst: {worst[0]:.2f} s, {worst[1]:.0f} MiB (budget 1 s, 300 MiB)")
