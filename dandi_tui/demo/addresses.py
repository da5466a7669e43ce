"""The addresses that answers name: of the archive, of objects in its store, and those signed for a while."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

BUCKET = "/store/dandi-dandisets"
READABLE_SECONDS = 21_600
WRITABLE_SECONDS = 604_800
_SIGNATURE = "X-Amz-Signature"


def blob_key(blob_id: str) -> str:
    """The key of a blob in the object store."""
    return f"blobs/{blob_id[:3]}/{blob_id[3:6]}/{blob_id}"


def zarr_key(zarr_id: str, key: str = "") -> str:
    """The key of a file of a Zarr, or of the Zarr itself."""
    return f"zarr/{zarr_id}/{key}"


class Permission(msgspec.Struct, frozen=True):
    """What may be done with an object at a signed address.

    Attributes:
        method: GET, PUT or POST.
        key: The object's key.
        query: What else must stand in the address.
        headers: Headers that the request must have, names in lower case.
        seconds: How long it may be done.
    """

    method: str
    key: str
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    seconds: int = READABLE_SECONDS


class Addresses:
    """The addresses of an archive.

    Args:
        origin: Scheme, host and port.
        store: Scheme, host and port of the object store: another origin, so that clients leave their key behind.
        secret: What addresses are signed with.
    """

    def __init__(self, origin: str, store: str, secret: str) -> None:
        self.origin = origin
        self.store = store
        self._secret = secret.encode()

    @property
    def api(self) -> str:
        """The API, without a slash at the end."""
        return f"{self.origin}/api"

    def of_object(self, key: str) -> str:
        """The unsigned address of an object."""
        return f"{self.store}{BUCKET}/{quote(key)}"

    def signed(self, key: str, *, disposition: str = "", kind: str = "") -> str:
        """An address from which an object can be read for some time.

        Args:
            key: The object's key.
            disposition: The Content-Disposition that the answer shall have.
            kind: The content type that the answer shall have.
        """
        asked = {"response-content-disposition": disposition, "response-content-type": kind}
        return self.allowing(Permission("GET", key, {name: value for name, value in asked.items() if value}))

    def allowing(self, permission: Permission) -> str:
        """An address by which somebody without a key may do one thing for some time."""
        now = datetime.now(UTC)
        query = dict(permission.query)
        query |= {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"dandi-tui/{now:%Y%m%d}/us-east-1/s3/aws4_request",
            "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": str(permission.seconds),
            "X-Amz-SignedHeaders": ";".join(sorted(("host", *permission.headers))),
        }
        query[_SIGNATURE] = self._sign(permission.method, permission.key, query, permission.headers)
        return f"{self.of_object(permission.key)}?{urlencode(query, quote_via=quote)}"

    def _sign(self, method: str, key: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
        names = query.get("X-Amz-SignedHeaders", "").split(";")
        signed = [f"{name}:{headers.get(name, '')}" for name in names if name != "host"]
        words = "\n".join([method, key, *(f"{name}={query[name]}" for name in sorted(query) if name != _SIGNATURE), *signed])
        return hmac.new(self._secret, words.encode(), hashlib.sha256).hexdigest()

    def fault(self, method: str, key: str, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str] | None:
        """Why a signed address is not good for a request, as an error code and words; None when it is."""
        if not hmac.compare_digest(self._sign(method, key, query, headers), query.get(_SIGNATURE, "")):
            words = "The request signature we calculated does not match the signature you provided. Check your key and signing method."
            return "SignatureDoesNotMatch", words
        signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        return ("AccessDenied", "Request has expired") if time.time() > signed + int(query["X-Amz-Expires"]) else None
