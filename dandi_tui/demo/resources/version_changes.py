"""Versions as they change: metadata edited, drafts published, published ones deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.demo import documents, metadata
from dandi_tui.demo.answers import RefusalError, empty, invalid, required
from dandi_tui.demo.call import check_changeable
from dandi_tui.demo.resources import versions as reading
from dandi_tui.demo.store import assets, drafts, versions, zarrs

if TYPE_CHECKING:
    from starlette.responses import Response

    from dandi_tui.demo.call import Call
    from dandi_tui.demo.store.dandisets import Dandiset
    from dandi_tui.demo.store.versions import Version

_LONGEST_NAME = 300
_LONGEST_NOTES = 5000
# Why a draft can't be published, by its status.
_UNPUBLISHABLE = {
    "Publishing": (423, "Dandiset is currently being published"),
    "Pending": (409, "Metadata validation is pending for this dandiset, please try again later."),
    "Validating": (409, "Dandiset is currently being validated"),
    "Published": (400, "There have been no changes to the draft version since the last publish."),
    "Invalid": (400, "Dandiset metadata or asset metadata is not valid"),
}


def named(asked: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name and the metadata that a body has.

    Raises:
        RefusalError: One of them is missing or of the wrong kind.
    """
    required(asked, "name")
    name = asked["name"]
    if not isinstance(name, str):
        raise invalid("name", "Not a valid string.")
    if not name.strip():
        raise invalid("name", "This field may not be blank.")
    if len(name) > _LONGEST_NAME:
        raise invalid("name", f"Ensure this field has no more than {_LONGEST_NAME} characters.")
    required(asked, "metadata")
    sent = asked["metadata"]
    if sent is None:
        raise invalid("metadata", "This field may not be null.")
    if not isinstance(sent, dict):
        raise invalid("metadata", f'Expected a dictionary of items but got type "{type(sent).__name__}".')
    return name, sent


def edit(call: Call) -> dict[str, Any]:
    """Keeps the metadata of a draft as they were sent; what is wrong with them comes out later. The same again changes nothing."""
    dandiset, draft = call.owned_version()
    name, sent = named(call.document())
    check_changeable(dandiset, draft)
    before = versions.metadata(call.store, draft)
    kept = metadata.without_computed(sent)
    if (name, kept) == (draft.name, metadata.without_computed(before)):
        found = reading.info(call)
        # The archive answers so where nothing has changed.
        return {**found, "metadata": {**found["metadata"], "access": [{}]}}
    _keep(call, dandiset, draft, name, {**kept, "assetsSummary": before.get("assetsSummary", metadata.EMPTY_SUMMARY)})
    return reading.info(call)


def _keep(call: Call, dandiset: Dandiset, draft: Version, name: str, kept: dict[str, Any]) -> None:
    versions.rename(call.store, draft, name)
    drafts.edited(call.store, draft)
    changed = versions.get(call.store, draft.dandiset, draft.version)
    assert changed is not None  # noqa: S101 (it was there a moment before)
    documents.keep(call.store, dandiset, changed, kept)


def delete(call: Call) -> Response:
    """Deletes a published version, which administrators alone may."""
    user = call.need_approved()
    _, version = call.version()
    if version.draft:
        raise RefusalError(403, "Cannot delete draft versions")
    if not user.admin:
        raise RefusalError(403, "Cannot delete published versions")
    versions.delete(call.store, version)
    return empty(204)


def publish(call: Call) -> Response:
    """Begins to publish a draft."""
    dandiset, draft = call.owned_version()
    notes = _notes(call.document())
    if not draft.draft:
        raise RefusalError(405, "Only draft versions can be published")
    if not dandiset.open:
        raise RefusalError(400, "Operation only allowed on OPEN dandisets")
    if zarrs.any_of(call.store, dandiset.identifier):
        raise RefusalError(400, "Cannot publish dandisets which contain zarrs")
    if draft.status in _UNPUBLISHABLE:
        raise RefusalError(*_UNPUBLISHABLE[draft.status])
    if not assets.all_valid(call.store, draft):
        raise RefusalError(*_UNPUBLISHABLE["Invalid"])
    versions.begin_publishing(call.store, draft, notes)
    return empty(202)


def _notes(asked: dict[str, Any]) -> str:
    notes = asked.get("release_notes", "")
    if not isinstance(notes, str):
        raise invalid("release_notes", "Not a valid string.")
    if len(notes) > _LONGEST_NOTES:
        raise invalid("release_notes", f"Ensure this field has no more than {_LONGEST_NOTES} characters.")
    return notes
