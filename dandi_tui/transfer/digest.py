"""The archive's digests: the etag of a blob by its parts, and the checksum of a Zarr tree."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PART = 64 * 2**20
MOST_PARTS = 10_000
MOST_BYTES = 5 * 2**40
"""The largest file that the archive takes."""


def part_size(size: int) -> int:
    """Bytes of each part but the last of a blob of `size` bytes: 64 MiB, or more where that made 10,000 parts."""
    return PART if math.ceil(size / PART) < MOST_PARTS else math.ceil(size / MOST_PARTS)


def etag_of(parts: Sequence[str]) -> str:
    """The dandi-etag from the MD5s of the parts, in hexadecimal."""
    joined = b"".join(bytes.fromhex(part) for part in parts)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(parts)}"


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
