"""Answers in the archive's shapes: JSON, the same as a web page, refusals, redirects."""

from __future__ import annotations

import gzip
from html import escape
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

JSON, HTML = "application/json", "text/html"
NO_CREDENTIALS = {"detail": "Authentication credentials were not provided."}
NO_RIGHT = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "Not found."}
# The body of a refusal that says nothing.
NOTHING: Any = object()
_SMALLEST_ZIPPED = 200


class RefusalError(Exception):
    """An answer of 400 and above.

    Args:
        status: The HTTP status.
        body: What the answer says, as JSON.
        headers: More headers.
    """

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:  # noqa: ANN401 (any JSON)
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = headers or {}


def not_logged_in(body: Any = NO_CREDENTIALS) -> RefusalError:  # noqa: ANN401 (any JSON)
    """401: a key is needed, or another one."""
    return RefusalError(401, body, {"WWW-Authenticate": 'Bearer realm="api"'})


def not_allowed() -> RefusalError:
    """403: this account may not."""
    return RefusalError(403, NO_RIGHT)


def no_owner() -> RefusalError:
    """403 without a word: the user is no owner."""
    return RefusalError(403, NOTHING)


def required(found: dict[str, Any], *names: str) -> None:
    """Refuses a body that lacks fields.

    Raises:
        RefusalError: 400 with each field that is missing.
    """
    if missing := {name: ["This field is required."] for name in names if name not in found}:
        raise RefusalError(400, missing)


def empty(status: int) -> Response:
    """An answer without a body, nor a word of its type."""
    return Response(None, status, {"Vary": "Accept, Accept-Encoding"})


def not_found(words: str | None = None) -> RefusalError:
    """404 of something that has the right shape."""
    return RefusalError(404, {"detail": words} if words else NOT_FOUND)


def invalid(field: str, words: str) -> RefusalError:
    """400: a field of the query or body is wrong."""
    return RefusalError(400, {field: [words]})


def renderer(accept: str) -> str | None:
    """How an answer is written for an Accept header: JSON, HTML, or None when neither fits."""
    kinds = [part.partition(";")[0].strip().lower() for part in (accept or "*/*").split(",")]
    for precise in (2, 1, 0):
        for ours in (JSON, HTML):
            for kind in kinds:
                if _precision(kind) == precise and _fits(kind, ours):
                    return ours
    return None


def _precision(kind: str) -> int:
    return 2 - kind.count("*")


def _fits(kind: str, ours: str) -> bool:
    return kind in {ours, "*/*", ours.partition("/")[0] + "/*"}


def render(body: Any, kind: str, request: Request, *, status: int = 200, name: str = "", headers: dict[str, str] | None = None) -> Response:  # noqa: ANN401
    """An answer of a JSON body.

    Args:
        body: What is answered.
        kind: `JSON` or `HTML`.
        request: Tells whether the answer may be zipped.
        status: The HTTP status.
        name: What the endpoint is called, for the web page.
        headers: More headers.
    """
    if body is NOTHING:
        return Response(None, status, headers, media_type="text/html; charset=utf-8")
    content = msgspec.json.encode(body)
    if kind == HTML:
        text = escape(msgspec.json.format(content, indent=4).decode())
        title = escape(name)
        content = f"<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n<body><h1>{title}</h1>\n<pre>{text}</pre></body>\n</html>\n".encode()
    more = {"Vary": "Accept, Accept-Encoding", **(headers or {})}
    if len(content) >= _SMALLEST_ZIPPED and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, 4)
        more["Content-Encoding"] = "gzip"
    return Response(content, status, more, media_type="text/html; charset=utf-8" if kind == HTML else JSON)


def page(title: str, words: str, status: int) -> Response:
    """A web page of a few words."""
    text = f'\n<!doctype html>\n<html lang="en">\n<head>\n  <title>{title}</title>\n</head>\n<body>\n  <h1>{title}</h1><p>{words}</p>\n</body>\n</html>\n'
    return Response(text, status, media_type="text/html")


def no_such_page() -> Response:
    """404 where no route is."""
    return page("Not Found", "The requested resource was not found on this server.", 404)


def redirect(address: str, status: int) -> Response:
    """The way to another address."""
    return Response(None, status, {"Location": address}, media_type="text/html; charset=utf-8")
