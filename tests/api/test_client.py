"""The client against the embedded archive, and against servers that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from conftest import Archive, recorded

from dandi_tui.api.answers import refusal
from dandi_tui.api.client import ArchiveClient
from dandi_tui.api.instances import find_instance
from dandi_tui.api.query import DandisetQuery
from dandi_tui.api.retry import Retry
from dandi_tui.errors import (
    ArchiveError,
    NotAllowedError,
    NotFoundError,
    NotLoggedInError,
    RefusedError,
    ServerError,
    UnexpectedAnswerError,
    UnreachableError,
)

if TYPE_CHECKING:
    from pathlib import Path

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
QUICK = Retry(tries=3, base=0.001, longest=0.01)


@asynccontextmanager
async def _client(archive: Archive, *, key: bool = True) -> AsyncIterator[ArchiveClient]:
    async with ArchiveClient(find_instance(archive.api_url), archive.token if key else None, retry=QUICK) as client:
        yield client


async def test_every_dandiset_comes_once_over_all_pages(archive: Archive) -> None:
    async with _client(archive) as client:
        pages = client.dandisets(DandisetQuery(ordering="id", embargoed=True), page_size=3)
        found = [one.identifier async for one in pages]
        assert found == [*(f"{number:06}" for number in range(1, 10)), "000100"]
        assert await pages.count() == 10


async def test_all_assets_of_a_large_dandiset_come_in_order(archive: Archive) -> None:
    async with _client(archive) as client:
        paths = [asset.path async for asset in client.assets("000100", "draft", page_size=700)]
    assert len(set(paths)) == 3000
    assert paths == sorted(paths)


async def test_folders_paths_and_assets_agree(archive: Archive) -> None:
    async with _client(archive) as client:
        folder = [entry async for entry in client.folder("000001", "draft", "sub-M101")]
        place = await client.at_path("000001", "draft", folder[0].path)
        assert place.asset is not None
        asset = await client.asset(place.asset.asset_id)
        assert (asset.path, asset.size) == (folder[0].path, folder[0].aggregate_size)
        assert (await client.at_path("000001", "draft", "sub-M101/")).folder is not None
        assert (await client.asset_validation("000001", "draft", asset.asset_id)).status == "Valid"
        assert "X-Amz-Signature" in await client.download_address(asset.asset_id)


async def test_the_newest_version_is_the_newest_published_one(archive: Archive) -> None:
    async with _client(archive) as client:
        assert await client.version_meant("000001") == "0.240301.0915"
        assert await client.version_meant("000006") == "draft"
        assert await client.version_meant("000001", "draft") == "draft"
        assert [one.version async for one in client.versions("000001")] == ["0.240301.0915", "0.240115.1030", "draft"]


async def test_the_archives_hint_stands_in_the_error(archive: Archive) -> None:
    async with _client(archive) as client:
        with pytest.raises(RefusedError, match='Did you mean "species"'):
            await client.dandisets(DandisetQuery(search="specie:mouse")).count()


async def test_embargoed_dandisets_ask_for_a_key(archive: Archive) -> None:
    async with _client(archive, key=False) as client:
        with pytest.raises(NotLoggedInError, match="Authentication credentials"):
            await client.dandiset("000007")
        with pytest.raises(NotFoundError):
            await client.dandiset("000999")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("users-me-wrong-token", NotLoggedInError),
        ("dandiset-get-embargoed-not-owner", NotAllowedError),
        ("dandiset-get-unknown", NotFoundError),
        ("dandisets-filter-bad-bool", RefusedError),
        ("owners-put-empty", RefusedError),
        ("asset-create-path-dots", RefusedError),
        ("asset-download-zarr", RefusedError),
        ("zarr-files-post-not-list", RefusedError),
    ],
)
def test_each_shape_of_refusal_becomes_words(name: str, kind: type[ArchiveError], shared: Path) -> None:
    import msgspec

    answer = recorded(shared, name)["response"]
    error = refusal(answer["status"], msgspec.json.encode(answer["json"]), "application/json", subject="GET /x", has_key=True)
    assert type(error) is kind
    assert error.said
    assert not set(error.said) & set("{}[]")


@asynccontextmanager
async def _server(handler: Handler) -> AsyncIterator[str]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api"


def _answers(*answers: bytes) -> tuple[Handler, list[bytes]]:
    """A server that gives each answer once, and the last one for ever; and the requests that it got."""
    left, requests = list(answers), []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        writer.close()

    return handle, requests


def _http(status: str, body: bytes, kind: str = "application/json", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n".encode() + body


STATS = b'{"dandiset_count":1,"published_dandiset_count":1,"user_count":1,"size":1}'


async def test_a_storm_of_503_is_waited_out() -> None:
    handler, requests = _answers(_http("503 Busy", b"", more="Retry-After: 0\r\n"), _http("429 Slow", b""), _http("200 OK", STATS))
    async with _server(handler) as address, ArchiveClient(find_instance(address), retry=QUICK) as client:
        assert (await client.stats()).dandiset_count == 1
    assert len(requests) == 3


async def test_a_storm_without_end_is_told() -> None:
    handler, _ = _answers(_http("500 Bad", b""))
    async with _server(handler) as address, ArchiveClient(find_instance(address), retry=QUICK) as client:
        with pytest.raises(ServerError, match="500"):
            await client.stats()


async def test_a_page_instead_of_json_is_named() -> None:
    handler, _ = _answers(_http("200 OK", b"<html><title>Log in to the \x1b[31mwifi</title>", "text/html"))
    async with _server(handler) as address, ArchiveClient(find_instance(address), retry=QUICK) as client:
        with pytest.raises(UnexpectedAnswerError, match="Log in to the ␛") as caught:
            await client.stats()
    assert "\x1b" not in str(caught.value)


async def test_the_key_does_not_follow_a_redirect_to_another_host() -> None:
    elsewhere, requests = _answers(_http("200 OK", STATS))
    async with _server(elsewhere) as other:
        handler, _ = _answers(_http("302 Found", b"", more=f"Location: {other}/stats/\r\n"))
        async with _server(handler) as address, ArchiveClient(find_instance(address), "k" * 40, retry=QUICK) as client:
            with pytest.raises(UnexpectedAnswerError, match="another server"):
                await client.stats()
    assert not requests


async def test_no_server_and_a_silent_server_are_told_apart() -> None:
    async with ArchiveClient(find_instance("http://127.0.0.1:9/api"), retry=Retry(tries=1)) as client:
        with pytest.raises(UnreachableError, match="can't be reached"):
            await client.stats()

    ended = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.set()

    async with _server(silent) as address, ArchiveClient(find_instance(address), retry=Retry(tries=1), timeout=0.1) as client:
        with pytest.raises(UnreachableError, match="in time"):
            await client.stats()
        await ended.wait()
