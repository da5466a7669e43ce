"""Assets as they change: put into a draft, replaced, taken out."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo import asset_paths, metadata
from dandi_tui.demo.answers import RefusalError, empty, invalid, not_found, required
from dandi_tui.demo.call import check_changeable
from dandi_tui.demo.resources import records
from dandi_tui.demo.store import assets, blobs, drafts, events, zarrs

if TYPE_CHECKING:
    from starlette.responses import Response

    from dandi_tui.demo.call import Call
    from dandi_tui.demo.store.assets import Asset
    from dandi_tui.demo.store.versions import Version

# What the archive computes, whatever is sent.
_COMPUTED = frozenset({"id", "access", "path", "identifier", "contentUrl", "contentSize", "digest", "datePublished", "publishedBy", "@context"})


class Sent(msgspec.Struct, frozen=True):
    """What was sent of an asset: its path, the id of its blob or Zarr, and its metadata without what is computed."""

    path: str
    blob: str | None
    zarr: str | None
    metadata: dict[str, Any]


def create(call: Call) -> dict[str, Any]:
    """Puts an asset into a draft."""
    dandiset, draft = call.owned_version()
    sent = _sent(call)
    check_changeable(dandiset, draft)
    new = _new(call, draft, sent, None)
    made = drafts.add(call.store, draft, new)
    _check_length(made.path)
    events.note(call.store, events.ADDED, made)
    return records.asset_with_metadata(call, made, dandiset)


def replace(call: Call) -> dict[str, Any]:
    """Puts another asset in the place of one, at the same path or another; the same once more changes nothing."""
    dandiset, draft = call.owned_version()
    sent = _sent(call)
    check_changeable(dandiset, draft)
    old = _held(call, draft)
    if (sent.path, sent.blob, sent.zarr, sent.metadata) == (old.path, old.blob, old.zarr, _kept(call, old)):
        return records.asset_with_metadata(call, old, dandiset)
    new = _new(call, draft, sent, old)
    drafts.remove(call.store, draft, old)
    made = drafts.add(call.store, draft, new)
    _check_length(made.path)
    events.note(call.store, events.UPDATED, made)
    return records.asset_with_metadata(call, made, dandiset)


def delete(call: Call) -> Response:
    """Takes an asset out of a draft."""
    dandiset, draft = call.owned_version()
    check_changeable(dandiset, draft)
    old = _held(call, draft)
    drafts.remove(call.store, draft, old)
    events.note(call.store, events.REMOVED, old)
    return empty(204)


def _held(call: Call, draft: Version) -> Asset:
    asset = assets.get(call.store, call.place("asset"))
    if asset is None or assets.at(call.store, draft, asset.path) != asset:
        raise not_found()
    return asset


def _kept(call: Call, old: Asset) -> dict[str, Any]:
    """The metadata that was sent with an asset, as it would be sent again."""
    return {name: value for name, value in assets.decoded(assets.content(call.store, old)).items() if name not in _COMPUTED}


def _sent(call: Call) -> Sent:
    """The body, looked at.

    Raises:
        RefusalError: It lacks something, or names neither or both of a blob and a Zarr.
    """
    asked = call.document()
    required(asked, "metadata")
    document = asked["metadata"]
    if not isinstance(document, dict):
        raise invalid("metadata", "Value must be valid JSON." if not isinstance(document, list) else "Expected a dictionary.")
    blob, zarr = (_id(asked, name) for name in ("blob_id", "zarr_id"))
    if bool(blob) == bool(zarr):
        raise invalid("blob_id", "Exactly one of blob_id or zarr_id must be specified.")
    path = document.get("path")
    if not path or not isinstance(path, str):
        raise invalid("metadata", "No path specified in metadata.")
    if words := asset_paths.fault(path):
        raise invalid("non_field_errors", words)
    kept = {name: value for name, value in document.items() if name not in _COMPUTED}
    return Sent(path, blob, zarr, kept if "schemaVersion" in kept else {"schemaVersion": metadata.SCHEMA, **kept})


def _id(asked: dict[str, Any], name: str) -> str | None:
    found = asked.get(name)
    if found is None:
        return None
    try:
        return str(uuid.UUID(found))
    except (ValueError, AttributeError, TypeError) as error:
        raise invalid(name, "Must be a valid UUID.") from error


def _new(call: Call, draft: Version, sent: Sent, old: Asset | None) -> drafts.NewAsset:
    """The asset that is to be made, whose content is there and whose path is free; `old` will make room.

    Raises:
        RefusalError: The content is not there or another Dandiset's, or the path is taken.
    """
    size = _size(call, draft, sent)
    if not (old and old.path == sent.path):
        if assets.at(call.store, draft, sent.path):
            raise RefusalError(409, "An asset with that path already exists")
        if others := [path for path in drafts.in_the_way(call.store, draft, sent.path) if not (old and path == old.path)]:
            raise RefusalError(409, f'Path of new asset "{sent.path}" conflicts with existing assets: {others}')
    return drafts.NewAsset(asset_id=str(uuid.uuid4()), path=sent.path, blob=sent.blob, zarr=sent.zarr, size=size, metadata=sent.metadata)


def _size(call: Call, draft: Version, sent: Sent) -> int:
    if sent.blob:
        blob = blobs.get(call.store, sent.blob)
        if blob is None:
            raise not_found()
        return blob.size
    zarr = zarrs.get(call.store, sent.zarr or "")
    if zarr is None:
        raise not_found()
    if zarr.dandiset != draft.dandiset:
        raise RefusalError(400, "The zarr archive belongs to a different dandiset")
    return zarr.size if zarr.status == "Complete" else 0


def _check_length(path: str) -> None:
    """The archive finds a path too long only as it writes it down."""
    if words := asset_paths.too_long(path):
        raise RefusalError(400, words)
