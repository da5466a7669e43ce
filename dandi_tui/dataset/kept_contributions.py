"""Contributions on the disk: one small file for each set of sources, in the state folder, so that each can be taken up again."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.config import state_dir, write_private
from dandi_tui.dataset.contribution import Contribution

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 50


def _folder() -> Path:
    return state_dir() / "contributions"


def _path(contribution: Contribution) -> Path:
    name = hashlib.sha256("\0".join(contribution.sources).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return _folder() / f"{name}.json"


def keep(contribution: Contribution) -> None:
    """Writes a contribution, in place of what was kept of the same sources; the oldest beyond 50 are forgotten.

    Raises:
        OSError: The state folder can't be written.
        ValueError: A path has bytes that are no text, which can't be kept.
    """
    if not contribution.sources:
        return
    write_private(_path(contribution), msgspec.json.encode(contribution).decode())
    for path in _newest_first()[_MOST:]:
        with suppress(OSError):
            path.unlink()


def kept(limit: int = _MOST) -> list[Contribution]:
    """What was kept, the latest first; a file that can't be understood is passed over."""
    found = []
    for path in _newest_first()[:limit]:
        with suppress(OSError, msgspec.MsgspecError):
            found.append(msgspec.json.decode(path.read_bytes(), type=Contribution))
    return found


def kept_of(contribution: Contribution) -> Contribution | None:
    """What was kept of the same sources; None where nothing was."""
    try:
        return msgspec.json.decode(_path(contribution).read_bytes(), type=Contribution)
    except (OSError, ValueError):
        return None


def forget(contribution: Contribution) -> None:
    """Forgets a contribution; the files and what was sent stay as they are."""
    _path(contribution).unlink(missing_ok=True)


def recent_sources(limit: int = 6) -> list[str]:
    """Folders and files that contributions began with, the latest first."""
    return list(dict.fromkeys(source for one in kept(limit) for source in one.sources))[:limit]


def _newest_first() -> list[Path]:
    try:
        with os.scandir(_folder()) as entries:
            timed = sorted(((entry.stat().st_mtime, entry.name) for entry in entries if entry.name.endswith(".json")), reverse=True)
    except OSError:
        return []
    return [_folder() / name for _, name in timed]
