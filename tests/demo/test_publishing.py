"""Publishing and opening, as they go on by themselves after they were asked for."""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from dandi_tui.demo.background import Background
from dandi_tui.demo.fill import USERS
from dandi_tui.demo.server import serving
from dandi_tui.demo.store import Store, users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCUMENT = {"description": "For publishing.", "license": ["spdx:CC0-1.0"]}


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    store = Store(tmp_path_factory.mktemp("publishing"))
    users.add(store, USERS)
    with serving(store, Background(pace=0.05)) as origin, _client(origin) as client:
        yield client
    store.close()


def _client(origin: str, token: str = "d" * 40) -> httpx.Client:
    return httpx.Client(base_url=f"{origin}/api/", headers={"Authorization": f"token {token}"} if token else {})


def _upload(owner: httpx.Client, dandiset: str, body: bytes, path: str) -> dict[str, Any]:
    etag = hashlib.md5(hashlib.md5(body).digest()).hexdigest() + "-1"
    asked = {"dandiset": dandiset, "contentSize": len(body), "digest": {"algorithm": "dandi:dandi-etag", "value": etag}}
    begun = owner.post("uploads/initialize/", json=asked).json()
    listed = [{"part_number": 1, "size": len(body), "etag": httpx.put(begun["parts"][0]["upload_url"], content=body).headers["etag"]}]
    told = owner.post(f"uploads/{begun['upload_id']}/complete/", json={"parts": listed}).json()
    assert httpx.post(told["complete_url"], content=told["body"]).status_code == 200
    blob = owner.post(f"uploads/{begun['upload_id']}/validate/").json()["blob_id"]
    sent = {"path": path, "schemaKey": "Asset", "encodingFormat": "text/plain"}
    made: dict[str, Any] = owner.post(f"dandisets/{dandiset}/versions/draft/assets/", json={"blob_id": blob, "metadata": sent}).json()
    return made


def _wait(ask: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
    for _ in range(600):
        if done(found := ask()):
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def _draft(owner: httpx.Client, dandiset: str) -> Callable[[], dict[str, Any]]:
    return lambda: owner.get(f"dandisets/{dandiset}/versions/draft/info/").json()  # type: ignore[no-any-return]


def _ready(info: dict[str, Any]) -> bool:
    return info["status"] == "Valid" and not info["asset_validation_errors"]


def test_a_draft_is_published_with_its_doi_and_never_changes_again(owner: httpx.Client) -> None:
    dandiset = owner.post("dandisets/", json={"name": "Published", "metadata": DOCUMENT}).json()["identifier"]
    publish, draft = f"dandisets/{dandiset}/versions/draft/publish/", _draft(owner, dandiset)
    assert owner.post(publish, json={}).status_code == 409
    asset = _upload(owner, dandiset, b"first", "a/first.txt")
    _wait(draft, _ready)
    assert owner.post(publish, json={"release_notes": "The first."}).status_code == 202
    assert owner.post(publish, json={}).status_code in {400, 423}
    _wait(draft, lambda info: info["status"] == "Published")
    found = owner.get(f"dandisets/{dandiset}/").json()["most_recent_published_version"]
    assert (found["status"], found["asset_count"], found["release_notes"]) == ("Valid", 1, "The first.")
    assert re.fullmatch(r"0\.\d{6}\.\d{4}", found["version"])
    metadata = owner.get(f"dandisets/{dandiset}/versions/{found['version']}/").json()
    assert metadata["doi"].endswith(f"/dandi.{dandiset}/{found['version']}")
    assert (metadata["assetsSummary"]["numberOfFiles"], metadata["releaseNotes"]) == (1, "The first.")
    assert "datePublished" in owner.get(f"assets/{asset['asset_id']}/").json()
    assert owner.post(publish, json={}).json() == "There have been no changes to the draft version since the last publish."
    _upload(owner, dandiset, b"second", "a/second.txt")
    _wait(draft, _ready)
    assert owner.post(publish, json={}).status_code == 202
    _wait(draft, lambda info: info["status"] == "Published")
    versions = owner.get(f"dandisets/{dandiset}/versions/?order=-created").json()["results"]
    assert [one["asset_count"] for one in versions] == [2, 1, 2]
    assert versions[0]["version"] > versions[1]["version"]
    assert owner.get(f"dandisets/{dandiset}/versions/{versions[1]['version']}/assets/paths/").json()["results"][0]["aggregate_files"] == 1


def test_an_embargoed_dandiset_is_opened_with_all_that_is_in_it(owner: httpx.Client) -> None:
    dandiset = owner.post("dandisets/?embargo=true", json={"name": "Embargoed", "metadata": DOCUMENT}).json()["identifier"]
    asset = _upload(owner, dandiset, b"secret", "a/secret.txt")
    unsigned = asset["metadata"]["contentUrl"][1]
    with _client(str(owner.base_url).removesuffix("/api/"), "") as nobody:
        assert (nobody.get(f"assets/{asset['asset_id']}/").status_code, httpx.get(unsigned).status_code) == (401, 403)
        _wait(_draft(owner, dandiset), _ready)
        assert owner.post(f"dandisets/{dandiset}/unembargo/").status_code == 200
        assert owner.get(f"dandisets/{dandiset}/").json()["embargo_status"] == "UNEMBARGOING"
        _wait(lambda: nobody.get(f"dandisets/{dandiset}/"), lambda answer: answer.status_code == 200)
        assert nobody.get(f"assets/{asset['asset_id']}/").json()["access"][0]["status"] == "dandi:OpenAccess"
        assert httpx.get(unsigned).content == b"secret"
    _wait(_draft(owner, dandiset), _ready)


def test_metadata_of_access_that_an_owner_wrote_are_kept_beside_what_is_computed(owner: httpx.Client) -> None:
    dandiset = owner.post("dandisets/", json={"name": "Access", "metadata": DOCUMENT}).json()["identifier"]
    written = {"description": "Ask first.", "status": "dandi:EmbargoedAccess"}
    answer = owner.put(f"dandisets/{dandiset}/versions/draft/", json={"name": "Access", "metadata": {**DOCUMENT, "access": [written]}})
    wanted = [{"description": "Ask first.", "schemaKey": "AccessRequirements", "status": "dandi:OpenAccess"}]
    assert answer.json()["metadata"]["access"] == wanted


def test_a_deleted_dandiset_is_gone_and_its_number_is_not_given_again(owner: httpx.Client) -> None:
    dandiset = owner.post("dandisets/", json={"name": "Gone", "metadata": {}}).json()["identifier"]
    asset = _upload(owner, dandiset, b"gone", "a.txt")
    assert owner.delete(f"dandisets/{dandiset}/").status_code == 204
    assert {owner.get(address).status_code for address in (f"dandisets/{dandiset}/", f"assets/{asset['asset_id']}/")} == {404}
    assert owner.post("dandisets/", json={"name": "Next", "metadata": {}}).json()["identifier"] > dandiset
