"""Metadata documents of what is in the store: as they are answered, validated and searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo import metadata
from dandi_tui.demo.addresses import blob_key, zarr_key
from dandi_tui.demo.store import assets, folded, versions

if TYPE_CHECKING:
    from dandi_tui.demo.addresses import Addresses
    from dandi_tui.demo.store import Store
    from dandi_tui.demo.store.assets import Asset
    from dandi_tui.demo.store.dandisets import Dandiset
    from dandi_tui.demo.store.versions import Version


def of_version(store: Store, addresses: Addresses, dandiset: Dandiset, version: Version, sent: dict[str, Any] | None = None) -> dict[str, Any]:
    """The metadata of a version; `sent`: what its owner wrote, where it is known."""
    if version.draft:
        manifest = f"{addresses.api}/dandisets/{dandiset.identifier}/versions/draft/assets/"
    else:
        manifest = addresses.of_object(f"dandisets/{dandiset.identifier}/{version.version}/assets.yaml")
    return metadata.of_version(versions.metadata(store, version) if sent is None else sent, version, dandiset, addresses.origin, manifest)


def of_asset(store: Store, addresses: Addresses, asset: Asset, dandiset: Dandiset) -> dict[str, Any]:
    """The metadata of an asset."""
    content = assets.content(store, asset)
    digest: dict[str, str | None]
    if asset.blob:
        digest = {"dandi:dandi-etag": content.etag}
        if content.sha256:
            digest["dandi:sha2-256"] = content.sha256
    else:
        digest = {"dandi:dandi-zarr-checksum": content.checksum}
    where = [f"{addresses.api}/assets/{asset.asset_id}/download/", content_address(addresses, asset)]
    return metadata.of_asset(assets.decoded(content), asset, dandiset, digest, where)


def content_address(addresses: Addresses, asset: Asset) -> str:
    """Where the content of an asset is in the object store, unsigned."""
    return addresses.of_object(blob_key(asset.blob) if asset.blob else zarr_key(asset.zarr or ""))


def keep(store: Store, dandiset: Dandiset, version: Version, sent: dict[str, Any]) -> None:
    """Keeps the metadata of a version, with what it is searched by and the name of its contact person."""
    words = folded(msgspec.json.encode(metadata.of_version(sent, version, dandiset, "", "")).decode())
    store.run(
        "UPDATE version SET metadata = ?, words = ?, contact = ? WHERE id = ?",
        msgspec.json.encode(sent), words, metadata.contact(sent), version.id,
    )  # fmt: skip
