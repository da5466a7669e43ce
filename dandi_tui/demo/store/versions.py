"""Versions of Dandisets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo.store import select
from dandi_tui.demo.times import now

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


def by_number(store: Store, number: int) -> Version:
    """The version of a number, which is there."""
    return store.records(Version, f"{_VERSION} WHERE v.id = ?", number)[0]


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


def first_of_status(store: Store, status: str) -> Version | None:
    """A draft of a status, the one that changed first."""
    return store.record(Version, f"{_VERSION} WHERE v.status = ? AND v.version = 'draft' ORDER BY v.modified LIMIT 1", status)


def set_status(store: Store, version: Version, status: str) -> None:
    """Sets the status of a version."""
    store.run("UPDATE version SET status = ? WHERE id = ?", status, version.id)


def first_without_summary(store: Store) -> Version | None:
    """A draft whose assets have changed since they were summarized."""
    return store.record(Version, f"{_VERSION} WHERE v.version = 'draft' AND v.summarized = 0 LIMIT 1")


def set_summarized(store: Store, version: Version) -> None:
    """Notes that the summary of the assets is up to date."""
    store.run("UPDATE version SET summarized = 1 WHERE id = ?", version.id)


def begin_publishing(store: Store, draft: Version, notes: str) -> None:
    """Notes that a draft shall be published, with release notes."""
    set_status(store, draft, "Publishing")
    store.run("INSERT OR REPLACE INTO publishing VALUES (?, ?)", draft.id, notes)


def wanted_notes(store: Store, draft: Version) -> str:
    """The release notes with which a draft shall be published."""
    found = store.rows("SELECT release_notes FROM publishing WHERE version = ?", draft.id)
    return str(found[0][0]) if found else ""


def end_publishing(store: Store, draft: Version, *, unchanged: bool) -> None:
    """Notes that a draft was published; one that has changed meanwhile waits for validation."""
    store.run("DELETE FROM publishing WHERE version = ?", draft.id)
    set_status(store, draft, "Published" if unchanged else "Pending")


def add_draft(store: Store, dandiset: str, name: str) -> Version:
    """Adds the draft of a new Dandiset; its metadata come after."""
    time = now()
    draft = Version(store.number("SELECT max(id) FROM version") + 1, dandiset, DRAFT, name, "Pending", time, time, "", "", 0, 0)
    store.insert("version", [(*msgspec.structs.astuple(draft), b"{}", b"[]", "", 1)])
    return draft


def rename(store: Store, version: Version, name: str) -> None:
    """Gives a version another name."""
    store.run("UPDATE version SET name = ? WHERE id = ?", name, version.id)


def delete(store: Store, version: Version) -> None:
    """Deletes a version; its assets stay."""
    for query in ("DELETE FROM held WHERE version = ?", "DELETE FROM folder WHERE version = ?", "DELETE FROM version WHERE id = ?"):
        store.run(query, version.id)
