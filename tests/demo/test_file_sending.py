"""Large answers of the object store, which the system sends: whole, in ranges, over one connection, and to who goes away."""

from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

if TYPE_CHECKING:
    from conftest import Archive

_LARGE = 2**19


class Stored(NamedTuple):
    """An object: the server, the address on it, and the bytes."""

    host: str
    path: str
    content: bytes


@pytest.fixture(scope="module")
def stored(archive: Archive) -> Stored:
    """The largest asset of the sample data."""
    found = httpx.get(f"{archive.api_url}/dandisets/000001/versions/draft/assets/").json()["results"]
    largest = max((one for one in found if one["blob"]), key=lambda one: one["size"])
    assert largest["size"] > _LARGE
    address = httpx.get(f"{archive.api_url}/assets/{largest['asset_id']}/download/").headers["location"]
    parts = urlsplit(address)
    return Stored(parts.netloc, f"{parts.path}?{parts.query}", httpx.get(address).content)


def test_ranges_over_one_connection_are_the_bytes_that_were_asked_for(stored: Stored) -> None:
    connection = http.client.HTTPConnection(stored.host)
    size = len(stored.content)
    for start, end in [(0, size), (1, _LARGE), (size - _LARGE, size), (5, 9)]:
        connection.request("GET", stored.path, headers={"Range": f"bytes={start}-{end - 1}"})
        answer = connection.getresponse()
        assert answer.status == 206
        assert answer.read() == stored.content[start:end]
    connection.request("GET", stored.path)
    assert connection.getresponse().read() == stored.content
    connection.close()


def test_who_goes_away_in_the_middle_keeps_nobody_else_from_being_answered(stored: Stored) -> None:
    host, _, port = stored.host.partition(":")
    for _ in range(3):
        with socket.create_connection((host, int(port))) as gone:
            gone.sendall(f"GET {stored.path} HTTP/1.1\r\nHost: {stored.host}\r\n\r\n".encode())
            assert gone.recv(1000).startswith(b"HTTP/1.1 200")
    assert httpx.get(f"http://{stored.host}{stored.path}").content == stored.content
