"""The embedded archive answers as the real one did: status, content type, shape and the words of refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest
from conftest import TOKENS, Archive, recorded

HERE = Path(__file__).parent


class Replayed(NamedTuple):
    """A recording, who asks here, and the address here whose answer it must resemble."""

    recording: str
    method: str
    who: str
    address: str

    def __str__(self) -> str:
        return self.recording


READING = [Replayed(*line.split("\t")) for line in (HERE / "reading.tsv").read_text().splitlines()[1:]]


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


@pytest.fixture(scope="module")
def here(archive: Archive) -> dict[str, str]:
    """What stands for the recordings' identifiers here."""

    def found(dandiset: str, query: str = "") -> dict[str, Any]:
        address = f"{archive.api_url}/dandisets/{dandiset}/versions/draft/assets/?page_size=1{query}"
        first: dict[str, Any] = httpx.get(address, headers={"Authorization": f"token {archive.token}"}).json()["results"][0]
        return first

    asset, zarr = found("000001", "&order=path"), found("000009", "&zarr=true")
    invalid = found("000008", "&glob=*unfinished*")
    names = {"asset": asset["asset_id"], "path": asset["path"], "zarr_asset": zarr["asset_id"], "zarr": zarr["zarr"]}
    return {**names, "invalid": invalid["asset_id"], "embargoed": found("000007")["asset_id"]}


def _headers(who: str) -> dict[str, str]:
    if who.startswith("="):
        return {"Authorization": who[1:].replace("TOKEN", TOKENS["demo"])}
    return {"Authorization": f"token {TOKENS.get(who, '0' * 40)}"} if who else {}


def _address(template: str, here: dict[str, str]) -> str:
    for name, value in here.items():
        template = template.replace("{" + name + "}", quote(value))
    return template


# Words that name the thing asked for differ with it; their shape is compared alone.
NAMES_THE_THING = {"atpath-missing", "atpath-file-slash"}
# Metadata and schemas are documents, whose optional fields differ from one to the next: these are there in each.
DOCUMENTS = {
    "asset-get": {"id", "path", "access", "digest", "contentUrl", "contentSize", "encodingFormat", "schemaKey", "schemaVersion"},
    "version-get": {"id", "identifier", "name", "version", "url", "assetsSummary", "citation", "contributor", "manifestLocation", "schemaVersion"},
    "schema-": {"$defs", "properties", "required", "title", "type"},
}
COMPARED_HEADERS = ("content-type", "allow", "vary", "www-authenticate")


@pytest.mark.parametrize("replayed", READING, ids=str)
def test_the_answer_has_the_recorded_shape(replayed: Replayed, archive: Archive, here: dict[str, str], shared: Path) -> None:
    exchange = recorded(shared, replayed.recording)
    wanted = exchange["response"]
    accept = (exchange["request"].get("headers") or {}).get("Accept", "application/json")
    headers = {"Accept": accept, **_headers(replayed.who)}
    response = httpx.request(replayed.method, archive.origin + _address(replayed.address, here), headers=headers)
    assert response.status_code == wanted["status"], response.text[:600]
    for name in COMPARED_HEADERS:
        if name in wanted["headers"] and wanted["headers"]["content-type"] != "text/html":
            assert response.headers.get(name) == wanted["headers"][name], name
    assert ("location" in response.headers) == ("location" in wanted["headers"])
    if wanted.get("json") is None or replayed.method == "HEAD":
        return
    if response.status_code >= 400 and replayed.recording not in NAMES_THE_THING:
        assert response.json() == wanted["json"]
    ours, theirs = _shape(response.json()), _shape(wanted["json"])
    for start, fields in DOCUMENTS.items():
        if replayed.recording.startswith(start) and response.status_code == 200:
            assert fields <= ours.keys()
            ours, theirs = ({name: one[name] for name in fields} for one in (ours, theirs))
            ours.update(dict.fromkeys(("$defs", "properties"), None) if "$defs" in ours else {})
    assert _fits(ours, theirs), json.dumps(response.json())[:600]


def test_a_download_goes_to_a_signed_address_with_ranges(archive: Archive, here: dict[str, str], shared: Path) -> None:
    address = httpx.get(f"{archive.api_url}/assets/{here['asset']}/download/").headers["location"]
    for name, part in (("store-get", ""), ("store-get-range", "bytes=0-9"), ("store-get-range-beyond", "bytes=99999999999-")):
        wanted = recorded(shared, name)["response"]
        answer = httpx.get(address, headers={"Range": part} if part else {})
        assert answer.status_code == wanted["status"]
        if part != "bytes=99999999999-":
            kept = ("etag", "accept-ranges", "content-disposition", "content-length", "last-modified")
            assert [one for one in kept if one in wanted["headers"]] == [one for one in kept if one in wanted["headers"] and one in answer.headers]
            assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert ("content-range" in answer.headers) == (answer.status_code == 206)


def test_every_recording_is_replayed(shared: Path) -> None:
    reading = {one.recording for one in READING}
    writing = set((HERE / "writing.txt").read_text().split())
    assert not reading & writing
    kept = {path.stem for path in (shared / "api").glob("*.json") if "request" in json.loads(path.read_text())}
    assert reading | writing == kept
