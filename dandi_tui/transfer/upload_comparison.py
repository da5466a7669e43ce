"""What an upload would add to a draft, replace or leave there, told before anything is hashed. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dandi_tui.api.models import Asset

Outcome = Literal["add", "replace", "same", "keep", "refuse"]
WORDS = {"add": "added", "replace": "replaced", "same": "there already", "keep": "left as they are", "refuse": "not sent"}


class LocalFile(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A file that would be sent: its path in the Dandiset, its place, bytes, when it was changed (seconds since 1970), why it is not sent."""

    path: str
    place: str
    size: int
    modified: float
    zarr: bool = False
    fault: str = ""


class Compared(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A file and what an upload would do with it."""

    file: LocalFile
    outcome: Outcome
    reason: str = ""


def compare(files: Iterable[LocalFile], assets: Sequence[Asset], existing: str) -> list[Compared]:
    """What would be done with each file.

    Args:
        files: The local files.
        assets: The draft's, with their metadata.
        existing: What is done where an asset is there: skip, refresh, overwrite, force.
    """
    there = {one.path: one for one in assets}
    folders = {path[:at] for path in there for at in range(len(path)) if path[at] == "/"}
    return [_compared(one, there, folders, existing) for one in files]


def _compared(file: LocalFile, there: Mapping[str, Asset], folders: set[str], existing: str) -> Compared:
    asset = there.get(file.path)
    fault = file.fault or ("the draft has a folder of this name" if file.path in folders else "")
    if fault or asset is None:
        return Compared(file=file, outcome="refuse" if fault else "add", reason=fault)
    if existing == "skip":
        return Compared(file=file, outcome="keep", reason="the draft has a file there")
    if asset.size == file.size and existing != "force":
        return Compared(file=file, outcome="same", reason="of the same size; the digest decides")
    theirs = _changed(asset)
    if existing == "refresh" and theirs is not None and theirs >= file.modified:
        return Compared(file=file, outcome="keep", reason="the archive's file was changed later than this one")
    return Compared(file=file, outcome="replace", reason=f"{asset.size:,} bytes there, {file.size:,} here")


def _changed(asset: Asset) -> float | None:
    try:
        return datetime.fromisoformat(str((asset.metadata or {}).get("blobDateModified"))).timestamp()
    except ValueError:
        return None


def counted(compared: Iterable[Compared]) -> dict[str, int]:
    """How many files come to what, in the order of `WORDS`; those without any are left out."""
    found = dict.fromkeys(WORDS, 0)
    for one in compared:
        found[one.outcome] += 1
    return {outcome: count for outcome, count in found.items() if count}
