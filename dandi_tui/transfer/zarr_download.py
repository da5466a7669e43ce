"""Downloading a Zarr: its files side by side into a folder beside its place, each verified, then the whole by its checksum."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from dandi_tui.api.models import ZarrFile
from dandi_tui.errors import DigestMismatchError, ExistsError, MovedAwayError, TransferError, UnsafePathError
from dandi_tui.transfer.bringing import Bringing
from dandi_tui.transfer.digest import zarr_checksum
from dandi_tui.transfer.download import SAME, direct_address
from dandi_tui.transfer.model import NAMING, REBUILT
from dandi_tui.transfer.partial import Content, Partial, sync_folder
from dandi_tui.transfer.paths import check_parents, local_path
from dandi_tui.transfer.work import settled, together

if TYPE_CHECKING:
    from dandi_tui.transfer.work import Work

SIDE_BY_SIDE = 8
_AHEAD = 64


async def download_zarr(work: Work, place: Path) -> str:
    """Brings a Zarr asset.

    What stands at the place already is reused file by file, and put away, where it may be replaced, only once all is there.

    Returns:
        Why it was skipped; empty when it was brought.

    Raises:
        DigestMismatchError: A file or the tree is not what the archive promised.
        ExistsError: Something stands at the place that may not be replaced.
        TransferError: The archive has no checksum of it yet, or a file is in its way.
    """
    _check_no_file(place)
    may_be_there = work.row.phase == NAMING or work.row.facts == REBUILT or work.contended
    record = await work.client.zarr(work.spec.zarr)
    if record.status != "Complete":
        raise TransferError(
            f"the archive has not finished taking this Zarr in (its state is {record.status})", subject=work.spec.path, remedy="Try again later."
        )
    work.total = record.size
    making = place.with_name(f".{place.name}.part")
    _check_own(work, making)
    await work.in_thread(lambda: making.mkdir(parents=True, exist_ok=True))
    direct = direct_address((await work.client.asset(work.spec.asset_id)).metadata or {}, work.job.instance) if work.spec.asset_id else ""
    tree = _Tree(work, place, making, direct if direct.endswith("/") else "")
    await tree.bring()
    if record.checksum and zarr_checksum(tree.found) != record.checksum:
        raise DigestMismatchError(f"the tree's checksum is not {record.checksum}", subject=work.spec.path, remedy="It may be changing; try again.")
    _check_own(work, making)
    await work.in_thread(_only, making, tree.found)
    if (may_be_there or not work.spec.replace) and await work.in_thread(_stands, place, tree.found):
        await work.in_thread(shutil.rmtree, making)
        return "" if may_be_there else SAME
    await work.save(phase=NAMING)
    _check_own(work, making)
    await settled(work.in_thread(lambda: _give_place(making, place, replace=work.spec.replace)))
    return ""


def _check_no_file(place: Path) -> None:
    if os.path.lexists(place) and not place.is_dir():
        raise TransferError("a file is in this Zarr's way; it is left as it is", subject=str(place), remedy="Move it away, then retry.")


def _check_own(work: Work, making: Path) -> None:
    """Refuses to write or delete anything through a link.

    Raises:
        UnsafePathError: The folder of what arrives, or one above it, is one.
    """
    check_parents(Path(work.job.root), local_path(work.spec.place))
    if making.is_symlink():
        raise UnsafePathError("the folder for what arrives is a link that leads elsewhere", subject=str(making), remedy="Remove the link.")


class _Tree:
    def __init__(self, work: Work, place: Path, making: Path, direct: str) -> None:
        self.work, self.place, self.making, self.direct = work, place, making, direct
        self.found: dict[str, tuple[str, int]] = {}
        self._ahead: asyncio.Queue[ZarrFile | None] = asyncio.Queue(_AHEAD)

    async def bring(self) -> None:
        await together(self._list(), *(self._take() for _ in range(SIDE_BY_SIDE)))

    async def _list(self) -> None:
        async for file in self.work.client.zarr_files(self.work.spec.zarr):
            self.found[file.key] = (file.e_tag, file.size)
            await self._ahead.put(file)
        for _ in range(SIDE_BY_SIDE):
            await self._ahead.put(None)

    async def _take(self) -> None:
        while (file := await self._ahead.get()) is not None:
            await self._file(file)

    async def _file(self, file: ZarrFile) -> None:
        relative = local_path(file.key)
        _check_own(self.work, self.making)
        check_parents(self.making, relative)
        target = self.making / relative
        if await self.work.in_thread(_have, target, self.place / relative, file):
            self.work.add_checked(file.size)
            return
        digest = "" if "-" in file.e_tag else file.e_tag
        partial = Partial(target, Content(file.size, digest, "md5"))
        try:
            await self.work.in_thread(partial.open, self.work.add_checked, lambda: self.work.control.stopped)
            try:
                direct = self.direct + quote(file.key) if self.direct else ""
                await Bringing(self.work, partial, lambda: self.work.client.zarr_file_address(self.work.spec.zarr, file.key), direct).run()
            except DigestMismatchError as error:
                await self.work.in_thread(partial.discard)
                raise DigestMismatchError(error.what, subject=f"{self.work.spec.path}/{file.key}", remedy=error.remedy) from error
            await settled(self.work.in_thread(lambda: partial.finish(modified=self.work.spec.modified, replace=True)))
        finally:
            partial.close()


def _have(target: Path, former: Path, file: ZarrFile) -> bool:
    """Whether a file is there already; taken from what stands at the place, where that is the same."""
    if _same(target, file):
        return True
    if not _same(former, file):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(former, target)
    except OSError:
        shutil.copy2(former, target)
    return True


def _same(path: Path, file: ZarrFile) -> bool:
    try:
        if path.is_symlink() or path.stat().st_size != file.size:
            return False
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == file.e_tag
    except OSError:
        return False


def _only(making: Path, keys: dict[str, tuple[str, int]]) -> None:
    """Takes out of the folder what the Zarr does not have (any more).

    Raises:
        MovedAwayError: Somebody took out what it has.
    """
    kept = 0
    for folder, _, names in os.walk(making):
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118 (a Zarr may have very many files)
            if os.path.relpath(path, making) in keys:
                kept += 1
            else:
                os.unlink(path)  # noqa: PTH108
    if kept < len(keys):
        raise MovedAwayError(f"{len(keys) - kept} files that had arrived were removed meanwhile", subject=str(making))


def _stands(place: Path, keys: dict[str, tuple[str, int]]) -> bool:
    """Whether a tree got its name already, by a process that ended before it could write that down."""
    if not place.is_dir():
        return False
    there = {os.path.relpath(os.path.join(folder, name), place) for folder, _, names in os.walk(place) for name in names}  # noqa: PTH118
    return there == set(keys) and all(_same(place / key, ZarrFile(key=key, size=size, e_tag=e_tag)) for key, (e_tag, size) in keys.items())


def _give_place(making: Path, place: Path, *, replace: bool) -> None:
    """Gives the folder its name; what stood there is put away first and removed last."""
    former = place.with_name(f".{place.name}.part.old")
    _check_no_file(place)
    if place.exists():
        if not replace:
            raise ExistsError("something came there meanwhile; it is left as it is", subject=str(place))
        shutil.rmtree(former, ignore_errors=True)
        place.rename(former)
    making.rename(place)
    sync_folder(place.parent)
    shutil.rmtree(former, ignore_errors=True)
