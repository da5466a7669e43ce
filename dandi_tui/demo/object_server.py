"""The object store: bytes at signed addresses, in ranges, as S3 gives them."""

from __future__ import annotations

import asyncio
import re
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from dandi_tui.demo.addresses import BUCKET
from dandi_tui.demo.file_sending import FileResponse
from dandi_tui.demo.object_faults import StoreFaultError, fault_answer
from dandi_tui.demo.object_writing import ObjectWriting, check_one_mechanism
from dandi_tui.demo.store import blobs, uploads, zarrs

if TYPE_CHECKING:
    from starlette.requests import Request

    from dandi_tui.demo.routing import Archive

_BLOB = re.compile(r"blobs/(?P<a>.{3})/(?P<b>.{3})/(?P<id>(?P=a)(?P=b)[0-9a-f-]{30})")
_ZARR = re.compile(r"zarr/(?P<id>[0-9a-f-]{36})/(?P<key>.+)", re.DOTALL)


class Stored(msgspec.Struct, frozen=True):
    """An object: its file, its etag, and whether everybody may read it."""

    path: Path
    etag: str
    open: bool


class Span(msgspec.Struct, frozen=True):
    """The bytes from `start` to before `end` of `size`."""

    start: int
    end: int
    size: int

    @property
    def whole(self) -> bool:
        """Whether that is all."""
        return self.end - self.start == self.size


def object_route(archive: Archive) -> Route:
    """The route of the object store."""
    writing = ObjectWriting(archive)

    async def endpoint(request: Request) -> Response:
        try:
            if request.method in {"PUT", "POST"}:
                return await writing.answer(request)
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(archive.worker, _find, request, archive)
            return _send(request, found)
        except StoreFaultError as fault:
            return fault_answer(fault)

    made = Route(BUCKET + "/{key:path}", endpoint)
    made.methods = set()
    return made


def _find(request: Request, archive: Archive) -> Stored:
    """The object that a request may read.

    Raises:
        StoreFaultError: It may not, or there is none.
    """
    key, query = request.path_params["key"], dict(request.query_params)
    check_one_mechanism(request)
    if request.method not in {"GET", "HEAD"}:
        raise StoreFaultError(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    signed = any(name.startswith(("X-Amz-", "response-")) for name in query)
    if signed and (fault := archive.addresses.fault("GET", key, query, request.headers)):
        raise StoreFaultError(403, *fault)
    found = _stored(archive, key)
    if not signed and not (found.open if found else _is_listed(archive, key)):
        raise StoreFaultError(403, "AccessDenied", "Access Denied")
    if found is None or not found.path.is_file():
        raise StoreFaultError(404, "NoSuchKey", "The specified key does not exist.", Key=key)
    return found


def _is_listed(archive: Archive, key: str) -> bool:
    """Whether everybody may know that there is no such key: readers of a Zarr ask for documents and chunks that it may lack."""
    match = _ZARR.fullmatch(key)
    return match is not None and zarrs.is_open(archive.store, match["id"])


def _stored(archive: Archive, key: str) -> Stored | None:
    """The object of a key. Keys are looked up: what is not known never becomes a path."""
    store = archive.store
    if match := _BLOB.fullmatch(key):
        if blob := blobs.get(store, match["id"]):
            return Stored(store.blob_path(blob.blob_id), blob.etag, blobs.is_open(store, blob.blob_id))
        upload = uploads.get(store, match["id"])
        return Stored(store.blob_path(upload.upload_id), upload.stored_etag, open=False) if upload and upload.stored_etag else None
    if match := _ZARR.fullmatch(key):
        file = zarrs.file(store, match["id"], match["key"])
        return Stored(store.zarr_file_path(file.zarr_id, file.key), file.etag, zarrs.is_open(store, file.zarr_id)) if file else None
    return None


def _send(request: Request, found: Stored) -> Response:
    facts = found.path.stat()
    etag = f'"{found.etag}"'
    headers = {"ETag": etag, "Accept-Ranges": "bytes", "Last-Modified": formatdate(facts.st_mtime, usegmt=True)}
    if disposition := request.query_params.get("response-content-disposition"):
        headers["Content-Disposition"] = disposition
    _check_etag(request, etag)
    if etag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    span = _span(request.headers.get("range", ""), facts.st_size)
    ranged = "range" in request.headers and (not span.whole or _is_range(request.headers["range"]))
    if ranged:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{span.size}"
    headers["Content-Length"] = str(span.end - span.start)
    kind = request.query_params.get("response-content-type") or "application/octet-stream"
    headers["Content-Type"] = kind
    status = 206 if ranged else 200
    if request.method == "HEAD":
        return Response(None, status, headers)
    return FileResponse(found.path, span.start, span.end - span.start, status, headers)


def _check_etag(request: Request, etag: str) -> None:
    wanted = request.headers.get("if-match")
    if wanted and wanted != "*" and etag.strip('"') not in wanted:
        words = "At least one of the pre-conditions you specified did not hold"
        raise StoreFaultError(412, "PreconditionFailed", words, Condition="If-Match")


def _is_range(text: str) -> re.Match[str] | None:
    return re.fullmatch(r"bytes=([0-9]{1,18})-([0-9]{0,18})|bytes=-([0-9]{1,18})", text.strip())


def _span(text: str, size: int) -> Span:
    """The bytes that a Range header asks for; all, when it is none that the store understands."""
    match = _is_range(text)
    if match is None or (match[1] and match[2] and int(match[2]) < int(match[1])):
        return Span(0, size, size)
    if match[3]:
        start, end = max(0, size - int(match[3])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
    if start >= end:
        raise StoreFaultError(416, "InvalidRange", "The requested range is not satisfiable", ActualObjectSize=str(size), RangeRequested=text)
    return Span(start, end, size)
