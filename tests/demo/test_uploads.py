"""Uploads to the embedded archive: parts, their putting together, what the object store refuses, and what is done afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import TYPE_CHECKING, Any, Self

import httpx
import pytest

from dandi_tui.demo import digests
from dandi_tui.demo.background import Background
from dandi_tui.demo.fill import USERS
from dandi_tui.demo.server import serving
from dandi_tui.demo.store import Store, users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MIB = 2**20


class Owner:
    """The owner of a Dandiset, and what she does with it; a context that closes her connections."""

    def __init__(self, origin: str) -> None:
        self.client = httpx.Client(base_url=f"{origin}/api/", headers={"Authorization": f"token {'d' * 40}"}, timeout=60)
        self.store = httpx.Client(timeout=60)
        self.dandiset = self.client.post("dandisets/", json={"name": "Uploads", "metadata": {}}).json()["identifier"]
        self.draft = f"dandisets/{self.dandiset}/versions/draft/"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.store.close()

    def begin(self, body: bytes) -> dict[str, Any]:
        parts = [hashlib.md5(body[start : start + 64 * _MIB]).digest() for start in range(0, len(body), 64 * _MIB)]
        etag = f"{hashlib.md5(b''.join(parts)).hexdigest()}-{len(parts)}"
        asked = {"dandiset": self.dandiset, "contentSize": len(body), "digest": {"algorithm": "dandi:dandi-etag", "value": etag}}
        answer = self.client.post("uploads/initialize/", json=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def put(self, address: str, body: bytes) -> str:
        answer = self.store.put(address, content=body)
        assert answer.status_code == 200, answer.text
        return answer.headers["etag"]

    def join(self, upload_id: str, etags: list[str], sizes: list[int]) -> httpx.Response:
        listed = [{"part_number": number, "size": size, "etag": etag} for number, (etag, size) in enumerate(zip(etags, sizes, strict=True), 1)]
        told = self.client.post(f"uploads/{upload_id}/complete/", json={"parts": listed}).json()
        return self.store.post(told["complete_url"], content=told["body"])

    def upload(self, body: bytes, path: str) -> dict[str, Any]:
        """Uploads a body of one part and makes an asset of it."""
        begun = self.begin(body)
        etag = self.put(begun["parts"][0]["upload_url"], body)
        assert self.join(begun["upload_id"], [etag], [len(body)]).status_code == 200
        blob = self.client.post(f"uploads/{begun['upload_id']}/validate/").json()["blob_id"]
        return self.add(blob, path)

    def add(self, blob: str, path: str) -> dict[str, Any]:
        answer = self.client.post(
            f"{self.draft}assets/", json={"blob_id": blob, "metadata": {"path": path, "schemaKey": "Asset", "encodingFormat": "text/plain"}}
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def wait(self, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The draft's record once it is as wanted."""
        for _ in range(600):
            info: dict[str, Any] = self.client.get(f"{self.draft}info/").json()
            if done(info):
                return info
            time.sleep(0.05)
        raise AssertionError(info)


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    store = Store(tmp_path_factory.mktemp("uploads"))
    users.add(store, USERS)
    with serving(store, Background(pace=0.02)) as origin, Owner(origin) as made:
        yield made
    store.close()


def test_a_file_of_two_parts_sent_in_any_order_comes_back_the_same(owner: Owner) -> None:
    body = os.urandom(_MIB) * 66 + b"the end"
    begun = owner.begin(body)
    sizes = [part["size"] for part in begun["parts"]]
    assert sizes == [64 * _MIB, 2 * _MIB + 7]
    second = owner.put(begun["parts"][1]["upload_url"], body[sizes[0] :])
    owner.put(begun["parts"][0]["upload_url"], bytes(sizes[0]))
    first = owner.put(begun["parts"][0]["upload_url"], body[: sizes[0]])
    assert owner.join(begun["upload_id"], [first, second], sizes).status_code == 200
    blob = owner.client.post(f"uploads/{begun['upload_id']}/validate/").json()
    assert blob["sha256"] is None
    asset = owner.add(blob["blob_id"], "large.bin")
    location = owner.client.get(f"assets/{asset['asset_id']}/download/").headers["location"]
    assert hashlib.sha256(owner.store.get(location).content).digest() == hashlib.sha256(body).digest()
    owner.wait(lambda info: not info["asset_validation_errors"])
    found = owner.client.post("blobs/digest/", json={"algorithm": "dandi:sha2-256", "value": hashlib.sha256(body).hexdigest()})
    assert found.json()["blob_id"] == blob["blob_id"]


def test_the_object_store_refuses_what_was_not_signed_for(owner: Owner) -> None:
    begun = owner.begin(b"twelve bytes")
    address = begun["parts"][0]["upload_url"]
    assert "SignatureDoesNotMatch" in owner.store.put(address, content=b"more than twelve").text
    assert "SignatureDoesNotMatch" in owner.store.put(address.replace("partNumber=1", "partNumber=2"), content=b"twelve bytes").text
    assert "AccessDenied" in owner.store.put(address.partition("?")[0], content=b"twelve bytes").text
    assert owner.store.put(address, content=b"twelve bytes", headers={"Authorization": "token x"}).status_code == 400
    etag = owner.put(address, b"twelve bytes")
    assert "InvalidPart" in owner.join(begun["upload_id"], ['"' + "0" * 32 + '"'], [12]).text
    assert owner.join(begun["upload_id"], [etag], [12]).status_code == 200
    assert "NoSuchUpload" in owner.join(begun["upload_id"], [etag], [12]).text
    assert "NoSuchUpload" in owner.store.put(address, content=b"twelve bytes").text


@pytest.mark.parametrize("body", [b"<a", b"", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a><Part><PartNumber>x</PartNumber></Part></a>"])
def test_a_list_of_parts_that_is_none_is_refused(body: bytes, owner: Owner) -> None:
    begun = owner.begin(b"xml" + body)
    told = owner.client.post(f"uploads/{begun['upload_id']}/complete/", json={"parts": [{"part_number": 1, "size": 1, "etag": "x"}]}).json()
    answer = owner.store.post(told["complete_url"], content=body)
    assert (answer.status_code, "MalformedXML" in answer.text) == (400, True)


def test_clearing_unfinished_uploads_ends_them(owner: Owner) -> None:
    begun = owner.begin(b"never finished")
    owner.put(begun["parts"][0]["upload_url"], b"never finished")
    assert owner.client.get(f"{owner.draft}info/").json()["active_uploads"] > 0
    assert owner.client.delete(f"dandisets/{owner.dandiset}/uploads/").status_code == 204
    assert owner.client.get(f"{owner.draft}info/").json()["active_uploads"] == 0
    assert "NoSuchUpload" in owner.store.put(begun["parts"][0]["upload_url"], content=b"never finished").text


def test_folders_follow_what_is_added_renamed_and_removed(owner: Owner) -> None:
    def totals() -> dict[str, tuple[int, int]]:
        found = owner.client.get(f"{owner.draft}assets/paths/").json()["results"]
        return {one["path"]: (one["aggregate_files"], one["aggregate_size"]) for one in found if one["path"].startswith("f")}

    before = owner.client.get(f"{owner.draft}info/").json()
    first, second = owner.upload(b"12345", "f1/a/one.txt"), owner.upload(b"123", "f1/two.txt")
    assert totals() == {"f1": (2, 8)}
    moved = owner.client.put(f"{owner.draft}assets/{first['asset_id']}/", json={"blob_id": first["blob"], "metadata": {"path": "f2/one.txt"}})
    assert moved.status_code == 200
    assert totals() == {"f1": (1, 3), "f2": (1, 5)}
    for asset_id in (moved.json()["asset_id"], second["asset_id"]):
        assert owner.client.delete(f"{owner.draft}assets/{asset_id}/").status_code == 204
    assert totals() == {}
    after = owner.client.get(f"{owner.draft}info/").json()
    assert (after["asset_count"], after["size"]) == (before["asset_count"], before["size"])


@pytest.mark.parametrize(
    "metadata", [{"wasAttributedTo": "x", "approach": {"name": 1}, "measurementTechnique": [1, None]}, {"keywords": 5, "contributor": [[]]}]
)
def test_metadata_of_any_kind_is_stored_and_found_invalid(metadata: dict[str, Any], owner: Owner) -> None:
    asset = owner.upload(json.dumps(metadata).encode(), f"odd{len(metadata)}.txt")
    made = owner.client.put(f"{owner.draft}assets/{asset['asset_id']}/", json={"blob_id": asset["blob"], "metadata": {**metadata, "path": asset["path"]}})
    assert made.status_code == 200
    address = f"{owner.draft}assets/{made.json()['asset_id']}/validation/"
    owner.wait(lambda _: owner.client.get(address).json()["status"] == "Invalid")
    owner.client.delete(f"{owner.draft}assets/{made.json()['asset_id']}/")


def test_what_was_being_done_is_done_by_the_next_server(tmp_path: Path) -> None:
    store, held = Store(tmp_path), Background(pace=0.02)
    users.add(store, USERS)
    held.hold()
    with serving(store, held) as origin, Owner(origin) as first:
        first.upload(b"left undone", "undone.txt")
    store.run("UPDATE asset SET status = 'Validating'")
    store.run("UPDATE version SET status = 'Validating'")
    with serving(store, Background(pace=0.02)) as origin, Owner(origin) as second:
        second.draft = first.draft
        info = second.wait(lambda info: info["status"] == "Invalid" and not info["asset_validation_errors"])
    assert {error["field"] for error in info["version_validation_errors"]} == {""}
    assert "'license' is a required property" in {error["message"] for error in info["version_validation_errors"]}
    store.close()


def test_parts_are_cut_as_the_archive_cuts_them(shared: Path) -> None:
    plans = json.loads((shared / "digests" / "etag-cases.json").read_text())["part_plans"]
    for plan in (one for one in plans if one.get("parts")):
        sizes = digests.part_sizes(plan["bytes"])
        assert (len(sizes), sizes[0], sizes[-1], sum(sizes)) == (plan["parts"], plan["first"], plan["last"], plan["bytes"])
