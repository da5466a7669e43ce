"""Zarr archives as they change: created, given files at signed addresses, relieved of files, finalized."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from dandi_tui.demo.addresses import Permission, zarr_key
from dandi_tui.demo.answers import RefusalError, empty, invalid, not_allowed, not_found, required
from dandi_tui.demo.resources import zarrs as reading
from dandi_tui.demo.store import dandisets, drafts, zarrs

if TYPE_CHECKING:
    from starlette.responses import Response

    from dandi_tui.demo.call import Call
    from dandi_tui.demo.store.zarrs import Zarr

_LONGEST_NAME = 512
_BUSY = "Zarr archive is currently ingesting or has already ingested"
_DOTS = 'Zarr path cannot contain ".." components.'


def create(call: Call) -> dict[str, Any]:
    """Makes a Zarr archive in a Dandiset."""
    user = call.need_approved()
    asked = call.document()
    required(asked, "name", "dandiset")
    name, identifier = str(asked["name"]), str(asked["dandiset"])
    if not name.strip():
        raise invalid("name", "This field may not be blank.")
    if len(name) > _LONGEST_NAME:
        raise invalid("name", f"Ensure this field has no more than {_LONGEST_NAME} characters.")
    if not re.fullmatch("[0-9]{6}", identifier):
        raise invalid("dandiset", "A valid Dandiset identifier is required.")
    dandiset = dandisets.get(call.store, identifier)
    if dandiset is None:
        raise invalid("dandiset", f'Invalid pk "{int(identifier)}" - object does not exist.')
    if zarrs.named(call.store, identifier, name):
        raise invalid("non_field_errors", "The fields dandiset, name must make a unique set.")
    if not call.owns(dandiset, user):
        raise not_allowed()
    if dandiset.embargo_status == "UNEMBARGOING":
        raise RefusalError(400, "Cannot add zarr to dandiset during unembargo")
    made = zarrs.Zarr(str(uuid.uuid4()), name, identifier, "Pending", None, 0, 0)
    zarrs.add(call.store, made)
    return reading.record(made)


def _mine(call: Call) -> Zarr:
    """The Zarr of the address, which must be of a Dandiset that is the user's."""
    user = call.need_approved()
    zarr = zarrs.get(call.store, call.place("zarr"))
    if zarr is None:
        raise not_found()
    if not call.owns(call.dandiset(zarr.dandiset), user):
        raise not_allowed()
    return zarr


def _check_idle(zarr: Zarr) -> None:
    if zarr.status in {"Uploaded", "Ingesting"}:
        raise RefusalError(400, _BUSY)


def _entries(call: Call, *names: str) -> list[dict[str, str]]:
    """The list of the body, each of whose entries has some texts.

    Raises:
        RefusalError: Something is missing, or a path would leave the Zarr.
    """
    asked = call.documents()
    faults = [_fault(one, names) for one in asked]
    if any(faults):
        raise RefusalError(400, faults)
    return asked


def _fault(one: object, names: tuple[str, ...]) -> dict[str, list[str]]:
    if not isinstance(one, dict):
        return {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {type(one).__name__}."]}
    found = {name: ["This field is required."] for name in names if name not in one}
    found |= {name: ["Not a valid string."] for name in names if name in one and not isinstance(one[name], str)}
    parts = str(one.get("path", "")).split("/")
    if "path" not in found and ".." in parts:
        return {"path": [_DOTS]}
    if "path" not in found and {"", "."} & set(parts):
        return {"path": ["Path improperly formatted"]}
    return found


def ask_for_addresses(call: Call) -> list[str]:
    """The addresses at which files can be put, in the order they are asked for. What was computed of the Zarr holds no longer."""
    zarr = _mine(call)
    asked = _entries(call, "path", "base64md5")
    _check_idle(zarr)
    _reopen(call, zarr)
    return [_address(call, zarr, one) for one in asked]


def _address(call: Call, zarr: Zarr, one: dict[str, str]) -> str:
    return call.addresses.allowing(Permission("PUT", zarr_key(zarr.zarr_id, one["path"]), headers={"content-md5": one["base64md5"]}))


def _reopen(call: Call, zarr: Zarr) -> None:
    if zarr.status != "Pending":
        zarrs.reopen(call.store, zarr.zarr_id)
        drafts.resize_zarr(call.store, zarr.zarr_id, 0)


def delete_files(call: Call) -> Response:
    """Takes files out of a Zarr."""
    zarr = _mine(call)
    asked = _entries(call, "path")
    _check_idle(zarr)
    for one in asked:
        if zarrs.file(call.store, zarr.zarr_id, one["path"]) is None:
            raise RefusalError(400, [f"File {zarr_key(zarr.zarr_id, one['path'])} does not exist."])
    _reopen(call, zarr)
    for one in asked:
        zarrs.forget_file(call.store, zarr.zarr_id, one["path"])
        call.store.zarr_file_path(zarr.zarr_id, one["path"]).unlink(missing_ok=True)
    return empty(204)


def finalize(call: Call) -> Response:
    """Tells that all files are there: checksum, number and size are computed now."""
    zarr = _mine(call)
    if zarr.status != "Pending":
        raise RefusalError(400, _BUSY)
    zarrs.set_status(call.store, zarr.zarr_id, "Uploaded")
    return empty(204)
