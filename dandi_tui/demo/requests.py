"""What every address of the embedded archive shares: who asks, pages, flags, and refusals in the archive's shapes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

    from dandi_tui.demo.store import Store

NO_CREDENTIALS = {"detail": "Authentication credentials were not provided."}
NO_RIGHT = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "Not found."}
_TRUE = {"true", "1", "yes", "on", "t", "y"}
_FALSE = {"false", "0", "no", "off", "f", "n"}


class RefusalError(Exception):
    """An answer of 400 and above.

    Args:
        status: The HTTP status.
        body: What the answer says, as JSON.
    """

    def __init__(self, status: int, body: Any) -> None:  # noqa: ANN401 (any JSON)
        super().__init__(str(body))
        self.status = status
        self.body = body


def answer(body: Any, status: int = 200) -> Response:  # noqa: ANN401 (any JSON)
    """A JSON answer."""
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def store_of(request: Request) -> Store:
    """The archive's memory."""
    store: Store = request.app.state.store
    return store


def signed_in(request: Request) -> sqlite3.Row | None:
    """The user whose key came along; None without one.

    Raises:
        RefusalError: The key is not valid.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "token":
        return None
    if not key.strip():
        raise RefusalError(401, {"detail": "Invalid token header. No credentials provided."})
    if " " in key.strip():
        raise RefusalError(401, {"detail": "Invalid token header. Token string should not contain spaces."})
    user = store_of(request).one("SELECT * FROM user WHERE token=?", key.strip())
    if user is None:
        raise RefusalError(401, {"detail": "Invalid token."})
    return user


def need_user(request: Request) -> sqlite3.Row:
    """The user whose key came along.

    Raises:
        RefusalError: There is none.
    """
    user = signed_in(request)
    if user is None:
        raise RefusalError(401, NO_CREDENTIALS)
    return user


def need_approved(request: Request) -> sqlite3.Row:
    """The user, whose account must be approved."""
    user = need_user(request)
    if user["status"] != "APPROVED":
        raise RefusalError(403, NO_RIGHT)
    return user


def flag(request: Request, name: str, *, default: bool = False) -> bool:
    """A flag of the query."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise RefusalError(400, {name: ["Must be a valid boolean."]})


def choice(request: Request, name: str, known: Sequence[str], *, many: bool = False) -> str:
    """A word of the query that must be one of those known."""
    text = request.query_params.get(name, "")
    for word in text.split(",") if many else [text]:
        if word and word.removeprefix("-") not in known:
            words = f"Select a valid choice. {word} is not one of the available choices."
            raise RefusalError(400, {name: [words]})
    return text


def readable(request: Request, dandiset: str, user: sqlite3.Row | None) -> sqlite3.Row:
    """A Dandiset that the user may read.

    Raises:
        RefusalError: It does not exist, or is embargoed and the user no owner.
    """
    store = store_of(request)
    row = store.one("SELECT * FROM dandiset WHERE identifier=?", dandiset)
    if row is None:
        raise RefusalError(404, NOT_FOUND)
    if row["embargo_status"] == "OPEN":
        return row
    if user is None:
        raise RefusalError(401, NO_CREDENTIALS)
    if not user["admin"] and not owns(store, dandiset, user["username"]):
        raise RefusalError(403, NO_RIGHT)
    return row


def owns(store: Store, dandiset: str, username: str) -> bool:
    """Whether a user is an owner of a Dandiset."""
    return store.one("SELECT 1 FROM owner WHERE dandiset=? AND username=?", dandiset, username) is not None


def version_of(request: Request) -> tuple[sqlite3.Row, sqlite3.Row]:
    """The Dandiset and version that an address names, readable by who asks."""
    dandiset = readable(request, request.path_params["dandiset"], signed_in(request))
    row = store_of(request).one("SELECT * FROM version WHERE dandiset=? AND version=?", dandiset["identifier"], request.path_params["version"])
    if row is None:
        raise RefusalError(404, NOT_FOUND)
    return dandiset, row


def page_size(request: Request) -> int:
    """How many items a page has: 100, or what is asked for up to 1,000."""
    text = request.query_params.get("page_size", "")
    return min(int(text), 1000) if re.fullmatch(r"\d{1,9}", text) and int(text) else 100


def paged(request: Request, count: int, rows: Callable[[int, int], list[Any]], *, lenient: bool = False, always_count: bool = True) -> Response:
    """One page of a list.

    Args:
        request: Names the page and its size.
        count: How many items there are in all.
        rows: Gives the items from an offset on, at most so many.
        lenient: Whether a page after the last is empty instead of an error.
        always_count: Whether the count is told on each page, or on the first alone.
    """
    size = page_size(request)
    last = max(1, -(-count // size))
    text = request.query_params.get("page", "1")
    if text == "last" and not lenient:
        text = str(last)
    if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1 or (int(text) > last and not lenient):
        raise RefusalError(404, {"detail": "Invalid page."})
    page = int(text)
    return answer(
        {
            "count": count if always_count or page == 1 else None,
            "next": page_address(request, page + 1) if page < last else None,
            "previous": page_address(request, page - 1) if page > 1 else None,
            "results": rows((page - 1) * size, size),
        }
    )


def page_address(request: Request, page: int) -> str:
    """The address of another page of the same list, its query sorted by name."""
    query = dict(request.query_params)
    query.pop("page", None)
    if page > 1:
        query["page"] = str(page)
    tail = "?" + urlencode(sorted(query.items())) if query else ""
    return f"{request.app.state.origin}{request.url.path}{tail}"
