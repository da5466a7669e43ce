"""Saving metadata: compared with what the archive has now, joined with others' changes, a copy kept, then sent.

The archive takes whatever is sent last and has no check of its own for a change in between: it is looked at before the difference is
shown, again just before it is sent, and once more when it has validated what was sent.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.describe import kept
from dandi_tui.describe.as_text import computed_names
from dandi_tui.describe.changes import Change, differences
from dandi_tui.describe.cleaning import cleaned
from dandi_tui.describe.merging import Conflict, merge
from dandi_tui.errors import ConflictError, ServerError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path as FilePath

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.models import VersionInfo
    from dandi_tui.describe.schema import Schema
    from dandi_tui.describe.tree import Path


class Prepared(msgspec.Struct, frozen=True):
    """What would be saved.

    Attributes:
        document: What would be sent.
        theirs: What the archive has now.
        theirs_changed: What others changed since the edits began.
        conflicts: Places that both changed; to be settled before it is sent.
    """

    document: dict[str, Any]
    theirs: dict[str, Any]
    theirs_changed: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def changes(self) -> list[Change]:
        """What saving changes at the archive."""
        return differences(self.theirs, self.document)


def compare(schema: Schema, base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any], *, take_theirs: frozenset[Path] = frozenset()) -> Prepared:
    """Joins our edits with what the archive has now; what it computes is taken from there. Pure.

    Args:
        schema: The schema.
        base: What the archive had when the edits began.
        ours: The edited document.
        theirs: What the archive has now.
        take_theirs: The conflicts that are settled for the other side.
    """
    computed = computed_names(schema)
    own = [{name: value for name, value in one.items() if name not in computed} for one in (base, cleaned(schema, ours), theirs)]
    merged = merge(*own)
    settled = merged.settled(take_theirs)
    document = {name: settled.get(name, value) if name not in computed else value for name, value in theirs.items() if name in computed or name in settled}
    document |= {name: value for name, value in settled.items() if name not in document}
    return Prepared(document, theirs, tuple(differences(own[0], own[2])), merged.conflicts)


async def prepare(client: ArchiveClient, dandiset_id: str, schema: Schema, base: dict[str, Any], ours: dict[str, Any]) -> Prepared:
    """Asks what the archive has now, and joins our edits with it.

    Raises:
        ArchiveError: It can't be asked.
    """
    return compare(schema, base, ours, await client.version_metadata(dandiset_id, "draft"))


async def save(client: ArchiveClient, dandiset_id: str, prepared: Prepared) -> tuple[VersionInfo, FilePath | None]:
    """Sends what was prepared, unless somebody changed it meanwhile; the new record, and where the copy of the old one is.

    Nothing is done between the look and the sending. Where it is not known whether the archive took it, it is looked at again first.

    Raises:
        ConflictError: Somebody changed it since it was prepared.
        ArchiveError: The archive refuses it.
    """
    copy = kept.copy(client.instance.api_url, dandiset_id, prepared.theirs)
    for left in range(_TRIES - 1, -1, -1):
        now = await client.version_metadata(dandiset_id, "draft")
        if same_fields(now, prepared.document):
            return await client.version_info(dandiset_id, "draft"), copy
        if not same_fields(now, prepared.theirs):
            raise ConflictError(
                "somebody changed the metadata just now", subject=dandiset_id, remedy="Save again: their changes are shown, and joined with yours."
            )
        try:
            return await client.ownership.save_metadata(dandiset_id, prepared.document, once=True), copy
        except (ServerError, UnreachableError):
            if not left:
                raise
        await asyncio.sleep(_PAUSE)
    raise AssertionError("unreachable: the last try returns or raises")


_TRIES = 3
_PAUSE = 0.5
_MOVING = frozenset({"citation", "assetsSummary", "dateModified", "manifestLocation"})


def same_fields(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two documents say the same, but for what the archive computes by itself."""
    return _own_bytes(one) == _own_bytes(other)


def _own_bytes(document: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({name: value for name, value in document.items() if name not in _MOVING}, order="deterministic")
