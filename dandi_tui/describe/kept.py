"""Edits kept on this machine: unsaved ones, to be taken up again, and copies of what the archive had before each saving."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from dandi_tui.config import state_dir, write_private

if TYPE_CHECKING:
    from pathlib import Path

_MOST_COPIES = 50


class Kept(msgspec.Struct, frozen=True):
    """Unsaved edits: when, what the archive had, and what was made of it."""

    at: datetime
    base: dict[str, Any]
    document: dict[str, Any]


def _folder(api_url: str, dandiset_id: str) -> Path:
    host = re.sub(r"[^A-Za-z0-9.-]", "_", urlsplit(api_url).netloc)
    return state_dir() / "metadata" / host / re.sub(r"[^0-9A-Za-z]", "_", dandiset_id)


def keep(api_url: str, dandiset_id: str, base: dict[str, Any], document: dict[str, Any]) -> bool:
    """Keeps unsaved edits; False where the folder can't be written."""
    try:
        made = msgspec.json.encode(Kept(datetime.now(UTC), base, document)).decode()
        write_private(_folder(api_url, dandiset_id) / "unsaved.json", made)
    except OSError:
        return False
    return True


def kept(api_url: str, dandiset_id: str) -> Kept | None:
    """The unsaved edits of a Dandiset; None where there are none, or they can't be read."""
    try:
        return msgspec.json.decode((_folder(api_url, dandiset_id) / "unsaved.json").read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError):
        return None


def forget(api_url: str, dandiset_id: str) -> None:
    """Forgets the unsaved edits of a Dandiset."""
    try:
        (_folder(api_url, dandiset_id) / "unsaved.json").unlink(missing_ok=True)
    except OSError:
        return


def copy(api_url: str, dandiset_id: str, document: dict[str, Any]) -> Path | None:
    """Keeps what the archive has before it is changed; where. None where the folder can't be written."""
    folder = _folder(api_url, dandiset_id)
    path = folder / f"before-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}.json"
    try:
        write_private(path, msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")
        for old in sorted(folder.glob("before-*.json"))[:-_MOST_COPIES]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path
