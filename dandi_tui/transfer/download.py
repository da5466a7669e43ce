"""Downloading by a plan: files side by side, resumed, verified before they get their names, cancelled at any time."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.errors import DandiTuiError, DigestMismatchError, ExistsError, UnreachableError
from dandi_tui.transfer.bulk import ExpiredAddressError, fetch, pool_for
from dandi_tui.transfer.digest import EtagHasher, zarr_checksum
from dandi_tui.transfer.paths import check_parents, local_path
from dandi_tui.transfer.plan import Plan, Step, Wanted, check_space, words_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import urllib3

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.models import ZarrFile

_TRIES = 6


class Event(msgspec.Struct, frozen=True):
    """What happened to a file: progress, done, failed, skipped; or the summary of all (then `path` is empty).

    `bytes` of `total` have arrived; `message` says why.
    """

    event: str
    path: str = ""
    bytes: int = 0
    total: int = 0
    message: str = ""


class Partial:
    """The partial data of a file, beside its final place, and what it belongs to.

    Args:
        place: The final place.
        digest: The digest of the content that it is part of.
    """

    def __init__(self, place: Path, digest: str) -> None:
        self.data = place.with_name(f".{place.name}.part")
        self._label = place.with_name(f".{place.name}.part.json")
        self._digest = digest

    def open(self, take: Callable[[bytes], None]) -> int:
        """Makes ready to go on: bytes of the same content are given to `take`, others removed; how many there are."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        label = msgspec.json.encode({"digest": self._digest})
        if not (self._label.exists() and self._label.read_bytes() == label):
            self.data.unlink(missing_ok=True)
            self._label.write_bytes(label)
        if not self.data.exists():
            return 0
        with self.data.open("rb") as file:
            while chunk := file.read(2**20):
                take(chunk)
        return self.data.stat().st_size

    def finish(self, place: Path, *, modified: float, replace: bool) -> None:
        """Gives the data its final name; never takes the place of another file unless asked to.

        Raises:
            ExistsError: A file came there meanwhile.
        """
        os.utime(self.data, (modified, modified))
        if replace:
            self.data.replace(place)
        else:
            try:
                os.link(self.data, place)
            except FileExistsError as error:
                raise ExistsError("a file came there meanwhile; it is left as it is", subject=str(place)) from error
            except OSError:
                if place.exists():
                    raise ExistsError("a file came there meanwhile; it is left as it is", subject=str(place)) from None
                self.data.rename(place)
            self.data.unlink(missing_ok=True)
        self._label.unlink(missing_ok=True)

    def discard(self) -> None:
        """Removes the data."""
        self.data.unlink(missing_ok=True)
        self._label.unlink(missing_ok=True)


class Download:
    """Brings the files of a plan.

    Args:
        plan: What to do.
        client: The archive.
        jobs: Files that are brought side by side.
        on_event: Told what happens; called on the loop's thread.
    """

    def __init__(self, plan: Plan, client: ArchiveClient, *, jobs: int, on_event: Callable[[Event], None]) -> None:
        self.plan = plan
        self._client = client
        self._on_event = on_event
        self._stop = threading.Event()
        self._slots = asyncio.Semaphore(jobs)
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="download")
        self._jobs = jobs
        self._pool: urllib3.PoolManager | None = None
        self.failed = 0

    def cancel(self) -> None:
        """Stops soon; what has arrived stays, and a later download goes on from it."""
        self._stop.set()

    async def run(self) -> None:
        """Does the plan; failures of single files are told and counted, and don't stop the others.

        Raises:
            NoSpaceError: The disk has no room; nothing is done.
        """
        check_space(self.plan)
        try:
            await asyncio.gather(*(self._file(step) for step in self.plan.steps))
        finally:
            self._stop.set()
            self._threads.shutdown(wait=False)
        done = len(self.plan.to_fetch)
        message = f"{done} to fetch, {self.failed} failed"
        self._on_event(Event("summary", bytes=self.plan.size, total=self.plan.size, message=message))

    async def _file(self, step: Step) -> None:
        wanted = step.wanted
        if step.action == "skip":
            self._on_event(Event("skipped", wanted.place, wanted.size, wanted.size, step.reason))
            return
        if step.action == "refuse":
            self._fail(wanted, step.reason)
            return
        async with self._slots:
            try:
                place = self.plan.root / local_path(wanted.place)
                check_parents(self.plan.root, local_path(wanted.place))
                await (self._zarr(wanted, place) if wanted.zarr else self._blob(wanted, place, replace=bool(step.reason)))
            except (DandiTuiError, OSError) as error:
                self._fail(wanted, words_of(error))
            else:
                self._on_event(Event("done", wanted.place, wanted.size, wanted.size))

    def _fail(self, wanted: Wanted, reason: str) -> None:
        self.failed += 1
        self._on_event(Event("failed", wanted.place, 0, wanted.size, reason))

    async def _blob(self, wanted: Wanted, place: Path, *, replace: bool) -> None:
        asset = await self._client.asset(wanted.asset_id)
        digests: dict[str, Any] = (asset.metadata or {}).get("digest") or {}
        expected = str(digests.get("dandi:dandi-etag", ""))
        partial = Partial(place, expected)
        hasher = await self._bring(partial, wanted, lambda: self._client.download_address(wanted.asset_id), asset.size)
        if expected and hasher.value() != expected:
            partial.discard()
            raise DigestMismatchError(
                f"the bytes that arrived have the etag {hasher.value()}, the archive says {expected}",
                subject=wanted.place,
                remedy="They were removed; download again.",
            )
        partial.finish(place, modified=wanted.modified, replace=replace)

    async def _bring(self, partial: Partial, wanted: Wanted, address_of: Callable[[], Any], size: int) -> EtagHasher:
        loop = asyncio.get_running_loop()
        for tried in range(_TRIES):
            hasher = EtagHasher(size)
            try:
                address = await address_of()
                if self._pool is None:
                    self._pool = pool_for(address, self._jobs)
                await loop.run_in_executor(self._threads, self._try, partial, wanted, address, size, hasher, loop)
            except (UnreachableError, ExpiredAddressError) as error:
                if "ignores Range" in str(error):
                    partial.discard()
                if tried + 1 == _TRIES or self._stop.is_set():
                    raise
                await asyncio.sleep(random.random() * min(20.0, 0.5 * 2**tried))  # noqa: S311 (jitter)
            else:
                return hasher
        raise AssertionError("unreachable: the last try returns or raises")

    def _try(self, partial: Partial, wanted: Wanted, address: str, size: int, hasher: EtagHasher, loop: asyncio.AbstractEventLoop) -> None:
        """One try, in a thread."""
        told = 0

        def take(chunk: bytes) -> None:
            nonlocal told
            hasher.update(chunk)
            if hasher.count - told > size // 50 + 2**18:
                told = hasher.count
                loop.call_soon_threadsafe(self._on_event, Event("progress", wanted.place, told, size))

        have = partial.open(take)
        if have < size:
            assert self._pool is not None  # noqa: S101 (made before the first try)
            fetch(self._pool, address, partial.data, size=size, take=take, stopped=self._stop.is_set)
        elif not partial.data.exists():
            partial.data.touch()

    async def _zarr(self, wanted: Wanted, place: Path) -> None:
        """Brings the files of a Zarr into a folder beside, verifies each and the whole, then gives it its name."""
        zarr = wanted.zarr or ""
        record = await self._client.zarr(zarr)
        making = place.with_name(f".{place.name}.part")
        making.mkdir(parents=True, exist_ok=True)
        found: dict[str, tuple[str, int]] = {}
        arrived = 0
        async for file in self._client.zarr_files(zarr):
            await self._zarr_file(zarr, file, making)
            found[file.key] = (file.e_tag, file.size)
            arrived += file.size
            self._on_event(Event("progress", wanted.place, arrived, record.size))
        if record.checksum and zarr_checksum(found) != record.checksum:
            raise DigestMismatchError(f"the tree's checksum is not {record.checksum}", subject=wanted.place)
        if place.exists():
            raise ExistsError("a folder came there meanwhile; it is left as it is", subject=str(place))
        making.rename(place)

    async def _zarr_file(self, zarr: str, file: ZarrFile, making: Path) -> None:
        relative = local_path(file.key)
        check_parents(making, relative)
        place = making / relative
        if place.exists() and _md5(place) == file.e_tag:
            return
        partial = Partial(place, file.e_tag)
        named = Wanted("", file.key, file.key, file.size, 0)
        await self._bring(partial, named, lambda: self._client.zarr_file_address(zarr, file.key), file.size)
        if _md5(partial.data) != file.e_tag:
            partial.discard()
            raise DigestMismatchError("the bytes that arrived are not those that the archive promised", subject=file.key)
        partial.finish(place, modified=partial.data.stat().st_mtime, replace=True)


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
