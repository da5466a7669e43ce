"""The trail of what was done with assets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.demo.store import assets, select
from dandi_tui.demo.times import now

if TYPE_CHECKING:
    from dandi_tui.demo.store import Store
    from dandi_tui.demo.store.assets import Asset

ADDED, UPDATED, REMOVED = "add_asset", "update_asset", "remove_asset"


class Event(msgspec.Struct, frozen=True):
    """Something that was done with an asset: when, what, and how the asset was then (`size` in bytes)."""

    id: int
    time: str
    kind: str
    dandiset: str
    path: str
    size: int
    asset_id: str
    checksum: str | None
    blob: str | None
    zarr: str | None


def note(store: Store, kind: str, asset: Asset) -> None:
    """Adds to the trail."""
    number = store.number("SELECT max(id) FROM event") + 1
    found = assets.digest(store, asset)
    event = Event(number, now(), kind, asset.dandiset, asset.path, asset.size, asset.asset_id, found, asset.blob, asset.zarr)
    store.insert("event", [msgspec.structs.astuple(event)])


def trail(store: Store, before: int, size: int, *, newest_first: bool) -> list[Event]:
    """Events in their order, beyond number `before`."""
    side, order = ("<", "DESC") if newest_first else (">", "ASC")
    return store.records(Event, f"{select(Event, 'event e')} WHERE e.id {side} ? ORDER BY e.id {order} LIMIT ?", before, size)
