"""From a file of the archive to what the reader opens: where its bytes are, what names its content, whether an index of it stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.config import cache_dir, write_private
from dandi_tui.nwb.messages import Open

if TYPE_CHECKING:
    from pathlib import Path

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.targets import Target

_MOST_REMEMBERED = 5_000


def cache_folder() -> Path:
    """The folder of what was read of files that never change."""
    return cache_dir() / "nwb"


async def streamed(client: ArchiveClient, target: Target) -> Open:
    """What the reader opens for a file of the archive; one that was opened before is found without a request.

    Raises:
        ArchiveError: The archive can't be asked, or there is no such file.
        UsageError: The target names no single file.
    """
    known = _remembered().get(_name(client, target)) if target.asset_id else None
    if known is not None:
        return msgspec.structs.replace(known, headers=client.own_headers if known.headers else {})
    found = await client.ranged_asset(target)
    path = (target.path or "").rstrip("/")
    index = ""
    if target.dandiset_id and path.endswith(".nwb") and "{key}" not in found.address:
        index = await client.index_address(target.dandiset_id, await client.version_meant(target.dandiset_id, target.version), path)
    made = Open(
        source=found.address,
        headers=found.headers,
        key=found.content,
        folder=str(cache_folder()),
        documents=found.documents,
        index=index,
        size=found.size,
    )
    if target.asset_id and found.content and "{key}" not in found.address:
        _remember(_name(client, target), msgspec.structs.replace(made, headers=dict.fromkeys(made.headers, "")))
    return made


def _name(client: ArchiveClient, target: Target) -> str:
    return f"{client.instance.api_url} {target.asset_id}"


def _remembered() -> dict[str, Open]:
    """Files that were opened before: an asset's bytes never change, so that this stays true. Which headers they need is known, not their values."""
    try:
        return msgspec.json.decode((cache_folder() / "opened.json").read_bytes(), type=dict[str, Open])
    except (OSError, ValueError):
        return {}


def _remember(name: str, opened: Open) -> None:
    found = {**_remembered(), name: opened}
    kept = dict(list(found.items())[-_MOST_REMEMBERED:])
    try:
        write_private(cache_folder() / "opened.json", msgspec.json.encode(kept).decode())
    except OSError:
        return
