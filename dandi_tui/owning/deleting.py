"""Taking files out of a draft: which ones a path means, and doing it one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.api.models import Asset
from dandi_tui.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from dandi_tui.api.client import ArchiveClient


async def meant(client: ArchiveClient, dandiset_id: str, paths: Iterable[str]) -> list[Asset]:
    """The assets of the draft at some paths, or below them where they are folders; each once, in order.

    Raises:
        NotFoundError: Nothing stands at a path.
        ArchiveError: The archive can't be asked.
    """
    found: dict[str, Asset] = {}
    for path in paths:
        plain = path.rstrip("/")
        place = await client.at_path(dandiset_id, "draft", plain)
        if place.asset:
            found[place.asset.path] = place.asset
        async for one in client.assets(dandiset_id, "draft", path=f"{plain}/") if place.folder else _nothing():
            if one.path.startswith(f"{plain}/"):
                found[one.path] = one
    if not found:
        raise NotFoundError("nothing stands there", subject=dandiset_id)
    return [found[path] for path in sorted(found)]


async def _nothing() -> AsyncIterator[Asset]:
    for one in list[Asset]():
        yield one


async def delete(client: ArchiveClient, dandiset_id: str, assets: Iterable[Asset]) -> AsyncIterator[Asset]:
    """Deletes assets of the draft one by one; gives each once it is gone.

    Raises:
        ArchiveError: One can't be deleted; those before it are gone.
    """
    for one in assets:
        await client.ownership.delete_asset(dandiset_id, one.asset_id)
        yield one
