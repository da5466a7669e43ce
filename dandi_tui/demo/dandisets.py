"""Dandisets and their versions: the list with its filters, the records, the owners, stars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.demo.requests import (
    NO_CREDENTIALS,
    RefusalError,
    answer,
    choice,
    flag,
    need_approved,
    paged,
    readable,
    signed_in,
    store_of,
    version_of,
)
from dandi_tui.demo.search_language import SearchError, conditions
from dandi_tui.demo.store import Store, document

if TYPE_CHECKING:
    import sqlite3

    from starlette.requests import Request
    from starlette.responses import Response

_SHOWN = "(SELECT {0} FROM version v WHERE v.dandiset = d.identifier ORDER BY v.version = 'draft', v.created DESC LIMIT 1)"
_ORDERS = {
    "id": "d.identifier",
    "name": _SHOWN.format("lower(v.name)"),
    "modified": _SHOWN.format("v.modified"),
    "size": _SHOWN.format("v.size"),
    "stars": "(SELECT count(*) FROM star s WHERE s.dandiset = d.identifier)",
}
_MOST_NAMED = 50


def version_record(row: sqlite3.Row, *, full: bool = True) -> dict[str, Any]:
    """A version as lists give it; `full` adds what only single records have."""
    record = {
        "version": row["version"],
        "name": row["name"],
        "asset_count": row["asset_count"],
        "size": row["size"],
        "status": row["status"],
        "created": row["created"],
        "modified": row["modified"],
    }
    if full:
        record |= {"active_uploads": 0, "release_notes": row["release_notes"]}
    return record


def dandiset_record(store: Store, row: sqlite3.Row, user: sqlite3.Row | None) -> dict[str, Any]:
    """A Dandiset's own record."""
    identifier = row["identifier"]
    stars = {star["username"] for star in store.all("SELECT username FROM star WHERE dandiset=?", identifier)}
    return {
        "identifier": identifier,
        "created": row["created"],
        "modified": row["modified"],
        "contact_person": contact(store, identifier),
        "embargo_status": row["embargo_status"],
        "star_count": len(stars),
        "is_starred": bool(user and user["username"] in stars),
    }


def contact(store: Store, dandiset: str) -> str:
    """The name of the contact person in the draft."""
    row = store.one("SELECT metadata FROM version WHERE dandiset=? AND version='draft'", dandiset)
    for person in document(row).get("contributor", []) if row else []:
        if "dcite:ContactPerson" in person.get("roleName", []):
            return str(person["name"])
    return ""


def _with_versions(store: Store, row: sqlite3.Row, user: sqlite3.Row | None, *, full: bool) -> dict[str, Any]:
    versions = store.all("SELECT * FROM version WHERE dandiset=? ORDER BY created DESC", row["identifier"])
    published = [version for version in versions if version["version"] != "draft"]
    draft = [version for version in versions if version["version"] == "draft"]
    return {
        **dandiset_record(store, row, user),
        "most_recent_published_version": version_record(published[0], full=full) if published else None,
        "draft_version": version_record(draft[0], full=full) if draft else None,
    }


def list_dandisets(request: Request) -> Response:
    """The list, filtered, searched and ordered."""
    store, user = store_of(request), signed_in(request)
    where, values = _filters(request, user)
    source = f"FROM dandiset d WHERE {' AND '.join(where) or '1'}"
    found = store.one(f"SELECT count(*) n {source}", *values)
    count = found["n"] if found else 0
    order = _order(request)

    def rows(offset: int, size: int) -> list[Any]:
        some = store.all(f"SELECT d.* {source} ORDER BY {order} LIMIT ? OFFSET ?", *values, size, offset)
        return [_with_versions(store, row, user, full=False) for row in some]

    return paged(request, count, rows)


def _order(request: Request) -> str:
    asked = request.query_params.get("ordering", "")
    column = _ORDERS.get(asked.removeprefix("-"), "d.created")
    return f"{column} {'DESC' if asked.startswith('-') else 'ASC'}, d.identifier"


def _filters(request: Request, user: sqlite3.Row | None) -> tuple[list[str], list[str]]:
    where: list[str] = []
    values: list[str] = []
    mine = "EXISTS (SELECT 1 FROM owner o WHERE o.dandiset = d.identifier AND o.username = ?)"
    name = user["username"] if user else ""
    if not flag(request, "draft", default=True):
        where.append("EXISTS (SELECT 1 FROM version v WHERE v.dandiset = d.identifier AND v.version <> 'draft')")
    if not flag(request, "empty", default=True):
        where.append(_SHOWN.format("v.asset_count") + " > 0")
    if flag(request, "embargoed"):
        if user is None:
            words = "Authentication credentials must be provided when attempting to access embargoed dandisets"
            raise RefusalError(401, words)
        where.append(f"(d.embargo_status = 'OPEN' OR {int(user['admin'])} OR {mine})")
        values.append(name)
    else:
        where.append("d.embargo_status = 'OPEN'")
    if flag(request, "starred"):
        if user is None:
            raise RefusalError(401, "Must be authenticated to filter by starred dandisets.")
        where.append("EXISTS (SELECT 1 FROM star s WHERE s.dandiset = d.identifier AND s.username = ?)")
        values.append(name)
    if _wants_mine(request):
        where.append(mine)
        values.append(name)
    _search(request, where, values)
    return where, values


def _wants_mine(request: Request) -> bool:
    owner = request.query_params.get("user", "")
    if owner not in {"", "me"}:
        raise RefusalError(400, {"user": [f'"{owner}" is not a valid choice.']})
    return owner == "me"


def _search(request: Request, where: list[str], values: list[str]) -> None:
    try:
        for condition in conditions(request.query_params.get("search", "")):
            where.append(condition.sql)
            values.extend(condition.values)
    except SearchError as error:
        raise RefusalError(400, {"search": str(error)}) from error


def get_dandiset(request: Request) -> Response:
    """One Dandiset."""
    user = signed_in(request)
    row = readable(request, request.path_params["dandiset"], user)
    return answer(_with_versions(store_of(request), row, user, full=True))


def owners(request: Request) -> Response:
    """The owners; e-mail addresses only for users."""
    user = signed_in(request)
    row = readable(request, request.path_params["dandiset"], user)
    people = store_of(request).all("SELECT u.* FROM owner o JOIN user u USING (username) WHERE o.dandiset=? ORDER BY u.rowid", row["identifier"])
    return answer([{"username": who["username"], "name": who["name"], "email": who["email"] if user else None} for who in people])


def star(request: Request) -> Response:
    """Sets or takes away the user's star."""
    user = need_approved(request)
    row = readable(request, request.path_params["dandiset"], user)
    store, place = store_of(request), (row["identifier"], user["username"])
    if request.method == "POST":
        store.db.execute("INSERT OR IGNORE INTO star (dandiset, username) VALUES (?,?)", place)
    else:
        store.db.execute("DELETE FROM star WHERE dandiset=? AND username=?", place)
    found = store.one("SELECT count(*) n FROM star WHERE dandiset=?", row["identifier"])
    return answer({"count": found["n"] if found else 0})


def list_versions(request: Request) -> Response:
    """The versions of a Dandiset, the oldest first unless asked otherwise."""
    store, user = store_of(request), signed_in(request)
    row = readable(request, request.path_params["dandiset"], user)
    order = choice(request, "order", ("created",))
    versions = store.all("SELECT * FROM version WHERE dandiset=? ORDER BY version <> 'draft', created", row["identifier"])
    if order.startswith("-"):
        versions.reverse()
    record = dandiset_record(store, row, user)
    records = [{**version_record(version), "dandiset": record} for version in versions]
    return paged(request, len(records), lambda offset, size: records[offset : offset + size])


def get_version(request: Request) -> Response:
    """The metadata of a version."""
    return answer(document(version_of(request)[1]))


def version_info(request: Request) -> Response:
    """The record of a version, with what is wrong with it."""
    store = store_of(request)
    dandiset, row = version_of(request)
    bad = store.all(
        "SELECT a.path, a.errors FROM held h JOIN asset a ON a.id = h.asset WHERE h.version=? AND a.status='Invalid' ORDER BY a.path LIMIT ?",
        row["id"],
        _MOST_NAMED,
    )
    problems = [{**problem, "path": asset["path"]} for asset in bad for problem in document(asset, "errors")]
    return answer(
        {
            **version_record(row),
            "dandiset": dandiset_record(store, dandiset, signed_in(request)),
            "asset_validation_errors": problems,
            "version_validation_errors": document(row, "errors"),
            "metadata": document(row),
            "contact_person": contact(store, dandiset["identifier"]),
        }
    )


def me(request: Request) -> Response:
    """Who the key belongs to."""
    user = signed_in(request)
    if user is None:
        raise RefusalError(401, NO_CREDENTIALS)
    record = {name: user[name] for name in ("username", "name", "status")}
    return answer({**record, "admin": bool(user["admin"])})


def token(request: Request) -> Response:
    """The user's own key."""
    return answer(need_approved(request)["token"])
