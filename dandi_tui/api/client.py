"""The async client of the archive: every endpoint that the program uses, typed; what changes it is in `account`, `ownership` and `uploads`."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Self, cast

import msgspec

from dandi_tui.api.account import AccountCalls
from dandi_tui.api.http import Http, decoded
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
    RangedAsset,
    User,
    Version,
    VersionInfo,
    Zarr,
    ZarrFile,
)
from dandi_tui.api.ownership import OwnerCalls
from dandi_tui.api.paging import Page, Pages
from dandi_tui.api.query import DandisetQuery, flag
from dandi_tui.api.retry import Retry, Waiting
from dandi_tui.api.uploads import UploadCalls
from dandi_tui.errors import ArchiveError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from dandi_tui.api.instances import Instance
    from dandi_tui.api.targets import Target


_MOST_KEYS = 100_000


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

    Attributes:
        account: Requests in the name of the account: its key, other users, stars.
        ownership: Requests that change Dandisets.
        uploads: Requests that upload files and change assets.
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
        self.account = AccountCalls(self._http)
        self.ownership = OwnerCalls(self._http)
        self.uploads = UploadCalls(self._http)

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

    async def schema(self, model: str = "Dandiset") -> dict[str, Any]:
        """The JSON schema that this archive's metadata follows: Dandiset, Asset, PublishedDandiset or PublishedAsset."""
        return await self._http.get("/schemas/", dict[str, Any], {"model": model})

    async def species(self, text: str) -> list[str]:
        """Species of the archive's files with a text in their name."""
        return (await self._http.get("/search/species/", Page[str], {"species": text})).results

    async def stats(self) -> ArchiveStats:
        """How much the archive holds."""
        return await self._http.get("/stats/", ArchiveStats)

    def dandisets(self, query: DandisetQuery, *, page_size: int = 100) -> Pages[Dandiset]:
        """The Dandisets that a query finds."""
        return Pages(self._http, "/dandisets/", {**query.params(), "page_size": page_size}, Dandiset)

    async def dandiset(self, dandiset_id: str) -> Dandiset:
        """One Dandiset."""
        return await self._http.get(f"/dandisets/{dandiset_id}/", Dandiset)

    async def version_meant(self, dandiset_id: str, version: str | None = None) -> str:
        """The version that is meant: the one named, else the newest published one, else the draft."""
        if version:
            return version
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
        record, subject = page.results[0], "GET /webdav/assets/atpath/"
        if record.type == "folder":
            return Place(folder=decoded(record.resource, PlaceFolder, subject))
        return Place(asset=decoded(record.resource, Asset, subject))

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

    @property
    def own_headers(self) -> dict[str, str]:
        """The headers that the archive's own origin needs, and nobody else may see."""
        return self._http.own_headers

    async def ranged_asset(self, target: Target) -> RangedAsset:
        """Where a file can be read by ranges, and a Zarr key by key.

        Raises:
            NotFoundError: There is no such file.
            UsageError: The target names no single file.
        """
        asset: Asset | None = None
        if target.asset_id is None and target.dandiset_id and target.path:
            version = await self.version_meant(target.dandiset_id, target.version)
            asset = (await self.at_path(target.dandiset_id, version, target.path.rstrip("/"))).asset
        elif target.asset_id is not None:
            asset = await self.asset(target.asset_id)
        if asset is None:
            raise UsageError("this names no single file", subject=target.path or target.dandiset_id or "", remedy="Name an asset by its path.")
        if asset.zarr:
            # What stands at a path comes without metadata, which alone name the object store.
            return await self._ranged_zarr(asset.zarr, asset if asset.metadata else await self.asset(asset.asset_id))
        address = f"{self._http.instance.api_url}/assets/{asset.asset_id}/download/"
        return RangedAsset(address, {} if asset.is_open else self._http.own_headers, asset.blob or "", asset.size)

    async def _ranged_zarr(self, zarr_id: str, asset: Asset) -> RangedAsset:
        """A Zarr: straight from the object store where it is open, else through the archive."""
        record = await self.zarr(zarr_id)
        stored = asset.open_store_address
        own = f"{self._http.instance.api_url}/zarr/{zarr_id}/files/?download=true&prefix={{key}}"
        key = f"{zarr_id}-{record.checksum}" if record.checksum else ""
        consolidated = [file.key async for file in self.zarr_files(zarr_id, ".zmetadata", most=1)]
        documents: list[str] = []
        if not consolidated:
            names = (".zgroup", ".zarray", ".zattrs", "zarr.json")
            documents = [file.key async for file in self.zarr_files(zarr_id, most=_MOST_KEYS) if file.key.rpartition("/")[2] in names]
        address = f"{stored.rstrip('/')}/{{key}}" if stored else own
        return RangedAsset(address, {} if stored else self._http.own_headers, key, record.size, documents)

    async def index_address(self, dandiset_id: str, version: str, path: str) -> str:
        """The address of a file's reference index (LINDI), where one stands beside it; empty where none does."""
        try:
            place = await self.at_path(dandiset_id, version, f"{path}.lindi.json")
        except ArchiveError:
            return ""  # the file itself can be read without
        return f"{self._http.instance.api_url}/assets/{place.asset.asset_id}/download/" if place.asset else ""

    async def zarr(self, zarr_id: str) -> Zarr:
        """The record of a Zarr archive."""
        return await self._http.get(f"/zarr/{zarr_id}/", Zarr)

    async def zarr_files(self, zarr_id: str, prefix: str = "", *, most: int | None = None) -> AsyncIterator[ZarrFile]:
        """The files within a Zarr archive, in the order of their keys; at most so many."""
        pages = Pages(self._http, f"/zarr/{zarr_id}/files/", {"prefix": prefix or None}, ZarrFile)
        count = 0
        async with aclosing(cast("AsyncGenerator[list[ZarrFile]]", pages.pages())) as found:
            async for page in found:
                for file in page:
                    yield file
                    count += 1
                    if most is not None and count >= most:
                        return

    async def zarr_file_address(self, zarr_id: str, key: str) -> str:
        """The signed address of one file within a Zarr archive."""
        return await self._http.location(f"/zarr/{zarr_id}/files/", {"prefix": key, "download": "true"})
