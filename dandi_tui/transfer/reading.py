"""Reading files for an upload: metadata and checks, in processes apart, since a hostile file may crash its reader."""

from __future__ import annotations

import asyncio
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dandi_tui.dataset.asset_files import find_dandiset
from dandi_tui.dataset.cache import Cache, identity_of, settled
from dandi_tui.dataset.findings import Finding
from dandi_tui.dataset.pool import Task, WorkerError, Workers, processors
from dandi_tui.dataset.validate_bids import find_bids_root
from dandi_tui.dataset.validate_file import CONTENT_LAYERS, joined
from dandi_tui.dataset.validate_layout import organized_findings, path_findings
from dandi_tui.dataset.validate_stages import JUDGE, LOOK
from dandi_tui.dataset.worker import one_by_one
from dandi_tui.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.dataset.cache import Identity

T = TypeVar("T")
_STEPS_KNOWN = "0.8.0"
_NEWER_FIELDS = {"releaseNotes", "sameAs"}
"""All that dandischema takes away on the way back from that version to those that it goes back to."""
_OPTIONS = [list(CONTENT_LAYERS)]


class Described(msgspec.Struct, frozen=True):
    """Metadata to be sent, and what was wrong with the file that they were read from."""

    metadata: dict[str, Any]
    findings: list[Finding] = []


def describe(path: str, asset_path: str, digest: dict[str, str], size: int, schema_version: str) -> Described:
    """The metadata of an asset, as its archive takes them; runs in a process apart.

    Args:
        path: The local file or Zarr folder.
        asset_path: Its path in the Dandiset.
        digest: As the archive writes it.
        size: In bytes.
        schema_version: The version of the metadata schema that the archive has; empty: unknown.
    """
    from dandi_tui.dataset.metadata import asset_metadata

    made = asset_metadata(path, asset_path, digest=digest, size=size)
    return Described(fitted({**made.metadata, "schemaKey": "Asset"}, schema_version), made.findings)


def fitted(metadata: dict[str, Any], schema_version: str) -> dict[str, Any]:
    """Metadata in the version of the schema that an archive has, where that is older and there is a way back to it."""
    if schema_version in {"", metadata.get("schemaVersion")}:
        return metadata
    from dandischema.consts import ALLOWED_TARGET_SCHEMAS, DANDI_SCHEMA_VERSION
    from packaging.version import InvalidVersion, Version

    try:
        older = Version(schema_version) < Version(str(metadata.get("schemaVersion")))
    except InvalidVersion:
        return metadata
    if not older or schema_version not in ALLOWED_TARGET_SCHEMAS:
        return metadata
    if DANDI_SCHEMA_VERSION == _STEPS_KNOWN and not _NEWER_FIELDS & metadata.keys():
        # As `migrate` has it, without the quarter of a second that it takes to import.
        return {**metadata, "schemaVersion": schema_version}
    from dandischema.metadata import migrate

    try:
        found: dict[str, Any] = migrate(metadata, to_version=schema_version, skip_validation=True)
    except ValueError:
        # Something in them can't be said in the older schema: the archive will say what it makes of that.
        return metadata
    return found


DESCRIBE: Task[Described] = Task(describe, Described)


def load_readers() -> None:
    """Loads what metadata are read by."""
    for name in ("dandi_tui.dataset.metadata_hdf5", "dandi_tui.nwb.opening", "dandischema.consts", "packaging.version"):
        import_module(name)


def load_checkers() -> None:
    """Loads what metadata are read and checked by."""
    load_readers()
    import_module("dandischema.models")


_begun: list[Readers] = []


def begin(*, judging: bool) -> None:
    """Begins to load what an upload's files will be read by, before this process has found out all that is to be done.

    Args:
        judging: Whether pynwb and nwbinspector will be asked.
    """
    readers = Readers(checking=judging)
    readers.warm(judging=judging)
    _begun.append(readers)


def readers_begun() -> Readers:
    """What was begun; else readers that begin with their first file."""
    return _begun.pop() if _begun else Readers()


class Readers:
    """The processes that read files for uploads, as few as there are processors; started when the first file comes.

    Args:
        checking: Whether files are to be checked, too, as far as that is known.
    """

    def __init__(self, *, checking: bool = False) -> None:
        self._workers, self._judges = Workers(prepare=load_checkers if checking else load_readers), JUDGE.workers()
        self._cache: Cache | None = None
        self.hashing = asyncio.Semaphore(max(2, processors()))

    def warm(self, *, judging: bool) -> None:
        """Begins to load what files will be read by; with `judging` pynwb and nwbinspector, too."""
        self._workers.warm()
        if judging:
            self._judges.warm()

    async def expect(self, path: str, *, checking: bool) -> None:
        """Begins to load what a file will be read by, which takes up to a second, while it waits for other things."""
        unknown = checking and path.lower().endswith(".nwb") and not self._judges.warmed and (await self._kept(JUDGE, path))[1] is None
        self.warm(judging=unknown)

    async def describe(self, path: str, asset_path: str, digest: dict[str, str], size: int, schema_version: str) -> Described:
        """The metadata of an asset, as the archive wants it.

        Raises:
            TransferError: The file can't be read, or crashed its reader.
        """
        # Before further files are checked: this one is on its way, and holds a place.
        return await self._ask(DESCRIBE, self._workers, path, (asset_path, digest, size, schema_version), first=True)

    async def findings(self, path: str, asset_path: str) -> list[Finding]:
        """What is wrong with a file and its path; its content is known from before where it was checked and has not changed since.

        Raises:
            TransferError: The file crashed its reader.
        """
        of_path = path_findings(path, asset_path)
        if find_bids_root(Path(path).parent, find_dandiset(Path(path))) is None:
            of_path += organized_findings(path, asset_path)
        report = await self._found(LOOK, self._workers, path)
        if report.judge:
            report = joined(report, await self._found(JUDGE, self._judges, path))
        return of_path + report.findings

    async def _kept(self, task: Task[T], path: str) -> tuple[Identity | None, T | None]:
        """What a file is now, and what a check of it gave before."""
        if self._cache is None:
            self._cache = Cache()
        identity = await asyncio.to_thread(identity_of, path)
        return identity, task.known(path, identity, _OPTIONS, self._cache)

    async def _found(self, task: Task[T], workers: Workers, path: str) -> T:
        """What a check of a file gives, from before where it has not changed since."""
        known = await self._kept(task, path)
        if known[1] is not None:
            return known[1]
        identity = known[0]
        result = await self._ask(task, workers, path, _OPTIONS)
        if self._cache is not None and identity is not None and settled(identity) and identity == await asyncio.to_thread(identity_of, path):
            self._cache.put(task.key(_OPTIONS), path, identity, msgspec.msgpack.encode(result))
        return result

    async def _ask(self, task: Task[T], workers: Workers, path: str, options: Sequence[Any], *, first: bool = False) -> T:
        call = workers.ask(one_by_one, [task.function, [os.fsencode(path)], msgspec.msgpack.encode(list(options))], first=first)
        try:
            (data,) = await asyncio.wrap_future(call)
        except WorkerError as error:
            raise TransferError(f"the file can't be read: {error}", subject=path, remedy="`dandi-tui validate` looks closer.") from error
        return task.decoded(data)

    def close(self) -> None:
        """Ends the processes."""
        for workers in (self._workers, self._judges):
            workers.shutdown(wait=False, cancel_futures=True)
        if self._cache is not None:
            self._cache.close()
