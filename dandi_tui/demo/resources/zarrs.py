"""Zarr archives: records, and the files within them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo.addresses import zarr_key
from dandi_tui.demo.answers import invalid, not_found, redirect
from dandi_tui.demo.paging import address, paged
from dandi_tui.demo.store import zarrs

if TYPE_CHECKING:
    from starlette.responses import Response

    from dandi_tui.demo.call import Call
    from dandi_tui.demo.store.zarrs import Zarr, ZarrFile

_MOST = 1000


def _found(call: Call) -> Zarr:
    zarr = zarrs.get(call.store, call.place("zarr"))
    if zarr is None:
        raise not_found()
    call.dandiset(zarr.dandiset)
    return zarr


def listed(call: Call) -> dict[str, Any]:
    """The Zarr archives that the user may see."""
    dandiset = call.text("dandiset")
    if dandiset and not re.fullmatch("[0-9]{6}", dandiset):
        raise invalid("dandiset", "A valid Dandiset identifier is required.")
    found = zarrs.listed(call.store, call.user, dandiset=dandiset, name=call.text("name"))
    return paged(call, found.count, lambda offset, size: [record(one) for one in found.page(offset, size)])


def single(call: Call) -> dict[str, Any]:
    """One Zarr archive."""
    return record(_found(call))


def record(one: Zarr) -> dict[str, Any]:
    """A Zarr archive as it is answered."""
    found = msgspec.structs.asdict(one)
    if one.status in {"Pending", "Uploaded"}:
        found |= {"checksum": None, "file_count": 0, "size": 0}
    return found


def files(call: Call) -> dict[str, Any] | Response:
    """The files within a Zarr, by key; or the way to one file's bytes."""
    zarr = _found(call)
    prefix = call.text("prefix").removesuffix("/")
    if ".." in prefix.split("/"):
        raise invalid("prefix", 'Zarr path cannot contain ".." components.')
    if call.flag("download") or call.method == "HEAD":
        return redirect(call.addresses.signed(zarr_key(zarr.zarr_id, prefix)), 302)
    limit = call.number("limit")
    if limit is not None and limit > _MOST:
        raise invalid("limit", f"Ensure this value is less than or equal to {_MOST}.")
    size = _MOST if limit is None else limit
    found = zarrs.files(call.store, zarr, prefix, call.text("after"), size + 1)
    more = 0 < size < len(found)
    following = address(call, after=found[size - 1].key, limit=str(size)) if more else None
    return {"next": following, "results": [_file(one) for one in found[:size]]}


def _file(one: ZarrFile) -> dict[str, Any]:
    return {"Key": one.key, "LastModified": one.modified, "ETag": one.etag, "Size": one.size}
