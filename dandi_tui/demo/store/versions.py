"""Versions of Dandisets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo.store import select

if TYPE_CHECKING:
    from dandi_tui.demo.store import Store

DRAFT = "draft"
MOST_NAMED = 50
_WAITING = "asset is currently being validated, please wait."


class Version(msgspec.Struct, frozen=True):
    """A version: the draft, or `0.YYMMDD.HHMM`. `size` is in bytes.

    `status` is Pending, Validating, Valid, Invalid, Publishing or Published; `contact` the name of the contact person.
    """

    id: int
    dandiset: str
    version: str
    name: str
    status: str
    created: str
    modified: str
    release_notes: str
    contact: str
    asset_count: int
    size: int

    @property
    def draft(self) -> bool:
        """Whether this is the draft."""
        return self.version == DRAFT


_VERSION = select(Version, "version v")


def get(store: Store, dandiset: str, version: str) -> Version | None:
    """One version."""
    return store.record(Version, f"{_VERSION} WHERE v.dandiset = ? AND v.version = ?", dandiset, version)


def of_dandiset(store: Store, dandiset: str) -> list[Version]:
    """The versions of a Dandiset, the oldest first; the draft is the oldest of all."""
    return store.records(Version, f"{_VERSION} WHERE v.dandiset = ? ORDER BY v.created, v.version <> 'draft'", dandiset)


def metadata(store: Store, version: Version) -> dict[str, Any]:
    """The metadata as it is stored: without what is computed when it is read."""
    found: dict[str, Any] = msgspec.json.decode(_document(store, "metadata", version))
    return found


def problems(store: Store, version: Version) -> list[dict[str, str]]:
    """What validation finds in the metadata."""
    found: list[dict[str, str]] = msgspec.json.decode(_document(store, "errors", version))
    return found


def _document(store: Store, column: str, version: Version) -> bytes:
    found: bytes = store.rows(f"SELECT {column} FROM version WHERE id = ?", version.id)[0][0]  # noqa: S608 (our own names)
    return found


def asset_problems(store: Store, version: Version) -> list[dict[str, str]]:
    """What validation finds in the assets: of those that wait and of those that are invalid, the first 50 each."""
    query = (
        "SELECT a.path, a.errors FROM asset a JOIN held h ON h.version = ? AND h.path = a.path AND h.asset = a.id"
        " WHERE a.dandiset = ? AND a.status <> 'Valid' AND a.status {0} ORDER BY a.id LIMIT ?"
    )
    waiting = store.rows(query.format("<> 'Invalid'"), version.id, version.dandiset, MOST_NAMED)
    invalid = store.rows(query.format("= 'Invalid'"), version.id, version.dandiset, MOST_NAMED)
    found = [{"field": "", "message": _WAITING, "path": path} for path, _ in waiting]
    return found + [{**problem, "path": path} for path, errors in invalid for problem in msgspec.json.decode(errors)]
