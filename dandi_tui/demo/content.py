"""What the embedded archive is filled with, as data: Dandisets, their files, who owns them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec


class SampleFile(msgspec.Struct, frozen=True, kw_only=True):
    """One asset.

    Attributes:
        path: Its path in the Dandiset.
        source: The file on this machine, or the folder of a Zarr; None: it has a size, but no bytes.
        size: Bytes; taken from the source where there is one.
        metadata: The asset metadata that a client would send.
        is_zarr: Whether the source is a folder that is one Zarr asset.
        errors: What validation finds: pairs of field and message.
    """

    path: str
    source: Path | None = None
    size: int = 0
    metadata: dict[str, Any] = {}
    is_zarr: bool = False
    errors: tuple[tuple[str, str], ...] = ()


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A published version: its number, its notes, and which paths it holds (None: all)."""

    version: str
    notes: str = ""
    paths: frozenset[str] | None = None


class SampleDandiset(msgspec.Struct, frozen=True, kw_only=True):
    """One Dandiset with its files.

    Attributes:
        identifier: Six digits.
        metadata: What its owner wrote; the server adds what it computes.
        files: The assets; may be made as they are asked for.
        owners: User names.
        created: When it was registered.
        modified: When its draft last changed.
        embargoed: Whether only owners may see it.
        releases: Published versions, the oldest first.
        starred_by: User names.
        errors: What validation finds in its metadata: pairs of field and message.
    """

    identifier: str
    metadata: dict[str, Any]
    files: Iterable[SampleFile] = ()
    owners: tuple[str, ...] = ("demo",)
    created: datetime
    modified: datetime
    embargoed: bool = False
    releases: tuple[Release, ...] = ()
    starred_by: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()
