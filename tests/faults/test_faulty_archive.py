"""The archive that fails on purpose fails as it was told, and not otherwise."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from faults import Fault, FaultyArchive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODY = bytes(range(256)) * 1000


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyArchive]:
    with FaultyArchive.started(tmp_path_factory.mktemp("faulty")) as found:
        yield found


def client_of(archive: FaultyArchive) -> httpx.Client:
    return httpx.Client(base_url=f"{archive.api_url}/", headers={"Authorization": f"token {archive.token}"})


@pytest.fixture(scope="module")
def owner(archive: FaultyArchive) -> Iterator[httpx.Client]:
    with client_of(archive) as client:
        yield client


@pytest.fixture(scope="module")
def dandiset(owner: httpx.Client) -> str:
    return str(owner.post("dandisets/", json={"name": "Faults", "metadata": {}}).json()["identifier"])


def begin(owner: httpx.Client, dandiset: str, body: bytes) -> dict[str, Any]:
    """Begins an upload of a few bytes."""
    etag = hashlib.md5(hashlib.md5(body).digest()).hexdigest() + "-1"
    asked = {"dandiset": dandiset, "contentSize": len(body), "digest": {"algorithm": "dandi:dandi-etag", "value": etag}}
    answer = owner.post("uploads/initialize/", json=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def upload(owner: httpx.Client, dandiset: str, body: bytes, path: str) -> str:
    """Uploads a few bytes; the id of the asset."""
    begun = begin(owner, dandiset, body)
    etag = httpx.put(begun["parts"][0]["upload_url"], content=body).headers["etag"]
    listed = [{"part_number": 1, "size": len(body), "etag": etag}]
    told = owner.post(f"uploads/{begun['upload_id']}/complete/", json={"parts": listed}).json()
    assert httpx.post(told["complete_url"], content=told["body"]).status_code == 200
    blob = owner.post(f"uploads/{begun['upload_id']}/validate/").json()["blob_id"]
    made = owner.post(f"dandisets/{dandiset}/versions/draft/assets/", json={"blob_id": blob, "metadata": {"path": path}})
    return str(made.json()["asset_id"])


@pytest.fixture(scope="module")
def address(owner: httpx.Client, dandiset: str) -> str:
    """Where an asset's bytes are."""
    asset = upload(owner, dandiset, BODY, "a/asset.bin")
    return owner.get(f"assets/{asset}/download/").headers["location"]


@pytest.fixture(autouse=True)
def _no_faults(archive: FaultyArchive) -> Iterator[None]:
    yield
    archive.clear()


def test_a_storm_ends_after_as_many_as_were_told(archive: FaultyArchive, owner: httpx.Client) -> None:
    archive.fault(Fault("status", place="api", status=429, retry_after="2", times=2))
    answers = [owner.get("info/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "2"


@pytest.mark.parametrize(("kind", "wanted"), [("short", BODY[:-1]), ("long", BODY + b"\0"), ("corrupt", bytes(byte ^ 0x55 for byte in BODY))])
def test_bodies_are_short_long_or_others(kind: str, wanted: bytes, archive: FaultyArchive, address: str) -> None:
    archive.fault(Fault(kind, place="store"))
    assert httpx.get(address).content == wanted
    assert httpx.get(address).content == BODY


def test_an_answer_is_cut(archive: FaultyArchive, address: str) -> None:
    archive.fault(Fault("cut", place="store", after=70_000))
    came: list[bytes] = []
    with httpx.stream("GET", address) as answer, pytest.raises(httpx.TransportError):
        came.extend(answer.iter_raw())
    assert b"".join(came) == BODY[:70_000]


def test_a_range_is_ignored(archive: FaultyArchive, address: str) -> None:
    archive.fault(Fault("ignore_range", place="store"))
    answers = [httpx.get(address, headers={"Range": "bytes=10-19"}) for _ in range(2)]
    assert [(answer.status_code, len(answer.content)) for answer in answers] == [(200, len(BODY)), (206, 10)]


def test_what_is_sent_is_cut_and_nothing_of_it_is_kept(archive: FaultyArchive, owner: httpx.Client, dandiset: str) -> None:
    body = b"cut" * 100_000
    begun = begin(owner, dandiset, body)
    archive.fault(Fault("cut_upload", method="PUT", place="store", after=50_000))
    with pytest.raises(httpx.TransportError):
        httpx.put(begun["parts"][0]["upload_url"], content=body)
    told = owner.post(f"uploads/{begun['upload_id']}/complete/", json={"parts": [{"part_number": 1, "size": len(body), "etag": '"x"'}]}).json()
    assert "InvalidPart" in httpx.post(told["complete_url"], content=told["body"]).text
    assert httpx.put(begun["parts"][0]["upload_url"], content=body).status_code == 200


def test_addresses_expire_and_new_ones_are_good(archive: FaultyArchive, owner: httpx.Client, address: str) -> None:
    assert httpx.get(address).status_code == 200
    archive.expire_addresses()
    refused = httpx.get(address)
    assert (refused.status_code, "Request has expired" in refused.text) == (403, True)
    asset = owner.get("dandisets/000001/versions/draft/assets/").json()["results"][0]["asset_id"]
    assert httpx.get(owner.get(f"assets/{asset}/download/").headers["location"]).status_code == 200


def test_a_deed_is_done_though_no_answer_comes(archive: FaultyArchive, owner: httpx.Client) -> None:
    archive.fault(Fault("drop_done", method="POST", path="dandisets/$"), Fault("drop", method="POST", path="dandisets/$"))
    before = owner.get("dandisets/").json()["count"]
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            owner.post("dandisets/", json={"name": "Done, but nobody knows", "metadata": {}})
    assert owner.get("dandisets/").json()["count"] == before + 1
    assert [one["fault"] for one in archive.requests("POST", "/api/dandisets/")][-2:] == ["drop_done", "drop"]


def test_killed_and_started_again_it_goes_on_at_the_same_addresses(tmp_path: Path) -> None:
    with FaultyArchive.started(tmp_path / "data") as archive, client_of(archive) as owner:
        dandiset = str(owner.post("dandisets/", json={"name": "Killed", "metadata": {}}).json()["identifier"])
        begun = begin(owner, dandiset, b"half")
        archive.kill()
        archive.start()
        assert httpx.put(begun["parts"][0]["upload_url"], content=b"half").status_code == 200
        assert owner.get(f"dandisets/{dandiset}/uploads/").json()["count"] == 1
