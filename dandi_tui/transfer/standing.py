"""What stands at a file's place already, or was left beside it: whether it is right, what it shows, and how it goes."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.transfer.partial import Content, Label, hash_span

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def drop_partial(place: Path) -> None:
    """Removes what arrived for a file or Zarr and is not wanted any more; not while another process is at it."""
    data = place.with_name(f".{place.name}.part")
    try:
        handle = os.open(data, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except IsADirectoryError:
        shutil.rmtree(data, ignore_errors=True)
        return
    except OSError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        data.unlink(missing_ok=True)
        data.with_name(data.name + ".json").unlink(missing_ok=True)
    except OSError:
        return
    finally:
        os.close(handle)


def holds(place: Path, content: Content, stopped: Callable[[], bool] = lambda: False) -> bool:
    """Whether a file that stands somewhere has this content."""
    try:
        handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size != content.size or not content.digest:
            return False
        return content.whole([hash_span(handle, content, *span, stopped).hexdigest() for span in content.spans()]) == content.digest
    finally:
        os.close(handle)


def kept_beside(place: Path, size: int) -> int:
    """Bytes of a file or Zarr that a former try left beside its place, to be shown; whether they are right is found when they are opened."""
    beside = place.with_name(f".{place.name}.part")
    try:
        if beside.is_dir():
            return sum(os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(beside) for name in names)  # noqa: PTH118 (may be very many)
        length = beside.stat().st_size
        label = msgspec.json.decode(beside.with_name(beside.name + ".json").read_bytes(), type=Label)
    except (OSError, msgspec.MsgspecError):
        return 0
    spans = Content(size, label.digest, "etag" if "-" in label.digest else "").spans()
    if label.size != size or len(spans) < 2:
        return min(length, size) if label.size == size else 0
    whole = sum(spans[number][1] - spans[number][0] for number in label.parts if 0 <= number < len(spans))
    return whole + sum(label.begun.values())


def was_named(place: Path, size: int, modified: float) -> bool:
    """Whether data got its name just before the process ended: it has the size and the time that it was given last."""
    try:
        found = place.stat()
    except OSError:
        return False
    return found.st_size == size and abs(found.st_mtime - modified) < 1
