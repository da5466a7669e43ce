"""Publishing and opening, watched until they are done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.api.models import VersionInfo
from dandi_tui.api.readiness import Check, checklist, is_ready
from dandi_tui.errors import ConflictError, RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.models import Dandiset

PAUSE = 2.0
"""Seconds between two questions while something is watched."""
_LOOKS = 5
"""So often it is looked at before a publishing that does not begin is taken as refused."""


class Draft(msgspec.Struct, frozen=True):
    """A draft before its publishing: its record, and what stands in the way."""

    info: VersionInfo
    checks: tuple[Check, ...]

    @property
    def is_ready(self) -> bool:
        """Whether it can be published now."""
        return is_ready(self.checks)


class Released(msgspec.Struct, frozen=True):
    """A version that was published: its number, its DOI (empty where there is none yet), and its notes."""

    version: str
    doi: str
    notes: str


async def look(client: ArchiveClient, dandiset_id: str) -> Draft:
    """The draft, and what stands between it and its publishing.

    Raises:
        ArchiveError: It can't be asked.
    """
    info = await client.version_info(dandiset_id, "draft")
    zarrs = await client.assets(dandiset_id, "draft", zarr=True, page_size=1, order=None).count()
    return Draft(info, tuple(checklist(info, has_zarr=bool(zarrs))))


def why_not(draft: Draft) -> str:
    """The first thing that stands in the way, as a sentence; empty when nothing does."""
    first = next((one for one in draft.checks if one.state in {"blocks", "waits"}), None)
    if first is None:
        return ""
    place = first.path or first.field
    more = sum(one.state in {"blocks", "waits"} for one in draft.checks) - 1
    return f"{place + ': ' if place else ''}{first.words}{f' ({more} more)' if more else ''}"


async def settled(client: ArchiveClient, dandiset_id: str, pause: float = PAUSE) -> AsyncIterator[Draft]:
    """Looks at the draft again and again, until nothing is awaited: what blocks may be from before the last change."""
    while True:
        draft = await look(client, dandiset_id)
        yield draft
        if not any(one.state == "waits" for one in draft.checks):
            return
        await asyncio.sleep(pause)


async def watch(client: ArchiveClient, dandiset_id: str, pause: float = PAUSE) -> AsyncIterator[VersionInfo]:
    """The draft's record after each change of its state, until it is published; the last one is Published.

    Raises:
        RefusedError: The archive took it back: the draft is not published, nor being so.
        ArchiveError: It can't be asked.
    """
    before, looks = "", 0
    while True:
        info = await client.version_info(dandiset_id, "draft")
        looks += 1
        if info.status == "Published":
            yield info
            return
        if info.status != "Publishing" and (before == "Publishing" or looks > _LOOKS):
            told = "; ".join(one.message for one in (*info.version_validation_errors, *info.asset_validation_errors)[:3])
            remedy = "P shows what is in the way."
            raise RefusedError(f"the archive did not publish it: its status is {info.status}", subject=dandiset_id, said=told, remedy=remedy)
        if info.status != before:
            before = info.status
            yield info
        await asyncio.sleep(pause)


async def publish(client: ArchiveClient, dandiset_id: str, notes: str = "") -> None:
    """Asks for the publishing, after a last look at what stands in the way.

    Raises:
        ConflictError: Something does.
        ArchiveError: The archive refuses it; its words are in the error.
    """
    draft = await look(client, dandiset_id)
    if reason := why_not(draft):
        raise ConflictError(
            f"it can't be published: {reason}",
            subject=dandiset_id,
            remedy=f"`dandi-tui dandiset publish {dandiset_id} --check` tells all that is in the way, and how to mend it.",
        )
    await client.ownership.publish(dandiset_id, notes)


async def newest(client: ArchiveClient, dandiset_id: str) -> Released | None:
    """The newest published version; None where there is none."""
    version = (await client.dandiset(dandiset_id)).most_recent_published_version
    if version is None:
        return None
    metadata = await client.version_metadata(dandiset_id, version.version)
    return Released(version.version, str(metadata.get("doi") or ""), version.release_notes or str(metadata.get("releaseNotes") or ""))


async def watch_opening(client: ArchiveClient, dandiset_id: str, pause: float = PAUSE) -> AsyncIterator[Dandiset]:
    """The Dandiset after each change of its embargo, until it is open.

    Raises:
        ArchiveError: It can't be asked.
    """
    before = ""
    while True:
        dandiset = await client.dandiset(dandiset_id)
        if dandiset.embargo_status != before:
            before = dandiset.embargo_status
            yield dandiset
        if dandiset.embargo_status == "OPEN":
            return
        await asyncio.sleep(pause)
