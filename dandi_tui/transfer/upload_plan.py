"""What an upload would send: local files, their paths in the Dandiset, and the Dandiset that they belong to."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.errors import NotAllowedError, UsageError
from dandi_tui.transfer.model import DAY, UPLOADS, FileSpec, JobSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.instances import Instance
    from dandi_tui.api.models import Dandiset

_RECORD = "dandiset.yaml"
_LEFTOVERS = (".dandidownload", ".part")


class Source(msgspec.Struct, frozen=True):
    """A local file that is to be sent, absolute, and its path in the Dandiset."""

    place: Path
    path: str
    size: int = 0
    zarr: bool = False
    skipped: str = ""


class UploadPlan(msgspec.Struct, frozen=True):
    """What an upload would send: the Dandiset's folder, its number, and the files."""

    root: Path
    dandiset: str
    sources: tuple[Source, ...]

    @property
    def size(self) -> int:
        """Bytes of all files that are to be sent."""
        return sum(source.size for source in self.sources if not source.skipped)


def absolute(path: Path) -> Path:
    """A path from the root, links left as they are: a linked file belongs where its link is."""
    return Path(os.path.abspath(path))  # noqa: PTH100 (`resolve` would follow links)


def find_root(paths: Sequence[Path], folder: Path | None) -> Path:
    """The Dandiset's folder: the one named, else the nearest above all paths that has a `dandiset.yaml`.

    Raises:
        UsageError: There is none.
    """
    from dandi_tui.dataset.asset_files import find_dandiset

    if folder is not None:
        return absolute(folder)
    above = Path(os.path.commonpath([absolute(path) for path in paths])) if paths else Path.cwd()
    found = find_dandiset(above)
    if found is None:
        remedy = "Download it (`dandi-tui download --what dandiset.yaml ID`), or name folder and Dandiset: -d DIR --to ID."
        raise UsageError(f"no folder above {above} has a {_RECORD}", remedy=remedy)
    return found


def dandiset_of(root: Path) -> str:
    """The number that a folder's `dandiset.yaml` names.

    Raises:
        UsageError: It names none.
    """
    try:
        text = (root / _RECORD).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{_RECORD} can't be read: {error.strerror}", subject=str(root), remedy="Name the Dandiset: --to ID.") from error
    match = re.search(r"^identifier:\s*['\"]?(?:[A-Za-z-]+:)?(\d{6})['\"]?\s*$", text, re.MULTILINE)
    if match is None:
        raise UsageError(f"{_RECORD} names no Dandiset", subject=str(root), remedy="Name it: --to ID.")
    return match[1]


def make_upload_plan(paths: Sequence[Path], folder: Path | None = None, dandiset: str = "") -> UploadPlan:
    """What would be sent; looks at the disk, asks no archive.

    Args:
        paths: Files and folders; none: the Dandiset's folder.
        folder: The Dandiset's folder; None: found above the paths.
        dandiset: The Dandiset's number; empty: named by its `dandiset.yaml`.

    Raises:
        UsageError: A path is not there or not within the folder, or no Dandiset is named.
    """
    root = find_root(paths, folder)
    number = dandiset or dandiset_of(root)
    sources: dict[str, Source] = {}
    for given in paths or [root]:
        for place in _assets(given):
            source = _source(root, place)
            sources.setdefault(source.path, source)
    return UploadPlan(root, number, tuple(sources.values()))


def _assets(given: Path) -> Iterator[Path]:
    from dandi_tui.dataset.asset_files import find_assets

    try:
        yield from find_assets(given)
    except FileNotFoundError as error:
        raise UsageError("there is no such file or folder", subject=str(given)) from error


def _source(root: Path, place: Path) -> Source:
    from dandi_tui.dataset.metadata import is_zarr

    here = absolute(place)
    if not here.is_relative_to(root):
        raise UsageError(f"this file is not in the Dandiset's folder {root}", subject=str(here))
    path = here.relative_to(root).as_posix()
    if any(part.endswith(_LEFTOVERS) for part in Path(path).parts):
        return Source(here, path, skipped="what a broken download left")
    if here.name == _RECORD:
        return Source(here, path, skipped="the record of the Dandiset is edited in the archive, not uploaded")
    if not here.exists():
        return Source(here, path, skipped="a link that leads nowhere")
    zarr = is_zarr(here)
    return Source(here, path, _folder_size(here) if zarr else here.stat().st_size, zarr)


def _folder_size(folder: Path) -> int:
    return sum(os.lstat(os.path.join(where, name)).st_size for where, _, names in os.walk(folder) for name in names)  # noqa: PTH118 (may be very many)


async def check_owner(client: ArchiveClient, dandiset: str) -> Dandiset:
    """Makes sure, before anything is hashed, that this account may upload to a Dandiset; the Dandiset as it stands.

    Raises:
        ArchiveError: It may not, there is no such Dandiset, or the archive can't be asked.
    """
    me = await client.me()
    found = await client.dandiset(dandiset)
    owners = await client.owners(dandiset)
    if not me.admin and me.username not in {owner.username for owner in owners}:
        names = ", ".join(owner.username for owner in owners[:5])
        raise NotAllowedError(f"{me.username} is no owner of it", subject=f"Dandiset {dandiset}", remedy=f"Its owners ({names}) can add you.")
    return found


def upload_order(
    plan: UploadPlan, instance: Instance, *, existing: str = "refresh", validation: str = "require", jobs: int = UPLOADS, patience: float = DAY
) -> tuple[JobSpec, list[FileSpec]]:
    """A plan as a job for the worker.

    Args:
        plan: The plan.
        instance: The archive.
        existing: What is done where the draft has an asset at the path: error, skip, refresh, overwrite, force.
        validation: Whether files must be valid: require, skip, ignore.
        jobs: Files side by side.
        patience: Seconds that a file is tried again without any progress.
    """
    spec = JobSpec(
        kind="upload", instance=instance, root=str(plan.root), title=plan.dandiset, dandiset=plan.dandiset, existing=existing,
        validation=validation, jobs=jobs, patience=patience,
    )  # fmt: skip
    return spec, list(file_specs(plan.sources))


def file_specs(sources: Iterable[Source]) -> Iterator[FileSpec]:
    """Sources as the files of a job."""
    for one in sources:
        yield FileSpec(
            path=one.path, place=str(one.place), size=one.size, zarr="folder" if one.zarr else "",
            verdict="skip" if one.skipped else "send", reason=one.skipped,
        )  # fmt: skip
