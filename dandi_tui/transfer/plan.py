"""What a download would do, before it does anything: which files, how much, what is there already, whether it fits."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.errors import DandiTuiError, NoSpaceError, UnsafePathError, UsageError
from dandi_tui.text import size as size_words
from dandi_tui.transfer.paths import local_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.models import Asset
    from dandi_tui.api.targets import Target

EXISTING = ("error", "skip", "refresh", "overwrite")
_MARGIN = 50 * 2**20
_SAME_TIME = 2.0


class Wanted(msgspec.Struct, frozen=True):
    """A file that a target names, and where below the output folder it belongs."""

    asset_id: str
    path: str
    place: str
    size: int
    modified: float
    zarr: str | None = None


class Step(msgspec.Struct, frozen=True):
    """What is done with one file: `fetch`, `skip` or `refuse`, and why."""

    wanted: Wanted
    action: str
    reason: str = ""


class Plan(msgspec.Struct, frozen=True):
    """What a download would do below `root`; `free` is the disk's room in bytes."""

    root: Path
    steps: tuple[Step, ...]
    free: int

    @property
    def to_fetch(self) -> list[Step]:
        """The files that are brought."""
        return [step for step in self.steps if step.action == "fetch"]

    @property
    def size(self) -> int:
        """Bytes to bring."""
        return sum(step.wanted.size for step in self.to_fetch)


async def collect(client: ArchiveClient, targets: Iterable[Target]) -> list[Wanted]:
    """Lists the files that targets name.

    Raises:
        ArchiveError: The archive can't be asked, or a target is not there.
        UsageError: A target names nothing that can be downloaded.
    """
    found: dict[str, Wanted] = {}
    for target in targets:
        async for wanted in _files(client, target):
            found.setdefault(wanted.place, wanted)
    return list(found.values())


async def _files(client: ArchiveClient, target: Target) -> AsyncIterator[Wanted]:
    if target.kind in {"local", "url"}:
        raise UsageError("only what is in an archive can be downloaded", subject=target.path or "")
    if target.asset_id:
        asset = await client.asset(target.asset_id)
        yield _wanted(asset, asset.path.rpartition("/")[2])
        return
    dandiset = target.dandiset_id or ""
    version = target.version or await client.newest_version(dandiset)
    path = (target.path or "").rstrip("/")
    if target.kind in {"asset", "folder"}:
        place = await client.at_path(dandiset, version, path)
        if place.asset:
            yield _wanted(place.asset, place.asset.path.rpartition("/")[2])
            return
        above = path.rpartition("/")[0]
        async for asset in client.assets(dandiset, version, path=path + "/"):
            yield _wanted(asset, asset.path[len(above) + 1 if above else 0 :])
        return
    glob, prefix = (target.path, None) if target.kind == "glob" else (None, target.path)
    async for asset in client.assets(dandiset, version, glob=glob, path=prefix):
        yield _wanted(asset, f"{dandiset}/{asset.path}")


def _wanted(asset: Asset, place: str) -> Wanted:
    return Wanted(asset.asset_id, asset.path, place, asset.size, asset.modified.timestamp(), asset.zarr)


def make_plan(wanted: Sequence[Wanted], root: Path, *, existing: str = "error") -> Plan:
    """Decides what is done with each file; touches nothing.

    Args:
        wanted: The files.
        root: The output folder.
        existing: What is done with files that are there: error, skip, refresh (fetch those that differ), overwrite.
    """
    seen: dict[str, str] = {}
    steps = tuple(_step(one, root, existing, seen) for one in wanted)
    above = next(folder for folder in (root.absolute(), *root.absolute().parents) if folder.exists())
    return Plan(root, steps, shutil.disk_usage(above).free)


def _step(one: Wanted, root: Path, existing: str, seen: dict[str, str]) -> Step:
    try:
        relative = local_path(one.place)
    except UnsafePathError as error:
        return Step(one, "refuse", str(error))
    other = seen.setdefault(one.place.casefold(), one.place)
    if other != one.place:
        return Step(one, "refuse", f"differs from {other} only by letter case")
    place = root / relative
    if not place.exists():
        return Step(one, "fetch")
    return _step_over(one, place, existing)


def _step_over(one: Wanted, place: Path, existing: str) -> Step:
    """What is done where something stands already."""
    if place.is_dir() != bool(one.zarr):
        return Step(one, "refuse", "a folder is in the file's way" if place.is_dir() else "a file is in the way")
    if existing == "skip":
        return Step(one, "skip", "exists")
    if existing == "refresh" and not one.zarr and _same(place, one):
        return Step(one, "skip", "same size and time")
    if existing in {"refresh", "overwrite"}:
        return Step(one, "fetch", "is replaced")
    return Step(one, "refuse", "exists; --existing says what to do with such files")


def _same(place: Path, one: Wanted) -> bool:
    found = place.stat()
    return found.st_size == one.size and abs(found.st_mtime - one.modified) <= _SAME_TIME


def check_space(plan: Plan) -> None:
    """Refuses a plan that the disk has no room for.

    Raises:
        NoSpaceError: It has not.
    """
    if plan.size + _MARGIN > plan.free:
        raise NoSpaceError(
            f"{size_words(plan.size)} are to be brought, and {size_words(plan.free)} are free",
            subject=str(plan.root),
            remedy="Make room, or choose another folder.",
        )


def words_of(error: BaseException) -> str:
    """An error of a file in words."""
    if isinstance(error, DandiTuiError):
        return str(error)
    return f"{getattr(error, 'strerror', None) or error}"
