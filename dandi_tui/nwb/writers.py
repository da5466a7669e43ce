"""Whether another program writes to a file: HDF5 locks what it has open, whole and by `flock`, for as long as it is open.

libhdf5's own locks fail altogether on file systems without locks, so that processes that read many files go without them; here such a
file system only means that nothing is known.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dandi_tui.nwb.model import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = "is being written by another program: try again when that has closed it"


@contextmanager
def kept_from_writers(path: str) -> Iterator[None]:
    """Holds a file as one that is read: a program that follows HDF5's locks does not begin to write to it meanwhile.

    Raises:
        FileError: Another program has it open to write.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        yield  # whoever reads it says why it can't be read
        return
    try:
        _lock(path, descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(path: str, descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise FileError(f"{path} {WORDS}") from error
    except OSError:
        return
