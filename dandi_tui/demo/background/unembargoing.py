"""Opening embargoed Dandisets to everybody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dandi_tui.demo.store import assets, dandisets, drafts, versions

if TYPE_CHECKING:
    from dandi_tui.demo.background.work import Work


async def step(work: Work) -> bool:
    """Opens one Dandiset, all of whose assets are validated again; whether any waited."""
    dandiset = await work.read(lambda: dandisets.first_unembargoing(work.store))
    if dandiset is None:
        return False
    await work.linger()

    def open_it() -> None:
        dandisets.open_to_all(work.store, dandiset.identifier, datetime.now(UTC).date().isoformat())
        draft = versions.get(work.store, dandiset.identifier, versions.DRAFT)
        if draft:
            assets.validate_again(work.store, draft)
            drafts.changed(work.store, draft)

    await work.change(open_it)
    return True
