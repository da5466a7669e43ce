"""A store that answers what none would: in words without its signed address, in little memory, and nothing of it in what the worker logs."""

from __future__ import annotations

import gzip
import logging
import resource
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from dandi_tui.errors import DandiTuiError
from dandi_tui.transfer import worker
from dandi_tui.transfer.bulk import fetch, post, put
from dandi_tui.transfer.connections import Pools
from dandi_tui.transfer.control import Control

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = "0123456789abcdef0123456789abcdef"
_SLACK = 100 * 2**10  # kB


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    status: ClassVar[int] = 200
    headers_told: ClassVar[list[bytes]] = []
    body: ClassVar[Callable[[], Iterator[bytes]]]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.wfile.write(f"HTTP/1.1 {self.status} Yes\r\nConnection: close\r\n".encode())
        self.wfile.write(b"".join(line + b"\r\n" for line in self.headers_told) + b"\r\n")
        for piece in type(self).body():
            self.wfile.write(piece)
        self.close_connection = True

    def do_PUT(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """A client that wants no more is no error."""


@pytest.fixture
def store() -> Iterator[type[_Answering]]:
    handler = type("Handler", (_Answering,), {"body": staticmethod(lambda: iter([b"there"]))})
    with _Quiet(("127.0.0.1", 0), handler) as found:
        handler.address = f"http://127.0.0.1:{found.server_port}/blobs/1?X-Amz-Signature={SECRET}"  # type: ignore[attr-defined]
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield handler
        found.shutdown()
        thread.join()


@pytest.fixture
def pools() -> Iterator[Pools]:
    made = Pools()
    yield made
    made.close()


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _endless() -> Iterator[bytes]:
    return iter([bytes(2**20)] * 400)


def _bomb() -> bytes:
    machine = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(machine.compress(bytes(2**20)) for _ in range(400)) + machine.flush()


@pytest.mark.parametrize("how", ["put", "post"])
def test_an_answer_without_an_end_is_not_taken_in(how: str, store: type[_Answering], pools: Pools) -> None:
    store.body = staticmethod(_endless)  # type: ignore[assignment]
    store.headers_told = [b'ETag: "1"']
    before = _memory()
    address = store.address  # type: ignore[attr-defined]
    if how == "put":
        assert put(pools, address, lambda: iter([b"some"]), 4, control=Control()) == '"1"'
    else:
        assert len(post(pools, address, "some", Control())) <= 2**20
    assert _memory() - before < _SLACK


def test_what_says_that_it_is_packed_is_not_unpacked(store: type[_Answering], pools: Pools) -> None:
    bomb = _bomb()
    store.headers_told = [b"Content-Encoding: gzip, gzip", b"Content-Length: %d" % len(gzip.compress(bomb))]
    store.body = staticmethod(lambda: iter([gzip.compress(bomb)]))  # type: ignore[assignment]
    before, got = _memory(), bytearray()
    size = len(gzip.compress(bomb))
    fetch(pools, store.address, (0, size), size=size, take=got.extend, control=Control(), whole=True)  # type: ignore[attr-defined]
    assert bytes(got) == gzip.compress(bomb)
    assert _memory() - before < _SLACK


@pytest.mark.parametrize("told", [b"Content-Range: bytes 1%s-2/3" % (b"0" * 5000), b"Content-Range: bytes -", b"Content-Range: \x9b31m"])
def test_a_range_that_is_none_is_told_in_words(told: bytes, store: type[_Answering], pools: Pools) -> None:
    store.status, store.headers_told = 206, [told]
    with pytest.raises(DandiTuiError, match="another range"):
        fetch(pools, store.address, (1, 3), size=3, take=lambda _: None, control=Control())  # type: ignore[attr-defined]


def test_an_address_that_is_none_is_not_repeated(pools: Pools) -> None:
    with pytest.raises(DandiTuiError) as caught:
        fetch(pools, f"http://a:b:c/blobs/1?X-Amz-Signature={SECRET}", (0, 3), size=3, take=lambda _: None, control=Control())
    assert SECRET not in str(caught.value)


def test_what_the_worker_logs_is_private_and_without_signed_addresses(
    store: type[_Answering], pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.headers_told = [b"no header at all", b"Content-Length: 5"]
    path = tmp_path / "home" / "worker.log"
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    worker._begin_log(path)
    try:
        fetch(pools, store.address, (0, 5), size=5, take=lambda _: None, control=Control(), whole=True)  # type: ignore[attr-defined]
        assert "Failed to parse headers" in path.read_text()
        assert SECRET not in path.read_text()
        (handler,) = root.handlers
        handler.doRollover()  # type: ignore[attr-defined]
        assert {one.stat().st_mode & 0o777 for one in path.parent.iterdir()} == {0o600}
    finally:
        root.handlers[0].close()
