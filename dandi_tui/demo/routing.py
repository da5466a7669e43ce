"""From a request to the resource that answers it: methods, negotiation, faults of every shape."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.convertors import CONVERTOR_TYPES, StringConvertor
from starlette.responses import Response
from starlette.routing import Match, Route

from dandi_tui.demo.addresses import Addresses
from dandi_tui.demo.answers import HTML, JSON, RefusalError, no_such_page, redirect, render, renderer
from dandi_tui.demo.background import Background
from dandi_tui.demo.call import Call
from dandi_tui.demo.store import Store

if TYPE_CHECKING:
    from starlette.requests import Request


_LARGEST_BODY = 16 * 2**20
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PARSED = (JSON, "application/x-www-form-urlencoded", "multipart/form-data")
_KINDS = {
    "digits": r"[0-9]{6}",
    "version": r"draft|0\.[0-9]{6}\.[0-9]{4}",
    "uuid4": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
}
Handler = Callable[[Call], Any]


class Resource(msgspec.Struct, frozen=True):
    """An address of the API.

    Attributes:
        name: What it is called where it describes itself.
        path: The address, with its parameters.
        methods: What answers each method: a JSON body, or a whole response.
        head: Whether HEAD is answered where GET is.
    """

    name: str
    path: str
    methods: dict[str, Handler]
    head: bool = True

    @property
    def allowed(self) -> str:
        """The methods that are answered."""
        more = ("HEAD",) if self.head and "GET" in self.methods else ()
        return ", ".join((*self.methods, *more, "OPTIONS"))


class Archive(msgspec.Struct, frozen=True):
    """What answering needs; the store is used in `worker`, an executor of one thread, alone. What takes longer is done in `background`."""

    store: Store
    addresses: Addresses
    worker: Executor
    background: Background


def route(resource: Resource, archive: Archive) -> Route:
    """The route of a resource. Its work is done beside the loop, which stays free for bytes."""
    _register_kinds()

    async def endpoint(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return render({"detail": "Request body is too large."}, JSON, request, status=413)
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(archive.worker, answer, resource, Call(request, body, archive.store, archive.addresses))
        if request.method not in _SAFE:
            archive.background.wake()
        return found

    # A class-based endpoint in Starlette's eyes: every method comes here, and is judged here.
    made = Route(resource.path, endpoint)
    made.methods = set()
    return made


async def _body(request: Request) -> bytes | None:
    """The body of a request; None when it is too large to be looked at."""
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > _LARGEST_BODY:
            return None
    return b"".join(parts)


def _register_kinds() -> None:
    for name, expression in _KINDS.items():
        if name not in CONVERTOR_TYPES:
            CONVERTOR_TYPES[name] = type(f"{name.title()}Convertor", (StringConvertor,), {"regex": expression})()


def answer(resource: Resource, call: Call) -> Response:
    """What a resource says to a call."""
    kind = renderer(call.request.headers.get("accept", ""))
    try:
        if kind is None:
            raise RefusalError(406, {"detail": "Could not satisfy the request Accept header."})
        found = _handled(resource, call)
    except RefusalError as refusal:
        return render(refusal.body, kind or JSON, call.request, status=refusal.status, name=resource.name, headers=refusal.headers)
    if isinstance(found, Response):
        return found
    return render(found, kind, call.request, name=resource.name, headers={"Allow": resource.allowed})


def _handled(resource: Resource, call: Call) -> object:
    method = "GET" if call.method == "HEAD" and resource.head else call.method
    handler = resource.methods.get(method)
    if handler:
        _ = call.user  # a wrong key is refused also where none is needed
        if method in _SAFE:
            return handler(call)
        with call.store.transaction():
            return handler(call)
    if method in _SAFE:
        _ = call.user
    else:
        call.need_approved()
    if method == "OPTIONS":
        return {"name": resource.name, "description": "", "renders": [JSON, HTML], "parses": list(_PARSED)}
    raise RefusalError(405, {"detail": f'Method "{call.method}" not allowed.'}, {"Allow": resource.allowed})


def unmatched(request: Request, routes: list[Route]) -> Response:
    """The answer where no route is: the way to the address with a slash, if there is a route, else a page that says so."""
    path = request.url.path
    if not path.endswith("/") and any(one.matches({**request.scope, "path": path + "/"})[0] is not Match.NONE for one in routes):
        query = f"?{request.url.query}" if request.url.query else ""
        return redirect(f"{path}/{query}", 301)
    return no_such_page()
