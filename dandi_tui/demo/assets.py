"""Assets: the list, the folder view, one call for a path, records, validation, downloads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

from dandi_tui.demo.requests import (
    NO_RIGHT,
    NOT_FOUND,
    RefusalError,
    answer,
    choice,
    flag,
    paged,
    readable,
    signed_in,
    store_of,
    version_of,
)
from dandi_tui.demo.store import Store, document

if TYPE_CHECKING:
    import sqlite3

    from starlette.requests import Request
    from starlette.responses import Response

    from dandi_tui.demo.objects import ObjectStore


def asset_record(row: sqlite3.Row, *, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """An asset's record."""
    record = {
        "asset_id": row["asset"],
        "blob": row["blob"],
        "zarr": row["zarr"],
        "path": row["path"],
        "size": row["size"],
        "created": row["created"],
        "modified": row["modified"],
    }
    return record if metadata is None else {**record, "metadata": metadata}


def _objects(request: Request) -> ObjectStore:
    objects: ObjectStore = request.app.state.objects
    return objects


def full_metadata(request: Request, row: sqlite3.Row) -> dict[str, Any]:
    """An asset's metadata, with the addresses of its content."""
    found: dict[str, Any] = document(row)
    objects = _objects(request)
    content = objects.blob_address(row["blob"]) if row["blob"] else objects.zarr_address(row["zarr"], "")
    return {**found, "contentUrl": [f"{request.app.state.origin}/api/assets/{row['asset']}/download/", content]}


def list_assets(request: Request) -> Response:
    """The assets of a version: by the start of their path, by pattern, ordered."""
    store = store_of(request)
    _, version = version_of(request)
    order = choice(request, "order", ("path", "created", "modified"), many=True) or "created"
    where, values = ["h.version = ?"], [version["id"]]
    if path := request.query_params.get("path"):
        exact = store.one("SELECT 1 FROM held WHERE version=? AND path=?", version["id"], path)
        where.append("h.path = ?" if exact else "lower(substr(h.path, 1, length(?))) = lower(?)")
        values += [path] if exact else [path, path]
    if glob := request.query_params.get("glob"):
        where.append("h.path LIKE ? ESCAPE '\\'")
        values.append(re.sub(r"[\\%_]", r"\\\g<0>", glob).replace("*", "%"))
    if flag(request, "zarr"):
        where.append("a.zarr IS NOT NULL")
    with_metadata = flag(request, "metadata")
    source = f"FROM held h JOIN asset a ON a.id = h.asset WHERE {' AND '.join(where)}"
    plain = len(where) == 1
    found = None if plain else store.one(f"SELECT count(*) n {source}", *values)
    count = version["asset_count"] if plain else found["n"] if found else 0
    keys = ", ".join(
        f"{'h.path' if key.removeprefix('-') == 'path' else 'a.' + key.removeprefix('-')} {'DESC' if key[0] == '-' else 'ASC'}" for key in order.split(",")
    )

    def rows(offset: int, size: int) -> list[Any]:
        some = store.all(f"SELECT a.* {source} ORDER BY {keys} LIMIT ? OFFSET ?", *values, size, offset)
        return [asset_record(row, metadata=full_metadata(request, row) if with_metadata else None) for row in some]

    return paged(request, count, rows, lenient=True, always_count=False)


def folder_view(request: Request) -> Response:
    """What stands directly in a folder."""
    store = store_of(request)
    _, version = version_of(request)
    prefix = request.query_params.get("path_prefix", "").removesuffix("/")
    where = (version["id"], prefix)
    if prefix and not store.one("SELECT 1 FROM folder WHERE version=? AND path=?", *where):
        if store.one("SELECT 1 FROM held WHERE version=? AND path=?", *where):
            return paged(request, 0, lambda _offset, _size: [])
        raise RefusalError(404, {"detail": "Specified path not found."})
    found = store.one(
        "SELECT (SELECT count(*) FROM folder WHERE version=? AND parent=?) + (SELECT count(*) FROM held WHERE version=? AND parent=?) n",
        *where,
        *where,
    )
    query = (
        "SELECT path, files, size, NULL asset, NULL blob FROM folder WHERE version=? AND parent=? UNION ALL"
        " SELECT h.path, 1, a.size, a.asset, a.blob FROM held h JOIN asset a ON a.id = h.asset"
        " WHERE h.version=? AND h.parent=? ORDER BY 1 LIMIT ? OFFSET ?"
    )

    def entry(row: sqlite3.Row) -> dict[str, Any]:
        url = _objects(request).blob_address(row["blob"]) if row["blob"] else None
        return {
            "path": row["path"],
            "version": version["id"],
            "aggregate_files": row["files"],
            "aggregate_size": row["size"],
            "asset": {"asset_id": row["asset"], "url": url} if row["asset"] else None,
        }

    def rows(offset: int, size: int) -> list[Any]:
        return [entry(row) for row in store.all(query, *where, *where, size, offset)]

    return paged(request, found["n"] if found else 0, rows)


def at_path(request: Request) -> Response:
    """One call for a path: the folder or asset there, and what is in it."""
    asked = request.query_params
    for name in ("dandiset_id", "version_id"):
        if name not in asked:
            raise RefusalError(400, {name: ["This field is required."]})
    store = store_of(request)
    try:
        dandiset = readable(request, asked["dandiset_id"], signed_in(request))
    except RefusalError as refusal:
        raise (RefusalError(403, NO_RIGHT) if refusal.status == 401 else refusal) from refusal
    version = store.one("SELECT * FROM version WHERE dandiset=? AND version=?", dandiset["identifier"], asked["version_id"])
    if version is None:
        raise RefusalError(404, NOT_FOUND)
    path, with_metadata = asked.get("path", ""), flag(request, "metadata")
    found = _place(request, version["id"], path, with_metadata=with_metadata)
    if flag(request, "children") and (not path or found[0]["type"] == "folder"):
        found += _children(request, version["id"], path.rstrip("/"), with_metadata=with_metadata)
    return paged(request, len(found), lambda offset, size: found[offset : offset + size])


def _place(request: Request, version: int, path: str, *, with_metadata: bool) -> list[dict[str, Any]]:
    if not path:
        return []
    store = store_of(request)
    if row := store.one("SELECT a.* FROM held h JOIN asset a ON a.id=h.asset WHERE h.version=? AND h.path=?", version, path):
        return [_asset_place(request, row, with_metadata=with_metadata)]
    folder = store.one("SELECT * FROM folder WHERE version=? AND path=?", version, path.rstrip("/"))
    if folder is None:
        raise RefusalError(404, {"detail": f"Folder or asset not found at {path}"})
    return [_folder_place(folder)]


def _children(request: Request, version: int, path: str, *, with_metadata: bool) -> list[dict[str, Any]]:
    store = store_of(request)
    folders = store.all("SELECT * FROM folder WHERE version=? AND parent=? ORDER BY path", version, path)
    assets = store.all("SELECT a.* FROM held h JOIN asset a ON a.id=h.asset WHERE h.version=? AND h.parent=? ORDER BY h.path", version, path)
    return [_folder_place(row) for row in folders] + [_asset_place(request, row, with_metadata=with_metadata) for row in assets]


def _folder_place(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "type": "folder",
        "resource": {"path": row["path"], "total_assets": row["files"], "total_size": row["size"]},
    }


def _asset_place(request: Request, row: sqlite3.Row, *, with_metadata: bool) -> dict[str, Any]:
    metadata = full_metadata(request, row) if with_metadata else None
    return {"type": "asset", "resource": asset_record(row, metadata=metadata)}


def _asset(request: Request) -> sqlite3.Row:
    """The asset that an address names; its version's rights are checked, or those of any version that holds it."""
    store = store_of(request)
    if "version" in request.path_params:
        version_of(request)
    row = store.one("SELECT * FROM asset WHERE asset=?", request.path_params["asset"])
    if row is None:
        raise RefusalError(404, NOT_FOUND)
    if "version" not in request.path_params:
        holder = _holder(store, row)
        if holder:
            readable(request, holder, signed_in(request))
    return row


def _holder(store: Store, row: sqlite3.Row) -> str | None:
    found = store.one(
        "SELECT v.dandiset FROM version v JOIN held h ON h.version = v.id AND h.path = ? WHERE h.asset = ? LIMIT 1",
        row["path"],
        row["id"],
    )
    return found["dandiset"] if found else None


def get_asset(request: Request) -> Response:
    """An asset's metadata."""
    signed_in(request)
    return answer(full_metadata(request, _asset(request)))


def asset_info(request: Request) -> Response:
    """An asset's record with its metadata."""
    signed_in(request)
    row = _asset(request)
    return answer(asset_record(row, metadata=full_metadata(request, row)))


def asset_validation(request: Request) -> Response:
    """What validation found in an asset."""
    row = _asset(request)
    return answer({"status": row["status"], "validation_errors": document(row, "errors")})


def download(request: Request) -> Response:
    """Sends the reader to the object store."""
    signed_in(request)
    row = _asset(request)
    disposition = request.query_params.get("content_disposition", "attachment")
    if disposition not in {"attachment", "inline"}:
        raise RefusalError(400, {"content_disposition": [f'"{disposition}" is not a valid choice.']})
    if row["zarr"]:
        words = "Unable to provide download link for zarr assets. Please browse the zarr files directly to do so."
        raise RefusalError(400, words)
    name = row["path"].rpartition("/")[2]
    kind = row["metadata"] and document(row).get("encodingFormat") if disposition == "inline" else None
    address = _objects(request).signed(f"blobs/{_blob_key(row['blob'])}", disposition=f'{disposition}; filename="{name}"', kind=kind)
    return RedirectResponse(address, 302, headers={"content-type": "text/html; charset=utf-8"})


def _blob_key(blob: str) -> str:
    return f"{blob[:3]}/{blob[3:6]}/{blob}"
