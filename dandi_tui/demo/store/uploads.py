"""Uploads that are not finished, and the parts of them that have come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.demo.store import select

if TYPE_CHECKING:
    from dandi_tui.demo.store import Store


class Upload(msgspec.Struct, frozen=True):
    """An upload that was begun.

    Attributes:
        upload_id: Its id, which will be the blob's.
        dandiset: The Dandiset it is meant for.
        user: Who began it.
        etag: The etag that was announced.
        size: The bytes that were announced.
        created: When it was begun.
        multipart: What the object store calls it.
        stored_etag: The etag of the object once its parts were put together.
        stored_size: The size in bytes of that object.
    """

    upload_id: str
    dandiset: str
    user: int
    etag: str
    size: int
    created: str
    multipart: str
    stored_etag: str | None = None
    stored_size: int | None = None


class Part(msgspec.Struct, frozen=True):
    """A part that has come whole: its number from 1 on, MD5 and size in bytes."""

    upload_id: str
    number: int
    etag: str
    size: int


_UPLOAD = select(Upload, "upload u")


def begin(store: Store, upload: Upload) -> None:
    """Remembers an upload."""
    store.insert("upload", [msgspec.structs.astuple(upload)])


def get(store: Store, upload_id: str) -> Upload | None:
    """One upload."""
    return store.record(Upload, f"{_UPLOAD} WHERE u.upload_id = ?", upload_id)


def parts(store: Store, upload_id: str) -> dict[int, Part]:
    """The parts that have come, by number."""
    return {part.number: part for part in store.records(Part, f"{select(Part, 'part p')} WHERE p.upload_id = ? ORDER BY p.number", upload_id)}


def keep_part(store: Store, part: Part) -> None:
    """Remembers a part; one of the same number before it is forgotten."""
    store.run("INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)", part.upload_id, part.number, part.etag, part.size)


def keep_object(store: Store, upload_id: str, etag: str, size: int) -> None:
    """Remembers that the parts were put together to an object of `size` bytes."""
    store.run("UPDATE upload SET stored_etag = ?, stored_size = ? WHERE upload_id = ?", etag, size, upload_id)
    store.run("DELETE FROM part WHERE upload_id = ?", upload_id)


def end(store: Store, upload_id: str) -> None:
    """Forgets an upload and its parts."""
    store.run("DELETE FROM part WHERE upload_id = ?", upload_id)
    store.run("DELETE FROM upload WHERE upload_id = ?", upload_id)


def count(store: Store, dandiset: str) -> int:
    """How many are unfinished."""
    return store.number("SELECT count(*) FROM upload WHERE dandiset = ?", dandiset)


def page(store: Store, dandiset: str, offset: int, size: int) -> list[Upload]:
    """Some of them, in the order they were begun."""
    return store.records(Upload, f"{_UPLOAD} WHERE u.dandiset = ? ORDER BY u.created LIMIT ? OFFSET ?", dandiset, size, offset)
