"""Blobs: the bytes of files, known by their digests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.demo.store import select

if TYPE_CHECKING:
    from dandi_tui.demo.store import Store

DIGESTS = {"dandi:dandi-etag": "etag", "dandi:sha2-256": "sha256"}


class Blob(msgspec.Struct, frozen=True):
    """A blob; `size` is in bytes, `sha256` None until it is computed."""

    blob_id: str
    etag: str
    sha256: str | None
    size: int


_BLOB = select(Blob, "blob b")


def get(store: Store, blob_id: str) -> Blob | None:
    """One blob."""
    return store.record(Blob, f"{_BLOB} WHERE b.blob_id = ?", blob_id)


def by_digest(store: Store, algorithm: str, value: str) -> Blob | None:
    """The blob of a digest; `algorithm` is one of `DIGESTS`."""
    return store.record(Blob, f"{_BLOB} WHERE b.{DIGESTS[algorithm]} = ? LIMIT 1", value)


def same(store: Store, etag: str, size: int) -> Blob | None:
    """The blob that holds the same bytes."""
    return store.record(Blob, f"{_BLOB} WHERE b.etag = ? AND b.size = ?", etag, size)


def is_open(store: Store, blob_id: str) -> bool:
    """Whether everybody may read a blob: an open Dandiset has it."""
    query = "SELECT 1 FROM asset a JOIN dandiset d ON d.identifier = a.dandiset WHERE a.blob = ? AND d.embargo_status = 'OPEN'"
    return store.has(query, blob_id)


def add(store: Store, blob: Blob) -> None:
    """Adds a blob, whose bytes are in their place."""
    store.insert("blob", [msgspec.structs.astuple(blob)])


def without_sha256(store: Store, most: int) -> list[Blob]:
    """Blobs whose SHA-256 is still to be computed, some of them."""
    return store.records(Blob, f"{_BLOB} WHERE b.sha256 IS NULL LIMIT ?", most)


def set_sha256(store: Store, blob_id: str, sha256: str) -> None:
    """Keeps the SHA-256 of a blob."""
    store.run("UPDATE blob SET sha256 = ? WHERE blob_id = ?", sha256, blob_id)
