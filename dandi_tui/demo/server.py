"""The embedded archive's server: its start, its content, its end."""

from __future__ import annotations

import asyncio
import fcntl
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import uvicorn
from starlette.applications import Starlette

from dandi_tui.demo.addresses import Addresses
from dandi_tui.demo.answers import page
from dandi_tui.demo.fill import USERS, fill
from dandi_tui.demo.object_server import object_route
from dandi_tui.demo.resources import RESOURCES
from dandi_tui.demo.routing import Archive, route, unmatched
from dandi_tui.demo.store import Store, StoreError, users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from dandi_tui.demo.content import SampleDandiset

DEMO_USER = "demo"


def application(archive: Archive) -> Starlette:
    """The archive as an ASGI application."""
    routes = [*(route(resource, archive) for resource in RESOURCES), object_route(archive)]

    async def missing(request: Request, _error: Exception) -> Response:
        return unmatched(request, routes)

    async def broken(_request: Request, _error: Exception) -> Response:
        return page("Server Error (500)", "", 500)

    app = Starlette(routes=routes, exception_handlers={404: missing, 500: broken})
    app.router.redirect_slashes = False
    return app


class _Server(uvicorn.Server):
    """A server that leaves signals to its caller and tells when it can be asked."""

    def __init__(self, app: Starlette, ready: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=1))
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


class _Listening:
    """A store that is served at an address of this machine.

    Args:
        store: What is served.
        port: The port; 0: any free one.

    Raises:
        StoreError: The port can't be used.
    """

    def __init__(self, store: Store, port: int = 0) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError as error:
            self._socket.close()
            raise StoreError(f"port {port} can't be used: {error.strerror}. Name another one, or 0 for any free one.") from error
        self._store = store
        self.origin = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def server(self, ready: Callable[[], None], worker: ThreadPoolExecutor) -> _Server:
        """What serves it; the store is used by `worker` alone from here on."""
        if not self._store.setting("secret"):
            self._store.set_setting("secret", secrets.token_hex(32))
        addresses = Addresses(self.origin, self._store.setting("secret"))
        return _Server(application(Archive(self._store, addresses, worker)), ready)

    async def serve(self, server: _Server) -> None:
        """Serves until the server is told to stop."""
        await server.serve(sockets=[self._socket])

    def close(self) -> None:
        """Frees the port."""
        self._socket.close()


@contextmanager
def serving(store: Store) -> Iterator[str]:
    """Serves a store from a thread, as long as the context lasts.

    Yields:
        The origin: scheme, host and port.
    """
    ready = threading.Event()
    listening = _Listening(store)
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

    users.add(store, USERS)
    if not store.setting("filled"):
        making = store.root / "making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        fill(store, _told(sample_dandisets(making), tell))
        shutil.rmtree(making)
        store.set_setting("filled", "yes")
    large = many_assets(assets_count)
    if assets_count and not store.has("SELECT 1 FROM dandiset WHERE identifier = ?", large.identifier):
        fill(store, _told([large], tell))


def _told(dandisets: Iterable[SampleDandiset], tell: Callable[[str], None]) -> Iterator[SampleDandiset]:
    for dandiset in dandisets:
        tell(f"making {dandiset.identifier}: {dandiset.metadata['name']}")
        yield dandiset


def serve(*, port: int, data: Path | None, assets_count: int, tell: Callable[[str], None], ready: Callable[[str, str], None]) -> None:
    """Serves the archive on this machine alone, until SIGINT or SIGTERM.

    Args:
        port: The port; 0: any free one.
        data: The data folder; None: a temporary one.
        assets_count: Adds a Dandiset of so many assets without bytes.
        tell: Is told what is being made.
        ready: Is given the API's address and the demo user's key.

    Raises:
        StoreError: The port or the data folder can't be used.
    """
    with opened(data) as store, ThreadPoolExecutor(1, "store") as worker:
        listening = _Listening(store, port)
        prepare(store, assets_count=assets_count, tell=tell)
        user = users.by_username(store, DEMO_USER)
        token = user.token if user else ""
        server = listening.server(lambda: ready(f"{listening.origin}/api", token), worker)

        async def until_told() -> None:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
            await listening.serve(server)

        asyncio.run(until_told())
        listening.close()


def main(*, port: int, data: Path | None, assets_count: int) -> int:
    """Serves, printing one line of JSON when ready and what is being made on standard error; the exit status."""

    def ready(api_url: str, token: str) -> None:
        sys.stdout.write(msgspec.json.encode({"api_url": api_url, "token": token}).decode() + "\n")
        sys.stdout.flush()

    def tell(words: str) -> None:
        sys.stderr.write(words + "\n")
        sys.stderr.flush()

    try:
        serve(port=port, data=data, assets_count=assets_count, tell=tell, ready=ready)
    except StoreError as error:
        sys.stderr.write(f"dandi-tui: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
