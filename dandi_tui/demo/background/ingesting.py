"""The checksum, number of files and size of Zarrs, computed after they were finalized."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dandi_tui.demo import digests
from dandi_tui.demo.store import drafts, zarrs

if TYPE_CHECKING:
    from dandi_tui.demo.background.work import Work
    from dandi_tui.demo.store.zarrs import Zarr


async def step(work: Work) -> bool:
    """Ingests one Zarr; whether any waited."""

    def begin() -> Zarr | None:
        found = zarrs.first_of_status(work.store, "Uploaded")
        if found:
            zarrs.set_status(work.store, found.zarr_id, "Ingesting")
        return found

    zarr = await work.change(begin)
    if zarr is None:
        return False
    await work.linger()
    files = await work.read(lambda: zarrs.digests(work.store, zarr.zarr_id))
    checksum = await asyncio.to_thread(digests.of_zarr, files)
    size = sum(length for _, length in files.values())

    def keep() -> None:
        if zarrs.complete(work.store, zarr.zarr_id, checksum, len(files), size):
            drafts.resize_zarr(work.store, zarr.zarr_id, size)

    await work.change(keep)
    return True
