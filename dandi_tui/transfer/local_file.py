"""A local file while it is uploaded: what it was when it was looked at, its digest by parts, and whether it has changed since."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.errors import TransferError
from dandi_tui.transfer.control import CHUNK, CancelledTransferError
from dandi_tui.transfer.digest import MOST_BYTES, etag_of, part_size
from dandi_tui.transfer.model import HASHING
from dandi_tui.transfer.work import together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dandi_tui.transfer.work import Work

_NFS_LOOKS = 20
_NFS_SECONDS = 0.1


class Looks(msgspec.Struct, frozen=True):
    """What a file was when it was looked at: size in bytes, time of its last change in nanoseconds, number of its inode."""

    size: int
    mtime_ns: int
    inode: int


def look(path: str) -> Looks:
    """What a file is now."""
    found = os.stat(path)  # noqa: PTH116
    return Looks(found.st_size, found.st_mtime_ns, found.st_ino)


async def looked_at(path: str) -> Looks:
    """What a file is now. A size of 0 is waited out for a while, since NFS may show it before the data.

    Raises:
        TransferError: It stays empty, which the archive does not take, or is larger than the archive takes.
    """
    for _ in range(_NFS_LOOKS):
        found = await asyncio.to_thread(look, path)
        if found.size:
            break
        await asyncio.sleep(_NFS_SECONDS)
    if not found.size:
        raise TransferError("the file is empty; the archive takes no empty files", subject=path, remedy="Was its conversion stopped?")
    if found.size > MOST_BYTES:
        raise TransferError("the file is larger than 5 TiB, the most that the archive takes", subject=path)
    return found


def check_same(path: str, looks: Looks) -> None:
    """Makes sure that a file has not changed.

    Raises:
        TransferError: It has.
    """
    try:
        now: Looks | None = look(path)
    except FileNotFoundError:
        now = None
    if now != looks:
        raise TransferError("the file changed while it was uploaded", subject=path, remedy="Once nothing writes to it any more, retry.")


def spans(size: int) -> list[tuple[int, int]]:
    """The parts of a file of `size` bytes, as the archive cuts them: from which byte to before which."""
    step = part_size(size)
    return [(start, min(start + step, size)) for start in range(0, size, step)]


def chunks(path: str, start: int, end: int, piece: Callable[[], int] = lambda: CHUNK) -> Iterator[bytes]:
    """The bytes of a span, piece by piece; `piece` says how many at a time."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 (text paths, as the journal has them)
        file.seek(start)
        while start < end:
            chunk = file.read(min(piece(), end - start))
            if not chunk:
                raise TransferError("the file became shorter while it was uploaded", subject=path, remedy="Once nothing writes to it any more, retry.")
            start += len(chunk)
            yield chunk


def md5_of(path: str, start: int, end: int, *, passed: Callable[[int], None], stopped: Callable[[], bool]) -> str:
    """The MD5 of a span; `passed` is told the bytes as they go by."""
    hasher = hashlib.md5(usedforsecurity=False)
    for chunk in chunks(path, start, end):
        if stopped():
            raise CancelledTransferError("stopped")
        hasher.update(chunk)
        passed(len(chunk))
    return hasher.hexdigest()


def file_etag(path: str) -> str:
    """The dandi-etag of a file."""
    parts = [md5_of(path, start, end, passed=lambda _count: None, stopped=lambda: False) for start, end in spans(look(path).size)]
    return etag_of(parts)


async def md5s_of(work: Work, path: str, size: int, *, streams: int = 2) -> list[str]:
    """The MD5s of all parts of a file, several at once; the progress shows in `work`."""
    todo = deque(enumerate(spans(size)))
    found: dict[int, str] = {}

    async def stream() -> None:
        while todo:
            number, span = todo.popleft()
            found[number] = await work.in_thread(partial(md5_of, path, *span, passed=work.add_checked, stopped=lambda: work.control.stopped))

    work.phase, work.bytes = HASHING, 0
    await together(*(stream() for _ in range(min(streams, len(todo)))))
    return [found[number] for number in range(len(found))]
