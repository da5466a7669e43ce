"""Records as the archive answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.demo import documents
from dandi_tui.demo.store import dandisets, uploads, versions

if TYPE_CHECKING:
    from dandi_tui.demo.call import Call
    from dandi_tui.demo.store.assets import Asset
    from dandi_tui.demo.store.dandisets import Dandiset
    from dandi_tui.demo.store.users import User
    from dandi_tui.demo.store.versions import Version


def user(who: User) -> dict[str, Any]:
    """A user."""
    return {"username": who.username, "name": who.name, "admin": bool(who.admin), "status": who.status}


def version(call: Call, one: Version) -> dict[str, Any]:
    """A version as single records have it."""
    active = uploads.count(call.store, one.dandiset) if one.draft else 0
    return {**_short(one), "active_uploads": active, "release_notes": one.release_notes}


def _short(one: Version) -> dict[str, Any]:
    return {
        "version": one.version,
        "name": one.name,
        "asset_count": one.asset_count,
        "size": one.size,
        "status": one.status,
        "created": one.created,
        "modified": one.modified,
    }


def _dandiset(one: Dandiset, contact: str, star_count: int, *, starred: bool) -> dict[str, Any]:
    return {
        "identifier": one.identifier,
        "created": one.created,
        "modified": one.modified,
        "contact_person": contact,
        "embargo_status": one.embargo_status,
        "star_count": star_count,
        "is_starred": starred,
    }


def dandiset_of_version(one: Dandiset, draft: Version | None) -> dict[str, Any]:
    """A Dandiset as records of versions name it: its stars are not told there."""
    return _dandiset(one, draft.contact if draft else "", 0, starred=False)


def dandiset(call: Call, one: Dandiset, *, listed: bool) -> dict[str, Any]:
    """A Dandiset with its draft and its newest published version; lists tell less of these."""
    found = versions.of_dandiset(call.store, one.identifier)
    draft = next((some for some in found if some.draft), None)
    published = next((some for some in reversed(found) if not some.draft), None)
    count, starred = dandisets.stars(call.store, one.identifier, call.user)
    tell = _short if listed else lambda some: version(call, some)
    return {
        **_dandiset(one, draft.contact if draft else "", count, starred=starred),
        "most_recent_published_version": tell(published) if published else None,
        "draft_version": tell(draft) if draft else None,
    }


def version_metadata(call: Call, one: Dandiset, which: Version) -> dict[str, Any]:
    """The metadata of a version."""
    return documents.of_version(call.store, call.addresses, one, which)


def asset(one: Asset) -> dict[str, Any]:
    """An asset's record."""
    return {
        "asset_id": one.asset_id,
        "blob": one.blob,
        "zarr": one.zarr,
        "path": one.path,
        "size": one.size,
        "created": one.created,
        "modified": one.modified,
    }


def asset_with_metadata(call: Call, one: Asset, owner: Dandiset) -> dict[str, Any]:
    """An asset's record with its metadata."""
    return {**asset(one), "metadata": asset_metadata(call, one, owner)}


def asset_metadata(call: Call, one: Asset, owner: Dandiset) -> dict[str, Any]:
    """An asset's metadata."""
    return documents.of_asset(call.store, call.addresses, one, owner)
