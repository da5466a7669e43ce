"""Doing what a plan of renaming or deleting assets says; each step tells what came of it, and one that fails stops no other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.errors import AccessError, ArchiveError, NotFoundError, UnreachableError
from dandi_tui.owning.asset_plan import AssetPlan, AssetStep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.models import Asset

_SIDE_BY_SIDE = 6


class AssetDone(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one step: `error` is empty where it was done."""

    step: AssetStep
    error: str = ""


async def do_steps(client: ArchiveClient, dandiset_id: str, plan: AssetPlan) -> AsyncIterator[AssetDone]:
    """Does the steps of a plan, some side by side; those whose place others leave wait for these.

    Raises:
        AccessError: The account may not do this; nothing further is tried.
        UnreachableError: The archive can't be reached any more.
    """
    for group in _groups(plan):
        pending = list(group)
        while pending:
            batch, pending = pending[:_SIDE_BY_SIDE], pending[_SIDE_BY_SIDE:]
            for done in await asyncio.gather(*(_do(client, dandiset_id, step) for step in batch)):
                yield done


def _groups(plan: AssetPlan) -> list[list[AssetStep]]:
    """Steps that may be done side by side, group after group."""
    groups: list[list[AssetStep]] = [[]]
    leaving: set[str] = set()
    for step in plan.to_do:
        if step.path in leaving:
            groups.append([])
            leaving = set()
        groups[-1].append(step)
        leaving.add(step.asset.path)
    return groups


async def _do(client: ArchiveClient, dandiset_id: str, step: AssetStep) -> AssetDone:
    try:
        if step.verdict == "delete":
            await _gone(client, dandiset_id, step.asset.asset_id)
        elif step.verdict == "replace":
            await _put_over(client, dandiset_id, step)
        else:
            await _put(client, dandiset_id, step, step.asset.asset_id)
    except (AccessError, UnreachableError):
        raise
    except ArchiveError as error:
        return AssetDone(step=step, error=str(error))
    return AssetDone(step=step)


async def _put_over(client: ArchiveClient, dandiset_id: str, step: AssetStep) -> None:
    """Puts an asset's content in the place of the other, and only then takes it from its old path: nothing is lost in between."""
    await _put(client, dandiset_id, step, step.replaced)
    await _gone(client, dandiset_id, step.asset.asset_id)


async def _put(client: ArchiveClient, dandiset_id: str, step: AssetStep, place: str) -> None:
    """Puts an asset, with all that is known of it, in the place of one at its new path."""
    known = await client.asset(step.asset.asset_id, dandiset_id=dandiset_id, version="draft")
    metadata = {**(known.metadata or {}), "path": step.path}
    await client.uploads.replace_asset(dandiset_id, place, metadata, blob=known.blob or "", zarr=known.zarr or "")


async def _gone(client: ArchiveClient, dandiset_id: str, asset_id: str) -> None:
    """Deletes an asset; one that is gone already is as good."""
    try:
        await client.uploads.delete_asset(dandiset_id, asset_id)
    except NotFoundError:
        return


async def assets_about(client: ArchiveClient, dandiset_id: str, sources: Sequence[str], destination: str | None = None) -> list[Asset]:
    """The draft's assets that a plan must know of: those at and below some paths, and those that could be in the way of a destination.

    Args:
        client: The archive.
        dandiset_id: Six digits.
        sources: Paths of assets and folders; empty: all assets are asked for.
        destination: Where the sources are to go; None where they go nowhere.
    """
    wanted = {source.strip("/") for source in sources}
    if destination is not None:
        first = destination.strip("/").partition("/")[0]
        wanted |= {first} if first else {source.strip("/").rpartition("/")[2] for source in sources}
    prefixes = sorted(wanted) if sources and "" not in wanted else [None]
    found: dict[str, Asset] = {}
    for prefix in prefixes:
        async for asset in client.assets(dandiset_id, "draft", path=prefix):
            found[asset.asset_id] = asset
    return list(found.values())
