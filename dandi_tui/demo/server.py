"""The embedded archive's server: its addresses, its start and its end."""

from __future__ import annotations

import asyncio
import fcntl
import signal
import socket
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dandi_tui.demo import assets, dandisets, zarr
from dandi_tui.demo.fill import fill, fill_users
from dandi_tui.demo.objects import BUCKET, ObjectStore, get_object
from dandi_tui.demo.requests import RefusalError, answer, signed_in, store_of
from dandi_tui.demo.store import Store, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.exceptions import HTTPException
    from starlette.requests import Request

DEMO_USER = "demo"
_D = r"/api/dandisets/{dandiset:digits}"
_V = _D + "/versions/{version:version}"
_PAGE_404 = (
    '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>Not Found</title>\n</head>\n<body>\n'
    "  <h1>Not Found</h1><p>The requested resource was not found on this server.</p>\n</body>\n</html>\n"
)


def info(request: Request) -> Response:
    """What the archive says of itself."""
    signed_in(request)
    origin = request.app.state.origin
    return answer(
        {
            "instance_config": {
                "instance_name": "DANDI",
                "instance_identifier": "RRID:SCR_017571",
                "instance_url": f"{origin}/",
                "doi_prefix": "10.80507",
                "licenses": ["spdx:CC-BY-4.0", "spdx:CC0-1.0"],
            },
            "schema_version": "0.7.0",
            "schema_url": f"{origin}/api/schemas/?model=Dandiset",
            "allowed_schema_versions": ["0.6.10", "0.7.0"],
            "version": "1.0.0",
            "services": {"api": {"url": f"{origin}/api"}, "webui": {"url": origin}, "jupyterhub": None},
            "cli-minimal-version": "0.74.0",
            "cli-requires-python": ">=3.10",
            "cli-bad-versions": [],
        }
    )


def stats(request: Request) -> Response:
    """How much the archive holds."""
    signed_in(request)
    store = store_of(request)
    queries = {
        "dandiset_count": "SELECT count(*) n FROM dandiset",
        "published_dandiset_count": "SELECT count(DISTINCT dandiset) n FROM version WHERE version <> 'draft'",
        "user_count": "SELECT count(*) n FROM user WHERE status = 'APPROVED'",
        "size": "SELECT coalesce(sum(size), 0) n FROM version WHERE version = 'draft'",
    }
    found = {name: store.one(query) for name, query in queries.items()}
    return answer({name: row["n"] if row else 0 for name, row in found.items()})


def _route(path: str, endpoint: Callable[..., Any], *methods: str) -> Route:
    # On the loop, not in Starlette's threads: SQLite stays with one thread, and its queries are short.
    async def on_the_loop(request: Request) -> Response:
        made: Response = endpoint(request)
        return made

    return Route(path, on_the_loop, methods=list(methods or ("GET",)))


def routes() -> list[Route]:
    """Every address of the archive."""
    asset = "/assets/{asset:uuid4}"
    both = [
        (asset + "/", assets.get_asset),
        (asset + "/info/", assets.asset_info),
        (asset + "/download/", assets.download),
    ]
    return [
        _route("/api/info/", info),
        _route("/api/stats/", stats),
        _route("/api/users/me/", dandisets.me),
        _route("/api/auth/token/", dandisets.token),
        _route("/api/dandisets/", dandisets.list_dandisets),
        _route(_D + "/", dandisets.get_dandiset),
        _route(_D + "/users/", dandisets.owners),
        _route(_D + "/star/", dandisets.star, "POST", "DELETE"),
        _route(_D + "/versions/", dandisets.list_versions),
        _route(_V + "/", dandisets.get_version),
        _route(_V + "/info/", dandisets.version_info),
        _route(_V + "/assets/", assets.list_assets),
        _route(_V + "/assets/paths/", assets.folder_view),
        _route(_V + asset + "/validation/", assets.asset_validation),
        *[_route(prefix + path, endpoint) for path, endpoint in both for prefix in ("/api", _V)],
        _route("/api/webdav/assets/atpath/", assets.at_path),
        _route("/api/zarr/", zarr.list_zarrs),
        _route("/api/zarr/{zarr:uuid4}/", zarr.get_zarr),
        _route("/api/zarr/{zarr:uuid4}/files/", zarr.zarr_files),
        Route(BUCKET + "/{key:path}", get_object, methods=["GET"]),
    ]


def application(store: Store, origin: str) -> Starlette:
    """The archive as an ASGI application.

    Args:
        store: Its memory.
        origin: Scheme, host and port that its addresses begin with.
    """
    _register_path_kinds()

    async def refused(_request: Request, error: Exception) -> Response:
        refusal: RefusalError = error  # type: ignore[assignment]
        return answer(refusal.body, refusal.status)

    async def failed(request: Request, error: Exception) -> Response:
        fault: HTTPException = error  # type: ignore[assignment]
        if fault.status_code == 405:
            return answer({"detail": f'Method "{request.method}" not allowed.'}, 405)
        path = request.url.path
        if path.startswith("/api/") and not path.endswith("/"):
            return RedirectResponse(path + "/", 301)
        return Response(_PAGE_404, 404, media_type="text/html")

    app = Starlette(
        routes=routes(),
        exception_handlers={RefusalError: refused, 404: failed, 405: failed},
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
    )
    app.router.redirect_slashes = False
    app.state.store, app.state.origin = store, origin
    app.state.objects = ObjectStore(origin, store)
    return app


def _register_path_kinds() -> None:
    from starlette.convertors import CONVERTOR_TYPES, StringConvertor

    kinds = {
        "digits": r"[0-9]{6}",
        "version": r"draft|0\.[0-9]{6}\.[0-9]{4}",
        "uuid4": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    }
    for name, expression in kinds.items():
        if name not in CONVERTOR_TYPES:
            CONVERTOR_TYPES[name] = type(f"{name.title()}Convertor", (StringConvertor,), {"regex": expression})()


def prepare(store: Store, *, web_url: str, assets_count: int, tell: Callable[[str], None]) -> None:
    """Fills an empty archive with the sample Dandisets; leaves one that has content as it is."""
    from dandi_tui.demo.sample_data import many_assets, sample_dandisets

    if not store.setting("filled"):
        fill_users(store)
        folder = store.root / "making"
        folder.mkdir(exist_ok=True)
        for dandiset in sample_dandisets(folder):
            tell(f"making {dandiset.identifier}: {dandiset.metadata['name']}")
            fill(store, dandiset, web_url=web_url)
        folder.rmdir()
        store.set_setting("filled", "yes")
    identifier = many_assets(0).identifier
    if assets_count and not store.one("SELECT 1 FROM dandiset WHERE identifier=?", identifier):
        tell(f"making {identifier}: {assets_count:,} assets without bytes")
        fill(store, many_assets(assets_count), web_url=web_url)


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
    with ExitStack() as ending:
        listener = ending.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise StoreError(f"port {port} can't be used: {error.strerror}") from error
        root = data or Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="dandi-tui-demo-")))
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        store = Store(root)
        lock = ending.enter_context((root / "lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(f"another archive is running on {root}") from error
        prepare(store, web_url=origin, assets_count=assets_count, tell=tell)
        row = store.one("SELECT token FROM user WHERE username=?", DEMO_USER)
        asyncio.run(_run(application(store, origin), listener, lambda: ready(f"{origin}/api", row["token"] if row else "")))


async def _run(app: Starlette, listener: socket.socket, ready: Callable[[], None]) -> None:
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=1))

    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    # The socket listens already: who connects from now on is served as soon as the loop turns.
    listener.listen(128)
    loop.call_soon(ready)
    config = server.config
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup([listener])
    await server.main_loop()
    await server.shutdown([listener])


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
