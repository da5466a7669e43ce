"""Whether the worker answers: one that stands still (stopped, or starved by its host) is told of, not taken for gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dandi_tui.transfer.attach import Transfers

EVERY_SECONDS = 5.0
PATIENT_SECONDS = 10.0


async def watch_pulse(transfers: Transfers, tell: Callable[[str], None]) -> None:
    """Asks the worker from time to time whether it is there; ends with the connection.

    Args:
        transfers: The connection.
        tell: Told in words that it does not answer, and with an empty text once it does again.
    """
    while not transfers.lost:
        await asyncio.sleep(EVERY_SECONDS)
        asked = asyncio.ensure_future(transfers.greet())
        try:
            answered, _ = await asyncio.wait({asked}, timeout=PATIENT_SECONDS)
            if not answered:
                tell(f"The worker (process {transfers.welcome.pid}) does not answer; transfers go on once it does.")
                await asyncio.wait({asked})
                tell("")
            if asked.exception() is not None:
                return
        finally:
            asked.cancel()
