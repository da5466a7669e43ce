"""What a draft holds, as it changes: assets come, go and are replaced, and the totals of folders follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo.store import assets, facts, versions
from dandi_tui.demo.times import now

if TYPE_CHECKING:
    from dandi_tui.demo.store import Store
    from dandi_tui.demo.store.assets import Asset
    from dandi_tui.demo.store.versions import Version


class NewAsset(msgspec.Struct, frozen=True, kw_only=True):
    """An asset to be made: its path, its content (a blob or a Zarr) of `size` bytes, and the metadata that was sent."""

    asset_id: str
    path: str
    blob: str | None
    zarr: str | None
    size: int
    metadata: dict[str, Any]


def add(store: Store, draft: Version, new: NewAsset) -> Asset:
    """Makes an asset and puts it into a draft; validation comes later."""
    time = now()
    number = store.number("SELECT max(id) FROM asset") + 1
    document = msgspec.json.encode(new.metadata)
    row = (number, new.asset_id, draft.dandiset, new.path, new.blob, new.zarr, new.size, time, time, "Pending", document, b"[]")
    store.insert("asset", [row])
    store.insert("fact", {(kind, value, draft.dandiset, number) for kind, value in facts.of_metadata(new.metadata)})
    store.insert("held", [(draft.id, new.path, new.path.rpartition("/")[0], number)])
    count(store, draft, new.path, 1, new.size)
    changed(store, draft)
    made = assets.get(store, new.asset_id)
    assert made is not None  # noqa: S101 (it was just put in)
    return made


def remove(store: Store, draft: Version, asset: Asset) -> None:
    """Takes an asset out of a draft; it can be read by its id for ever."""
    store.run("DELETE FROM held WHERE version = ? AND path = ?", draft.id, asset.path)
    if not store.has("SELECT 1 FROM held WHERE asset = ? LIMIT 1", asset.id):
        store.run("DELETE FROM fact WHERE asset = ?", asset.id)
    count(store, draft, asset.path, -1, -asset.size)
    changed(store, draft)


def count(store: Store, draft: Version, path: str, files: int, size: int) -> None:
    """Adds a number of files and of bytes to the totals of a draft and of the folders above a path."""
    store.run("UPDATE version SET asset_count = asset_count + ?, size = size + ? WHERE id = ?", files, size, draft.id)
    folder = path
    while folder := folder.rpartition("/")[0]:
        store.run(
            "INSERT INTO folder VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (version, path) DO UPDATE SET files = files + ?4, size = size + ?5",
            draft.id, folder, folder.rpartition("/")[0], files, size,
        )  # fmt: skip
        if files < 0:
            store.run("DELETE FROM folder WHERE version = ? AND path = ? AND files <= 0", draft.id, folder)


def changed(store: Store, draft: Version) -> None:
    """Notes that the assets of a draft have changed, which are to be summarized again."""
    edited(store, draft)
    store.run("UPDATE version SET summarized = 0 WHERE id = ?", draft.id)


def edited(store: Store, draft: Version) -> None:
    """Notes that a draft has changed: it waits for validation again, unless it is being published."""
    store.run(
        "UPDATE version SET modified = ?, status = CASE status WHEN 'Publishing' THEN status ELSE 'Pending' END WHERE id = ?",
        now(), draft.id,
    )  # fmt: skip


def in_the_way(store: Store, draft: Version, path: str) -> list[str]:
    """The assets that a path can't stand beside: files where it has folders, and all below it were it a file."""
    found = [row[0] for row in store.rows("SELECT path FROM held WHERE version = ? AND path > ? AND path < ? ORDER BY path", draft.id, path + "/", path + "0")]
    above, folder = [], path
    while folder := folder.rpartition("/")[0]:
        above += store.rows("SELECT path FROM held WHERE version = ? AND path = ?", draft.id, folder)
    return sorted(found + [row[0] for row in above])


def resize_zarr(store: Store, zarr_id: str, size: int) -> None:
    """Gives the assets of a Zarr its size in bytes, and lets them wait for validation."""
    for asset in assets.of_zarr(store, zarr_id):
        store.run("UPDATE asset SET size = ?, modified = ?, status = 'Pending' WHERE id = ?", size, now(), asset.id)
        for number in store.rows("SELECT version FROM held WHERE asset = ?", asset.id):
            version = versions.by_number(store, number[0])
            count(store, version, asset.path, 0, size - asset.size)
            changed(store, version)
