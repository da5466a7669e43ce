"""The worker: a process of its own that does all transfers of this host and user, and outlives whoever started it.

`python -m dandi_tui.transfer` takes the lock of its home, opens the journal, listens on its socket and goes on with
what the journal has. It ends when nothing is to be done and nobody is attached.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import signal
import time
from typing import TYPE_CHECKING

from dandi_tui.errors import DandiTuiError
from dandi_tui.log import PrivateFile
from dandi_tui.transfer.engine import Engine
from dandi_tui.transfer.failures import words_of
from dandi_tui.transfer.home import JUDGING, Lock, home_dir, log_path, socket_path, tell_failure
from dandi_tui.transfer.orders import open_journal
from dandi_tui.transfer.serving import Server

if TYPE_CHECKING:
    from pathlib import Path

IDLE_SECONDS = 20.0
_LOCK_SECONDS = 8.0
_LOOK_SECONDS = 0.5
_SOCKET_LOOK_SECONDS = 2.0


class Worker:
    """The engine with its lock and its socket.

    Args:
        home: The folder of the journal.

    Raises:
        BlockingIOError: Another worker holds this home.
        TransferError: The journal can't be opened.
    """

    def __init__(self, home: Path) -> None:
        self._lock = Lock(home)
        self.path = socket_path(home)
        try:
            journal = open_journal(home)
        except BaseException:
            self._lock.release()
            raise
        self.engine = Engine(journal)
        self.stop = asyncio.Event()
        self.server = Server(self.engine, self.path, self.stop)

    async def start(self) -> None:
        """Goes on with what the journal has, and listens: who attaches is told of all of it."""
        await self.engine.start()
        await self.server.start()
        self._lock.tell(str(self.path))

    async def until_idle(self, seconds: float) -> None:
        """Returns once nothing was to be done and nobody attached for so long, or somebody asked for the end."""
        busy = looked = time.monotonic()
        while not self.stop.is_set():
            if time.monotonic() - busy >= seconds:
                if await self.server.leave():
                    return
                busy = time.monotonic()
            await asyncio.sleep(_LOOK_SECONDS)
            now = time.monotonic()
            if self.server.connections or not self.engine.idle:
                busy = now
            if now - looked > _SOCKET_LOOK_SECONDS:
                looked = now
                if not await asyncio.to_thread(self._lock.still_there):
                    logging.getLogger(__name__).warning("the folder of the journal was moved or its lock taken away: the worker ends")
                    return
                await self.server.listen_again()

    async def close(self) -> None:
        """Leaves everything so that the next worker goes on."""
        self.server.close()
        await self.engine.close()
        self._lock.release()


async def _run(idle_seconds: float, reading: str) -> None:
    worker = _first(home_dir())
    if worker is None:
        return
    if reading:
        from dandi_tui.transfer.reading import begin

        begin(judging=reading == JUDGING)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop.set)
    try:
        await worker.start()
        # Whoever started this one will ask for it in a moment.
        loading = asyncio.create_task(asyncio.to_thread(importlib.import_module, "dandi_tui.api.client"))
        await worker.until_idle(idle_seconds)
        await loading
    finally:
        await worker.close()


def _first(home: Path) -> Worker | None:
    """The worker of this home; None where another one is, which is then the right one."""
    until = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            return Worker(home)
        except BlockingIOError:
            if time.monotonic() > until:
                return None
            time.sleep(0.1)


def _begin_log(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = PrivateFile(path, maxBytes=2**20, backupCount=2, encoding="utf-8")
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format="%(asctime)s %(message)s")


def run_worker(reading: str = "") -> int:
    """Runs the worker until it is idle; the exit status.

    Args:
        reading: What it will be asked for in a moment, so that it begins to load: `reading` of files, `judging` of these, too.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.umask(0o022)
    try:
        _begin_log(log_path())
        asyncio.run(_run(float(os.environ.get("DANDI_TUI_WORKER_IDLE", IDLE_SECONDS)), reading))
    except DandiTuiError as error:
        logging.getLogger(__name__).error("%s", error)  # noqa: TRY400 (it is an answer, not a bug)
        tell_failure(home_dir(), str(error))
        return error.exit_status
    except OSError as error:
        logging.getLogger(__name__).exception("the worker ended")
        tell_failure(home_dir(), f"{words_of(error)}: {error.filename or home_dir()}. Have the folder made writable, or make room on its disk.")
        return 1
    except Exception as error:
        logging.getLogger(__name__).exception("the worker ended by what should not have happened")
        tell_failure(home_dir(), f"{type(error).__name__}: {error}")
        return 1
    return 0
