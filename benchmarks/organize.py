"""`organize` beside the `dandi` client on small files, and on 10,000: first result, scan, plan, memory.

python benchmarks/organize.py [FILES_BESIDE_THE_CLIENT…] [--many N] [--content ecephys]       default: 20 --many 10000
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUDGET = 0.1


def one_nwb(path: Path) -> None:
    """A small recording of four channels, written by PyNWB."""
    import numpy as np
    from pynwb import NWBHDF5IO
    from pynwb.testing.mock.ecephys import mock_ElectricalSeries
    from pynwb.testing.mock.file import mock_NWBFile, mock_Subject

    nwb = mock_NWBFile(subject=mock_Subject(subject_id="m0"), session_id="s0")
    mock_ElectricalSeries(nwbfile=nwb, data=np.zeros((10, 5)))
    with NWBHDF5IO(path, "w") as io:
        io.write(nwb)


def made(folder: Path, count: int) -> Path:
    """A folder of so many files, of ten subjects, each a session of its own."""
    import h5py

    folder.mkdir()
    first = folder.parent / "first.nwb"
    if not first.exists():
        one_nwb(first)
    for number in range(count):
        path = folder / f"{number % 100:02}" / f"{number:05}.nwb"
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(first, path)
        with h5py.File(path, "r+") as file:
            file["general/subject/subject_id"][()] = f"m{number % 10}"
            file["general/session_id"][()] = f"s{number}"
            file.attrs["object_id"] = f"{number:08}-0000-4000-8000-000000000000"
    return folder


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of wall and of processor time that a command takes, its children's included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def beside(folder: Path, count: int) -> None:
    """Organizes the same files by both, with nothing in their caches, and compares where these went."""
    source = made(folder / f"source{count}", count)
    bin_folder = Path(sys.executable).parent
    environment = {"DANDI_TUI_CACHE_DIR": str(folder / "cache"), "DANDI_TUI_STATE_DIR": str(folder / "state"), "DANDI_CACHE": "ignore", "DANDI_NO_ET": "1"}
    ours, theirs = folder / f"ours{count}", folder / f"theirs{count}"
    options = ["organize", "-f", "symlink", "-d"]
    wall, work = timed([str(bin_folder / "dandi-tui"), *options, str(ours), str(source)], environment)
    again, _ = timed([str(bin_folder / "dandi-tui"), "organize", "-f", "dry", "-d", str(folder / "none"), str(source)], environment)
    their_wall, their_work = timed([str(bin_folder / "dandi"), *options, str(theirs), str(source)], environment)
    same = names(ours) == names(theirs)
    print(f"{count:6} files  dandi      {their_wall:8.2f} s wall {their_work:8.2f} s CPU")
    print(f"              dandi-tui  {wall:8.2f} s wall {work:8.2f} s CPU   {wall / their_wall:.3f} × (budget ≤ {BUDGET:g} ×), the same names: {same}")
    print(f"              again, dry {again:8.2f} s wall")


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.nwb"))


def many(folder: Path, count: int) -> None:
    """Scan and plan of many files on all processors."""
    from dandi_tui.dataset.cache import Cache
    from dandi_tui.dataset.plan import make_plan
    from dandi_tui.dataset.plan_model import OrganizeOptions
    from dandi_tui.dataset.preflight import checked
    from dandi_tui.dataset.scan import scan
    from dandi_tui.dataset.target_folder import look_at

    source = made(folder / f"many{count}", count)
    for words, cache in (("nothing known", None), ("all known", "fill"), ("all known", "use")):
        known = Cache(folder / "many.sqlite") if cache else None
        start = time.perf_counter()
        first = 0.0
        files = []
        for one in scan([str(source)], cache=known):
            first = first or time.perf_counter() - start
            files.append(one)
        scanned = time.perf_counter() - start
        if known:
            known.close()
        if cache == "fill":
            continue
        start = time.perf_counter()
        plan = make_plan(files, OrganizeOptions(mode="symlink"), look_at(str(folder / "target")))
        planned = time.perf_counter() - start
        start = time.perf_counter()
        refused = checked(plan).refused
        asked = time.perf_counter() - start
        print(f"{count:6} files  {words}: first result {first:.2f} s (budget ≤ 1 s), scan {scanned:.2f} s ({count / scanned:.0f} files/s)")
        print(f"              plan {planned:.2f} s (budget ≤ 2 s), the disk asked {asked:.2f} s, {len(plan.moves)} moves, refused: {refused}")
    memory(source, count)


def memory(source: Path, count: int) -> None:
    """The memory of a process that scans and keeps nothing: of a tenth of the files, and of all."""
    script = """
import itertools, re, sys
from dandi_tui.dataset.scan import scan
count = sum(1 for _ in itertools.islice(scan([sys.argv[1]]), int(sys.argv[2])))
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""
    found = [
        int(subprocess.run([sys.executable, "-c", script, str(source), str(few)], check=True, capture_output=True, text=True).stdout)
        for few in (count // 10, count)
    ]
    print(f"              memory of the scan: {found[0] / 1024:.1f} MiB for {count // 10} files, {found[1] / 1024:.1f} MiB for {count}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("counts", nargs="*", type=int, default=[20])
    parser.add_argument("--many", type=int, default=10_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made_in:
        for files in chosen.counts:
            beside(Path(made_in), files)
        if chosen.many:
            many(Path(made_in), chosen.many)
