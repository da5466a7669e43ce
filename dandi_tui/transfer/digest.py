"""The archive's digests: the etag of a blob by its parts, and the checksum of a Zarr tree."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PART = 64 * 2**20
MOST_PARTS = 10_000


def part_size(size: int) -> int:
    """Bytes of each part but the last of a blob of `size` bytes: 64 MiB, or more where that made 10,000 parts."""
    return PART if math.ceil(size / PART) < MOST_PARTS else math.ceil(size / MOST_PARTS)


class EtagHasher:
    """The dandi-etag of bytes as they pass: the MD5 of the parts' MD5s, `-`, and their number.

    Args:
        size: How many bytes there will be.
    """

    def __init__(self, size: int) -> None:
        self._part_size = part_size(size)
        self._parts: list[bytes] = []
        self._part = hashlib.md5(usedforsecurity=False)
        self._in_part = 0
        self.count = 0

    def update(self, data: bytes) -> None:
        """Takes the next bytes."""
        view = memoryview(data)
        self.count += len(view)
        while view:
            taken = view[: self._part_size - self._in_part]
            self._part.update(taken)
            self._in_part += len(taken)
            view = view[len(taken) :]
            if self._in_part == self._part_size:
                self._end_part()

    def _end_part(self) -> None:
        self._parts.append(self._part.digest())
        self._part = hashlib.md5(usedforsecurity=False)
        self._in_part = 0

    def value(self) -> str:
        """The etag of all bytes taken."""
        parts = [*self._parts, self._part.digest()] if self._in_part else self._parts
        return f"{hashlib.md5(b''.join(parts), usedforsecurity=False).hexdigest()}-{len(parts)}"


def zarr_checksum(files: Mapping[str, tuple[str, int]]) -> str:
    """The checksum of a Zarr tree, `MD5-files--bytes`, from the MD5 and size in bytes of each file by its key."""
    direct: list[dict[str, Any]] = []
    below: dict[str, dict[str, tuple[str, int]]] = {}
    for key in sorted(files):
        head, _, tail = key.partition("/")
        if tail:
            below.setdefault(head, {})[tail] = files[key]
        else:
            direct.append({"digest": files[key][0], "name": head, "size": files[key][1]})
    folders = [{"digest": zarr_checksum(inside), "name": name, "size": sum(size for _, size in inside.values())} for name, inside in sorted(below.items())]
    listing = json.dumps({"directories": folders, "files": direct}, separators=(",", ":"))
    md5 = hashlib.md5(listing.encode(), usedforsecurity=False).hexdigest()
    return f"{md5}-{len(files)}--{sum(size for _, size in files.values())}"
