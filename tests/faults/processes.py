"""Real processes of transfers: starting, killing, and what is on the disk afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import psutil

from dandi_tui.errors import TransferError
from dandi_tui.transfer.attach import attach
from dandi_tui.transfer.home import Holder, holder_alive, home_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dandi_tui.transfer.model import FileSpec, JobSpec, JobView


def wait_for(condition: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.02)


def command(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    given = [sys.executable, "-m", "dandi_tui", *arguments]
    return subprocess.Popen(given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment})


def worker() -> Holder | None:
    return holder_alive(home_dir())


def kill_worker() -> bool:
    """Ends the worker as out of memory would, and waits until it is gone."""
    holder = worker()
    if holder is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(holder.pid, signal.SIGKILL)
    wait_for(lambda: not _there(holder.pid), "the end of the worker")
    return True


def _there(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        # Its other threads hold the files for a moment longer than the first.
        return process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1
    except psutil.NoSuchProcess:
        return False


def ended(*arguments: str) -> int:
    """Runs a program to its end; its exit status."""
    return subprocess.run(arguments, check=False, capture_output=True, timeout=60).returncode


def new_dandiset(api_url: str, token: str) -> str:
    made = httpx.post(f"{api_url}/dandisets/", json={"name": "a test", "metadata": {}}, headers={"Authorization": f"token {token}"})
    return str(made.json()["identifier"])


def digests(api_url: str, dandiset: str) -> dict[str, str]:
    """The dandi-etags of a draft's assets, by path."""
    assets = httpx.get(f"{api_url}/dandisets/{dandiset}/versions/draft/assets/?metadata=true").json()["results"]
    return {asset["path"]: asset["metadata"]["digest"]["dandi:dandi-etag"] for asset in assets}


async def start_worker() -> None:
    """Has a worker go on with the journal."""
    transfers = await attach(start=True)
    assert transfers is not None
    await transfers.close()


async def submit(spec: JobSpec, files: Sequence[FileSpec], key: str) -> int:
    transfers = await attach(start=True)
    assert transfers is not None
    async with transfers:
        return await transfers.submit(spec, files, key)


async def until_over(job: int, seconds: float = 90.0, *, over: Callable[[JobView], bool] = lambda view: view.over) -> JobView:
    """How the job ended; a worker that is not there is started."""
    until = asyncio.get_running_loop().time() + seconds
    last = None
    while asyncio.get_running_loop().time() < until:
        with suppress(TransferError):
            transfers = await attach(start=True)
            assert transfers is not None
            async with transfers:
                async for changed in transfers.watch(job):
                    for view in changed.jobs:
                        last = view
                        if over(view):
                            return view
                    if asyncio.get_running_loop().time() > until:
                        break
    raise AssertionError(last)


def contents(root: Path) -> dict[str, bytes]:
    """All files below a folder, partial data included."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
