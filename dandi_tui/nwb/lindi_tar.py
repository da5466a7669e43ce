"""An index that stands in a tar with chunks of its own (LINDI's `.lindi.tar`), of this machine or far: found by its own table of contents.

The layout is that of LINDI: the first member, of 1,024 bytes, says where the table of members is.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO

from dandi_tui.nwb.model import FileError, Traffic
from dandi_tui.nwb.zarr_keys import decoded_document

if TYPE_CHECKING:
    import io
    from collections.abc import Sequence

_HEADER = 512
_ENTRY = b".tar_entry.json\0"
_ENTRY_BYTES = 1024
_MOST_JSON = 64 * 2**20


class Member:
    """A file within a tar, read as a file by itself."""

    def __init__(self, file: BinaryIO | io.RawIOBase, start: int, size: int) -> None:
        self._file, self._start, self.size = file, start, size
        self._at = 0
        self.traffic = Traffic()

    def seek(self, offset: int) -> int:
        """Moves."""
        self._at = offset
        return offset

    def read(self, count: int) -> bytes:
        """Bytes at the place, none beyond the end."""
        count = max(0, min(count, self.size - self._at))
        self._file.seek(self._start + self._at)
        data = self._file.read(count) or b""
        self._at += len(data)
        return data

    def expect(self, spans: Sequence[tuple[int, int]], *, paid: bool) -> None:
        """Is told of reads that follow."""

    def close(self) -> None:
        """Ends nothing: the tar stays open."""


class LindiTar:
    """The members of a tar.

    Args:
        file: The tar.
        size: Its size in bytes.

    Raises:
        FileError: It is none of LINDI's.
    """

    def __init__(self, file: BinaryIO | io.RawIOBase, size: int) -> None:
        self._file, self._size = file, size
        file.seek(0)
        if (file.read(len(_ENTRY)) or b"") != _ENTRY:
            raise FileError("it is no tar that LINDI wrote: it does not begin with .tar_entry.json")
        entry = decoded_document(Member(file, _HEADER, _ENTRY_BYTES).read(_ENTRY_BYTES), ".tar_entry.json")
        table = self._document(self._member(entry.get("index"), ".tar_index.json"), ".tar_index.json").get("files")
        self._members: dict[str, Any] = (
            {one["n"]: one for one in table if isinstance(one, dict) and isinstance(one.get("n"), str)} if isinstance(table, list) else {}
        )

    def _member(self, found: Any, name: str) -> Member:  # noqa: ANN401 (any JSON)
        start, size = (found.get("d"), found.get("s")) if isinstance(found, dict) else (None, None)
        if type(start) is not int or type(size) is not int or not 0 <= start <= start + size <= self._size:
            raise FileError(f"{name[:200]} is not within the tar, though its table of contents says so")
        return Member(self._file, start, size)

    def _document(self, member: Member, name: str) -> dict[str, Any]:
        if member.size > _MOST_JSON:
            raise FileError(f"{name} is too large to be read for a look")
        return decoded_document(member.read(member.size), name)

    def index(self) -> dict[str, Any]:
        """The index."""
        return self._document(self.member("lindi.json"), "lindi.json")

    def member(self, name: str) -> Member:
        """A member by its name.

        Raises:
            FileError: There is none.
        """
        if name not in self._members:
            raise FileError(f"there is no {name[:200]} in the tar")
        return self._member(self._members[name], name)

    @property
    def traffic(self) -> Traffic:
        """What reading took so far."""
        found = getattr(self._file, "traffic", None)
        return found if isinstance(found, Traffic) else Traffic()

    def close(self) -> None:
        """Closes the tar."""
        self._file.close()


def local_tar(path: str) -> LindiTar:
    """A tar of this machine.

    Raises:
        FileError: It can't be opened, or is none of LINDI's.
    """
    try:
        file = open(path, "rb")  # noqa: PTH123, SIM115 (closed with the index)
    except OSError as error:
        raise FileError(f"it can't be opened: {error.strerror or error}") from error
    return LindiTar(file, os.fstat(file.fileno()).st_size)
