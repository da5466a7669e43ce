"""Transfers beside the `dandi` client and curl, on the embedded archive of this machine: rates, files a second, CPU, memory.

    python benchmarks/transfer.py [--large MB] [--small N] [--peer N] [--nwb N] [--turns N]
    python benchmarks/transfer.py --link 1gbit,20 [--large MB] [--turns N]

Each program runs in a process of its own, on the same archive, one after the other. A large download is told twice: the whole command,
and the transfer alone, from which the time and CPU of the same command for `dandiset.yaml` alone (start, planning, end) are taken off.
`--peer` is how many of the small files the `dandi` client is given for its upload, since it takes much longer. Times are of this machine: compare the ratios.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import h5py
import httpx
import psutil
from link import LinkError, link

import dandi_tui

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "d" * 40
FOLDER = "sub-H201"


class Run(NamedTuple):
    """One run: seconds, CPU seconds of the process and its children, most memory of the process in MiB, exit status."""

    seconds: float
    cpu: float
    memory: float
    status: int


def run(command: list[str], environment: dict[str, str], folder: Path) -> Run:
    """Runs a program to its end, watching what it uses."""
    before, began, most = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0.0
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said: list[bytes] = []
    reader = threading.Thread(target=lambda: said.append(process.stderr.read() if process.stderr else b""))
    reader.start()
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        with suppress(psutil.Error):
            most = max(most, watched.memory_info().rss / 2**20)
        time.sleep(0.02)
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    reader.join()
    if process.returncode:
        sys.stderr.write(f"{' '.join(command[:6])}…: status {process.returncode}\n{said[0].decode(errors='replace')[-1500:]}\n")
    return Run(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, most, process.returncode)


def best(runs: list[Run]) -> Run:
    """The quickest of some runs, with the least CPU of all: what else goes on on the machine only adds."""
    return min(runs)._replace(cpu=min(one.cpu for one in runs), memory=max(one.memory for one in runs), status=max(one.status for one in runs))


@contextmanager
def archive(folder: Path, *, samples: bool) -> Iterator[str]:
    """An embedded archive, with the sample data or without; its API."""
    command = [sys.executable, "-m", "dandi_tui.demo", "--data", str(folder), *([] if samples else ["--empty"])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield str(json.loads(server.stdout.readline())["api_url"])
        server.terminate()


class Bench:
    """The programs on one archive."""

    def __init__(self, api_url: str, folder: Path) -> None:
        self.api_url, self.folder, self.count = api_url, folder, 0
        host = api_url.removeprefix("http://").removesuffix("/api")
        own = {f"DANDI_TUI_{name}_DIR": str(folder / name.lower()) for name in ("STATE", "CACHE", "CONFIG")}
        # Programs that are installed find their modules compiled.
        given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        compileall.compile_dir(Path(dandi_tui.__file__).parent, quiet=2)
        self.environment = {
            **given, **own, "DANDI_TUI_API_KEY": TOKEN, f"{host}_API_KEY": TOKEN, "DANDI_NO_ET": "1", "HOME": str(folder),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }  # fmt: skip

        # What pynwb makes when it is used for the first time.
        subprocess.run([sys.executable, "-c", "import pynwb"], env=self.environment, check=True)

    def dandiset(self) -> str:
        """A new Dandiset."""
        made = httpx.post(f"{self.api_url}/dandisets/", json={"name": "a benchmark", "metadata": {}}, headers={"Authorization": f"token {TOKEN}"})
        return str(made.json()["identifier"])

    def place(self, number: str, files: list[Path]) -> Path:
        """A folder of a Dandiset with these files."""
        self.count += 1
        root = self.folder / f"local-{self.count}" / number
        (root / FOLDER).mkdir(parents=True)
        (root / "dandiset.yaml").write_text(f"identifier: DANDI:{number}\nname: a benchmark\n")
        for file in files:
            os.link(file, root / FOLDER / file.name)
        return root

    def empty(self) -> Path:
        """A new folder."""
        self.count += 1
        made = self.folder / f"out-{self.count}"
        made.mkdir()
        return made

    def ours(self, verb: str, *arguments: str, folder: Path) -> Run:
        """Runs dandi-tui."""
        return run([sys.executable, "-m", "dandi_tui", verb, "-i", self.api_url, "--foreground", *arguments], self.environment, folder)

    def peer(self, *arguments: str, folder: Path) -> Run:
        """Runs the `dandi` client."""
        # Not by a shell script: shells drop variables with the signs that the key's variable has.
        start = "import sys; sys.argv[0] = 'dandi'; from dandi.cli.command import main; main()"
        return run([sys.executable, "-c", start, *arguments], self.environment, folder)

    def upload(self, files: list[Path], peers: list[Path], validation: str = "skip") -> tuple[Run, Run, str]:
        """Both upload; and the Dandiset that ours made."""
        ours, theirs = self.dandiset(), self.dandiset()
        # The client goes second with other files: what the archive has already would not be sent.
        mine = self.ours("upload", "--validation", validation, "--jobs", "8", folder=self.place(ours, files))
        given = ("upload", "-i", self.api_url, "--validation", validation, "-J", "8:5")
        return mine, self.peer(*given, folder=self.place(theirs, peers)), ours

    def download(self, number: str) -> tuple[Run, Run]:
        """Both download."""
        address = f"{self.api_url}/dandisets/{number}/versions/draft/"
        mine = self.ours("download", "--jobs", "8", number, folder=self.empty())
        return mine, self.peer("download", "-i", self.api_url, "-J", "8", address, folder=self.empty())

    def started(self, number: str) -> tuple[Run, Run]:
        """Both bring the small record of a Dandiset and nothing else: what a download takes besides the bytes."""
        address = f"{self.api_url}/dandisets/{number}/versions/draft/"
        mine = self.ours("download", "--what", "dandiset.yaml", number, folder=self.empty())
        return mine, self.peer("download", "-i", self.api_url, "--download", "dandiset.yaml", address, folder=self.empty())

    def curl(self, number: str) -> Run | None:
        """Curl downloads the first file; None where it is not installed."""
        if not shutil.which("curl"):
            return None
        asset = httpx.get(f"{self.api_url}/dandisets/{number}/versions/draft/assets/").json()["results"][0]["asset_id"]
        return run(["curl", "-sSfL", "-o", "file", f"{self.api_url}/assets/{asset}/download/"], self.environment, self.empty())


def files_of(folder: Path, count: int, size: int, suffix: str) -> list[Path]:
    """Files of random bytes."""
    folder.mkdir()
    made = []
    for number in range(count):
        path = folder / f"{FOLDER}_ses-{folder.name}x{number:05}{suffix}"
        with path.open("wb") as file:
            for _ in range(max(1, size // 2**20)):
                file.write(os.urandom(min(size, 2**20)))
        made.append(path)
    return made


def nwb_files(folder: Path, model: Path, count: int) -> list[Path]:
    """Copies of an NWB file, each with an identifier of its own."""
    folder.mkdir()
    made = []
    for number in range(count):
        path = folder / f"sub-H201_ses-{folder.name}{number:03}_icephys.nwb"
        shutil.copy(model, path)
        with h5py.File(path, "r+") as file:
            del file["identifier"]
            file["identifier"] = path.name
        made.append(path)
    return made


def without(whole: Run, start: Run) -> Run:
    """What is left of a run without its start."""
    return whole._replace(seconds=max(0.01, whole.seconds - start.seconds), cpu=max(0.01, whole.cpu - start.cpu))


def large_downloads(bench: Bench, number: str, size: int, turns: int) -> list[str]:
    """The rows of a large file: whole commands, and the transfer alone; the best of some turns."""
    each = [(*bench.download(number), *bench.started(number), bench.curl(number)) for _ in range(turns)]
    mine, theirs, my_start, their_start = (best(list(column)) for column in list(zip(*each, strict=True))[:4])
    alone, their_alone = without(mine, my_start), without(theirs, their_start)
    rows = [
        row(f"download of {size} MiB, dandi", mine, theirs, size, size, "MiB/s", "≥ 1 ×, CPU ≤ 0.5 ×"),
        row(f"the same without the {my_start.seconds:.2f} s and {their_start.seconds:.2f} s of start", alone, their_alone, size, size, "MiB/s", "–"),
    ]
    if by_curl := [turn[4] for turn in each if turn[4]]:
        curl = best(by_curl)
        rows.append(row(f"download of {size} MiB, curl", mine, curl, size, size, "MiB/s", "≥ 0.9 ×"))
        rows.append(row("the same without the start", alone, curl, size, size, "MiB/s", "≥ 0.9 ×"))
    return rows


def over_link(rate: str, round_trip: float, size: int, turns: int) -> None:
    """The same on a link of its own, if one can be made here."""
    try:
        with link(rate, round_trip) as made:
            print(f"On {made.words}:\n")
            again = [sys.executable, __file__, "--large", str(size), "--small", "0", "--nwb", "0", "--turns", str(turns)]
            subprocess.run([*made.before, *again], check=False)
    except LinkError as error:
        print(f"No link of {rate} can be made here: {error}")


def row(words: str, mine: Run, other: Run, amount: float, their_amount: float, unit: str, budget: str) -> str:
    """A row of the table."""
    ours, theirs = amount / mine.seconds, their_amount / other.seconds
    cpu = (mine.cpu / amount) / (other.cpu / their_amount) if other.cpu else 0.0
    failed = " (failed)" if mine.status or other.status else ""
    return f"| {words}{failed} | {ours:,.0f} {unit} | {theirs:,.0f} {unit} | {ours / theirs:.1f} × | {cpu:.2f} × | {mine.memory:.0f} MiB | {budget} |"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--large", type=int, default=512, help="MB of the large file")
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--peer", type=int, default=100)
    parser.add_argument("--nwb", type=int, default=20)
    parser.add_argument("--turns", type=int, default=3, help="how often large files are brought, in turns; the best counts")
    parser.add_argument("--link", metavar="RATE,MS", help="large files alone, on a link of this rate and round trip: 1gbit,20 (takes root)")
    options = parser.parse_args()
    if options.link:
        rate, _, round_trip = options.link.partition(",")
        over_link(rate, float(round_trip or 20), options.large, options.turns)
        return
    rows = ["| what | dandi-tui | beside | rate | CPU for as much | memory | budget |", "|---|---|---|---|---|---|---|"]
    folder = Path(tempfile.mkdtemp(prefix="bench-transfer-"))
    try:
        with archive(folder / "archive", samples=bool(options.nwb)) as api_url:
            bench = Bench(api_url, folder)
            size = options.large
            mine, theirs, number = bench.upload(files_of(folder / "a", 1, size * 2**20, ".mkv"), files_of(folder / "b", 1, size * 2**20, ".mkv"))
            rows.append(row(f"upload of {size} MiB, dandi", mine, theirs, size, size, "MiB/s", "≥ 1 ×, CPU ≤ 0.5 ×"))
            rows += large_downloads(bench, number, size, options.turns)
            if small := options.small:
                few = options.peer
                mine, theirs, number = bench.upload(files_of(folder / "c", small, 20_000, ".jpg"), files_of(folder / "d", few, 20_000, ".jpg"))
                rows.append(row(f"upload of {small:,} files of 20 kB (dandi: {few})", mine, theirs, small, few, "files/s", "≥ 5 ×"))
                mine, theirs = bench.download(number)
                rows.append(row(f"download of {small:,} files of 20 kB, dandi", mine, theirs, small, small, "files/s", "≥ 5 ×"))
            if options.nwb:
                model = next((bench.empty(), bench.ours("download", "000002", folder=folder)) and folder.glob("000002/**/*.nwb"))
                ours, other = nwb_files(folder / "e", model, options.nwb), nwb_files(folder / "f", model, options.nwb)
                mine, theirs, _ = bench.upload(ours, other, "require")
                rows.append(row(f"validated upload of {options.nwb} NWB files, dandi", mine, theirs, options.nwb * 60, options.nwb * 60, "files/min", "≥ 5 ×"))
    finally:
        print("\n".join(rows))
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
