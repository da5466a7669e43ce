"""What was read of files that never change, kept on disk: bytes by block, answers by question. Bounded, private, checked.

FOLDER/KEY/blocks/NUMBER       a block, and its CRC-32 in four bytes
FOLDER/KEY/answers/DIGEST      the answers to a question about the structure
FOLDER/KEY/facts               size and ETag
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 2 * 2**30
_MOST_ANSWER = 16 * 2**20
_BETWEEN_TRIMS = 64 * 2**20
_KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{7,80}")
_VERSION = "1"


class DiskCache:
    """What is kept of one file.

    A cache that can't be written is no error: everything is asked for again then.

    Args:
        folder: The folder of all caches of files.
        key: What names the content for ever: the id of a blob, or an address with its ETag.
        most: Bytes that all files together may take.
    """

    def __init__(self, folder: Path, key: str, *, most: int = MOST_BYTES) -> None:
        name = key if _KEY.fullmatch(key) else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        self._all, self._most = folder, most
        self._own = folder / f"{_VERSION}-{name}"
        self._written = 0
        self._usable = True
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for part in ("blocks", "answers"):
                (self._own / part).mkdir(parents=True, exist_ok=True, mode=0o700)
            os.utime(self._own)
            trim(folder, most, keep=self._own)
        except OSError:
            self._usable = False

    def block(self, number: int) -> bytes | None:
        """A block; None where it is not kept."""
        return self._read(self._own / "blocks" / str(number))

    def has_block(self, number: int) -> bool:
        """Whether a block is kept."""
        return self._usable and (self._own / "blocks" / str(number)).exists()

    def keep_block(self, number: int, data: bytes) -> None:
        """Keeps a block."""
        self._write(self._own / "blocks" / str(number), data)

    def answer(self, question: bytes) -> bytes | None:
        """The answers to a question; None where they are not kept."""
        return self._read(self._own / "answers" / hashlib.sha256(question).hexdigest())

    def keep_answer(self, question: bytes, data: bytes) -> None:
        """Keeps answers, unless they are very long."""
        if len(data) <= _MOST_ANSWER:
            self._write(self._own / "answers" / hashlib.sha256(question).hexdigest(), data)

    def facts(self) -> tuple[int, str] | None:
        """The file's size and ETag; None where they are not kept."""
        found = (self._read(self._own / "facts") or b"").decode("utf-8", "replace")
        size, _, etag = found.partition("\n")
        return (int(size), etag) if size.isdigit() else None

    def keep_facts(self, size: int, etag: str) -> None:
        """Keeps the file's size and ETag."""
        self._write(self._own / "facts", f"{size}\n{etag}".encode())

    def _read(self, path: Path) -> bytes | None:
        if not self._usable:
            return None
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if len(data) < 4 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            return None
        return data[:-4]

    def _write(self, path: Path, data: bytes) -> None:
        if not self._usable:
            return
        try:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
            with os.fdopen(handle, "wb") as file:
                file.write(data + zlib.crc32(data).to_bytes(4, "little"))
            Path(name).replace(path)
        except OSError:
            self._usable = False
            return
        self._written += len(data)
        if self._written > _BETWEEN_TRIMS:
            self._written = 0
            trim(self._all, self._most, keep=self._own)


def trim(folder: Path, most: int, *, keep: Path | None = None) -> None:
    """Takes away what was used longest ago until all that is kept takes at most `most` bytes: blocks first, then the rest.

    Args:
        folder: The folder of all caches of files.
        most: Bytes.
        keep: The cache that is in use: of this one blocks go last.
    """
    with suppress(OSError):
        owners = sorted((one for one in folder.iterdir() if one.is_dir()), key=lambda one: (one == keep, one.stat().st_mtime))
        taken = sum(_bytes_in(one) for one in owners)
        for step in ("blocks", ""):
            for owner in owners:
                if taken <= most:
                    return
                if not step and owner == keep:
                    continue
                place = owner / step if step else owner
                taken -= _bytes_in(place)
                shutil.rmtree(place, ignore_errors=True)
                if owner == keep:
                    place.mkdir(mode=0o700, exist_ok=True)


def _bytes_in(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.stat(os.path.join(root, name)).st_size  # noqa: PTH116, PTH118 (thousands of files)
    return total
