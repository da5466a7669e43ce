"""The async client of the archive: every reading endpoint that the program uses, typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import msgspec

from dandi_tui.api.http import Http, Retry, Waiting
from dandi_tui.api.models import (
    ArchiveInfo,
    ArchiveStats,
    Asset,
    AssetValidation,
    Dandiset,
    FolderEntry,
    Owner,
    Place,
    PlaceFolder,
    User,
    Version,
    VersionInfo,
    Zarr,
    ZarrFile,
)
from dandi_tui.api.paging import Page, Pages
from dandi_tui.api.query import DandisetQuery, flag
from dandi_tui.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from dandi_tui.api.instances import Instance


class _PlaceRecord(msgspec.Struct, frozen=True):
    type: str
    resource: msgspec.Raw


class ArchiveClient:
    """The archive, as an async context manager.

    Every method raises an `ArchiveError`: UnreachableError, AccessError, NotFoundError, RefusedError and so on.

    Args:
        instance: Which archive.
        key: The API key; None reads what is open to all.
        retry: How often requests are tried.
        timeout: Seconds to wait for the next bytes.
        on_wait: Told before each wait for another try.
    """

    def __init__(
        self,
        instance: Instance,
        key: str | None = None,
        *,
        retry: Retry | None = None,
        timeout: float = 30.0,
        on_wait: Callable[[Waiting], None] | None = None,
    ) -> None:
        self.instance = instance
        self.has_key = key is not None
        self._http = Http(instance, key, retry=retry or Retry(), timeout=timeout, on_wait=on_wait)

    async def __aenter__(self) -> Self:
        """The client itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends all connections."""
        await self._http.close()

    async def close(self) -> None:
        """Ends all connections."""
        await self._http.close()

    async def info(self) -> ArchiveInfo:
        """What the archive says of itself."""
        return await self._http.get("/info/", ArchiveInfo)

    async def me(self) -> User:
        """The account that the key belongs to."""
        return await self._http.get("/users/me/", User)

    async def stats(self) -> ArchiveStats:
        """How much the archive holds."""
        return await self._http.get("/stats/", ArchiveStats)

    def dandisets(self, query: DandisetQuery, *, page_size: int = 100) -> Pages[Dandiset]:
        """The Dandisets that a query finds."""
        return Pages(self._http, "/dandisets/", {**query.params(), "page_size": page_size}, Dandiset)

    async def dandiset(self, dandiset_id: str) -> Dandiset:
        """One Dandiset."""
        return await self._http.get(f"/dandisets/{dandiset_id}/", Dandiset)

    async def newest_version(self, dandiset_id: str) -> str:
        """The version that is meant when none is named: the newest published one, else the draft."""
        shown = (await self.dandiset(dandiset_id)).shown
        return shown.version if shown else "draft"

    def versions(self, dandiset_id: str) -> Pages[Version]:
        """All versions of a Dandiset, the newest first."""
        return Pages(self._http, f"/dandisets/{dandiset_id}/versions/", {"order": "-created"}, Version)

    async def version_info(self, dandiset_id: str, version: str) -> VersionInfo:
        """The record of a version, with its metadata and what is wrong with it."""
        return await self._http.get(f"/dandisets/{dandiset_id}/versions/{version}/info/", VersionInfo)

    async def version_metadata(self, dandiset_id: str, version: str) -> dict[str, Any]:
        """The metadata document of a version."""
        return await self._http.get(f"/dandisets/{dandiset_id}/versions/{version}/", dict[str, Any])

    async def owners(self, dandiset_id: str) -> list[Owner]:
        """The owners of a Dandiset."""
        return await self._http.get(f"/dandisets/{dandiset_id}/users/", list[Owner])

    def assets(
        self,
        dandiset_id: str,
        version: str,
        *,
        path: str | None = None,
        glob: str | None = None,
        zarr: bool | None = None,
        order: str | None = "path",
        metadata: bool = False,
        page_size: int = 1000,
    ) -> Pages[Asset]:
        """The assets of a version: all, those whose path starts with `path`, or those that match `glob` (`*` crosses `/`)."""
        params = {
            "path": path,
            "glob": glob,
            "zarr": None if zarr is None else flag(zarr),
            "order": order,
            "metadata": "true" if metadata else None,
            "page_size": page_size,
        }
        return Pages(self._http, f"/dandisets/{dandiset_id}/versions/{version}/assets/", params, Asset)

    def folder(self, dandiset_id: str, version: str, path: str = "", *, page_size: int = 1000) -> Pages[FolderEntry]:
        """What stands directly in a folder; "" is the root."""
        where = f"/dandisets/{dandiset_id}/versions/{version}/assets/paths/"
        return Pages(self._http, where, {"path_prefix": path.strip("/"), "page_size": page_size}, FolderEntry)

    async def at_path(self, dandiset_id: str, version: str, path: str) -> Place:
        """What stands at a path: a folder or an asset.

        Raises:
            NotFoundError: Nothing does.
        """
        params = {"dandiset_id": dandiset_id, "version_id": version, "path": path.rstrip("/"), "metadata": "false"}
        page = await self._http.get("/webdav/assets/atpath/", Page[_PlaceRecord], params)
        if not page.results:
            raise NotFoundError("nothing stands at this path", subject=f"{dandiset_id}/{version}/{path}")
        record = page.results[0]
        if record.type == "folder":
            return Place(folder=msgspec.json.decode(record.resource, type=PlaceFolder))
        return Place(asset=msgspec.json.decode(record.resource, type=Asset))

    async def asset(self, asset_id: str, *, dandiset_id: str | None = None, version: str | None = None) -> Asset:
        """One asset with its metadata, by its id alone or within a version."""
        within = f"/dandisets/{dandiset_id}/versions/{version}" if dandiset_id and version else ""
        return await self._http.get(f"{within}/assets/{asset_id}/info/", Asset)

    async def asset_validation(self, dandiset_id: str, version: str, asset_id: str) -> AssetValidation:
        """What the archive finds wrong with an asset."""
        where = f"/dandisets/{dandiset_id}/versions/{version}/assets/{asset_id}/validation/"
        return await self._http.get(where, AssetValidation)

    async def download_address(self, asset_id: str, *, inline: bool = False) -> str:
        """The signed address, good for some hours, that an asset's bytes are at. It needs no key and must be given none."""
        params = {"content_disposition": "inline"} if inline else None
        return await self._http.location(f"/assets/{asset_id}/download/", params)

    async def zarr(self, zarr_id: str) -> Zarr:
        """The record of a Zarr archive."""
        return await self._http.get(f"/zarr/{zarr_id}/", Zarr)

    async def zarr_files(self, zarr_id: str, prefix: str = "") -> AsyncIterator[ZarrFile]:
        """The files within a Zarr archive, in the order of their keys."""
        pages = Pages(self._http, f"/zarr/{zarr_id}/files/", {"prefix": prefix or None}, ZarrFile)
        async for page in pages.pages():
            for file in page:
                yield file

    async def zarr_file_address(self, zarr_id: str, key: str) -> str:
        """The signed address of one file within a Zarr archive."""
        return await self._http.location(f"/zarr/{zarr_id}/files/", {"prefix": key, "download": "true"})
