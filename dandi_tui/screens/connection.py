"""The archive that the screen is at: its key, which may take long to be found, and the client, which is made behind the first screen."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.instances import Instance

    FoundKey = str | Callable[[], str | None] | None


class Connection:
    """One archive at a time, with at most one key.

    Args:
        instance: The archive.
        key: The API key, None without; or what finds it, asked beside the screen since keyrings are slow.
        on_wait: Told when a request is to be tried again, and why.
    """

    def __init__(self, instance: Instance, key: FoundKey, on_wait: Callable[[Any], None]) -> None:
        self.instance = instance
        self.key = None if callable(key) else key
        self._find_key = key if callable(key) else None
        self._on_wait = on_wait
        self._making = asyncio.Lock()
        self._client: ArchiveClient | None = None
        self._retired: list[ArchiveClient] = []

    async def client(self) -> ArchiveClient:
        """The client; its library is imported beside the screen, not before it."""
        await self.known_key()
        async with self._making:
            while self._client is None:
                asked = (self.instance, self.key)
                made = await asyncio.to_thread(_make_client, *asked, self._on_wait)
                if asked == (self.instance, self.key):
                    self._client = made
                else:
                    self._retired.append(made)
        return self._client

    async def known_key(self) -> str | None:
        """The key, once it was looked for."""
        async with self._making:
            if (find := self._find_key) is not None:
                found = await asyncio.to_thread(find)
                if self._find_key is find:
                    self.key, self._find_key = found, None
        return self.key

    def use(self, instance: Instance, key: str | None) -> None:
        """Goes on with another key, or at another archive; questions that are under way end with the old one."""
        self.instance, self.key, self._find_key = instance, key, None
        if self._client is not None:
            self._retired.append(self._client)
            self._client = None

    async def close(self) -> None:
        """Ends the connections."""
        for client in (*self._retired, self._client):
            if client is not None:
                await client.close()


def _make_client(instance: Instance, key: str | None, on_wait: Callable[[Any], None]) -> ArchiveClient:
    """Imports the client and makes it; both take long enough to be done beside the screen."""
    made: ArchiveClient = importlib.import_module("dandi_tui.api.client").ArchiveClient(instance, key, on_wait=on_wait)
    return made
