"""Bytes of files go from the disk to the network without a way through this process (`http.response.zerocopysend` of ASGI).

The embedded archive shares its machine with the programs that are tried on it: what it does not do itself, it takes from none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

_EXTENSION = "http.response.zerocopysend"
_CHUNK = 2**20
_SMALL = 2**18


class _Counted:
    """Stands for bytes that only the system sees; HTTP counts them."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count


class FileSending(H11Protocol):
    """A connection that can be told to send a part of a file."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 (as the library gives them)
        super().__init__(*arguments, **options)
        app = self.app

        async def with_files(scope: Scope, receive: Receive, send: Send) -> None:
            async def sending(message: Message) -> None:
                await (self._send_file(message) if message["type"] == _EXTENSION else send(message))

            scope["extensions"] = {_EXTENSION: {}}
            await app(scope, receive, sending)

        self.app = with_files

    async def _send_file(self, message: Message) -> None:
        if self.cycle.disconnected:
            return
        self.conn.send_with_data_passthrough(h11.Data(data=_Counted(message["count"])))  # type: ignore[arg-type]
        try:
            sent = await self.loop.sendfile(self.transport, message["file"], message["offset"], message["count"])
        except (ConnectionError, RuntimeError):
            # Who asked went away, which the loop says either way.
            sent = 0
        if sent < message["count"]:
            self.transport.abort()


class FileResponse(Response):
    """A part of a file.

    Args:
        path: The file.
        start: The first byte.
        count: How many.
        status: The status.
        headers: The headers, Content-Length and Content-Type among them.
    """

    def __init__(self, path: Path, start: int, count: int, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(None, status, headers)
        self._path, self._start, self._count = path, start, count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        with self._path.open("rb") as file:
            if self._count > _SMALL and _EXTENSION in scope.get("extensions", {}):
                await send({"type": _EXTENSION, "file": file, "offset": self._start, "count": self._count, "more_body": True})
                await send({"type": "http.response.body"})
                return
            file.seek(self._start)
            left = self._count
            while left:
                chunk = file.read(min(_CHUNK, left))
                left = left - len(chunk) if chunk else 0
                await send({"type": "http.response.body", "body": chunk, "more_body": left > 0})
