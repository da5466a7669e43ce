"""Validation and metadata of NWB files, each beside its peer: wall and CPU seconds, the ratio, and the budget.

Usage: python benchmarks/validate.py [--files N] [--jobs N] [--without-client]

nwbinspector alone is given the same files and the same number of processes; it includes pynwb's validator. It is given no
configuration: with one, its release 0.7.2 fails over more than one process. The checks are the same, only their weights differ.
The `dandi` client validates one file after another.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path

CLIENT_METADATA = """
import sys, warnings
warnings.simplefilter("ignore")
import time
from pathlib import Path
from dandi.metadata.nwb import nwb2asset
paths = sorted(Path(sys.argv[1]).rglob("*.nwb"))
nwb2asset(paths[0])
start = time.process_time()
for path in paths[1:]:
    nwb2asset(path)
print((time.process_time() - start) / (len(paths) - 1))
"""
OUR_METADATA = CLIENT_METADATA.replace("from dandi.metadata.nwb import nwb2asset", "from dandi_tui.dataset.metadata import asset_metadata as nwb2asset")


def make_files(folder: Path, count: int) -> None:
    """Writes organized files of a usual kind: electrodes, raw and filtered series, units, trials, position."""
    import numpy as np
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.behavior import Position
    from pynwb.ecephys import LFP, ElectricalSeries
    from pynwb.file import Subject

    numbers = np.random.default_rng(1)
    (folder / "dandiset.yaml").write_text("identifier: DANDI:000001\nname: Benchmark\ndescription: Files of a benchmark\n")
    for number in range(count):
        nwb = NWBFile(identifier=f"file-{number}", session_description="words", session_start_time=datetime(2024, 1, 1, 12, tzinfo=UTC))
        nwb.subject = Subject(subject_id=f"m{number}", species="Mus musculus", sex="F", age="P90D")
        device = nwb.create_device(name="probe")
        group = nwb.create_electrode_group(name="shank", description="a shank", location="CA1", device=device)
        for _ in range(16):
            nwb.add_electrode(group=group, location="CA1")
        region = nwb.create_electrode_table_region(list(range(16)), "all")
        nwb.add_acquisition(ElectricalSeries(name="raw", description="raw", data=numbers.normal(size=(2000, 16)), electrodes=region, rate=30000.0))
        series = ElectricalSeries(name="lfp", description="filtered", data=numbers.normal(size=(500, 16)), electrodes=region, rate=1000.0)
        nwb.create_processing_module("ecephys", "filtered").add(LFP(electrical_series=series))
        position = Position(name="Position")
        position.create_spatial_series(name="place", data=numbers.normal(size=(500, 2)), reference_frame="corner", rate=50.0)
        nwb.create_processing_module("behavior", "where it was").add(position)
        for _ in range(20):
            nwb.add_unit(spike_times=np.sort(numbers.uniform(0, 10, 100)))
        for trial in range(50):
            nwb.add_trial(start_time=trial / 5, stop_time=trial / 5 + 0.1)
        place = folder / f"sub-m{number}" / f"sub-m{number}_behavior+ecephys.nwb"
        place.parent.mkdir()
        with NWBHDF5IO(place, "w") as io:
            io.write(nwb)


def timed(command: list[str]) -> tuple[float, float, str]:
    """Wall and CPU seconds of a command, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    printed = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, printed


def tool(name: str) -> list[str]:
    """The command of an installed package, wherever its script lies."""
    (entry,) = entry_points(group="console_scripts", name=name)
    return [sys.executable, "-c", f"import sys; sys.argv[0] = {name!r}; from {entry.module} import {entry.attr}; sys.exit({entry.attr}())"]


def main() -> None:
    """Runs all and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--without-client", action="store_true")
    options = parser.parse_args()
    python, jobs = sys.executable, str(options.jobs)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder, options.files)
        print(f"{options.files} files of {next(folder.rglob('*.nwb')).stat().st_size / 1000:.0f} kB, {jobs} processes")
        ours = [python, "-m", "dandi_tui", "validate", "--json", "--jobs", jobs, name]
        quick = [*ours, "--no-cache"]
        peers = [("nwbinspector", [*tool("nwbinspector"), name, "--n-jobs", jobs]), ("dandi-tui validate", quick)]
        if not options.without_client:
            peers.append(("dandi validate", [*tool("dandi"), "validate", name]))
        alone = 0.0
        for label, command in peers:
            wall, cpu, _ = timed(command)
            alone = alone or wall
            print(f"{label:22} {wall:7.1f} s wall {cpu:7.1f} s CPU   {wall / alone:5.2f} of nwbinspector (budget 1.0)")
        timed(ours)
        print(f"{'again, remembered':22} {timed(ours)[0]:7.1f} s wall")
        found = {label: float(timed([python, "-c", code, name])[2].split()[-1]) * 1000 for label, code in (("dandi", CLIENT_METADATA), ("ours", OUR_METADATA))}
        print(f"metadata of one file: {found['ours']:.1f} ms CPU (budget 20), dandi {found['dandi']:.1f} ms")


if __name__ == "__main__":
    main()
