"""The addresses that answers name: of the archive, of objects in its store, and those signed for a while."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

BUCKET = "/store/dandi-dandisets"
READABLE_SECONDS = 21_600
_SIGNATURE = "X-Amz-Signature"


def blob_key(blob_id: str) -> str:
    """The key of a blob in the object store."""
    return f"blobs/{blob_id[:3]}/{blob_id[3:6]}/{blob_id}"


def zarr_key(zarr_id: str, key: str = "") -> str:
    """The key of a file of a Zarr, or of the Zarr itself."""
    return f"zarr/{zarr_id}/{key}"


class Addresses:
    """The addresses of an archive.

    Args:
        origin: Scheme, host and port.
        secret: What addresses are signed with.
    """

    def __init__(self, origin: str, secret: str) -> None:
        self.origin = origin
        self._secret = secret.encode()

    @property
    def api(self) -> str:
        """The API, without a slash at the end."""
        return f"{self.origin}/api"

    def of_object(self, key: str) -> str:
        """The unsigned address of an object."""
        return f"{self.origin}{BUCKET}/{quote(key)}"

    def signed(self, key: str, *, disposition: str = "", kind: str = "", method: str = "GET", seconds: int = READABLE_SECONDS) -> str:
        """An address of an object that is good for some time.

        Args:
            key: The object's key.
            disposition: The Content-Disposition that the answer shall have.
            kind: The content type that the answer shall have.
            method: What may be done with it.
            seconds: How long it is good.
        """
        now = datetime.now(UTC)
        asked = {"response-content-disposition": disposition, "response-content-type": kind}
        query = {name: value for name, value in asked.items() if value}
        query |= {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"dandi-tui/{now:%Y%m%d}/us-east-1/s3/aws4_request",
            "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
        }
        query[_SIGNATURE] = self._sign(method, key, query)
        return f"{self.of_object(key)}?{urlencode(query, quote_via=quote)}"

    def _sign(self, method: str, key: str, query: Mapping[str, str]) -> str:
        words = "\n".join([method, key, *(f"{name}={query[name]}" for name in sorted(query) if name != _SIGNATURE)])
        return hmac.new(self._secret, words.encode(), hashlib.sha256).hexdigest()

    def fault(self, method: str, key: str, query: Mapping[str, str]) -> tuple[str, str] | None:
        """Why a signed address is not good, as an error code and words; None when it is."""
        if not hmac.compare_digest(self._sign(method, key, query), query.get(_SIGNATURE, "")):
            words = "The request signature we calculated does not match the signature you provided. Check your key and signing method."
            return "SignatureDoesNotMatch", words
        signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        return ("AccessDenied", "Request has expired") if time.time() > signed + int(query["X-Amz-Expires"]) else None
