"""The object store: bytes at signed addresses, with ranges, as S3 gives them."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from starlette.responses import Response, StreamingResponse

from dandi_tui.demo.requests import store_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request

    from dandi_tui.demo.store import Store

BUCKET = "/store/dandi-dandisets"
VALID_SECONDS = 21600
_CHUNK = 2**18


class ObjectStore:
    """Addresses of the object store, and their signatures.

    Args:
        origin: Scheme, host and port of the server.
        store: Keeps the secret that addresses are signed with.
    """

    def __init__(self, origin: str, store: Store) -> None:
        self.origin = origin
        secret = store.setting("secret") or secrets.token_hex(32)
        store.set_setting("secret", secret)
        self._secret = secret.encode()

    def blob_address(self, blob: str) -> str:
        """The unsigned address of a blob."""
        return f"{self.origin}{BUCKET}/blobs/{blob[:3]}/{blob[3:6]}/{blob}"

    def zarr_address(self, zarr: str, key: str) -> str:
        """The unsigned address of a file within a Zarr."""
        return f"{self.origin}{BUCKET}/zarr/{zarr}/{quote(key)}"

    def signed(self, key: str, *, disposition: str = "", kind: str | None = None) -> str:
        """An address that is good for some hours.

        Args:
            key: The object's key.
            disposition: The Content-Disposition that the answer shall have.
            kind: The content type that the answer shall have.
        """
        query = {"response-content-disposition": disposition, "response-content-type": kind or ""}
        query = {name: value for name, value in query.items() if value}
        query |= {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"),
            "X-Amz-Expires": str(VALID_SECONDS),
            "X-Amz-SignedHeaders": "host",
        }
        query["X-Amz-Signature"] = self._signature(key, query)
        return f"{self.origin}{BUCKET}/{quote(key)}?{urlencode(query, quote_via=quote)}"

    def _signature(self, key: str, query: dict[str, str]) -> str:
        words = "\n".join([key, *(f"{name}={query[name]}" for name in sorted(query) if name != "X-Amz-Signature")])
        return hmac.new(self._secret, words.encode(), hashlib.sha256).hexdigest()

    def fault(self, key: str, query: dict[str, str]) -> str:
        """Why an address is not good; empty when it is."""
        if not hmac.compare_digest(self._signature(key, query), query.get("X-Amz-Signature", "")):
            return "The request signature we calculated does not match the signature you provided."
        signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        return "Request has expired" if time.time() > signed_at + int(query["X-Amz-Expires"]) else ""


def xml_error(status: int, code: str, message: str) -> Response:
    """An error as object stores word it."""
    body = f'<?xml version="1.0" encoding="utf-8"?>\n<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>'
    return Response(body, status, media_type="application/xml")


async def get_object(request: Request) -> Response:
    """The bytes of an object, or a range of them."""
    store, key = store_of(request), request.path_params["key"]
    objects: ObjectStore = request.app.state.objects
    if "authorization" in request.headers:
        return xml_error(400, "InvalidArgument", "Only one auth mechanism allowed")
    if fault := objects.fault(key, dict(request.query_params)):
        return xml_error(403, "AccessDenied", fault)
    found = _find(store, key)
    if found is None or not found[0].is_file():
        return xml_error(404, "NoSuchKey", "The specified key does not exist.")
    path, etag = found
    return _send(request, path, etag)


def _find(store: Store, key: str) -> tuple[Path, str] | None:
    """The file and etag of a key; keys are looked up, never joined to paths."""
    if match := re.fullmatch(r"blobs/.{3}/.{3}/([0-9a-f-]{36})", key):
        row = store.one("SELECT * FROM blob WHERE blob=?", match[1])
        return (store.blob_path(row["blob"]), row["etag"]) if row else None
    if match := re.fullmatch(r"zarr/([0-9a-f-]{36})/(.+)", key):
        row = store.one("SELECT * FROM zarr_file WHERE zarr=? AND key=?", match[1], match[2])
        return (store.zarr_path(row["zarr"]) / row["key"], row["etag"]) if row else None
    return None


def _send(request: Request, path: Path, etag: str) -> Response:
    size = path.stat().st_size
    headers = {"ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
    if disposition := request.query_params.get("response-content-disposition"):
        headers["Content-Disposition"] = disposition
    kind = request.query_params.get("response-content-type") or "application/octet-stream"
    wanted = request.headers.get("if-match", "").strip('"')
    if wanted and wanted != etag:
        return xml_error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
    start, end, status = 0, size, 200
    if match := re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", "")):
        start, end = _span(match[1], match[2], size)
        status = 206
        if start >= end:
            return xml_error(416, "InvalidRange", "The requested range is not satisfiable")
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(None, status, headers, media_type=kind)
    return StreamingResponse(_read(path, start, end), status, headers, media_type=kind)


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last or 0)), size
    return int(first), min(size, int(last) + 1) if last else size


async def _read(path: Path, start: int, end: int) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < end:
            chunk = file.read(min(_CHUNK, end - start))
            if not chunk:
                return
            start += len(chunk)
            yield chunk
