"""Assets: the list of a version, records and metadata, validation, downloads; the trail of changes."""

from __future__ import annotations

import base64
import binascii
from html import escape
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from dandi_tui.demo.addresses import blob_key
from dandi_tui.demo.answers import RefusalError, not_found, redirect
from dandi_tui.demo.paging import address, page_size, paged_lazily
from dandi_tui.demo.resources import records
from dandi_tui.demo.store import assets, blobs, events
from dandi_tui.demo.store.assets import ORDERS, Wanted

if TYPE_CHECKING:
    from dandi_tui.demo.call import Call
    from dandi_tui.demo.store.assets import Asset
    from dandi_tui.demo.store.dandisets import Dandiset
    from dandi_tui.demo.store.events import Event

_NO_ZARR = "Unable to provide download link for zarr assets. Please browse the zarr files directly to do so."


def listed(call: Call) -> dict[str, Any]:
    """The assets of a version: by the start of their path, by pattern, ordered."""
    dandiset, version = call.version()
    wanted = Wanted(path=call.text("path"), glob=call.text("glob"), zarr=call.flag("zarr"), order=call.order(tuple(ORDERS)))
    metadata = call.flag("metadata")
    found = assets.held(call.store, version, wanted)

    def rows(offset: int, size: int) -> list[dict[str, Any]]:
        some = found.page(offset, size)
        return [records.asset_with_metadata(call, one, dandiset) if metadata else records.asset(one) for one in some]

    return paged_lazily(call, lambda: found.count, rows)


def _found(call: Call) -> tuple[Asset, Dandiset]:
    """The asset of the address and its Dandiset. A version in the address is checked, not that it holds the asset."""
    if "version" in call.request.path_params:
        call.version()
    asset = assets.get(call.store, call.place("asset"))
    if asset is None:
        raise not_found()
    return asset, call.dandiset(asset.dandiset)


def single(call: Call) -> dict[str, Any]:
    """An asset's metadata."""
    return records.asset_metadata(call, *_found(call))


def info(call: Call) -> dict[str, Any]:
    """An asset's record with its metadata."""
    return records.asset_with_metadata(call, *_found(call))


def validation(call: Call) -> dict[str, Any]:
    """What validation found in an asset."""
    asset, _ = _found(call)
    return {"status": asset.status, "validation_errors": assets.problems(call.store, asset)}


def download(call: Call) -> Response:
    """The way to the bytes in the object store; a page that plays a video that is wanted inline."""
    asset, _ = _found(call)
    disposition = call.word("content_disposition", ("attachment", "inline"), "attachment")
    if asset.blob is None:
        raise RefusalError(400, _NO_ZARR)
    kind = str(assets.decoded(assets.content(call.store, asset)).get("encodingFormat") or "") if disposition == "inline" else ""
    name = asset.path.rpartition("/")[2]
    found = call.addresses.signed(blob_key(asset.blob), disposition=f'{disposition}; filename="{name}"', kind=kind)
    if kind.startswith("video/"):
        return Response(f'<!DOCTYPE html>\n<video controls src="{escape(found)}"></video>\n', media_type="text/html")
    return redirect(found, 302)


def blob_by_digest(call: Call) -> dict[str, Any]:
    """The blob that has a digest."""
    asked = call.document()
    missing = {name: ["This field is required."] for name in ("algorithm", "value") if name not in asked}
    if missing:
        raise RefusalError(400, missing)
    if asked["algorithm"] not in blobs.DIGESTS:
        raise RefusalError(400, f"Unsupported Digest Algorithm. Supported: {', '.join(blobs.DIGESTS)}")
    blob = blobs.by_digest(call.store, asked["algorithm"], str(asked["value"]))
    if blob is None:
        raise not_found()
    return {"blob_id": blob.blob_id, "etag": blob.etag, "sha256": blob.sha256, "size": blob.size}


def audit(call: Call) -> dict[str, Any]:
    """The trail of what was done with assets, for administrators; its pages go by cursor."""
    call.need_admin()
    newest_first = call.flag("reverse_order")
    size = page_size(call)
    found = events.trail(call.store, _cursor(call, 2**62 if newest_first else 0), size + 1, newest_first=newest_first)
    following = None
    if len(found) > size:
        cursor = base64.urlsafe_b64encode(f"p={found[size - 1].id}".encode()).decode()
        following = address(call, cursor=cursor)
    return {"next": following, "previous": None, "results": [_event(one) for one in found[:size]]}


def _cursor(call: Call, start: int) -> int:
    text = call.text("cursor")
    if not text:
        return start
    try:
        return int(base64.urlsafe_b64decode(text).decode("ascii").removeprefix("p="))
    except (ValueError, binascii.Error) as error:
        raise not_found("Invalid cursor") from error


def _event(one: Event) -> dict[str, Any]:
    return {
        "id": one.id,
        "dandiset_id": int(one.dandiset),
        "timestamp": one.time,
        "record_type": one.kind,
        "details": {
            "path": one.path,
            "size": one.size,
            "asset_id": one.asset_id,
            "checksum": one.checksum,
            "asset_blob_id": one.blob,
            "zarr_archive_id": one.zarr,
        },
    }
