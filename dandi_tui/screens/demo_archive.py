"""The demo's archive: a process beside the app, started again when it ends before its time."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.errors import DandiTuiError
from dandi_tui.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_RESTARTS = 3
CALM_SECONDS = 60.0
_REMEDY = "Leave by q; `dandi-tui demo` begins anew."


class Ready(msgspec.Struct, frozen=True):
    """Where the archive is, and its demo user's key."""

    api_url: str
    token: str


class Restarts:
    """How often in a row something that keeps ending is started again: what went on calmly in between begins a new row."""

    def __init__(self) -> None:
        self.count = 0
        self._last = -CALM_SECONDS

    def may(self, now: float) -> bool:
        """Whether it is started once more, at a time of a clock in seconds; that is counted."""
        self.count = self.count + 1 if now - self._last < CALM_SECONDS else 1
        self._last = now
        return self.count <= MOST_RESTARTS


class DemoArchive:
    """The process, and its data, which outlive it: what the person did stays when it is started again.

    Args:
        data: The folder of its data; None: a temporary one.
    """

    def __init__(self, data: Path | None) -> None:
        self._kept = data is not None
        self._data = data or Path(tempfile.mkdtemp(prefix="dandi-tui-demo-"))
        self._said = tempfile.TemporaryFile("w+b")  # noqa: SIM115 (as long as this)
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "dandi_tui.demo", "--child", "--data", str(self._data), *(() if self._kept else ("--passing",))]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, start_new_session=True)

    @property
    def handle(self) -> int:
        """What can be read to its end once the process has ended."""
        assert self._process.stdout is not None  # noqa: S101 (it was asked for)
        return self._process.stdout.fileno()

    def ready(self) -> Ready:
        """Waits until the process tells its address.

        Raises:
            DandiTuiError: It ended before that.
        """
        assert self._process.stdout is not None  # noqa: S101 (it was asked for)
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._said.seek(0)
            said = self._said.read().decode(errors="replace").strip().removeprefix("dandi-tui: ")
            raise DandiTuiError(f"the embedded archive did not start: {said or self.why_ended()}")
        return msgspec.json.decode(line, type=Ready)

    def why_ended(self) -> str:
        """How the process ended: `by SIGKILL`, `with status 1`."""
        status = self._process.wait()
        return f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"

    def start_again(self) -> Ready:
        """Starts it on the same data, at the same address where that is free still.

        Raises:
            DandiTuiError: It ends at once.
        """
        self._close_pipes()
        self._said.truncate(0)
        self._process = self._started()
        return self.ready()

    def close(self) -> None:
        """Ends it; temporary data go with it."""
        self._process.terminate()
        self._close_pipes()
        self._process.wait()
        self._said.close()
        if not self._kept:
            shutil.rmtree(self._data, ignore_errors=True)

    def _close_pipes(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


async def keep_going(archive: DemoArchive, started: Callable[[Ready, str], None]) -> None:
    """Starts the archive again whenever it ends, until that is of no use.

    Args:
        archive: The process.
        started: Told after each start where it is, and what there is to say of it.

    Raises:
        DandiTuiError: It does not start any more, or ends too often.
    """
    restarts = Restarts()
    while True:
        await _end_of(archive.handle)
        how = archive.why_ended()
        if not restarts.may(time.monotonic()):
            raise DandiTuiError(f"the embedded archive ended {plural(restarts.count, 'time')} in a row, last {how}", remedy=_REMEDY)
        try:
            ready = await asyncio.to_thread(archive.start_again)
        except DandiTuiError as error:
            raise DandiTuiError(f"the embedded archive ended {how}, and then: {error.what}", remedy=_REMEDY) from error
        started(ready, f"The archive ended {how} and was started again; r asks it anew.")


async def _end_of(handle: int) -> None:
    """Waits until the other end of a pipe is closed."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(handle, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(handle)
