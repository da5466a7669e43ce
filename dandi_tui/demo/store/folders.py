"""The folders that the paths of a version make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dandi_tui.demo.store import Store


class Entry(msgspec.Struct, frozen=True):
    """What stands directly in a folder: a folder (no asset), or a file. `size` is in bytes."""

    path: str
    files: int
    size: int
    asset_id: str | None = None
    blob: str | None = None
    zarr: str | None = None
    created: str | None = None
    modified: str | None = None
    asset: int | None = None


_FOLDERS = "SELECT path, files, size, NULL, NULL, NULL, NULL, NULL, NULL FROM folder WHERE version = ?1 AND parent = ?2"
_FILES = (
    "SELECT h.path, 1, a.size, a.asset_id, a.blob, a.zarr, a.created, a.modified, a.id FROM held h JOIN asset a ON a.id = h.asset"
    " WHERE h.version = ?1 AND h.parent = ?2"
)


def get(store: Store, version: int, path: str) -> Entry | None:
    """A folder with its totals."""
    return store.record(Entry, "SELECT path, files, size FROM folder WHERE version = ? AND path = ?", version, path)


def is_file(store: Store, version: int, path: str) -> bool:
    """Whether an asset stands at a path."""
    return store.has("SELECT 1 FROM held WHERE version = ? AND path = ?", version, path)


def count(store: Store, version: int, parent: str) -> int:
    """How much stands directly in a folder (`""`: the root)."""
    return _count(store, "folder", version, parent) + _count(store, "held", version, parent)


def _count(store: Store, table: str, version: int, parent: str) -> int:
    return store.number(f"SELECT count(*) FROM {table} WHERE version = ? AND parent = ?", version, parent)  # noqa: S608 (our own names)


def mixed(store: Store, version: int, parent: str, offset: int, size: int) -> list[Entry]:
    """Folders and files of a folder, ordered by path."""
    return store.records(Entry, f"{_FOLDERS} UNION ALL {_FILES} ORDER BY 1 LIMIT ?3 OFFSET ?4", version, parent, size, offset)


def folders_first(store: Store, version: int, parent: str, offset: int, size: int) -> list[Entry]:
    """Folders, then files of a folder, each ordered by path."""
    folders = _count(store, "folder", version, parent)
    found: list[Entry] = []
    if offset < folders:
        found = store.records(Entry, f"{_FOLDERS} ORDER BY path LIMIT ?3 OFFSET ?4", version, parent, size, offset)
    if len(found) < size:
        beyond = max(0, offset - folders)
        found += store.records(Entry, f"{_FILES} ORDER BY h.path LIMIT ?3 OFFSET ?4", version, parent, size - len(found), beyond)
    return found
