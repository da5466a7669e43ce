"""What transfers that go on are bringing to a folder, so that it is not asked for twice."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from dandi_tui.transfer import offline
from dandi_tui.transfer.attach import attach

if TYPE_CHECKING:
    from pathlib import Path

    from dandi_tui.transfer.model import Coming


async def coming_to(root: Path) -> dict[str, Coming]:
    """What is being brought below a folder, by place there; where no worker runs, what goes on with the next start.

    Raises:
        TransferError: The journal can't be read.
    """
    real = await asyncio.to_thread(os.path.realpath, root)
    found = await _coming(real)
    return {one.place.removeprefix(f"{real}/"): one for one in found if one.place.startswith(f"{real}/")}


async def _coming(root: str) -> list[Coming]:
    transfers = await attach()
    if transfers is None:
        try:
            return await asyncio.to_thread(offline.coming, root)
        except BlockingIOError:
            transfers = await attach(start=True)
            assert transfers is not None  # noqa: S101 (it was started)
    async with transfers:
        return await transfers.coming(root)
