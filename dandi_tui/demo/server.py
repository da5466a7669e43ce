"""The embedded archive as a server: its start, its content, its end."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.demo.background import Background
from dandi_tui.demo.fill import USERS, fill
from dandi_tui.demo.listening import Listening
from dandi_tui.demo.store import Store, StoreError, users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dandi_tui.demo.content import SampleDandiset
    from dandi_tui.demo.listening import Between, Server

DEMO_USER = "demo"


@contextmanager
def serving(store: Store, background: Background | None = None) -> Iterator[str]:
    """Serves a store from a thread, as long as the context lasts.

    Args:
        store: What is served.
        background: What the archive does by itself, where it is to be steered.

    Yields:
        The origin: scheme, host and port.
    """
    ready = threading.Event()
    listening = Listening(store, background=background)
    with ThreadPoolExecutor(1, "store") as worker:
        server = listening.server(ready.set, worker)
        thread = threading.Thread(target=lambda: asyncio.run(listening.serve(server)), name="archive")
        thread.start()
        try:
            ready.wait(30)
            yield listening.origin
        finally:
            server.should_exit = True
            thread.join()
            listening.close()


@contextmanager
def opened(data: Path | None) -> Iterator[Store]:
    """The store of a data folder, which is this process's alone; None: a temporary one, removed at the end.

    Raises:
        StoreError: The folder can't be used, or another archive is running on it.
    """
    with ExitStack() as ending:
        root = data or Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="dandi-tui-demo-")))
        try:
            root.mkdir(parents=True, exist_ok=True)
            lock = ending.enter_context((root / "lock").open("a"))
        except OSError as error:
            raise StoreError(f"{root} can't be used as a data folder: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(f"another archive is running on {root}. End it first, or name another folder.") from error
        store = Store(root)
        ending.callback(store.close)
        yield store


def prepare(store: Store, *, assets_count: int, tell: Callable[[str], None]) -> None:
    """Fills an archive with the sample Dandisets that it lacks; what is there stays as it is."""
    from dandi_tui.demo.sample_data import many_assets, sample_dandisets

    if not store.setting("filled"):
        making = store.root / "making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        fill(store, _told(sample_dandisets(making), tell), move=True)
        shutil.rmtree(making)
        store.set_setting("filled", "yes")
    large = many_assets(assets_count)
    if assets_count and not store.has("SELECT 1 FROM dandiset WHERE identifier = ?", large.identifier):
        fill(store, _told([large], tell))


def _told(dandisets: Iterable[SampleDandiset], tell: Callable[[str], None]) -> Iterator[SampleDandiset]:
    for dandiset in dandisets:
        tell(f"making {dandiset.identifier}: {dandiset.metadata['name']}")
        yield dandiset


def serve(
    *,
    port: int,
    data: Path | None,
    tell: Callable[[str], None],
    ready: Callable[[str, str], None],
    samples: bool = True,
    assets_count: int = 0,
    early: bool = False,
    between: Between | None = None,
) -> None:
    """Serves the archive on this machine alone, until SIGINT or SIGTERM.

    Args:
        port: The port; 0: any free one.
        data: The data folder; None: a temporary one.
        tell: Is told what is being made.
        ready: Is given the API's address and the demo user's key.
        samples: Whether the sample Dandisets are made.
        assets_count: Adds a Dandiset of so many assets without bytes.
        early: Tells the address before the data are made: who connects waits for the answer.
        between: What stands before the archive, and is given it.

    Raises:
        StoreError: The port or the data folder can't be used.
    """
    with opened(data) as store, ThreadPoolExecutor(1, "store") as worker:
        listening = Listening(store, port, Background(tell=tell))
        users.add(store, USERS)
        user = users.by_username(store, DEMO_USER)
        token = user.token if user else ""
        if early:
            ready(f"{listening.origin}/api", token)
        if samples:
            prepare(store, assets_count=assets_count, tell=tell)
        server = listening.server(lambda: None if early else ready(f"{listening.origin}/api", token), worker, between)
        asyncio.run(_until_told(listening, server))
        listening.close()


async def _until_told(listening: Listening, server: Server) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    await listening.serve(server)


def end_with_standard_input() -> None:
    """Ends this process, as SIGTERM does, once its standard input is closed: by the death of the program that started it too."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="standard input", daemon=True).start()


def main(*, port: int, data: Path | None, assets_count: int, child: bool = False, passing: bool = False, samples: bool = True) -> int:
    """Serves, printing one line of JSON when ready and what is being made on standard error; the exit status.

    Args:
        port: The port; 0: any free one.
        data: The data folder; None: a temporary one.
        assets_count: Adds a Dandiset of so many assets without bytes.
        child: Serves another program: tells the address early and nothing else, ends when standard input is closed.
        passing: Removes the data folder once it has served.
        samples: Whether the sample Dandisets are made; without them the archive has users alone.
    """

    def ready(api_url: str, token: str) -> None:
        sys.stdout.write(msgspec.json.encode({"api_url": api_url, "token": token}).decode() + "\n")
        sys.stdout.flush()

    def tell(words: str) -> None:
        if not child:
            sys.stderr.write(words + "\n")
            sys.stderr.flush()

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    if child:
        end_with_standard_input()
    try:
        serve(port=port, data=data, samples=samples, assets_count=assets_count, tell=tell, ready=ready, early=child)
    except StoreError as error:
        sys.stderr.write(f"dandi-tui: {error}\n")
        return 1
    except KeyboardInterrupt:
        status = 130
    else:
        status = 0
    if passing and data is not None:
        shutil.rmtree(data, ignore_errors=True)
    return status
