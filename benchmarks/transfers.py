"""Transfers with much to do: the worker's memory with 16 files at work, and the longest stall of the loop in the workspace of transfers.

    python benchmarks/transfers.py [--large MB] [--files N]

Memory is the most that the worker ever had (the system keeps count), with 16 large files at work and with 16 Zarrs. The workspace is shown
with 16 transfers running while N files fail one after the other, which it lists each with its reason, and then while keys are pressed in it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lists import Heart, resident, until

from dandi_tui.api.client import ArchiveClient
from dandi_tui.api.instances import Instance, find_instance
from dandi_tui.api.targets import Target
from dandi_tui.app import DandiTuiApp
from dandi_tui.config import Settings
from dandi_tui.demo.content import SampleDandiset, SampleFile
from dandi_tui.demo.fill import USERS, fill
from dandi_tui.demo.store import Store, users
from dandi_tui.transfer.attach import Transfers, attach
from dandi_tui.transfer.model import FileSpec, JobSpec
from dandi_tui.transfer.plan import collect, make_plan, order_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDE_BY_SIDE = 16
LARGE, ZARRS = "000100", "000101"
CHUNKS, CHUNK = 300, 65_536
SECONDS = 5.0


class Served(NamedTuple):
    """An archive, and a key for it."""

    instance: Instance
    key: str


def large_files(folder: Path, size: int) -> Iterator[SampleFile]:
    """Files of `size` MiB, each made when it is asked for; the archive moves them into its store."""
    for number in range(SIDE_BY_SIDE):
        path = folder / f"{number}.dat"
        with path.open("wb") as file:
            for _ in range(size):
                file.write(os.urandom(4096) * 256)
        yield SampleFile(path=f"sub-{number}/sub-{number}_ecephys.dat", source=path)


def zarrs(folder: Path) -> Iterator[SampleFile]:
    """The same with Zarrs."""
    for number in range(SIDE_BY_SIDE):
        path = folder / f"{number}.zarr"
        path.mkdir()
        (path / ".zgroup").write_text('{"zarr_format": 2}')
        for chunk in range(CHUNKS):
            (path / f"{chunk}.0").write_bytes(os.urandom(CHUNK))
        yield SampleFile(path=f"sub-{number}/sub-{number}_image.ome.zarr", source=path, is_zarr=True)


def make(folder: Path, large: int) -> None:
    """An archive with 16 large files in one Dandiset and 16 Zarrs in another."""
    store, now = Store(folder / "archive"), datetime.now(UTC)
    users.add(store, USERS)
    for name, files in ((LARGE, large_files(folder, large)), (ZARRS, zarrs(folder))):
        fill(store, [SampleDandiset(identifier=name, metadata={"name": name}, files=files, created=now, modified=now)], move=True)
    store.close()


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """The archive in a folder."""
    command = [sys.executable, "-m", "dandi_tui.demo", "--data", str(folder / "archive"), "--empty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        yield Served(find_instance(ready["api_url"]), ready["token"])
        server.terminate()


async def order(archive: Served, dandiset: str, root: Path) -> tuple[JobSpec, list[FileSpec]]:
    """The download of a Dandiset, 16 files side by side."""
    async with ArchiveClient(archive.instance, archive.key) as client:
        wanted = await collect(client, [Target("dandiset", None, archive.instance.api_url, dandiset)], ["assets"])
    return order_of(make_plan(wanted, root), archive.instance, dandiset, jobs=SIDE_BY_SIDE)


async def until_over(transfers: Transfers, job: int) -> str:
    """Waits for the end of a job; how it ended."""
    async for changed in transfers.watch(job):
        for view in changed.jobs:
            if view.over:
                return ", ".join(f"{count} {state.value}" for state, count in view.counts.items())
    raise SystemExit("the worker went away")


async def memory(archive: Served, dandiset: str, what: str, root: Path) -> None:
    """Prints the most memory of a worker that downloads a Dandiset."""
    found = await attach(start=True)
    assert found is not None
    async with found:
        ended = await until_over(found, await found.submit(*await order(archive, dandiset, root), archive.key))
        status = Path(f"/proc/{found.welcome.pid}/status").read_text()
        most = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
        print(f"memory of the worker with {what:22} {most:6.0f} MiB   budget ≤ 200 MiB   ({ended})", flush=True)
        await found.stop_worker()
    while (again := await attach()) is not None:
        await again.close()
        await asyncio.sleep(0.1)


async def stalls(archive: Served, root: Path, count: int) -> None:
    """Prints the stalls of the workspace."""
    spec, files = await order(archive, LARGE, root)
    slow = JobSpec(kind=spec.kind, instance=spec.instance, root=spec.root, title="16 large files", jobs=SIDE_BY_SIDE, rate=2_000_000)
    failing = JobSpec(kind="download", instance=spec.instance, root=str(root), title="files that fail", jobs=SIDE_BY_SIDE)
    refused = [FileSpec(path=f"sub-{number:05}/x.nwb", place=f"../sub-{number:05}/x.nwb", size=1000) for number in range(count)]
    app = DandiTuiApp(archive.instance, archive.key, Settings(ascii="no", reopen=False))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "found")
        transfers = await app.link.ready()
        await transfers.limit(jobs=2 * SIDE_BY_SIDE)
        await transfers.submit(slow, files, archive.key)
        await pilot.press("2")
        await until(pilot, "16 running")
        heart = Heart()
        await asyncio.sleep(SECONDS)
        print(f"16 running                              {heart.words()}   budget ≤ 100 ms", flush=True)
        await transfers.submit(failing, refused, archive.key)
        seconds = await until(pilot, f"{count:,} failed")
        print(f"{count:,} files fail meanwhile ({seconds:4.0f} s)    {heart.words()}   budget ≤ 100 ms", flush=True)
        await asyncio.sleep(SECONDS)
        print(f"16 running, {count:,} that failed shown    {heart.words()}   budget ≤ 100 ms", flush=True)
        for key in ("G", "g", *["pagedown"] * 20, *["down"] * 20, "G", "g"):
            await pilot.press(key)
        print(f"keys in that list                       {heart.words()}   budget ≤ 100 ms", flush=True)
        print(f"memory of the app                       {resident():6.0f} MiB         budget ≤ 150 MiB")
        heart.task.cancel()
        await transfers.stop_worker()


async def main(large: int, files: int) -> None:
    """Prints all figures."""
    with tempfile.TemporaryDirectory(prefix="bench-transfers-") as data:
        folder = Path(data)
        for name in ("STATE", "CONFIG", "CACHE"):
            os.environ[f"DANDI_TUI_{name}_DIR"] = str(folder / name.lower())
        make(folder, large)
        with served(folder) as archive:
            await memory(archive, LARGE, f"16 files of {large} MiB", folder / "a")
            await memory(archive, ZARRS, f"16 Zarrs of {CHUNKS} chunks", folder / "b")
            await stalls(archive, folder / "c", files)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--large", type=int, default=80, help="MiB of each of the large files")
    parser.add_argument("--files", type=int, default=10_000, help="files in the list")
    given = parser.parse_args()
    asyncio.run(main(given.large, given.files))
