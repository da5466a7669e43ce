"""The archives that the worker talks to: one client each, with its key. Keys stay in memory, and none goes to another archive."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

from dandi_tui.api.keys import find_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.instances import Instance


class Archives:
    """Clients by archive.

    Args:
        on_slow: Told the API's address when an archive asks for patience, and the seconds until it is asked again.
    """

    def __init__(self, on_slow: Callable[[str, float], None]) -> None:
        self._on_slow = on_slow
        self._keys: dict[str, str] = {}
        self._clients: dict[str, ArchiveClient] = {}
        self._former: list[ArchiveClient] = []

    def use_key(self, api_url: str, key: str) -> None:
        """Takes a key that a caller handed over."""
        if self._keys.get(api_url) == key:
            return
        self._keys[api_url] = key
        if former := self._clients.pop(api_url, None):
            self._former.append(former)

    async def client(self, instance: Instance) -> ArchiveClient:
        """The client of an archive, with the key that was handed over, or that this machine has."""
        api_url = instance.api_url
        if api_url not in self._clients:
            module = await asyncio.to_thread(importlib.import_module, "dandi_tui.api.client")
            if api_url not in self._keys and (found := await asyncio.to_thread(find_key, instance)):
                self._keys.setdefault(api_url, found.value)
            made: ArchiveClient = module.ArchiveClient(instance, self._keys.get(api_url), on_wait=lambda waiting: self._on_slow(api_url, waiting.seconds))
            self._clients[api_url] = made
        return self._clients[api_url]

    async def close(self) -> None:
        """Ends all connections."""
        for client in (*self._clients.values(), *self._former):
            await client.close()
