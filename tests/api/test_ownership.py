"""What an owner asks goes out as the real archive took it, and its recorded answers are understood."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import respx
from conftest import recorded

from dandi_tui.api.account import standing
from dandi_tui.api.client import ArchiveClient
from dandi_tui.api.instances import Instance
from dandi_tui.api.models import User
from dandi_tui.api.ownership import Embargo
from dandi_tui.api.retry import Retry
from dandi_tui.errors import ArchiveError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

HOST = "http://archive.test"
Call = Callable[[ArchiveClient, Any], Awaitable[Any]]
FUNDED = Embargo(until=date(2030, 1, 31), funder="Example Foundation", award="EF-1")

SENT: dict[str, Call] = {
    "auth-token-get": lambda client, body: client.account.key(),
    "auth-token-regenerate": lambda client, body: client.account.new_key(),
    "users-search": lambda client, body: client.account.find_users("o"),
    "star": lambda client, body: client.account.star("000031"),
    "unstar": lambda client, body: client.account.unstar("000031"),
    "dandiset-create-ok": lambda client, body: client.ownership.create(body["name"], body["metadata"]),
    "dandiset-create-embargo-funded": lambda client, body: client.ownership.create(body["name"], body["metadata"], FUNDED),
    "version-put-ok": lambda client, body: client.ownership.save_metadata("000013", body["metadata"]),
    "owners-put-ok": lambda client, body: client.ownership.set_owners("000031", ["alice", "bob"]),
    "publish-ok": lambda client, body: client.ownership.publish("000002", body.get("release_notes", "")),
    "unembargo": lambda client, body: client.ownership.unembargo("000037"),
    "dandiset-delete": lambda client, body: client.ownership.delete(client.wanted_id),  # type: ignore[attr-defined]
    "version-delete-published-admin": lambda client, body: client.ownership.delete_version("000011", "0.261124.0053"),
    "asset-delete": lambda client, body: client.uploads.delete_asset("000031", "0dfa5b8e-f0fb-4ddd-a1ab-32126c1de29c"),
    "dandiset-uploads-delete": lambda client, body: client.ownership.clear_uploads(client.wanted_id),  # type: ignore[attr-defined]
    "schema-dandiset": lambda client, body: client.schema(),
    "search-species": lambda client, body: client.species(""),
}


@pytest.mark.parametrize("name", SENT)
async def test_a_request_goes_out_as_it_was_recorded(name: str, shared: Path) -> None:
    exchange = recorded(shared, name)
    request, response = exchange["request"], exchange["response"]
    with respx.mock:
        headers = {"content-type": response["headers"].get("content-type", "")}
        content = json.dumps(response["json"]).replace('"TOKEN"', f'"{"0" * 40}"') if "json" in response else ""
        route = respx.route(method=request["method"], url__startswith=HOST + request["path"])
        route.mock(return_value=httpx.Response(response["status"], headers=headers, content=content))
        async with ArchiveClient(Instance("test", None, f"{HOST}/api"), "k" * 40, retry=Retry(tries=1)) as client:
            client.wanted_id = request["path"].split("/")[3]  # type: ignore[attr-defined]
            await SENT[name](client, request.get("json"))
    sent = route.calls.last.request
    assert sent.url.path == request["path"]
    if request.get("query"):
        assert dict(sent.url.params) == request["query"]
    assert (json.loads(sent.content) if sent.content else None) == request.get("json")


async def test_the_unfinished_uploads_are_listed(shared: Path) -> None:
    answer = recorded(shared, "dandiset-uploads")["response"]["json"]
    with respx.mock:
        respx.get(url__startswith=f"{HOST}/api/dandisets/000031/uploads/").mock(return_value=httpx.Response(200, json=answer))
        async with ArchiveClient(Instance("test", None, f"{HOST}/api"), "k" * 40) as client:
            uploads = [one async for one in client.ownership.unfinished_uploads("000031")]
    assert [(one.size, one.created.year) for one in uploads] == [(1040, 2026)]


@pytest.mark.parametrize("metadata", [{"name": ""}, {"name": "x" * 301}, {}])
async def test_what_the_archive_would_fail_at_is_not_sent(metadata: dict[str, Any]) -> None:
    async with ArchiveClient(Instance("test", None, f"{HOST}/api")) as client:
        with pytest.raises(UsageError, match="name"):
            await client.ownership.save_metadata("000001", metadata)


@pytest.mark.parametrize("name", ["publish-while-publishing-423", "publish-with-zarr", "unembargo-active-uploads", "publish-not-owner"])
async def test_a_refusal_brings_the_archives_words(name: str, shared: Path) -> None:
    exchange = recorded(shared, name)
    response = exchange["response"]
    with respx.mock:
        body = json.dumps(response["json"]) if "json" in response else response.get("text", "")
        respx.route().mock(return_value=httpx.Response(response["status"], headers=response["headers"], content=body))
        async with ArchiveClient(Instance("test", None, f"{HOST}/api"), "k" * 40, retry=Retry(tries=1)) as client:
            with pytest.raises(ArchiveError) as caught:
                await client.ownership.publish("000002")
    assert caught.value.said == (response.get("json") or "")
    assert caught.value.status == response["status"]


@pytest.mark.parametrize(("status", "words"), [("PENDING", "waits"), ("REJECTED", "appeal"), ("INCOMPLETE", "questionnaire"), ("APPROVED", "")])
def test_each_standing_says_what_to_do(status: str, words: str) -> None:
    told = standing(User(username="a", name="A", status=status))
    assert words in told
    assert bool(told) == (status != "APPROVED")
