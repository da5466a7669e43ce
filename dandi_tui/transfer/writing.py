"""Writing what arrives to its place in a file: large pieces past the page cache, where the disk lets them, all else through it.

A large download that goes through the page cache costs a second copy of every byte, drives out of memory what other programs read, and counts against
the memory of a batch job; its `fsync` then waits for all of it at once. Written past it, a byte that is told to be there is on the disk.
"""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = 4096
"""Places and lengths of what goes past the cache are multiples of it."""
_WORTH = 2**18
_PAST_CACHE = getattr(os, "O_DIRECT", 0)
_SLOW_SECONDS = 0.05
_LATELY = 16
_REFUSALS = frozenset((errno.EINVAL, errno.EOPNOTSUPP))


class Writing:
    """Writes to one file, from several threads.

    Args:
        path: The file.
        handle: The file, opened for writing.
        large: Whether it is worth the while to go past the cache.
    """

    def __init__(self, path: Path, handle: int, *, large: bool) -> None:
        self._handle = handle
        self._direct = _opened(path) if large else -1
        self.past_cache = self._direct >= 0
        """Whether pieces still go past the cache."""
        self._took = 0.0

    def close(self) -> None:
        """Lets go of what was opened here."""
        if self._direct >= 0:
            os.close(self._direct)
            self._direct = -1
        self.past_cache = False

    def write(self, offset: int, data: memoryview) -> None:
        """Writes bytes where they belong.

        Raises:
            OSError: The disk does not take them.
        """
        if self.past_cache and len(data) >= _WORTH and offset % BLOCK == 0:
            count = self._write_past_cache(offset, data[: len(data) // BLOCK * BLOCK])
            offset, data = offset + count, data[count:]
        while data:
            count = os.pwrite(self._handle, data, offset)
            offset, data = offset + count, data[count:]

    def _write_past_cache(self, offset: int, data: memoryview) -> int:
        """Writes what the disk takes; how much that was."""
        began = time.monotonic()
        try:
            count = os.pwrite(self._direct, data, offset)
        except OSError as error:
            if error.errno not in _REFUSALS:
                raise
            self.past_cache = False
            return 0
        # A disk that answers each piece late (far away, or one that turns) is better served by the cache, which gathers them.
        self._took += (time.monotonic() - began - self._took) / _LATELY
        self.past_cache = self._took < _SLOW_SECONDS
        return count


def _opened(path: Path) -> int:
    """The file, opened for writing past the cache; -1 where that can't be."""
    if not _PAST_CACHE:
        return -1
    try:
        return os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | _PAST_CACHE)
    except OSError:
        return -1
