"""Zarr archives, and the files within them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.demo.store import Store, Value, select
from dandi_tui.demo.store.dandisets import visible

if TYPE_CHECKING:
    from dandi_tui.demo.store.users import User

_AFTER_ALL = "\U0010ffff"


class Zarr(msgspec.Struct, frozen=True):
    """A Zarr archive; `status` is Pending, Uploaded, Ingesting or Complete, `size` is in bytes."""

    zarr_id: str
    name: str
    dandiset: str
    status: str
    checksum: str | None
    file_count: int
    size: int


class ZarrFile(msgspec.Struct, frozen=True):
    """A file in a Zarr: its key, size in bytes, MD5, and when it came."""

    zarr_id: str
    key: str
    size: int
    etag: str
    modified: str


_ZARR = select(Zarr, "zarr z")
_FILE = select(ZarrFile, "zarr_file f")


def get(store: Store, zarr_id: str) -> Zarr | None:
    """One Zarr archive."""
    return store.record(Zarr, f"{_ZARR} WHERE z.zarr_id = ?", zarr_id)


class Found(msgspec.Struct, frozen=True):
    """A list of Zarr archives, page by page."""

    store: Store
    where: str
    values: tuple[Value, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return self.store.number(f"SELECT count(*) FROM zarr z JOIN dandiset d ON d.identifier = z.dandiset WHERE {self.where}", *self.values)  # noqa: S608

    def page(self, offset: int, size: int) -> list[Zarr]:
        """Some of them."""
        query = f"{_ZARR} JOIN dandiset d ON d.identifier = z.dandiset WHERE {self.where} ORDER BY z.dandiset, z.name LIMIT ? OFFSET ?"
        return self.store.records(Zarr, query, *self.values, size, offset)


def listed(store: Store, user: User | None, *, dandiset: str = "", name: str = "") -> Found:
    """The Zarr archives that a user may see, of a Dandiset or of a name where these are given."""
    seen = visible(user)
    where, values = [seen.sql], [*seen.values]
    for column, value in (("z.dandiset", dandiset), ("z.name", name)):
        if value:
            where.append(f"{column} = ?")
            values.append(value)
    return Found(store, " AND ".join(where), tuple(values))


def file(store: Store, zarr_id: str, key: str) -> ZarrFile | None:
    """One file of a Zarr."""
    return store.record(ZarrFile, f"{_FILE} WHERE f.zarr_id = ? AND f.key = ?", zarr_id, key)


def files(store: Store, zarr: Zarr, prefix: str, after: str, limit: int) -> list[ZarrFile]:
    """Files whose keys start with `prefix` and come after `after`, in order of their keys."""
    query = f"{_FILE} WHERE f.zarr_id = ? AND f.key >= ? AND f.key < ? AND f.key > ? ORDER BY f.key LIMIT ?"
    return store.records(ZarrFile, query, zarr.zarr_id, prefix, prefix + _AFTER_ALL, after, limit)


def is_open(store: Store, zarr_id: str) -> bool:
    """Whether everybody may read a Zarr."""
    query = "SELECT 1 FROM zarr z JOIN dandiset d ON d.identifier = z.dandiset WHERE z.zarr_id = ? AND d.embargo_status = 'OPEN'"
    return store.has(query, zarr_id)


def keep_file(store: Store, one: ZarrFile) -> None:
    """Remembers a file of a Zarr; one of the same key before it is forgotten."""
    store.run("INSERT OR REPLACE INTO zarr_file VALUES (?, ?, ?, ?, ?)", one.zarr_id, one.key, one.size, one.etag, one.modified)


def first_of_status(store: Store, status: str) -> Zarr | None:
    """A Zarr of a status."""
    return store.record(Zarr, f"{_ZARR} WHERE z.status = ? LIMIT 1", status)


def set_status(store: Store, zarr_id: str, status: str) -> None:
    """Sets the status of a Zarr."""
    store.run("UPDATE zarr SET status = ? WHERE zarr_id = ?", status, zarr_id)


def digests(store: Store, zarr_id: str) -> dict[str, tuple[str, int]]:
    """MD5 and size in bytes of each file of a Zarr, by its key."""
    return {key: (etag, size) for key, etag, size in store.rows("SELECT key, etag, size FROM zarr_file WHERE zarr_id = ?", zarr_id)}


def complete(store: Store, zarr_id: str, checksum: str, files: int, size: int) -> bool:
    """Keeps what was computed of a Zarr; False when it isn't being ingested any more."""
    if not store.has("SELECT 1 FROM zarr WHERE zarr_id = ? AND status = 'Ingesting'", zarr_id):
        return False
    store.run("UPDATE zarr SET status = 'Complete', checksum = ?, file_count = ?, size = ? WHERE zarr_id = ?", checksum, files, size, zarr_id)
    return True


def any_of(store: Store, dandiset: str) -> bool:
    """Whether a Dandiset has a Zarr."""
    return store.has("SELECT 1 FROM zarr WHERE dandiset = ? LIMIT 1", dandiset)


def named(store: Store, dandiset: str, name: str) -> bool:
    """Whether a Dandiset has a Zarr of a name."""
    return store.has("SELECT 1 FROM zarr WHERE dandiset = ? AND name = ?", dandiset, name)


def add(store: Store, zarr: Zarr) -> None:
    """Adds a Zarr archive."""
    store.insert("zarr", [msgspec.structs.astuple(zarr)])


def reopen(store: Store, zarr_id: str) -> None:
    """Lets a Zarr wait for files again: what was computed is forgotten."""
    store.run("UPDATE zarr SET status = 'Pending', checksum = NULL, file_count = 0, size = 0 WHERE zarr_id = ?", zarr_id)


def forget_file(store: Store, zarr_id: str, key: str) -> None:
    """Takes a file out of a Zarr."""
    store.run("DELETE FROM zarr_file WHERE zarr_id = ? AND key = ?", zarr_id, key)


def ids(store: Store, dandiset: str) -> list[str]:
    """The ids of the Zarr archives of a Dandiset."""
    return [row[0] for row in store.rows("SELECT zarr_id FROM zarr WHERE dandiset = ?", dandiset)]
