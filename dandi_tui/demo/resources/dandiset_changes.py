"""Dandisets as they come and go: registered, opened, deleted, given to others."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo import documents, metadata
from dandi_tui.demo.answers import RefusalError, empty, invalid, no_owner, not_found, required
from dandi_tui.demo.call import check_not_unembargoing
from dandi_tui.demo.resources import records
from dandi_tui.demo.resources.uploads import forget
from dandi_tui.demo.resources.version_changes import named
from dandi_tui.demo.store import dandisets, uploads, users, versions, zarrs
from dandi_tui.demo.times import now

if TYPE_CHECKING:
    from starlette.responses import Response

    from dandi_tui.demo.call import Call
    from dandi_tui.demo.store.users import User

_LONGEST_EMBARGO = timedelta(days=730)
_LONGEST_FUNDED = timedelta(days=1825)
_USERNAME = re.compile(r"[\w.@+-]+")
_BAD_USERNAME = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."


class Embargo(msgspec.Struct, frozen=True):
    """How a new Dandiset is embargoed: until when, and who pays, where that is told."""

    until: str
    funder: str
    award: str


def create(call: Call) -> dict[str, Any]:
    """Registers a Dandiset, which is the user's."""
    user = call.need_approved()
    embargo = _embargo(call)
    name, sent = named(call.document())
    identifier = _identifier(call, user, sent)
    time = now()
    record = dandisets.Dandiset(identifier, time, time, "EMBARGOED" if embargo else "OPEN", embargo.until if embargo else None)
    dandisets.add(call.store, record, user)
    draft = versions.add_draft(call.store, identifier, name)
    documents.keep(call.store, record, draft, {**_kept(sent, user, embargo), "assetsSummary": metadata.EMPTY_SUMMARY})
    return records.dandiset(call, record, listed=False)


def _kept(sent: dict[str, Any], user: User, embargo: Embargo | None) -> dict[str, Any]:
    """What is stored of the metadata that was sent: with somebody who can be asked, or who pays."""
    found = metadata.without_computed(sent)
    people = list(found.get("contributor") or ()) if isinstance(found.get("contributor"), list) else []
    if embargo and embargo.funder:
        funder = {
            "name": embargo.funder,
            "roleName": ["dcite:Funder"],
            "schemaKey": "Organization",
            "awardNumber": embargo.award,
            "includeInCitation": False,
        }
        return {**found, "contributor": [*people, funder]}
    if "contributor" in found:
        return found
    contact = {
        "name": f"{user.last_name}, {user.first_name}",
        "email": user.email,
        "roleName": ["dcite:ContactPerson"],
        "schemaKey": "Person",
        "affiliation": [],
        "includeInCitation": True,
    }
    return {**found, "contributor": [contact]}


def _embargo(call: Call) -> Embargo | None:
    """The embargo that the query asks for."""
    if not call.flag("embargo"):
        return None
    funder, award, text = call.text("funding_source"), call.text("award_number"), call.text("embargo_end_date")
    today = datetime.now(UTC).date()
    latest = today + (_LONGEST_FUNDED if funder else _LONGEST_EMBARGO)
    try:
        until = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date() if text else latest
    except ValueError as error:
        raise invalid("embargo_end_date", "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.") from error
    _check_embargo(funder, award, good_day=today < until <= latest)
    return Embargo(date.isoformat(until), funder, award)


def _check_embargo(funder: str, award: str, *, good_day: bool) -> None:
    if funder and not award:
        raise invalid("non_field_errors", "Award number is required when funding source is set")
    if award and not funder:
        raise invalid("non_field_errors", "Funding source is required when award number is set")
    if not good_day:
        raise invalid("non_field_errors", "Invalid embargo end date")


def _identifier(call: Call, user: User, sent: dict[str, Any]) -> str:
    """The number of the new Dandiset: the next, or the one that an administrator asks for."""
    asked = str(sent.get("identifier") or "")
    if not asked:
        return dandisets.next_identifier(call.store)
    digits = asked.removeprefix(f"{metadata.INSTANCE}:")
    if not re.fullmatch("[0-9]{1,6}", digits):
        raise RefusalError(400, f"Invalid Identifier {digits}")
    if not user.admin:
        raise RefusalError(400, "Creating a dandiset for a given identifier is an admin only operation.")
    identifier = digits.zfill(6)
    if dandisets.get(call.store, identifier):
        raise RefusalError(400, f"Dandiset {identifier} already exists")
    return identifier


def delete(call: Call) -> Response:
    """Deletes a Dandiset that was never published."""
    user = call.need_approved()
    dandiset = call.dandiset()
    if not call.owns(dandiset, user):
        raise RefusalError(403, "Cannot delete dandisets which you do not own.")
    check_not_unembargoing(dandiset)
    found = versions.of_dandiset(call.store, dandiset.identifier)
    if any(not one.draft for one in found):
        raise RefusalError(403, "Cannot delete dandisets with published versions.")
    if any(one.status == "Publishing" for one in found):
        raise RefusalError(403, "Cannot delete dandisets that are currently being published.")
    for upload in uploads.page(call.store, dandiset.identifier, 0, uploads.count(call.store, dandiset.identifier)):
        forget(call.store, upload)
    for zarr_id in zarrs.ids(call.store, dandiset.identifier):
        shutil.rmtree(call.store.zarr_path(zarr_id), ignore_errors=True)
    dandisets.delete(call.store, dandiset.identifier)
    return empty(204)


def unembargo(call: Call) -> Response:
    """Begins to open an embargoed Dandiset."""
    user = call.need_approved()
    dandiset = dandisets.get(call.store, call.place("dandiset"))
    if dandiset is None:
        raise not_found()
    if not call.owns(dandiset, user):
        raise no_owner()
    if dandiset.embargo_status != "EMBARGOED":
        raise RefusalError(400, "Dandiset not embargoed")
    if uploads.count(call.store, dandiset.identifier):
        raise RefusalError(400, "Dandiset unembargo not allowed with active uploads")
    dandisets.begin_unembargo(call.store, dandiset.identifier)
    return empty(200)


def set_owners(call: Call) -> list[dict[str, Any]]:
    """Gives a Dandiset to others: the whole list of its owners."""
    user = call.need_approved()
    dandiset = call.dandiset()
    if not call.owns(dandiset, user):
        raise RefusalError(403, "Action not allowed")
    found = _users(call)
    check_not_unembargoing(dandiset)
    users.set_owners(call.store, dandiset.identifier, found)
    return [{"username": who.username, "name": who.name, "email": who.email} for who in users.owners(call.store, dandiset.identifier)]


def _users(call: Call) -> list[User]:
    asked = call.documents()
    faults = [_fault_of_user(one) for one in asked]
    if any(faults):
        raise RefusalError(400, faults)
    if not asked:
        raise RefusalError(400, ["Cannot remove all draft owners"])
    found = {name: users.by_username(call.store, name) for name in (str(one["username"]) for one in asked)}
    if unknown := next((name for name, who in found.items() if who is None), ""):
        raise RefusalError(400, [f"User {unknown} not found"])
    return [who for who in found.values() if who]


def _fault_of_user(one: object) -> dict[str, list[str]]:
    if not isinstance(one, dict):
        return {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {type(one).__name__}."]}
    try:
        required(one, "username")
    except RefusalError as refusal:
        found: dict[str, list[str]] = refusal.body
        return found
    return {} if _USERNAME.fullmatch(str(one["username"])) else {"username": [_BAD_USERNAME]}
