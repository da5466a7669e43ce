"""An archive that fails on purpose: for tests of what must survive a bad network and a bad server.

    with FaultyArchive.started(tmp_path / "archive") as archive:      # a process; users, but no Dandisets
        archive.fault(Fault("status", status=503, retry_after="1", times=20))             # a storm
        archive.fault(Fault("cut", method="GET", place="store", after=70_000, times=3))   # the connection ends in the answer
        archive.fault(Fault("cut_upload", method="PUT", place="store", after=1000))       # … and in what is sent
        archive.fault(Fault("corrupt", place="store", path=r"blobs/", times=1))
        archive.expire_addresses()          # every address signed until now is refused as expired
        archive.clear()                     # no more faults
        archive.kill(); archive.start()     # SIGKILL; the same data, addresses and ports again
        archive.requests()                  # what was asked: method, path, status, bytes in and out

`archive.api_url`, `archive.token` and `archive.origin` are as those of the fixture `archive`; `TOKENS` of conftest hold here too.
`FaultyArchive.started(folder, "--samples")` has the sample Dandisets (some seconds to make).

Kinds of faults (`Fault.kind`), and which of `Fault`'s fields they use:

- `status`: answers `status` (with `retry_after`, `body`) instead of the archive; the request's body is read before.
- `drop`: closes the connection before anything is done.
- `drop_done`: lets the archive do it, then closes the connection without an answer.
- `cut`: closes the connection after `after` bytes of the answer's body (`after < 1`: that part of it).
- `cut_upload`: closes the connection after `after` bytes of the request's body; the archive sees a client that went away.
- `short`, `long`, `corrupt`: the answer's body lacks its last byte, has one more, has others (the same number); its length says so.
- `ignore_range`: the archive never sees the Range header: the whole comes, with status 200.
- `expired`: 403 as the object store says it of addresses that are too old.
- `slow`: waits `seconds` before each 64 KiB of the answer, and before the request's body is read.
- `stall`: waits `seconds` before anything is done.
- `stall_done`: lets the archive do it, and waits `seconds` before it answers.

A fault meets requests of its `method` (any when empty), `place` (`api`, `store`, or any) and whose path matches `path` (a regular
expression, searched), the first `times` of them (None: all), each by chance `chance` (a generator with `seed` decides, so that a run
can be repeated). The first fault of the list that meets a request is done.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTROL = "/faults"


@dataclass(frozen=True)
class Fault:
    """One way to fail; see this module."""

    kind: str
    method: str = ""
    place: str = ""
    path: str = ""
    times: int | None = 1
    chance: float = 1.0
    seed: int = 1
    status: int = 503
    retry_after: str | None = None
    body: str = ""
    after: float = 0.5
    seconds: float = 0.1


class FaultyArchive:
    """The archive's process and what it is told.

    Args:
        data: The data folder.
        options: More for the process: `--samples`.
    """

    def __init__(self, data: Path, *options: str) -> None:
        self._data = data
        self._options = options
        self._port = 0
        self.api_url = ""
        self.token = ""
        self._process: subprocess.Popen[str] | None = None

    @classmethod
    @contextmanager
    def started(cls, data: Path, *options: str) -> Iterator[FaultyArchive]:
        """A running one, as long as the context lasts."""
        made = cls(data, *options)
        made.start()
        try:
            yield made
        finally:
            made.kill()

    @property
    def origin(self) -> str:
        return self.api_url.removesuffix("/api")

    def start(self) -> None:
        """Starts it, at the port that it had before; one that runs goes on."""
        if self._process is not None:
            return
        command = [sys.executable, "-m", "faults.server", "--data", str(self._data), "--port", str(self._port), *self._options]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")))}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the archive did not start"
        ready = json.loads(line)
        self.api_url, self.token = ready["api_url"], ready["token"]
        self._port = int(self.origin.rpartition(":")[2])

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Ends it."""
        if self._process:
            self._process.send_signal(number)
            self._process.wait(10)
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe
                pipe.close()
            self._process = None

    def _tell(self, **words: Any) -> Any:
        return httpx.post(self.origin + CONTROL, json=words, timeout=10).json()

    def fault(self, *faults: Fault) -> None:
        """Adds faults after those that are there."""
        self._tell(add=[asdict(fault) for fault in faults])

    def clear(self) -> None:
        """Takes all faults away; addresses that have expired stay so."""
        self._tell(clear=True)

    def expire_addresses(self) -> None:
        """Lets every address that was signed until now be too old. Takes up to a second, for they are dated by the second."""
        self._tell(expire=True)

    def stalled(self) -> list[str]:
        """Which requests were made to wait since the start, in their order: method and path."""
        found: list[str] = self._tell(stalled=True)
        return found

    def requests(self, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """What was asked since the start, in the order it was answered: method, path, status (0: none), received, sent, range, key, fault."""
        found: list[dict[str, Any]] = self._tell(tell=True)
        return [one for one in found if one["method"] in {method, "" if method else one["method"]} and path in one["path"]]
