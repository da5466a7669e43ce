"""What the archive's own work needs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from dandi_tui.demo.background.validator import Validator
    from dandi_tui.demo.routing import Archive
    from dandi_tui.demo.store import Store

    Found = TypeVar("Found")


class Work:
    """The store, used where it may be used, and the validator.

    Args:
        archive: Whose work it is.
        validator: Which looks at metadata.
        pace: Seconds for which a state that passes can be seen.
    """

    def __init__(self, archive: Archive, validator: Validator, pace: float) -> None:
        self.store: Store = archive.store
        self.addresses = archive.addresses
        self.validator = validator
        self._worker = archive.worker
        self._pace = pace

    async def read(self, question: Callable[[], Found]) -> Found:
        """Asks the store."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, question)

    async def change(self, deed: Callable[[], Found]) -> Found:
        """Changes the store, whole or not at all."""

        def whole() -> Found:
            with self.store.transaction():
                return deed()

        return await self.read(whole)

    async def linger(self) -> None:
        """Lets a state stand for a moment."""
        await asyncio.sleep(self._pace)
