"""How long the program takes to start, beside a bare Python: medians of several runs, and their ratio."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 11
BUDGET = 5.0


def median(arguments: list[str]) -> float:
    """Seconds of wall time that a command takes, the median of some runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    bare = median(["-c", "pass"])
    version = median(["-m", "dandi_tui", "--version"])
    print(f"bare python            {bare * 1000:7.1f} ms")
    print(f"dandi-tui --version    {version * 1000:7.1f} ms   {version / bare:.2f} × bare (budget ≤ {BUDGET:g} ×)")
