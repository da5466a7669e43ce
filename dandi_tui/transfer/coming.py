"""What transfers that go on are bringing to a folder, so that it is not asked for twice."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from dandi_tui.errors import TransferError
from dandi_tui.transfer import offline
from dandi_tui.transfer.attach import attach

if TYPE_CHECKING:
    from pathlib import Path

    from dandi_tui.transfer.model import Coming

_TRIES = 5


async def coming_to(root: Path) -> dict[str, Coming]:
    """What is being brought below a folder, by place there; where no worker runs, what goes on with the next start.

    Raises:
        TransferError: The journal can't be read.
    """
    real = await asyncio.to_thread(os.path.realpath, root)
    found = await _coming(real)
    return {one.place.removeprefix(f"{real}/"): one for one in found if one.place.startswith(f"{real}/")}


async def _coming(root: str) -> list[Coming]:
    for tries_left in reversed(range(_TRIES)):
        transfers = await attach()
        if transfers is None:
            try:
                return await asyncio.to_thread(offline.coming, root)
            except BlockingIOError:
                transfers = await attach(start=True)
                assert transfers is not None  # noqa: S101 (it was started)
        async with transfers:
            try:
                return await transfers.coming(root)
            except TransferError:
                # A worker that was killed just now: its journal, or the next one, knows as much.
                if not transfers.lost or not tries_left:
                    raise
    return []
