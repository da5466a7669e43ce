"""Uploads: announced, given addresses for their parts, put together, and looked at; those that are not finished."""

from __future__ import annotations

import re
import secrets
import uuid
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from dandi_tui.demo import digests
from dandi_tui.demo.addresses import WRITABLE_SECONDS, Permission, blob_key
from dandi_tui.demo.answers import RefusalError, empty, invalid, not_allowed, not_found, required
from dandi_tui.demo.call import check_not_unembargoing
from dandi_tui.demo.paging import paged
from dandi_tui.demo.store import blobs, dandisets, uploads
from dandi_tui.demo.times import now

if TYPE_CHECKING:
    from starlette.responses import Response

    from dandi_tui.demo.call import Call
    from dandi_tui.demo.store import Store
    from dandi_tui.demo.store.dandisets import Dandiset
    from dandi_tui.demo.store.uploads import Upload

_ETAG = "dandi:dandi-etag"


def initialize(call: Call) -> dict[str, Any]:
    """Begins an upload: the addresses of its parts. What the archive has already is refused, and named."""
    user = call.need_approved()
    asked = call.document()
    size, etag = _announced(asked)
    dandiset = _target(call, asked)
    if same := blobs.by_digest(call.store, _ETAG, etag):
        raise RefusalError(409, "Blob already exists.", {"Location": same.blob_id})
    upload = uploads.Upload(str(uuid.uuid4()), dandiset.identifier, user.id, etag, size, now(), secrets.token_urlsafe(48))
    uploads.begin(call.store, upload)
    parts = [_planned(call, upload, number, length) for number, length in enumerate(digests.part_sizes(size), 1)]
    return {"upload_id": upload.upload_id, "parts": parts}


def _announced(asked: dict[str, Any]) -> tuple[int, str]:
    """Size in bytes and etag of what shall come."""
    required(asked, "dandiset", "contentSize")
    size = asked["contentSize"]
    if not isinstance(size, int) or isinstance(size, bool):
        raise invalid("contentSize", "A valid integer is required.")
    if size < 1:
        raise invalid("contentSize", "Ensure this value is greater than or equal to 1.")
    required(asked, "digest")
    if size > digests.LARGEST:
        raise invalid("contentSize", f"Ensure this value is less than or equal to {digests.LARGEST}.")
    digest = asked["digest"]
    if not isinstance(digest, dict):
        raise invalid("digest", f"Invalid data. Expected a dictionary, but got {type(digest).__name__}.")
    required(digest, "algorithm", "value")
    if digest["algorithm"] != _ETAG:
        raise RefusalError(400, ["Unsupported Digest Type"])
    return size, str(digest["value"])


def _target(call: Call, asked: dict[str, Any]) -> Dandiset:
    """The Dandiset that is meant. One that the user may not read is not there for her."""
    identifier = str(asked["dandiset"])
    if not re.fullmatch("[0-9]{6}", identifier):
        raise invalid("dandiset", "A valid Dandiset identifier is required.")
    found = dandisets.get(call.store, identifier)
    owned = found and call.owns(found, call.need_user())
    if found is None or not (found.open or owned):
        raise not_found()
    if not owned:
        raise RefusalError(403, "Action not allowed")
    check_not_unembargoing(found)
    return found


def _planned(call: Call, upload: Upload, number: int, size: int) -> dict[str, Any]:
    query = {"uploadId": upload.multipart, "partNumber": str(number)}
    permission = Permission("PUT", blob_key(upload.upload_id), query, {"content-length": str(size)}, WRITABLE_SECONDS)
    return {"part_number": number, "size": size, "upload_url": call.addresses.allowing(permission)}


def _mine(call: Call) -> Upload:
    """The upload of the address, which must be of a Dandiset that is the user's."""
    user = call.need_approved()
    found = uploads.get(call.store, call.place("upload"))
    dandiset = dandisets.get(call.store, found.dandiset) if found else None
    if found is None or dandiset is None:
        raise not_found()
    if not call.owns(dandiset, user):
        raise not_allowed()
    return found


def complete(call: Call) -> dict[str, str]:
    """Where and how the object store is told to put the parts together."""
    call.need_approved()
    asked = call.document()
    required(asked, "parts")
    parts = _parts(asked["parts"])
    upload = _mine(call)
    permission = Permission("POST", blob_key(upload.upload_id), {"uploadId": upload.multipart}, seconds=WRITABLE_SECONDS)
    listed = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag></Part>" for number, etag in parts)
    body = f'<?xml version="1.0" encoding="UTF-8"?><CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{listed}</CompleteMultipartUpload>'
    return {"complete_url": call.addresses.allowing(permission), "body": body}


def _parts(listed: object) -> list[tuple[int, str]]:
    if not isinstance(listed, list):
        raise RefusalError(400, {"parts": {"non_field_errors": [f'Expected a list of items but got type "{type(listed).__name__}".']}})
    if not listed:
        raise RefusalError(400, {"parts": {"non_field_errors": ["This list may not be empty."]}})
    faults = [_fault_of_part(one) for one in listed]
    if any(faults):
        raise RefusalError(400, {"parts": faults})
    return sorted((int(one["part_number"]), str(one["etag"])) for one in listed)


def _fault_of_part(one: object) -> dict[str, list[str]]:
    if not isinstance(one, dict):
        return {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {type(one).__name__}."]}
    found = {name: ["This field is required."] for name in ("part_number", "size", "etag") if name not in one}
    for name in ("part_number", "size"):
        if name in one and not re.fullmatch("[0-9]{1,18}", str(one[name])):
            found[name] = ["A valid integer is required."]
    return found


def validate(call: Call) -> dict[str, Any]:
    """Ends an upload: what stands in the object store is a blob from now on. Its SHA-256 is computed later."""
    upload = _mine(call)
    if upload.stored_etag is None:
        raise RefusalError(400, ["Object does not exist."])
    if upload.stored_size != upload.size:
        raise RefusalError(400, [f"Size {upload.size} does not match actual size {upload.stored_size}."])
    if upload.stored_etag != upload.etag:
        raise RefusalError(400, [f"ETag {upload.etag} does not match actual ETag {upload.stored_etag}."])
    if blobs.same(call.store, upload.etag, upload.size):
        raise RefusalError(409, "An identical blob has already been uploaded.")
    blob = blobs.Blob(upload.upload_id, upload.etag, None, upload.size)
    blobs.add(call.store, blob)
    uploads.end(call.store, upload.upload_id)
    return {"blob_id": blob.blob_id, "etag": blob.etag, "sha256": None, "size": blob.size}


def unfinished(call: Call) -> dict[str, Any]:
    """The uploads of a Dandiset that are not finished, for its owners."""
    identifier = call.owned().identifier

    def rows(offset: int, size: int) -> list[dict[str, Any]]:
        return [_record(call, one) for one in uploads.page(call.store, identifier, offset, size)]

    return paged(call, uploads.count(call.store, identifier), rows)


def _record(call: Call, one: Upload) -> dict[str, Any]:
    address = call.addresses.signed(blob_key(one.upload_id))
    return {"created": one.created, "blob": address, "upload_id": one.upload_id, "etag": one.etag, "size": one.size}


def clear(call: Call) -> Response:
    """Drops all uploads of a Dandiset that are not finished."""
    identifier = call.owned().identifier
    for one in uploads.page(call.store, identifier, 0, uploads.count(call.store, identifier)):
        forget(call.store, one)
    return empty(204)


def forget(store: Store, one: Upload) -> None:
    """Forgets an upload, with all bytes that came of it."""
    for number in uploads.parts(store, one.upload_id):
        store.part_path(one.upload_id, number).unlink(missing_ok=True)
    uploads.end(store, one.upload_id)
    store.blob_path(one.upload_id).unlink(missing_ok=True)
