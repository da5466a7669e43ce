"""The SHA-256 of blobs, computed some time after they came."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from dandi_tui.demo.store import blobs
from dandi_tui.demo.store.blobs import Blob

if TYPE_CHECKING:
    from pathlib import Path

    from dandi_tui.demo.background.work import Work

_AT_ONCE = 500
_MOST_BYTES = 256 * 2**20


async def step(work: Work) -> bool:
    """Computes the digests of some blobs; whether there were any."""
    waiting = await work.read(lambda: blobs.without_sha256(work.store, _AT_ONCE))
    chosen = _some(waiting)
    if not chosen:
        return False
    paths = [work.store.blob_path(blob.blob_id) for blob in chosen]
    found = await asyncio.to_thread(lambda: [_sha256(path) for path in paths])

    def keep() -> None:
        for blob, digest in zip(chosen, found, strict=True):
            blobs.set_sha256(work.store, blob.blob_id, digest)

    await work.change(keep)
    return True


def _some(waiting: list[Blob]) -> list[Blob]:
    """So many that what is computed is kept now and then."""
    chosen, size = list[Blob](), 0
    for blob in waiting:
        if chosen and size + blob.size > _MOST_BYTES:
            break
        chosen.append(blob)
        size += blob.size
    return chosen


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
