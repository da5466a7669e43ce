"""What there is under some folders, and what names are made of in each NWB file: results as they come.

    with Cache() as cache:
        for file in scan(["raw/"], cache=cache):
            …

Links to folders are not followed, so no loop is entered; links to files are files. Files and folders whose name starts with a dot,
and those of version control systems, are not looked at.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dandi_tui.dataset.asset_files import IMAGES, VIDEOS
from dandi_tui.dataset.file_fields import FileFields
from dandi_tui.dataset.nwb_fields import read_fields
from dandi_tui.dataset.pool import Task, run
from dandi_tui.nwb.zarr_store import is_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from dandi_tui.dataset.cache import Cache, Identity
    from dandi_tui.dataset.pool import Outcome

SCAN: Task[FileFields] = Task(read_fields, FileFields, version=1, quick=True)
_VERSION_CONTROL = frozenset((".git", ".gitattributes", ".svn", ".bzr", ".hg"))
_STORE_SUFFIXES = (".zarr", ".nwb")


class Found(NamedTuple):
    """A file or Zarr store that a walk came upon.

    Attributes:
        path: Its path, beginning with the source as it was given.
        real: Its path with all links resolved.
        kind: `nwb`, `zarr`, `video`, `image`, `other`; or `unreadable`, a folder that may not be looked into.
        entry: Its folder with all links resolved, and its name: what tells it from others.
    """

    path: str
    real: str
    kind: str
    entry: str


class MediaFile(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A file that an NWB file refers to, and that organizing knows how to bring along.

    Attributes:
        place: The path of the object in the NWB file.
        object_id: The object's identifier.
        index: The place of the reference among the object's.
        number: Its place among those that are brought along.
        reference: The reference as it is written.
        path: Where the file is; empty for an address.
        there: Whether it is there.
    """

    place: str
    object_id: str
    index: int
    number: int
    reference: str
    path: str
    there: bool


class ScannedFile(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A file that was looked at.

    Attributes:
        number: Its place in the order of the walk.
        path: Its path, beginning with the source as it was given.
        real: Its path with all links resolved.
        kind: As of `Found`.
        size: In bytes; of a store, of all its files.
        mtime: When it was last changed, in ns.
        fields: What names are made of; None of other files, and where it can't be used.
        problem: Why it can't be used; empty where it can.
        changed: Whether it changed while it was read.
        cached: Whether it was known from before.
        media: The files that it refers to.
        unknown_media: References to files of kinds that are not brought along.
    """

    number: int
    path: str
    real: str
    kind: str
    size: int = 0
    mtime: int = 0
    fields: FileFields | None = None
    problem: str = ""
    changed: bool = False
    cached: bool = False
    media: tuple[MediaFile, ...] = ()
    unknown_media: tuple[str, ...] = ()

    @property
    def is_nwb(self) -> bool:
        """Whether it is to be organized: an NWB file, or what is called one."""
        return self.kind in {"nwb", "zarr"}


def walk(sources: Iterable[str]) -> Iterator[Found]:
    """What there is under some files and folders, by name, each once."""
    given = list(sources)
    several = len(given) > 1
    seen: set[str] = set()
    for source in given:
        for one in _below(source) if os.path.isdir(source) and not _is_zarr(source) else _given(source):
            if one.entry not in seen:
                yield one
            if several:
                seen.add(one.entry)


def _given(path: str) -> Iterator[Found]:
    folder, name = os.path.split(path.rstrip("/"))
    entry = os.path.join(os.path.realpath(folder), name)
    yield Found(path, os.path.realpath(path), "zarr" if os.path.isdir(path) else _kind(name), entry)


def _is_zarr(path: str) -> bool:
    from pathlib import Path

    return path.rstrip("/").endswith(_STORE_SUFFIXES) and is_store(Path(path))


def _kind(name: str) -> str:
    lower = name.lower()
    if name.endswith(".nwb"):
        return "nwb"
    return "video" if lower.endswith(VIDEOS) else "image" if lower.endswith(IMAGES) else "other"


def _below(source: str) -> Iterator[Found]:
    waiting = [source]
    while waiting:
        folder = waiting.pop()
        real = os.path.realpath(folder)
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            yield Found(folder, real, "unreadable", real)
            continue
        folders = []
        for entry in listed:
            if entry.name.startswith(".") or entry.name in _VERSION_CONTROL:
                continue
            path, place = os.path.join(folder, entry.name), os.path.join(real, entry.name)
            if not _is_folder(entry):
                yield Found(path, os.path.realpath(path) if entry.is_symlink() else place, _kind(entry.name), place)
            elif entry.is_symlink():
                continue
            elif _is_zarr(path):
                yield Found(path, place, "zarr", place)
            else:
                folders.append(path)
        waiting += reversed(folders)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link in a ring.
        return False


def scan(
    sources: Sequence[str], *, jobs: int | None = None, executor: Executor | None = None, cache: Cache | None = None, others: bool = True
) -> Iterator[ScannedFile]:
    """Looks at all that is under some files and folders; results come as they are ready, `number` gives their order.

    Args:
        sources: Files and folders.
        jobs: Processes of this machine; None: as many as there are processors.
        executor: Does the reading instead.
        cache: Where what was read is remembered.
        others: Whether files that are no NWB files are told too.
    """
    asked: dict[int, tuple[int, Found]] = {}
    aside: list[ScannedFile] = []

    def paths() -> Iterator[str]:
        count = 0
        for number, found in enumerate(walk(sources)):
            if found.kind in {"nwb", "zarr"}:
                asked[count] = (number, found)
                count += 1
                yield found.path
            elif others or found.kind == "unreadable":
                aside.append(_other(number, found))

    for outcome in run(SCAN, paths(), jobs=jobs, executor=executor, cache=cache):
        yield from aside
        aside.clear()
        number, found = asked.pop(outcome.number)
        yield _scanned(number, found, outcome)
    yield from aside


def _other(number: int, found: Found) -> ScannedFile:
    if found.kind == "unreadable":
        return ScannedFile(number=number, path=found.path, real=found.real, kind="unreadable", problem="this folder may not be looked into")
    try:
        size = os.stat(found.path).st_size
    except OSError:
        size = 0
    return ScannedFile(number=number, path=found.path, real=found.real, kind=found.kind, size=size)


def _scanned(number: int, found: Found, outcome: Outcome[FileFields]) -> ScannedFile:
    fields = outcome.result
    problem = fields.problem if fields else outcome.problem
    known: Identity | None = outcome.identity
    # A Zarr store that is no NWB file is not to be organized, and no fault of anything.
    kind = "other" if found.kind == "zarr" and fields is not None and fields.nwb_version is None else found.kind
    media, unknown = _media(found.path, fields) if fields is not None else ((), ())
    return ScannedFile(
        number=number, path=found.path, real=found.real, kind=kind, size=known.size if known else 0, mtime=known.mtime if known else 0,
        fields=fields, problem=problem, changed=outcome.changed, cached=outcome.cached, media=media, unknown_media=unknown,
    )  # fmt: skip


def _media(path: str, fields: FileFields) -> tuple[tuple[MediaFile, ...], tuple[str, ...]]:
    """The media that a file refers to: those that are brought along, and the others' references."""
    found: list[MediaFile] = []
    unknown: list[str] = []
    for one in fields.media:
        suffixes = VIDEOS if one.kind == "video" else IMAGES
        number = 0
        for index, reference in enumerate(one.references):
            if not one.organized or not reference.lower().endswith(suffixes):
                unknown.append(reference)
                continue
            place = "" if is_address(reference) else os.path.join(os.path.dirname(path), reference)
            found.append(
                MediaFile(
                    place=one.place, object_id=one.object_id, index=index, number=number, reference=reference, path=place, there=os.path.exists(place),
                )
            )  # fmt: skip
            number += 1
    return tuple(found), tuple(unknown)


def is_address(reference: str) -> bool:
    """Whether a reference is an address of the network, not a path."""
    return reference.lower().startswith(("http:/", "https:/", "s3:/", "ftp:/"))
