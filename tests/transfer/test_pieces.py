"""An answer's body becomes pieces that end where the disk's blocks do, and none of what came before a cut is lost."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from dandi_tui.errors import UnreachableError
from dandi_tui.transfer.bulk import fetch
from dandi_tui.transfer.connections import Pools
from dandi_tui.transfer.control import CHUNK, CancelledTransferError, Control
from dandi_tui.transfer.limits import RateLimit

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pieces() -> list[bytes]:
    return []


@contextmanager
def answering(*sends: bytes | float, length: int, start: int = 0) -> Iterator[str]:
    """A server that answers one request for a range with these bytes, waiting so many seconds between them, and ends the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                end = start + length
                head = f"HTTP/1.1 206 Partial Content\r\nContent-Length: {length}\r\nContent-Range: bytes {start}-{end - 1}/{end}\r\n\r\n"
                connection.sendall(head.encode())
                for one in sends:
                    if isinstance(one, bytes):
                        connection.sendall(one)
                    else:
                        time.sleep(one)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/object"
        thread.join()


def _fetch(address: str, start: int, length: int, into: list[bytes], control: Control | None = None) -> None:
    pools = Pools()
    try:
        span = (start, start + length)
        fetch(pools, address, span, size=start + length, take=lambda piece: into.append(bytes(piece)), control=control or Control())
    finally:
        pools.close()


def test_pieces_end_where_blocks_do(pieces: list[bytes]) -> None:
    start, content = CHUNK + 1000, bytes(range(256)) * (3 * CHUNK // 256)
    with answering(content, length=len(content), start=start) as address:
        _fetch(address, start, len(content), pieces)
    assert b"".join(pieces) == content
    begin = start
    for piece in pieces:
        assert begin // CHUNK == (begin + len(piece) - 1) // CHUNK
        begin += len(piece)


def test_what_comes_slowly_is_handed_on_before_a_piece_is_full(pieces: list[bytes]) -> None:
    length = 2 * CHUNK
    with answering(b"a" * 1000, 0.3, b"b" * 1000, 0.3, b"c" * (length - 2000), length=length) as address:
        _fetch(address, 0, length, pieces)
    assert len(pieces[0]) < CHUNK
    assert sum(map(len, pieces)) == length


def test_what_came_before_a_cut_is_handed_on(pieces: list[bytes]) -> None:
    with answering(b"a" * (CHUNK + 777), length=3 * CHUNK) as address, pytest.raises(UnreachableError):
        _fetch(address, 0, 3 * CHUNK, pieces)
    assert sum(map(len, pieces)) == CHUNK + 777


def test_a_stop_ends_a_wait_for_bytes_that_do_not_come(pieces: list[bytes]) -> None:
    control = Control()
    threading.Timer(0.1, control.stop).start()
    with answering(b"a" * CHUNK, 1.0, length=3 * CHUNK) as address, pytest.raises(CancelledTransferError):
        _fetch(address, 0, 3 * CHUNK, pieces, control)


def test_pieces_are_small_where_the_limit_is_low(pieces: list[bytes]) -> None:
    content = b"a" * 200_000
    with answering(content, length=len(content)) as address:
        _fetch(address, 0, len(content), pieces, Control(RateLimit(800_000)))
    assert max(map(len, pieces)) <= 50_000
    assert b"".join(pieces) == content
