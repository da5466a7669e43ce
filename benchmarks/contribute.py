"""From a folder of small NWB files to assets that the archive finds valid: ours beside the `dandi` client, on the embedded archive.

Usage: python benchmarks/contribute.py [--files N]

Both organize (symbolic links), validate and upload the same files, one after the other, each into a Dandiset of its own, and the
archive is waited for. Budget: at most 1/5 of the client's time in one run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

CLIENT = [sys.executable, "-c", "import sys; sys.argv[0] = 'dandi'; from dandi.cli.command import main; main()"]
OURS = [sys.executable, "-m", "dandi_tui"]
BUDGET = 1 / 5


def ask(api_url: str, key: str, method: str, path: str, body: object = None) -> dict[str, object]:
    """One request to the archive."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"token {key}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{api_url}{path}", data, headers, method=method)) as answer:
        found: dict[str, object] = json.loads(answer.read())
        return found


def registered(api_url: str, key: str, folder: Path) -> str:
    """A new Dandiset, and its folder."""
    metadata = {"description": "Of a benchmark.", "license": ["spdx:CC-BY-4.0"]}
    identifier = str(ask(api_url, key, "POST", "/dandisets/", {"name": folder.name, "metadata": metadata})["identifier"])
    folder.mkdir()
    (folder / "dandiset.yaml").write_text(f"identifier: DANDI:{identifier}\nname: {folder.name}\ndescription: Of a benchmark\n")
    return identifier


def until_valid(api_url: str, key: str, identifier: str, files: int) -> None:
    """Waits until the archive has validated all assets."""
    while True:
        info = ask(api_url, key, "GET", f"/dandisets/{identifier}/versions/draft/info/")
        if info["asset_count"] == files and info["status"] == "Valid" and not info["asset_validation_errors"]:
            return
        time.sleep(0.05)


def timed(commands: list[list[str]], folder: Path, environment: dict[str, str]) -> float:
    """Seconds that some commands take, one after another."""
    began = time.monotonic()
    for command in commands:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{command}: {done.stdout}{done.stderr}")
    return time.monotonic() - began


def main(files: int) -> None:
    """Runs both, and prints the ratio."""
    from dandi_tui.demo.sample_data.metadata import Recording
    from dandi_tui.demo.sample_data.recordings import write

    with tempfile.TemporaryDirectory() as data:
        base = Path(data)
        for number in range(files):
            start = datetime(2024, 5, 3 + number % 20, 10, tzinfo=UTC)
            recording = Recording(subject=f"M{number % 4}", session=f"s{number:03}", start=start, description="Licking for reward in the dark")
            write(recording, base / "raw" / f"file{number}.nwb", number, seconds=2.0)
        command = [sys.executable, "-m", "dandi_tui.demo", "--empty"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            ready = json.loads(server.stdout.readline())
            api, key = ready["api_url"], ready["token"]
            environment = {**os.environ, "DANDI_NO_ET": "1", f"{api.removesuffix('/api')[7:]}_API_KEY": key, "DANDI_TUI_API_KEY": key}
            environment |= {f"DANDI_TUI_{name}_DIR": f"{data}/own" for name in ("STATE", "CONFIG", "CACHE")}
            raw, took = str(base / "raw"), {}
            for name, start in (("dandi-tui", OURS), ("dandi", CLIENT)):
                folder = base / name
                identifier = registered(api, key, folder)
                # A home for each, with what pynwb makes there when it is used for the first time.
                home = base / f"home of {name}"
                home.mkdir()
                subprocess.run([sys.executable, "-c", "import pynwb"], env=environment | {"HOME": str(home)}, check=True)
                began = time.monotonic()
                commands = [["organize", "-d", str(folder), "-f", "symlink", raw], ["validate", "--min-severity", "ERROR", str(folder)]]
                # Both check before they upload, by default; ours knows what it found just before.
                commands.append(["upload", "-i", api])
                timed([[*start, *one] for one in commands], folder, environment | {"HOME": str(home)})
                until_valid(api, key, identifier, files)
                took[name] = time.monotonic() - began
                print(f"{name:10} {took[name]:6.1f} s")
            ratio = took["dandi-tui"] / took["dandi"]
            print(f"ratio      {ratio:6.2f}   budget {BUDGET:.2f}   {'kept' if ratio <= BUDGET else 'MISSED'}")
            server.terminate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=20)
    main(parser.parse_args().files)
