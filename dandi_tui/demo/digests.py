"""The digests by which the archive knows content: the etag of multipart uploads, SHA-256, and the checksum of a Zarr tree."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PART = 64 * 2**20
MOST_PARTS = 10_000
LARGEST = 5 * 2**40


class FileDigests(msgspec.Struct, frozen=True):
    """What a file's bytes are known by; `size` is in bytes."""

    etag: str
    sha256: str
    size: int


def part_sizes(size: int) -> list[int]:
    """The sizes in bytes of the parts in which a file of `size` bytes is sent: 64 MiB, more for files that would have too many parts."""
    part = PART if -(-size // PART) < MOST_PARTS else -(-size // MOST_PARTS)
    return [*([part] * (size // part)), *([size % part] if size % part else [])]


def of_file(path: Path) -> FileDigests:
    """The digests of a file, read once.

    The etag is the MD5 of the MD5s of its parts of 64 MiB, and the number of parts. Files of more than 10,000 parts
    would have larger ones; the embedded archive makes none.
    """
    parts: list[bytes] = []
    sha256 = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(PART):
            parts.append(hashlib.md5(chunk, usedforsecurity=False).digest())
            sha256.update(chunk)
            size += len(chunk)
    joined = hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
    return FileDigests(f"{joined}-{len(parts)}", sha256.hexdigest(), size)


def of_zarr(files: Mapping[str, tuple[str, int]]) -> str:
    """The checksum of a Zarr, `MD5-files--bytes`, from MD5 and size in bytes of each file by its key."""
    direct = [{"digest": md5, "name": key, "size": size} for key, (md5, size) in files.items() if "/" not in key]
    below: dict[str, dict[str, tuple[str, int]]] = {}
    for key, file in files.items():
        head, slash, tail = key.partition("/")
        if slash:
            below.setdefault(head, {})[tail] = file
    folders = [{"digest": of_zarr(inside), "name": name, "size": _size(inside)} for name, inside in below.items()]
    listing = {
        "directories": sorted(folders, key=lambda entry: str(entry["name"])),
        "files": sorted(direct, key=lambda entry: str(entry["name"])),
    }
    md5 = hashlib.md5(json.dumps(listing, separators=(",", ":")).encode(), usedforsecurity=False).hexdigest()
    return f"{md5}-{len(files)}--{_size(files)}"


def _size(files: Mapping[str, tuple[str, int]]) -> int:
    return sum(size for _, size in files.values())
