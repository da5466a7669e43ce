"""A store served at addresses of this machine: the archive as an ASGI application, its ports, what it does by itself meanwhile."""

from __future__ import annotations

import asyncio
import secrets
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette

from dandi_tui.demo.addresses import Addresses
from dandi_tui.demo.answers import page
from dandi_tui.demo.background import Background
from dandi_tui.demo.file_sending import FileSending
from dandi_tui.demo.object_server import object_route
from dandi_tui.demo.resources import RESOURCES
from dandi_tui.demo.routing import Archive, route, unmatched
from dandi_tui.demo.store import Store, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    Between = Callable[[ASGIApp], ASGIApp]


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


class Server(uvicorn.Server):
    """A server that leaves signals to its caller and tells when it can be asked."""

    def __init__(self, archive: Archive, ready: Callable[[], None], between: Between | None) -> None:
        app: ASGIApp = application(archive)
        options: dict[str, Any] = {"log_level": "error", "access_log": False, "lifespan": "off", "timeout_graceful_shutdown": 1}
        # What stands before the archive is to see all that it answers.
        super().__init__(uvicorn.Config(between(app), http="h11", **options) if between else uvicorn.Config(app, http=FileSending, **options))
        self.archive = archive
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes no signals."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, and tells that it did."""
        await super().startup(sockets)
        self._ready()


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(("127.0.0.1", port))
    except OSError as error:
        made.close()
        raise StoreError(f"port {port} can't be used: {error.strerror}. Name another one, or 0 for any free one.") from error
    made.listen(128)
    return made


def _bound_again(store: Store, name: str) -> socket.socket:
    """Where this was served the last time, if that is free: transfers, bookmarks and signed addresses of then are good still."""
    try:
        made = _bound(int(store.setting(name) or 0))
    except StoreError:
        made = _bound(0)
    store.set_setting(name, str(made.getsockname()[1]))
    return made


class Listening:
    """A store that is served at an address of this machine, its objects at another one.

    Args:
        store: What is served.
        port: The port; 0: that of the last time, else any free one.
        background: What the archive does by itself, where it is to be steered.

    Raises:
        StoreError: The port can't be used.
    """

    def __init__(self, store: Store, port: int = 0, background: Background | None = None) -> None:
        self._sockets = [_bound(port) if port else _bound_again(store, "port"), _bound_again(store, "store port")]
        self._store = store
        self.background = background or Background()
        self.origin, self._store_origin = (f"http://127.0.0.1:{one.getsockname()[1]}" for one in self._sockets)

    def server(self, ready: Callable[[], None], worker: ThreadPoolExecutor, between: Between | None = None) -> Server:
        """What serves it; the store is used by `worker` alone from here on."""
        if not self._store.setting("secret"):
            self._store.set_setting("secret", secrets.token_hex(32))
        addresses = Addresses(self.origin, self._store_origin, self._store.setting("secret"))
        return Server(Archive(self._store, addresses, worker, self.background), ready, between)

    async def serve(self, server: Server) -> None:
        """Serves until the server is told to stop, and does meanwhile what the archive does by itself."""
        work = asyncio.create_task(self.background.run(server.archive))
        try:
            await server.serve(sockets=self._sockets)
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    def close(self) -> None:
        """Frees the ports."""
        for one in self._sockets:
            one.close()
