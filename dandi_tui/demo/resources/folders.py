"""A version's paths as folders: the folder view, and one call for a path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dandi_tui.demo.addresses import blob_key, zarr_key
from dandi_tui.demo.answers import RefusalError, invalid, not_allowed, not_found
from dandi_tui.demo.paging import paged
from dandi_tui.demo.resources import records
from dandi_tui.demo.store import assets, folders, versions

if TYPE_CHECKING:
    from dandi_tui.demo.call import Call
    from dandi_tui.demo.store.assets import Asset
    from dandi_tui.demo.store.dandisets import Dandiset
    from dandi_tui.demo.store.folders import Entry
    from dandi_tui.demo.store.versions import Version


def view(call: Call) -> dict[str, Any]:
    """What stands directly in a folder, with the totals of what is below."""
    _, version = call.version()
    prefix = call.text("path_prefix").removesuffix("/")
    if prefix and folders.get(call.store, version.id, prefix) is None:
        if folders.is_file(call.store, version.id, prefix):
            return paged(call, 0, lambda _offset, _size: [])
        raise not_found("Specified path not found.")

    def rows(offset: int, size: int) -> list[dict[str, Any]]:
        return [_entry(call, version, one) for one in folders.mixed(call.store, version.id, prefix, offset, size)]

    return paged(call, folders.count(call.store, version.id, prefix), rows)


def _entry(call: Call, version: Version, one: Entry) -> dict[str, Any]:
    asset = None
    if one.asset_id:
        key = blob_key(one.blob) if one.blob else zarr_key(one.zarr or "")
        asset = {"asset_id": one.asset_id, "url": call.addresses.of_object(key)}
    return {"path": one.path, "version": version.id, "aggregate_files": one.files, "aggregate_size": one.size, "asset": asset}


def at_path(call: Call) -> dict[str, Any]:
    """The folder or asset at a path, and with `children` what stands in it."""
    dandiset, version = _named_version(call)
    path, metadata = call.text("path"), call.flag("metadata")
    itself = _itself(call, dandiset, version, path, metadata=metadata)
    folder = path.rstrip("/")
    inside = call.flag("children") and (not itself or itself[0]["type"] == "folder")
    below = folders.count(call.store, version.id, folder) if inside else 0

    def rows(offset: int, size: int) -> list[dict[str, Any]]:
        found = itself[offset : offset + size]
        if inside and len(found) < size:
            beyond = max(0, offset - len(itself))
            children = folders.folders_first(call.store, version.id, folder, beyond, size - len(found))
            found = found + [_child(call, dandiset, one, metadata=metadata) for one in children]
        return found

    return paged(call, len(itself) + below, rows)


def _named_version(call: Call) -> tuple[Dandiset, Version]:
    missing = {name: ["This field is required."] for name in ("dandiset_id", "version_id") if not call.text(name)}
    if missing:
        raise RefusalError(400, missing)
    identifier = call.text("dandiset_id")
    if not re.fullmatch("[0-9]{6}", identifier):
        raise invalid("dandiset_id", "This value does not match the required pattern.")
    try:
        dandiset = call.dandiset(identifier)
    except RefusalError as refusal:
        raise (not_allowed() if refusal.status == 401 else refusal) from refusal
    version = versions.get(call.store, identifier, call.text("version_id"))
    if version is None:
        raise not_found()
    return dandiset, version


def _itself(call: Call, dandiset: Dandiset, version: Version, path: str, *, metadata: bool) -> list[dict[str, Any]]:
    """What stands at a path: nothing for the root."""
    if not path:
        return []
    if asset := assets.at(call.store, version, path):
        return [_asset(call, dandiset, asset, metadata=metadata)]
    folder = folders.get(call.store, version.id, path.rstrip("/"))
    if folder is None:
        what = "Folder" if path.endswith("/") else "Folder or asset"
        raise not_found(f"{what} not found at {path.rstrip('/')}")
    return [_folder(folder)]


def _folder(one: Entry) -> dict[str, Any]:
    return {"type": "folder", "resource": {"path": one.path, "total_assets": one.files, "total_size": one.size}}


def _child(call: Call, dandiset: Dandiset, one: Entry, *, metadata: bool) -> dict[str, Any]:
    found = assets.get(call.store, one.asset_id) if one.asset_id else None
    return _asset(call, dandiset, found, metadata=metadata) if found else _folder(one)


def _asset(call: Call, dandiset: Dandiset, one: Asset, *, metadata: bool) -> dict[str, Any]:
    record = records.asset_with_metadata(call, one, dandiset) if metadata else records.asset(one)
    return {"type": "asset", "resource": record}
