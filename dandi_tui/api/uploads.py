"""What an upload asks of the archive: uploads in parts, blobs, assets, and Zarr archives with their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.api.models import Answer, Asset, Zarr
from dandi_tui.api.paging import Pages
from dandi_tui.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.api.http import Http

ETAG = "dandi:dandi-etag"


class UploadPart(Answer, frozen=True, kw_only=True):
    """A part of a new upload: its number from 1, its size in bytes, and the signed address to send it to."""

    part_number: int
    size: int
    upload_url: str


class NewUpload(Answer, frozen=True, kw_only=True):
    """An upload that was begun."""

    upload_id: str
    parts: list[UploadPart]


class SentPart(msgspec.Struct, frozen=True):
    """A part that the store has taken, with the ETag that it answered, quotes included."""

    part_number: int
    size: int
    etag: str


class Completion(Answer, frozen=True, kw_only=True):
    """Where, and with which body, the store is told that all parts are there."""

    complete_url: str
    body: str


class Blob(Answer, frozen=True, kw_only=True):
    """Content that the archive has; `sha256` is None until it was computed."""

    blob_id: str
    etag: str
    size: int
    sha256: str | None = None


class UploadCalls:
    """Requests of an upload. Every method raises an `ArchiveError`.

    Args:
        http: The requests.
    """

    def __init__(self, http: Http) -> None:
        self._http = http

    async def begin(self, dandiset: str, etag: str, size: int) -> NewUpload | str:
        """Begins the upload of content; the id of its blob where the archive has it already.

        Args:
            dandiset: The Dandiset's six digits.
            etag: The content's dandi-etag.
            size: In bytes, at least 1.
        """
        body = {"contentSize": size, "dandiset": dandiset, "digest": {"algorithm": ETAG, "value": etag}}
        try:
            # Begun twice, the one that nobody goes on with is dropped by the archive.
            return await self._http.send("POST", "/uploads/initialize/", body, NewUpload, repeatable=True)
        except ConflictError as error:
            if error.location:
                return error.location.rstrip("/").rpartition("/")[2]
            if blob := await self.blob(etag):
                return blob.blob_id
            raise

    async def completion(self, upload_id: str, parts: Sequence[SentPart]) -> Completion:
        """How to tell the store that all parts are there."""
        return await self._http.send("POST", f"/uploads/{upload_id}/complete/", {"parts": list(parts)}, Completion, repeatable=True)

    async def validate(self, upload_id: str) -> Blob:
        """Has the archive look at what the store has; from then on the blob exists."""
        return await self._http.send("POST", f"/uploads/{upload_id}/validate/", None, Blob, repeatable=True)

    async def blob(self, etag: str) -> Blob | None:
        """The blob of a dandi-etag; None where the archive has none."""
        try:
            return await self._http.send("POST", "/blobs/digest/", {"algorithm": ETAG, "value": etag}, Blob, repeatable=True)
        except NotFoundError:
            return None

    async def add_asset(self, dandiset: str, metadata: dict[str, Any], *, blob: str = "", zarr: str = "") -> Asset:
        """Adds an asset to the draft; its path is the metadata's."""
        return await self._http.send("POST", f"/dandisets/{dandiset}/versions/draft/assets/", _asset(metadata, blob, zarr), Asset)

    async def replace_asset(self, dandiset: str, asset_id: str, metadata: dict[str, Any], *, blob: str = "", zarr: str = "") -> Asset:
        """Puts another asset into the place of one of the draft; the new one has another id."""
        where = f"/dandisets/{dandiset}/versions/draft/assets/{asset_id}/"
        return await self._http.send("PUT", where, _asset(metadata, blob, zarr), Asset, repeatable=False)

    async def delete_asset(self, dandiset: str, asset_id: str) -> None:
        """Takes an asset out of the draft."""
        await self._http.send("DELETE", f"/dandisets/{dandiset}/versions/draft/assets/{asset_id}/")

    # Zarr

    async def zarr_named(self, dandiset: str, name: str) -> Zarr | None:
        """The Zarr archive of that name in a Dandiset; None where there is none."""
        pages = Pages(self._http, "/zarr/", {"dandiset": dandiset, "name": name}, Zarr)
        async for page in pages.pages():
            for zarr in page:
                if zarr.name == name:
                    return zarr
        return None

    async def create_zarr(self, dandiset: str, name: str) -> Zarr:
        """A new Zarr archive, empty and Pending; the one there is where the name is taken."""
        if found := await self.zarr_named(dandiset, name):
            return found
        return await self._http.send("POST", "/zarr/", {"name": name, "dandiset": dandiset}, Zarr)

    async def zarr_addresses(self, zarr_id: str, files: Sequence[tuple[str, str]]) -> list[str]:
        """Signed addresses to send files of a Zarr to, in their order; at most some hundred at once.

        Args:
            zarr_id: The Zarr archive; it becomes Pending.
            files: Keys and MD5s, these in base 64, which must be sent along as Content-MD5.
        """
        body = [{"path": key, "base64md5": md5} for key, md5 in files]
        return await self._http.send("POST", f"/zarr/{zarr_id}/files/", body, list[str], repeatable=True)

    async def delete_zarr_files(self, zarr_id: str, keys: Sequence[str]) -> None:
        """Takes files out of a Zarr; it becomes Pending."""
        await self._http.send("DELETE", f"/zarr/{zarr_id}/files/", [{"path": key} for key in keys])

    async def finalize_zarr(self, zarr_id: str) -> None:
        """All files were sent: the archive begins to take the Zarr in."""
        await self._http.send("POST", f"/zarr/{zarr_id}/finalize/", repeatable=False)


def _asset(metadata: dict[str, Any], blob: str, zarr: str) -> dict[str, Any]:
    return {"metadata": metadata, **({"blob_id": blob} if blob else {"zarr_id": zarr})}
