"""Opening a file, and saying why it can't be opened."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py

from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.ranges import RemoteFile
from dandi_tui.nwb.writers import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def open_local(source: str) -> h5py.File:
    """Opens a file of this machine, for reading alone; one that is being written as its SWMR reader.

    Raises:
        FileError: With the reason.
    """
    path = Path(source)
    try:
        if path.is_dir():
            raise FileError(f"{source} is a folder, and no Zarr or NWB file that can be looked into")
        return h5py.File(path, "r")
    except FileNotFoundError as error:
        raise FileError(f"{source} is not there") from error
    except PermissionError as error:
        raise FileError(forbidden(source)) from error
    except (OSError, RuntimeError, ValueError) as error:
        return _swmr(path, error)


def forbidden(place: object) -> str:
    """Words for what this user may not read."""
    return f"{place} may not be read: this user lacks the right to, and its owner can give it (`chmod`)"


def _swmr(path: Path, error: Exception) -> h5py.File:
    """A file that a writer left open is read beside it; others are refused in words."""
    if "SWMR" in str(error) or "already open for write" in str(error):
        try:
            return h5py.File(path, "r", libver="latest", swmr=True)
        except (OSError, RuntimeError, ValueError) as second:
            raise FileError(_why(path, second)) from second
    raise FileError(_why(path, error)) from error


def _why(path: Path, error: Exception) -> str:  # noqa: PLR0911 (a reason each)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as problem:
        return forbidden(path) if isinstance(problem, PermissionError) else f"{path} can't be read: {problem.strerror}"
    if not size:
        return f"{path} is empty (0 bytes): did a conversion stop?"
    if start != _SIGNATURE:
        return f"{path} is not an HDF5 file"
    if "SWMR" in str(error) or "already open for write" in str(error):
        return f"{path} is being written by another program, or was never closed: try again when that has ended (`h5clear -s` mends a file that was left so)"
    if "unable to lock file" in str(error) and "temporarily unavailable" in str(error):
        return f"{path} {WORDS}"
    if "truncated" in str(error):
        return f"{path} is cut off ({size:,} bytes are there): copy or convert it again"
    return f"{path} is damaged: {error}"


def open_remote(url: str, headers: Mapping[str, str], *, folder: Path | None = None, key: str = "") -> tuple[RemoteFile, h5py.File]:
    """Opens a file by ranges; blocks are kept in `folder` under `key`, or under the address and its ETag.

    Raises:
        FileError: With the reason.
    """
    remote = RemoteFile(url, headers, folder=folder, key=key)
    try:
        stream: Any = remote
        return remote, h5py.File(stream, "r")
    except (OSError, RuntimeError, ValueError) as error:
        words = _why_remote(url, remote.size, error)
        remote.close()
        raise FileError(words) from error


def _why_remote(url: str, size: int, error: Exception) -> str:
    """Words for a far file that can't be opened, of which the library says why."""
    name = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    name = "the file" if not name or name == "download" else name
    if "signature not found" in str(error):
        return f"{name} is not an HDF5 file"
    if found := re.search(r"stored_eof = (\d+)", str(error)):
        return f"{name} is cut off ({size:,} of {int(found[1]):,} bytes are there): it was not uploaded whole"
    return f"{name} is damaged: {error}"
