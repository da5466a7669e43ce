"""The embedded archive answers as the real one did: status, content type, shape and the words of refusals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from conftest import TOKENS, Archive, recorded

if TYPE_CHECKING:
    from pathlib import Path

# Each recording, who asks, and the address here whose answer it must resemble.
READING = {
    "info": ("", "/api/info/"),
    "stats": ("", "/api/stats/"),
    "users-me": ("demo", "/api/users/me/"),
    "users-me-admin": ("admin", "/api/users/me/"),
    "users-me-pending": ("pending", "/api/users/me/"),
    "users-me-no-token": ("", "/api/users/me/"),
    "users-me-wrong-token": ("nobody", "/api/users/me/"),
    "auth-token-get": ("demo", "/api/auth/token/"),
    "auth-token-no-token": ("", "/api/auth/token/"),
    "auth-token-pending": ("pending", "/api/auth/token/"),
    "wrong-token-on-open-endpoint": ("nobody", "/api/dandisets/000001/"),
    "dandisets-list": ("", "/api/dandisets/"),
    "dandisets-list-page1": ("", "/api/dandisets/?page_size=3"),
    "dandisets-list-page2": ("", "/api/dandisets/?page_size=3&page=2"),
    "dandisets-list-page-last-word": ("", "/api/dandisets/?page=last&page_size=5"),
    "dandisets-list-page-beyond": ("", "/api/dandisets/?page_size=3&page=99"),
    "dandisets-list-page-zero": ("", "/api/dandisets/?page=0"),
    "dandisets-list-page-text": ("", "/api/dandisets/?page=abc"),
    "dandisets-order-stars": ("", "/api/dandisets/?ordering=-stars"),
    "dandisets-order-unknown": ("", "/api/dandisets/?ordering=colour"),
    "dandisets-filter-bad-bool": ("", "/api/dandisets/?draft=maybe"),
    "dandisets-filter-user-other": ("demo", "/api/dandisets/?user=bob"),
    "dandisets-filter-starred-no-token": ("", "/api/dandisets/?starred=true"),
    "dandisets-filter-embargoed-no-token": ("", "/api/dandisets/?embargoed=true"),
    "dandisets-filter-starred": ("demo", "/api/dandisets/?starred=true"),
    "dandisets-search-text": ("", "/api/dandisets/?search=PATCH"),
    "dandisets-search-op-species": ("", "/api/dandisets/?search=species:mouse"),
    "dandisets-search-op-file-type": ("", "/api/dandisets/?search=file_type:nwb"),
    "dandisets-search-op-owner": ("", "/api/dandisets/?search=owner:alice"),
    "dandisets-search-err-date": ("", "/api/dandisets/?search=created_after:yesterday"),
    "dandisets-search-err-empty-value": ("", '/api/dandisets/?search=species:""'),
    "dandisets-search-err-quote": ("", '/api/dandisets/?search="unbalanced'),
    "dandisets-search-err-unknown-op": ("", "/api/dandisets/?search=zzz:1"),
    "dandisets-search-err-unknown-op-hint": ("", "/api/dandisets/?search=specie:mouse"),
    "dandisets-search-err-url": ("", "/api/dandisets/?search=https://doi.org/10.1"),
    "dandiset-get": ("", "/api/dandisets/000001/"),
    "dandiset-get-draft-only": ("", "/api/dandisets/000006/"),
    "dandiset-get-unknown": ("", "/api/dandisets/000999/"),
    "dandiset-get-short-id": ("", "/api/dandisets/2/"),
    "dandiset-get-embargoed-no-token": ("", "/api/dandisets/000007/"),
    "dandiset-get-embargoed-not-owner": ("alice", "/api/dandisets/000007/"),
    "dandiset-get-embargoed-owner": ("demo", "/api/dandisets/000007/"),
    "dandiset-get-embargoed-admin": ("admin", "/api/dandisets/000007/"),
    "owners-get": ("demo", "/api/dandisets/000001/users/"),
    "owners-get-no-token": ("", "/api/dandisets/000001/users/"),
    "versions-list": ("", "/api/dandisets/000001/versions/"),
    "versions-list-newest-first": ("", "/api/dandisets/000001/versions/?order=-created"),
    "versions-list-bad-order": ("", "/api/dandisets/000001/versions/?order=version"),
    "version-info-published": ("", "/api/dandisets/000001/versions/0.240301.0915/info/"),
    "version-info-asset-errors": ("", "/api/dandisets/000008/versions/draft/info/"),
    "version-get-unknown": ("", "/api/dandisets/000001/versions/0.200101.0000/"),
    "version-get-malformed": ("", "/api/dandisets/000001/versions/newest/"),
    "assets-list-page1": ("", "/api/dandisets/000100/versions/draft/assets/?page_size=3"),
    "assets-list-page2": ("", "/api/dandisets/000100/versions/draft/assets/?page_size=3&page=2"),
    "assets-list-page-beyond": ("", "/api/dandisets/000100/versions/draft/assets/?page_size=3&page=99999"),
    "assets-list-page-last-word": ("", "/api/dandisets/000100/versions/draft/assets/?page=last"),
    "assets-list-page-zero": ("", "/api/dandisets/000100/versions/draft/assets/?page=0"),
    "assets-order-unknown": ("", "/api/dandisets/000100/versions/draft/assets/?order=size"),
    "assets-bad-bool": ("", "/api/dandisets/000100/versions/draft/assets/?metadata=maybe"),
    "assets-empty": ("", "/api/dandisets/000006/versions/draft/assets/"),
    "assets-glob": ("", "/api/dandisets/000001/versions/draft/assets/?glob=*/sub-m101*ECEPHYS.nwb"),
    "assets-glob-question": ("", "/api/dandisets/000001/versions/draft/assets/?glob=sub-M?01/*"),
    "assets-path-nothing": ("", "/api/dandisets/000001/versions/draft/assets/?path=zzz"),
    "assets-embargoed-no-token": ("", "/api/dandisets/000007/versions/draft/assets/"),
    "paths-root": ("", "/api/dandisets/000100/versions/draft/assets/paths/?page_size=4"),
    "paths-folder": ("", "/api/dandisets/000100/versions/draft/assets/paths/?path_prefix=sub-0001&page_size=3"),
    "paths-missing": ("", "/api/dandisets/000100/versions/draft/assets/paths/?path_prefix=nothing/here"),
    "paths-partial-name": ("", "/api/dandisets/000100/versions/draft/assets/paths/?path_prefix=sub-0"),
    "paths-page-beyond": ("", "/api/dandisets/000100/versions/draft/assets/paths/?page=999"),
    "atpath-root": ("", "/api/webdav/assets/atpath/?dandiset_id=000001&version_id=draft"),
    "atpath-folder-children": ("", "/api/webdav/assets/atpath/?dandiset_id=000001&version_id=draft&path=sub-M101&children=true"),
    "atpath-missing": ("", "/api/webdav/assets/atpath/?dandiset_id=000001&version_id=draft&path=nope"),
    "atpath-no-dandiset": ("", "/api/webdav/assets/atpath/?version_id=draft"),
    "atpath-embargoed-no-token": ("", "/api/webdav/assets/atpath/?dandiset_id=000007&version_id=draft&path=&children=true"),
    "zarr-list-dandiset": ("", "/api/zarr/?dandiset=000009"),
    "zarr-get-unknown": ("", "/api/zarr/00000000-0000-4000-8000-000000000000/"),
    "unknown-route": ("", "/api/nothing/here/"),
    "info-no-slash": ("", "/api/info"),
    "asset-get-malformed-id": ("", "/api/assets/not-an-id/"),
    "asset-get-unknown": ("", "/api/assets/00000000-0000-4000-8000-000000000000/"),
}


def _shape(value: Any) -> Any:
    """Keys and kinds of a JSON value; free-form metadata and nulls fit anything."""
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items() if name not in {"metadata", "allowed_schema_versions", "services"}}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return None if value is None else type(value).__name__


def _fits(ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None or ours == [] or theirs == []:
        return True
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(_fits(ours[name], theirs[name]) for name in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return _fits(ours[0], theirs[0])
    return bool(ours == theirs)


@pytest.mark.parametrize("name", READING)
def test_the_answer_has_the_recorded_shape(name: str, archive: Archive, shared: Path) -> None:
    who, address = READING[name]
    headers = {"Authorization": f"token {TOKENS.get(who, '0' * 40)}"} if who else {}
    wanted = recorded(shared, name)["response"]
    response = httpx.get(archive.origin + address, headers={"Accept": "application/json", **headers})
    assert response.status_code == wanted["status"]
    if "json" not in wanted:
        return
    assert response.headers["content-type"] == wanted["headers"]["content-type"]
    if response.status_code >= 400 and name != "atpath-missing":
        assert response.json() == wanted["json"]
    assert _fits(_shape(response.json()), _shape(wanted["json"])), json.dumps(response.json())[:600]
