"""A contribution's files on their way to a draft: what is here, what is there, the job for the worker, the record beside the files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dandi_tui.api.documents import as_yaml
from dandi_tui.config import write_private
from dandi_tui.dataset.asset_path import path_fault
from dandi_tui.dataset.cache import Cache, identity_of
from dandi_tui.dataset.carrying_out import to_send
from dandi_tui.dataset.metadata import is_zarr
from dandi_tui.dataset.validate import validate
from dandi_tui.dataset.validate_file import CONTENT_LAYERS
from dandi_tui.errors import UsageError
from dandi_tui.text import plural
from dandi_tui.transfer.model import UPLOADS, FileSpec, JobSpec
from dandi_tui.transfer.upload_comparison import Compared, LocalFile
from dandi_tui.transfer.upload_plan import dandiset_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.instances import Instance
    from dandi_tui.api.models import ArchiveInfo, Asset
    from dandi_tui.dataset.checkup import Checkup
    from dandi_tui.dataset.contribution import Contribution
    from dandi_tui.dataset.findings import Finding
    from dandi_tui.dataset.scan import ScannedFile

_PAGE = 1000
_GONE = "it is gone: bring it back and press r, or organize anew (plan)"
_CHANGED = "it changed since it was checked: r checks it again"


def local_files(contribution: Contribution, checkup: Checkup) -> list[LocalFile]:
    """The files that are to be sent, as they are now; looks at the disk, and checks again those that were filled in.

    Args:
        contribution: What was decided.
        checkup: What is known of the sources.
    """
    sent = to_send(contribution, checkup.assets)
    sources = {path: source for source, path in contribution.placed.items()}
    filled = {place for path, place in sent.items() if sources.get(path, place) in contribution.fills}
    mended = _errors_of(filled)
    found = []
    for path, place in sent.items():
        source = sources.get(path, place)
        # A copy has a time of its own, and what was filled in was checked here.
        scanned = None if place in filled or (contribution.mode in {"copy", "move"} and not contribution.organized) else checkup.files.get(source)
        found.append(_local(path, place, _fault(contribution, checkup, source, mended.get(place)), scanned))
    return found


def _errors_of(places: Iterable[str]) -> dict[str, list[Finding]]:
    """What is wrong with files after they were filled in."""
    there = [place for place in places if Path(place).exists()]
    if not there:
        return {}
    with Cache() as cache:
        return {one.path: [found for found in one.findings if found.blocks] for one in validate(there, layers=CONTENT_LAYERS, cache=cache) if one.is_asset}


def _fault(contribution: Contribution, checkup: Checkup, source: str, mended: list[Finding] | None) -> str:
    if contribution.with_errors:
        return ""
    errors = checkup.errors(source, contribution) if mended is None else mended
    more = f" and {plural(len(errors) - 1, 'more error')}" if len(errors) > 1 else ""
    return f"{errors[0].message}{more}" if errors else ""


def _local(path: str, place: str, fault: str, scanned: ScannedFile | None) -> LocalFile:
    zarr = is_zarr(Path(place))
    known = identity_of(place)
    if known is None:
        return LocalFile(path=path, place=place, size=0, modified=0.0, fault=_GONE)
    if refused := path_fault(path):
        fault = f"the archive would refuse this path: it {refused}"
    elif not known.size:
        fault = "it is empty"
    elif scanned is not None and not zarr and (scanned.size, scanned.mtime) != (known.size, known.mtime):
        fault = _CHANGED
    return LocalFile(path=path, place=place, size=known.size, modified=known.mtime / 1e9, zarr=zarr, fault=fault)


def changed_since(compared: Iterable[Compared]) -> list[str]:
    """Files that would be sent and are not any more what was compared; those that are gone are told by the worker. Looks at the disk."""
    found = []
    for one in compared:
        known = identity_of(one.file.place) if one.outcome in {"add", "replace", "same"} else None
        if known is not None and (known.size, known.mtime / 1e9) != (one.file.size, one.file.modified):
            found.append(one.file.path)
    return found


def schema_words(archive: ArchiveInfo) -> str:
    """What to know where an archive's metadata schema is newer, and metadata that are made here are not taken; empty where they are."""
    from dandischema.consts import DANDI_SCHEMA_VERSION as OURS
    from packaging.version import InvalidVersion, Version

    try:
        newer = Version(archive.schema_version) > Version(OURS)
    except InvalidVersion:
        return ""
    if not newer or OURS in archive.allowed_schema_versions:
        return ""
    return f"Archive schema {archive.schema_version}, ours {OURS}: it may find these invalid; update dandi-tui."


async def assets_there(client: ArchiveClient, dandiset: str, files: Sequence[LocalFile], count: int) -> list[Asset]:
    """The draft's assets that could be at the files' paths, with their metadata, in as few requests as they take.

    Args:
        client: The archive.
        dandiset: The Dandiset's number.
        files: What would be sent.
        count: How many assets the draft has.
    """
    folders = sorted({one.path.partition("/")[0] for one in files})
    pages = -(-count // _PAGE)
    prefixes: Sequence[str | None] = folders if len(folders) < pages else [None] * min(pages, 1)
    found: dict[str, Asset] = {}
    for prefix in prefixes:
        async for asset in client.assets(dandiset, "draft", path=prefix, metadata=True, page_size=_PAGE):
            found[asset.asset_id] = asset
    return list(found.values())


def job_of(contribution: Contribution, instance: Instance, compared: Iterable[Compared]) -> tuple[JobSpec, list[FileSpec]]:
    """The job for the worker. What was checked here is not checked there again."""
    spec = JobSpec(
        kind="upload", instance=instance, root=contribution.folder, title=contribution.dandiset, dandiset=contribution.dandiset,
        existing=contribution.existing, validation="skip", jobs=UPLOADS,
    )  # fmt: skip
    files = [
        FileSpec(
            path=one.file.path, place=one.file.place, size=one.file.size, zarr="folder" if one.file.zarr else "",
            verdict="refuse" if one.outcome == "refuse" else "skip" if one.outcome == "keep" else "send", reason=one.reason if one.outcome != "same" else "",
        )
        for one in compared
    ]  # fmt: skip
    return spec, files


async def record_of(client: ArchiveClient, contribution: Contribution) -> str:
    """The record of the Dandiset for a folder that has none, to be written once files are sent; empty where the folder has one.

    Raises:
        UsageError: The folder is another Dandiset's.
    """
    path = Path(contribution.folder) / "dandiset.yaml"
    if not path.exists():
        return as_yaml(await client.version_metadata(contribution.dandiset, "draft"))
    if (named := dandiset_of(path.parent)) != contribution.dandiset:
        raise UsageError(f"the folder's dandiset.yaml names {named}", subject=contribution.folder, remedy=f"Choose {named}, or another folder.")
    return ""


def keep_record(contribution: Contribution, record: str) -> None:
    """Writes the Dandiset's record into the folder where it has none, so that other programs know whose files these are.

    Raises:
        OSError: It can't be written.
    """
    path = Path(contribution.folder) / "dandiset.yaml"
    if record and not path.exists():
        write_private(path, record)
        path.chmod(0o644)
