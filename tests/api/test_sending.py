"""Writing to the archive: what is sent once, what may be sent again, and what its refusals say field by field."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest
from answering import Answering, answer, answering
from conftest import recorded

from dandi_tui.api.answers import refusal
from dandi_tui.api.http import Http
from dandi_tui.api.instances import find_instance
from dandi_tui.api.retry import Retry
from dandi_tui.errors import ArchiveError, ConflictError, FieldProblem, RefusedError, ServerError, UnexpectedAnswerError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

OK = answer("200 OK", b'{"count": 1}')
BROKEN = b""


@asynccontextmanager
async def _http(*answers: bytes) -> AsyncIterator[tuple[Http, Answering]]:
    async with answering(*answers) as server:
        http = Http(find_instance(server.api_url), "k" * 40, retry=Retry(tries=3, base=0.001, longest=0.01), timeout=5)
        yield http, server
        await http.close()


async def test_json_goes_out_with_the_key_and_the_slash() -> None:
    async with _http(OK) as (http, server):
        found = await http.send("POST", "/dandisets/000001/star", {"é": [1, None]}, dict[str, int], params={"a": "b", "c": None})
    assert found == {"count": 1}
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/dandisets/000001/star/?a=b HTTP/1.1")
    assert b"authorization: token " + b"k" * 40 in head.lower()
    assert b"content-type: application/json" in head.lower()
    assert body == '{"é":[1,null]}'.encode()


@pytest.mark.parametrize("said", [answer("204 No Content"), answer("202 Accepted", b"null"), answer("200 OK", b"")])
async def test_an_answer_that_says_nothing_is_none(said: bytes) -> None:
    async with _http(said) as (http, server):
        await http.send("POST", "/dandisets/000001/unembargo/")
    assert len(server.requests) == 1


async def test_a_redirect_of_a_write_is_not_followed() -> None:
    async with _http(answer("301 Moved", more="Location: /api/elsewhere/\r\n")) as (http, server):
        with pytest.raises(UnexpectedAnswerError, match="not followed"):
            await http.send("PUT", "/x/", {})
    assert len(server.requests) == 1


@pytest.mark.parametrize("busy", [answer("429 Slow", b""), answer("503 Busy", b"", more="Retry-After: 0\r\n")])
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_what_was_not_taken_up_is_sent_again(busy: bytes, method: str) -> None:
    async with _http(busy, OK) as (http, server):
        assert await http.send(method, "/x/", {}, dict[str, int]) == {"count": 1}
    assert len(server.requests) == 2


@pytest.mark.parametrize("failing", [answer("502 Bad", b""), answer("503 Busy", b""), BROKEN])
async def test_what_may_have_been_done_is_sent_again_only_where_that_is_harmless(failing: bytes) -> None:
    async with _http(failing, OK) as (http, server):
        assert await http.send("PUT", "/x/", {}, dict[str, int]) == {"count": 1}
    assert len(server.requests) == 2
    async with _http(failing, OK) as (http, server):
        with pytest.raises((ServerError, UnreachableError), match="may have done it") as caught:
            await http.send("POST", "/x/", {}, dict[str, int])
    assert caught.value.maybe_done
    assert len(server.requests) == 1


async def test_a_delete_that_was_done_before_the_connection_broke_is_done() -> None:
    async with _http(BROKEN, answer("404 Not Found", b'{"detail":"Not found."}')) as (http, server):
        await http.send("DELETE", "/x/")
    assert len(server.requests) == 2


async def test_no_connection_is_certain_not_to_have_done_anything() -> None:
    http = Http(find_instance("http://127.0.0.1:9/api"), None, retry=Retry(tries=2, base=0.001), timeout=5)
    with pytest.raises(UnreachableError) as caught:
        await http.send("POST", "/x/", {})
    assert not caught.value.maybe_done
    await http.close()


async def test_a_blob_that_is_there_already_gives_its_id(shared: Path) -> None:
    wanted = recorded(shared, "upload-init-existing")["response"]
    place = wanted["headers"]["location"]
    async with _http(answer("409 Conflict", b'"Blob already exists."', more=f"Location: {place}\r\n")) as (http, _):
        with pytest.raises(ConflictError, match="Blob already exists") as caught:
            await http.send("POST", "/uploads/initialize/", {})
    assert caught.value.location == place


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("users-me-wrong-token", [FieldProblem("", "Invalid token.")]),
        ("publish-invalid-metadata", [FieldProblem("", "Dandiset metadata or asset metadata is not valid")]),
        ("dandiset-create-empty-name", [FieldProblem("name", "This field may not be blank.")]),
        ("owners-put-empty", [FieldProblem("", "Cannot remove all draft owners")]),
        ("owners-put-no-username", [FieldProblem("0.username", "This field is required.")]),
        ("zarr-files-post-missing", [FieldProblem("0.base64md5", "This field is required.")]),
        ("upload-complete-no-parts", [FieldProblem("parts", "This list may not be empty.")]),
        ("version-put-not-owner", []),
        ("version-put-metadata-not-object", []),
    ],
)
def test_each_shape_of_refusal_keeps_its_fields(name: str, fields: list[FieldProblem], shared: Path) -> None:
    wanted = recorded(shared, name)["response"]
    body = msgspec.json.encode(wanted["json"]) if "json" in wanted else wanted.get("text", "").encode()
    error = refusal(wanted["status"], body, wanted["headers"]["content-type"], subject="PUT /x", has_key=True)
    assert list(error.fields) == fields
    assert isinstance(error, ArchiveError)
    if fields:
        assert isinstance(error, RefusedError) or error.status in {401, 409}
        assert fields[0].message in error.said
