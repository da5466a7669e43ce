"""A file's server that answers what none should: no more is taken than was asked for, and nothing is asked within the person's own network."""

from __future__ import annotations

import gzip
import resource
from typing import TYPE_CHECKING

import pytest
from test_remote import _Ranged, _serving, _Store

from dandi_tui.addresses import is_inside
from dandi_tui.nwb import http
from dandi_tui.nwb.http import Connection
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.ranges import RemoteFile
from dandi_tui.nwb.reference_keys import ReferenceKeys
from dandi_tui.nwb.zarr_remote_keys import RemoteKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SLACK = 100 * 2**10  # kB
DATA = bytes(range(256)) * 4096


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.random, "random", lambda: 0.01)


@pytest.fixture
def store() -> Iterator[_Store]:
    with _serving(DATA) as made:
        yield made


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _endless(status: int, **headers: str) -> Callable[[_Ranged], None]:
    def answer(handler: _Ranged) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(2**40))
        handler.end_headers()
        handler.close_connection = True
        try:
            for _ in range(400):
                handler.wfile.write(bytes(2**20))
        except OSError:
            return

    return answer


def _bomb(handler: _Ranged) -> None:
    handler.answer(200, gzip.compress(bytes(2**29), 1), **{"Content-Encoding": "gzip"})


@pytest.mark.parametrize(
    "answer", [_endless(200), _endless(206, **{"Content-Range": "bytes 0-9/10"}), _endless(404), _bomb], ids=["all", "part", "none", "bomb"]
)
def test_no_more_is_taken_than_was_asked_for(answer: Callable[[_Ranged], None], store: _Store) -> None:
    with RemoteFile(store.url) as remote:
        store.faults = [answer]
        before = _memory()
        remote.seek(500_000)
        with pytest.raises(FileError):
            remote.read(10)
        assert _memory() - before < _SLACK
        assert remote.read(10) == DATA[500_000:500_010]


@pytest.mark.parametrize("answer", [_endless(200), _bomb], ids=["all", "bomb"])
def test_a_key_of_a_store_is_taken_within_bounds(answer: Callable[[_Ranged], None], store: _Store) -> None:
    store.faults = [lambda handler: handler.answer(200, gzip.compress(b'{"metadata": {}}'), **{"Content-Encoding": "gzip"}), answer]
    keys = RemoteKeys(f"http://127.0.0.1:{store.server_port}/{{key}}", {})
    before = _memory()
    with pytest.raises(FileError, match="too large"):
        keys.read("data/0", 2**20)
    assert _memory() - before < 2 * _SLACK
    keys.close()


def _index(*reference: object) -> dict[str, object]:
    return {"refs": {"data/0": list(reference)}}


@pytest.mark.parametrize("numbers", [(0, 2**52), (2**52, 2**20), ()], ids=["longest", "beyond", "whole"])
def test_a_reference_to_more_than_a_look_takes_is_not_followed(numbers: tuple[int, ...], store: _Store) -> None:
    keys = ReferenceKeys(_index(store.url, *numbers), [f"http://127.0.0.1:{store.server_port}"], {})
    for ask in (lambda: keys.read("data/0", 2**16), lambda: list(keys.many(["data/0"], 2**16))):
        with pytest.raises(FileError):
            ask()
    keys.close()


INSIDE = [
    "127.0.0.1",
    "127.1",
    "0x7f000001",
    "2130706433",
    "localhost",
    "a.localhost",
    "::1",
    "::ffff:10.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "fe80::1%eth0",
    "0.0.0.0",
]
OUTSIDE = ["93.184.216.34", "archive.example", "s3.amazonaws.com", "2606:2800:220:1:248:1893:25c8:1946"]


@pytest.mark.parametrize("host", INSIDE)
def test_a_file_of_the_world_leads_to_no_address_within_the_network(host: str) -> None:
    assert is_inside(host)
    with pytest.raises(FileError, match="within this network"):
        Connection("https://archive.example/a")._led_on("https://archive.example/a", f"http://{f'[{host}]' if ':' in host else host}:8080/x")


@pytest.mark.parametrize("host", OUTSIDE)
def test_a_file_of_the_world_leads_on_in_the_world(host: str) -> None:
    target = f"https://{f'[{host}]' if ':' in host else host}/x?signed"
    assert Connection("https://archive.example/a")._led_on("https://archive.example/a", target) == target


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[::1", "ftp://archive.example/a"])
def test_a_file_leads_to_addresses_alone(location: str) -> None:
    with pytest.raises(FileError, match="no address"):
        Connection("https://archive.example/a")._led_on("https://archive.example/a", location)
