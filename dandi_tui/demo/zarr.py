"""Zarr archives: records, and the files within them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse

from dandi_tui.demo.requests import NOT_FOUND, RefusalError, answer, flag, paged, readable, signed_in, store_of

if TYPE_CHECKING:
    import sqlite3

    from starlette.requests import Request
    from starlette.responses import Response

    from dandi_tui.demo.objects import ObjectStore


def _record(row: sqlite3.Row) -> dict[str, Any]:
    names = ("name", "dandiset", "status", "checksum", "file_count", "size")
    return {"zarr_id": row["zarr"], **{name: row[name] for name in names}}


def _zarr(request: Request) -> sqlite3.Row:
    user = signed_in(request)
    row = store_of(request).one("SELECT * FROM zarr WHERE zarr=?", request.path_params["zarr"])
    if row is None:
        raise RefusalError(404, NOT_FOUND)
    readable(request, row["dandiset"], user)
    return row


def list_zarrs(request: Request) -> Response:
    """All open Zarr archives, or those of a Dandiset or of a name."""
    signed_in(request)
    rows = store_of(request).all("SELECT z.* FROM zarr z JOIN dandiset d ON d.identifier = z.dandiset AND d.embargo_status = 'OPEN'")
    for name in ("dandiset", "name"):
        if value := request.query_params.get(name):
            rows = [row for row in rows if row[name] == value]
    return paged(request, len(rows), lambda offset, size: [_record(row) for row in rows[offset : offset + size]])


def get_zarr(request: Request) -> Response:
    """One Zarr archive's record."""
    return answer(_record(_zarr(request)))


def zarr_files(request: Request) -> Response:
    """The files within a Zarr, by key; or the way to one file's bytes."""
    row = _zarr(request)
    asked = request.query_params
    prefix, after = asked.get("prefix", "").removesuffix("/"), asked.get("after", "")
    if flag(request, "download"):
        objects: ObjectStore = request.app.state.objects
        return RedirectResponse(objects.signed(f"zarr/{row['zarr']}/{prefix}"), 302, headers={"content-type": "text/html; charset=utf-8"})
    limit = _limit(asked.get("limit", "1000"))
    found = store_of(request).all(
        "SELECT * FROM zarr_file WHERE zarr=? AND key > ? AND substr(key, 1, length(?)) = ? ORDER BY key LIMIT ?",
        row["zarr"],
        after,
        prefix,
        prefix,
        limit + 1,
    )
    files = [{"Key": file["key"], "LastModified": file["modified"], "ETag": file["etag"], "Size": file["size"]} for file in found[:limit]]
    following = None
    if len(found) > limit:
        query = urlencode(sorted({**asked, "after": files[-1]["Key"], "limit": str(limit)}.items()))
        following = f"{request.app.state.origin}{request.url.path}?{query}"
    return answer({"next": following, "results": files})


def _limit(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise RefusalError(400, {"limit": ["A valid integer is required."]})
    if int(text) > 1000:
        raise RefusalError(400, {"limit": ["Ensure this value is less than or equal to 1000."]})
    return int(text)
