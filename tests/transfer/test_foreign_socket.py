"""What a socket of another user is told: nothing, wherever a worker of long ago said that it listens."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.transfer import home
from dandi_tui.transfer.attach import attach
from dandi_tui.transfer.home import Holder, home_dir, peer_is_ours

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _left_behind(path: Path) -> None:
    """A lock's words as a worker leaves them that ended with the machine."""
    home_dir().mkdir(parents=True)
    (home_dir() / "worker.lock").write_bytes(msgspec.json.encode(Holder(2**22, socket.gethostname(), str(path))))


async def test_a_socket_of_another_user_is_sent_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[bytes] = []
    ended = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.read())
        writer.close()
        ended.set()

    path = tmp_path / "s"
    async with await asyncio.start_unix_server(listen, path):
        _left_behind(path)
        monkeypatch.setattr(home, "_peer_user", lambda _socket: os.getuid() + 1)
        assert await attach() is None
        await ended.wait()
    assert got == [b""]


def test_a_process_of_this_user_is_known_as_one() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_is_ours(ours)
