"""Who may do what, and why not; what stands in the way of publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from conftest import recorded

from dandi_tui.api import rights
from dandi_tui.api.models import Dandiset, Owner, User, VersionInfo
from dandi_tui.api.readiness import checklist, is_ready

if TYPE_CHECKING:
    from pathlib import Path

OWNERS = [Owner(username="alice", name="Alice Doe")]
NOW = "2026-01-01T00:00:00Z"


def _user(name: str, status: str = "APPROVED", *, admin: bool = False) -> User:
    return User(username=name, name=name, admin=admin, status=status)


def _dandiset(embargo: str = "OPEN", *, published: bool = False, status: str = "Valid") -> Dandiset:
    version = {"version": "draft", "name": "n", "asset_count": 1, "size": 1, "status": status, "created": NOW, "modified": NOW}
    record = {"identifier": "000001", "created": NOW, "modified": NOW, "embargo_status": embargo, "draft_version": version}
    return msgspec.convert({**record, "most_recent_published_version": version if published else None}, Dandiset)


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (None, "Log in"),
        (_user("bob"), "Only owners may do this: Alice Doe"),
        (_user("alice"), ""),
        (_user("ada", admin=True), ""),
        (_user("alice", "PENDING"), "waits for approval"),
        (_user("alice", "REJECTED"), "appeal"),
        (_user("alice", "INCOMPLETE"), "questionnaire"),
    ],
)
def test_each_kind_of_user_is_told_why_not(user: User | None, words: str) -> None:
    reason = rights.why_not_change(user, OWNERS, _dandiset())
    assert words in reason
    assert bool(reason) == bool(words)


def test_the_state_of_a_dandiset_is_told_too() -> None:
    alice = _user("alice")
    assert "being opened" in rights.why_not_change(alice, OWNERS, _dandiset("UNEMBARGOING"))
    assert "open to all already" in rights.why_not_unembargo(alice, OWNERS, _dandiset())
    assert rights.why_not_unembargo(alice, OWNERS, _dandiset("EMBARGOED")) == ""
    assert "published" in rights.why_not_delete(alice, OWNERS, _dandiset(published=True))
    assert "being published" in rights.why_not_delete(alice, OWNERS, _dandiset(status="Publishing"))
    assert rights.why_not_delete(alice, OWNERS, _dandiset()) == ""
    assert "administrators" in rights.why_not_delete_version(alice)
    assert rights.why_not_delete_version(_user("ada", admin=True)) == ""
    assert "last owner" in rights.why_not_remove_owner(OWNERS)
    assert rights.as_administrator(_user("ada", admin=True), OWNERS)
    assert not rights.as_administrator(_user("alice", admin=True), OWNERS)


BLOCKED: dict[str, tuple[str, str]] = {
    "version-info-validation-errors": ("blocks", ""),
    "version-info-asset-errors": ("blocks", "'identifier' is a required property"),
    "version-info-pending-assets": ("waits", "being validated"),
    "version-info-validating": ("waits", "validating"),
    "version-info-publishing": ("waits", "being published"),
    "version-info-after-publish": ("blocks", "nothing has changed"),
    "version-info-embargoed-owner": ("blocks", "embargoed"),
    "version-info-empty": ("blocks", "no files"),
}


@pytest.mark.parametrize("name", BLOCKED)
def test_what_stands_in_the_way_is_named(name: str, shared: Path) -> None:
    info = msgspec.convert(recorded(shared, name)["response"]["json"], VersionInfo)
    state, words = BLOCKED[name]
    checks = checklist(info)
    assert any(one.state == state and words in one.words for one in checks), checks
    assert not is_ready(checks)
    if name == "version-info-asset-errors":
        assert [(one.path, one.field) for one in checks if one.path] == [("sub-12/broken.nwb", "wasAttributedTo.0")]


def test_a_draft_that_is_ready_has_advice_alone(shared: Path) -> None:
    info = msgspec.convert(recorded(shared, "version-info-before-publish")["response"]["json"], VersionInfo)
    checks = checklist(info)
    assert is_ready(checks)
    assert {one.state for one in checks} == {"good", "advised"}
    assert not is_ready(checklist(info, has_zarr=True))


def test_odd_metadata_makes_no_trouble(shared: Path) -> None:
    info: dict[str, Any] = recorded(shared, "version-info-before-publish")["response"]["json"]
    info["metadata"] = {"name": None, "contributor": [None, "x", {"roleName": None}], "description": 7}
    assert checklist(msgspec.convert(info, VersionInfo))
