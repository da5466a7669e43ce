"""Uploading a Zarr: only files that the archive lacks or has otherwise, then the whole by its checksum, then the asset."""

from __future__ import annotations

import asyncio
import base64
import os
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dandi_tui.errors import RefusedError, TransferError, UnreachableError
from dandi_tui.transfer.bringing import TRIES
from dandi_tui.transfer.bulk import ExpiredAddressError, put
from dandi_tui.transfer.digest import zarr_checksum
from dandi_tui.transfer.existing import before_hashing
from dandi_tui.transfer.local_file import Looks, chunks, look, md5_of
from dandi_tui.transfer.model import CREATING, HASHING
from dandi_tui.transfer.upload import asset_at, check_valid, described, put_asset
from dandi_tui.transfer.work import settled, together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dandi_tui.api.models import Zarr
    from dandi_tui.transfer.work import Work

CHECKSUM = "dandi:dandi-zarr-checksum"
SIDE_BY_SIDE = 8
_BATCH = 100
_LARGEST = 5 * 2**30
_LEFT_OUT = frozenset((".dandi", ".datalad", ".git", ".gitattributes", ".gitmodules"))
_LONGEST_POLL = 10.0
_SENT = b"sent"
"""What the journal has of a Zarr of which files may have been sent."""


class LocalEntry(NamedTuple):
    """A file of the local folder: its key, what it is, its MD5 in hexadecimal."""

    key: str
    looks: Looks
    md5: str


async def upload_zarr(work: Work) -> str:
    """Uploads a Zarr folder; why it was skipped, or an empty text.

    Raises:
        ArchiveError: The archive or its store failed.
        ExistsError: An asset is there, and the job does not replace assets.
        TransferError: The folder changed, or has what a Zarr can't have.
    """
    asset = await asset_at(work)
    resuming = work.row.phase == CREATING
    if not resuming and not (decision := before_hashing(work.existing, asset)).send:
        return decision.reason
    await check_valid(work)
    entries = await _Hashing(work).run()
    files = {entry.key: (entry.md5, entry.looks.size) for entry in entries}
    checksum, size = zarr_checksum(files), sum(entry.looks.size for entry in entries)
    work.total = size
    zarr = await work.client.zarr(asset.zarr) if asset and asset.zarr else await work.client.uploads.create_zarr(work.job.dandiset, work.spec.path)
    # A former try may have sent the content and ended before the asset had its metadata.
    sent_here = resuming or work.row.facts == _SENT
    if asset and asset.zarr and zarr.checksum == checksum and work.existing != "force" and not sent_here:
        return "the archive has this content there already"
    await work.save(facts=_SENT)
    for _ in range(2):
        zarr = await _settled(work, zarr.zarr_id)
        if zarr.checksum == checksum:
            break
        try:
            await _Sync(work, zarr.zarr_id, entries).run()
        except OSError:
            await work.in_thread(_check_same, Path(work.spec.place), entries)
            raise
        zarr = await _settled(work, zarr.zarr_id)
    if zarr.checksum != checksum:
        await work.in_thread(_check_same, Path(work.spec.place), entries)
        raise TransferError(f"the archive's checksum is {zarr.checksum}, this folder's is {checksum}", subject=work.spec.path, remedy="Retry.")
    await work.in_thread(_check_same, Path(work.spec.place), entries)
    metadata = await described(work, {CHECKSUM: checksum}, size)
    await work.save(phase=CREATING)
    await settled(put_asset(work, asset, metadata, zarr=zarr.zarr_id))
    return ""


class _Hashing:
    """The MD5s of all files of the folder."""

    def __init__(self, work: Work) -> None:
        self.work, self.root = work, Path(work.spec.place)
        self._found: list[LocalEntry] = []

    async def run(self) -> list[LocalEntry]:
        paths = await self.work.in_thread(_walk, self.root)
        self.work.phase, self.work.bytes = HASHING, 0
        todo = deque(paths)

        async def stream() -> None:
            while todo:
                batch = [todo.popleft() for _ in range(min(len(todo), 32))]
                self._found += await self.work.in_thread(self._hash, batch)

        async with self.work.readers.hashing:
            await together(*(stream() for _ in range(2)))
        self.work.phase, self.work.bytes = "", 0
        return sorted(self._found)

    def _hash(self, keys: Sequence[str]) -> list[LocalEntry]:
        made = []
        for key in keys:
            path = str(self.root / key)
            looks = look(path)
            md5 = md5_of(path, 0, looks.size, passed=self.work.add_checked, stopped=lambda: self.work.control.stopped)
            made.append(LocalEntry(key, looks, md5))
        return made


def _walk(root: Path) -> list[str]:
    """The keys of all files below a folder.

    Raises:
        TransferError: One leads out of the folder, or is larger than the store takes at once.
    """
    keys, whole = [], root.resolve()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        if linked := next((name for name in folders if Path(folder, name).is_symlink()), ""):
            # It would be left out without a word.
            raise TransferError("a folder of this Zarr is a link", subject=str(Path(folder, linked)), remedy="Put the folder itself there.")
        for name in sorted(set(names) - _LEFT_OUT):
            path = Path(folder, name)
            if path.is_symlink() and not path.resolve().is_relative_to(whole):
                raise TransferError("a file of this Zarr is a link that leads out of it", subject=str(path), remedy="Put the file itself there.")
            if path.stat().st_size > _LARGEST:
                raise TransferError("a file of this Zarr is larger than 5 GiB, the most that the store takes", subject=str(path))
            keys.append(path.relative_to(root).as_posix())
    if not keys:
        raise TransferError("this Zarr has no files", subject=str(root))
    return keys


def _check_same(root: Path, entries: Sequence[LocalEntry]) -> None:
    for entry in entries:
        try:
            same = look(str(root / entry.key)) == entry.looks
        except OSError:
            same = False
        if not same:
            raise TransferError("the Zarr changed while it was uploaded", subject=str(root / entry.key), remedy="Once nothing writes to it, retry.")


class _Sync:
    """Brings the archive's files of a Zarr to those of the folder."""

    def __init__(self, work: Work, zarr_id: str, entries: Sequence[LocalEntry]) -> None:
        self.work, self.zarr_id, self.entries = work, zarr_id, entries
        self._slots = asyncio.Semaphore(SIDE_BY_SIDE)

    async def run(self) -> None:
        theirs = {file.key: file.e_tag async for file in self.work.client.zarr_files(self.zarr_id)}
        lacking = [entry for entry in self.entries if theirs.get(entry.key) != entry.md5]
        local = {entry.key for entry in self.entries}
        others = [key for key in theirs if key not in local]
        self.work.bytes = sum(entry.looks.size for entry in self.entries) - sum(entry.looks.size for entry in lacking)
        await self.work.note(f"{len(lacking)} of {len(self.entries)} files to send, {len(others)} to delete at the archive")
        for start in range(0, len(others), _BATCH):
            await self.work.client.uploads.delete_zarr_files(self.zarr_id, others[start : start + _BATCH])
        for start in range(0, len(lacking), _BATCH):
            await self._send(lacking[start : start + _BATCH])
        try:
            await self.work.client.uploads.finalize_zarr(self.zarr_id)
        except RefusedError:
            # It was begun already, by a try whose answer got lost.
            await self.work.note("the archive takes this Zarr in already")

    async def _send(self, batch: list[LocalEntry]) -> None:
        """Sends some files; those whose addresses have expired get new ones."""
        for tried in range(TRIES):
            files = [(entry.key, base64.b64encode(bytes.fromhex(entry.md5)).decode()) for entry in batch]
            addresses = await self.work.client.uploads.zarr_addresses(self.zarr_id, files)
            failed: list[LocalEntry] = []
            await together(*(self._one(entry, md5, address, failed) for entry, (_, md5), address in zip(batch, files, addresses, strict=True)))
            if not failed:
                return
            batch = failed
            await asyncio.sleep(min(8.0, 0.25 * 2**tried))
        raise UnreachableError(f"{len(batch)} files of the Zarr could not be sent", subject=self.work.spec.path)

    async def _one(self, entry: LocalEntry, md5: str, address: str, failed: list[LocalEntry]) -> None:
        async with self._slots:
            try:
                await self.work.in_thread(self._put, entry, md5, address)
            except (UnreachableError, ExpiredAddressError) as error:
                if isinstance(error, UnreachableError):
                    (self.work.pace.pushed_back if error.status in {429, 503} else self.work.pace.lost)()
                failed.append(entry)
                await self.work.note(f"{entry.key}: {error} Tried again.")

    def _put(self, entry: LocalEntry, md5: str, address: str) -> None:
        path = str(Path(self.work.spec.place) / entry.key)
        passed = 0

        def counted() -> Iterator[bytes]:
            nonlocal passed
            for chunk in chunks(path, 0, entry.looks.size, lambda: self.work.control.piece):
                yield chunk
                passed += len(chunk)
                self.work.add(len(chunk))

        try:
            etag = put(self.work.pools, address, counted, entry.looks.size, control=self.work.control, headers={"Content-MD5": md5})
            if etag.strip('"') not in {"", entry.md5}:
                raise UnreachableError("the file arrived with other bytes than were sent", subject=entry.key)
        except BaseException:
            self.work.add_checked(-passed)
            raise


async def _settled(work: Work, zarr_id: str) -> Zarr:
    """The Zarr's record, once the archive is not taking it in (any more)."""
    pause = 0.2
    while True:
        zarr = await work.client.zarr(zarr_id)
        if zarr.status not in {"Uploaded", "Ingesting"}:
            work.phase = ""
            return zarr
        work.phase = "the archive takes it in"
        await asyncio.sleep(pause)
        pause = min(_LONGEST_POLL, pause * 1.5)
