"""One transfer at a time for each place on this machine."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Places:
    """The places that transfers are at, or wait for."""

    def __init__(self) -> None:
        self._taken: dict[str, tuple[asyncio.Lock, list[object]]] = {}

    @asynccontextmanager
    async def alone(self, place: str) -> AsyncIterator[bool]:
        """While in it, no other transfer is at the place; tells whether another was."""
        lock, users = self._taken.setdefault(place, (asyncio.Lock(), []))
        waited, me = bool(users), object()
        users.append(me)
        try:
            async with lock:
                yield waited
        finally:
            users.remove(me)
            if not users:
                del self._taken[place]
