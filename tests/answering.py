"""A server that gives prepared answers, for what the embedded archive can't be made to do."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Answering:
    """Gives each answer once, and the last one for ever; an empty one breaks the connection.

    Args:
        answers: Made by `answer`.
    """

    def __init__(self, *answers: bytes) -> None:
        self.left = list(answers)
        self.requests: list[bytes] = []
        self.api_url = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        self.requests.append(head + (await reader.readexactly(int(length[1])) if length else b""))
        writer.write(self.left.pop(0) if len(self.left) > 1 else self.left[0])
        writer.close()
        await writer.wait_closed()


def answer(status: str, body: bytes = b"", kind: str = "application/json", more: str = "") -> bytes:
    """An HTTP answer; `more` are further header lines."""
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n".encode() + body


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[Answering]:
    """A server of these answers, listening at `api_url`."""
    given = Answering(*answers)
    server = await asyncio.start_server(given.handle, "127.0.0.1", 0)
    async with server:
        given.api_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api"
        yield given
