"""Assets, and the lists of those that a version holds."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from dandi_tui.demo.store import Store, Value, select
from dandi_tui.demo.store.versions import Version

ORDERS = {"path": "h.path", "created": "h.asset", "modified": "a.modified"}


class Asset(msgspec.Struct, frozen=True):
    """An asset: a path with the blob or Zarr that stands there. `size` is in bytes."""

    id: int
    asset_id: str
    dandiset: str
    path: str
    blob: str | None
    zarr: str | None
    size: int
    created: str
    modified: str
    status: str


class Content(msgspec.Struct, frozen=True):
    """An asset's metadata as it was sent, and the digests of its content."""

    metadata: bytes
    etag: str | None
    sha256: str | None
    checksum: str | None


_ASSET = select(Asset, "asset a")
_CONTENT = (
    "SELECT a.metadata, b.etag, b.sha256, z.checksum FROM asset a LEFT JOIN blob b ON b.blob_id = a.blob LEFT JOIN zarr z ON z.zarr_id = a.zarr WHERE a.id = ?"
)


def get(store: Store, asset_id: str) -> Asset | None:
    """One asset."""
    return store.record(Asset, f"{_ASSET} WHERE a.asset_id = ?", asset_id)


def content(store: Store, asset: Asset) -> Content:
    """The metadata that was sent with an asset, and its digests."""
    found = store.record(Content, _CONTENT, asset.id)
    assert found is not None  # noqa: S101 (assets are never taken out of the table)
    return found


def problems(store: Store, asset: Asset) -> list[dict[str, str]]:
    """What validation found."""
    found: list[dict[str, str]] = msgspec.json.decode(store.rows("SELECT errors FROM asset WHERE id = ?", asset.id)[0][0])
    return found


def at(store: Store, version: Version, path: str) -> Asset | None:
    """The asset at a path of a version."""
    return store.record(Asset, f"{_ASSET} JOIN held h ON h.asset = a.id WHERE h.version = ? AND h.path = ?", version.id, path)


def digest(store: Store, asset: Asset) -> str | None:
    """The checksum that is told of an asset: the etag of a blob, or that of a Zarr."""
    found = content(store, asset)
    return found.etag or found.checksum


class Held(msgspec.Struct, frozen=True):
    """Assets of a version that have been asked for, page by page."""

    store: Store
    version: Version
    where: str
    values: tuple[Value, ...]
    order: str
    whole: bool

    @property
    def count(self) -> int:
        """How many there are."""
        if self.whole:
            return self.version.asset_count
        return self.store.number(f"SELECT count(*) FROM held h JOIN asset a ON a.id = h.asset WHERE {self.where}", *self.values)  # noqa: S608

    def page(self, offset: int, size: int) -> list[Asset]:
        """Some of them, in order."""
        # The few rows of the page are chosen by index alone where the order allows it, and only those are read.
        table = "held h" if self.whole and "a." not in self.order else "held h JOIN asset a ON a.id = h.asset"
        chosen = f"SELECT h.asset FROM {table} WHERE {self.where} ORDER BY {self.order} LIMIT ? OFFSET ?"  # noqa: S608
        numbers = [row[0] for row in self.store.rows(chosen, *self.values, size, offset)]
        marks = ", ".join("?" * len(numbers))
        found = {asset.id: asset for asset in self.store.records(Asset, f"{_ASSET} WHERE a.id IN ({marks})", *numbers)}
        return [found[number] for number in numbers]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which assets of a version are wanted: by the start of their path, by pattern, only Zarrs, in an order."""

    path: str = ""
    glob: str = ""
    zarr: bool = False
    order: str = ""


def held(store: Store, version: Version, wanted: Wanted) -> Held:
    """The assets that are wanted of a version."""
    where, values = ["h.version = ?"], [version.id]
    found: list[Value] = [*values]
    if wanted.path:
        exact = store.has("SELECT 1 FROM held WHERE version = ? AND path = ?", version.id, wanted.path)
        where.append("h.path = ?" if exact else "h.path LIKE ? ESCAPE '\\'")
        found.append(wanted.path if exact else _escaped(wanted.path) + "%")
    if wanted.glob:
        where.append("h.path LIKE ? ESCAPE '\\'")
        found.append("%".join(_escaped(part) for part in re.split(r"\*+", wanted.glob)))
    if wanted.zarr:
        where.append("a.zarr IS NOT NULL")
    return Held(store, version, " AND ".join(where), tuple(found), _order(wanted.order), len(where) == 1)


def _escaped(text: str) -> str:
    return re.sub(r"[\\%_]", r"\\\g<0>", text)


def _order(order: str) -> str:
    keys = [key for key in order.split(",") if key] or ["created"]
    return ", ".join(f"{ORDERS[key.removeprefix('-')]} {'DESC' if key.startswith('-') else 'ASC'}" for key in keys)


def decoded(found: Content) -> dict[str, Any]:
    """The metadata of a content."""
    made: dict[str, Any] = msgspec.json.decode(found.metadata)
    return made


def of_zarr(store: Store, zarr_id: str) -> list[Asset]:
    """The assets that stand for a Zarr."""
    return store.records(Asset, f"{_ASSET} WHERE a.zarr = ?", zarr_id)


def ready_for_validation(store: Store, most: int) -> list[Asset]:
    """Assets that wait for validation and whose content has its digest, the oldest first."""
    query = (
        f"{_ASSET} LEFT JOIN blob b ON b.blob_id = a.blob LEFT JOIN zarr z ON z.zarr_id = a.zarr"
        " WHERE a.status = 'Pending' AND coalesce(b.sha256, z.checksum) IS NOT NULL ORDER BY a.id LIMIT ?"
    )
    return store.records(Asset, query, most)


def set_status(store: Store, found: list[Asset], status: str) -> None:
    """Sets the status of assets."""
    for asset in found:
        store.run("UPDATE asset SET status = ? WHERE id = ?", status, asset.id)


def keep_problems(store: Store, asset: Asset, problems: list[dict[str, str]]) -> None:
    """Keeps what validation found, unless the asset waits again."""
    store.run(
        "UPDATE asset SET status = ?, errors = ? WHERE id = ? AND status = 'Validating'",
        "Invalid" if problems else "Valid", msgspec.json.encode(problems), asset.id,
    )  # fmt: skip


def validate_again(store: Store, version: Version) -> None:
    """Lets all assets of a version wait for validation."""
    store.run("UPDATE asset SET status = 'Pending' WHERE id IN (SELECT asset FROM held WHERE version = ?)", version.id)


def valid_after(store: Store, version: Version, path: str, most: int) -> list[tuple[str, int, dict[str, Any]]]:
    """Valid assets of a version whose paths come after one: path, size in bytes and metadata."""
    query = (
        "SELECT h.path, a.size, a.metadata FROM held h JOIN asset a ON a.id = h.asset"
        " WHERE h.version = ? AND h.path > ? AND a.status = 'Valid' ORDER BY h.path LIMIT ?"
    )
    return [(place, size, msgspec.json.decode(sent)) for place, size, sent in store.rows(query, version.id, path, most)]


def mark_published(store: Store, version: Version, time: str, activity: dict[str, Any]) -> None:
    """Writes the act of publishing into the metadata of those assets of a version that were not published before."""
    for number, sent in store.rows("SELECT a.id, a.metadata FROM held h JOIN asset a ON a.id = h.asset WHERE h.version = ?", version.id):
        found = msgspec.json.decode(sent)
        if "datePublished" not in found:
            document = msgspec.json.encode({**found, "datePublished": time, "publishedBy": activity})
            store.run("UPDATE asset SET metadata = ? WHERE id = ?", document, number)


def all_valid(store: Store, version: Version) -> bool:
    """Whether every asset of a version is valid."""
    query = "SELECT 1 FROM asset a WHERE a.dandiset = ? AND a.status <> 'Valid' AND EXISTS (SELECT 1 FROM held h WHERE h.version = ? AND h.asset = a.id)"
    return not store.has(query, version.dandiset, version.id)
