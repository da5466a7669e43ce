"""Decoding what Zarr chunks are packed in: bounded before anything is inflated; a pickle is never decoded.

Codecs are those of numcodecs, as the Zarr storage specification, version 2, has them.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import Any

from dandi_tui.nwb.model import FileError

MOST_CHUNK = 64 * 2**20
_TEXTS = frozenset(("vlen-utf8", "vlen-bytes", "vlen-array"))
_ZSTD_BLOCK = 2**17


def decoded(configured: Any, data: Any) -> Any:  # noqa: ANN401 (bytes or an array)
    """What a codec of format 2 makes of a chunk.

    Raises:
        FileError: It is refused, unknown, or fails.
    """
    name = configured.get("id") if isinstance(configured, dict) else None
    if name == "pickle":
        raise FileError("it is stored as a pickle, which could run anything: it is not decoded")
    if isinstance(data, (bytes, bytearray)) and _promised(str(name), bytes(data)) > MOST_CHUNK:
        raise FileError("a chunk promises more than can be read for a look")
    if name in {"zlib", "gzip", "bz2", "lzma"}:
        return _inflated(str(name), configured, bytes(data))
    if name in _TEXTS and int.from_bytes(bytes(data[:4]), "little") > max(0, len(data) - 4) // 4:
        raise FileError("a chunk promises more texts than it has room for")
    try:
        import numcodecs

        return numcodecs.get_codec(dict(configured)).decode(data)
    except Exception as error:
        raise FileError(f"the codec {str(name)[:60]} can't decode it: {str(error)[:200]}") from error


def _inflated(name: str, configured: dict[str, Any], data: bytes) -> bytes:
    try:
        found = _machine(name, configured).decompress(data, MOST_CHUNK + 1)
    except (zlib.error, lzma.LZMAError, OSError, ValueError, TypeError, EOFError) as error:
        raise FileError(f"a chunk can't be inflated: {error}") from error
    if len(found) > MOST_CHUNK:
        raise FileError("a chunk inflates to more than can be read for a look")
    return bytes(found)


def _machine(name: str, configured: dict[str, Any]) -> Any:  # noqa: ANN401 (one of three)
    if name == "bz2":
        return bz2.BZ2Decompressor()
    if name == "lzma":
        return lzma.LZMADecompressor(format=int(configured.get("format", lzma.FORMAT_XZ)), filters=configured.get("filters"), memlimit=None)
    return zlib.decompressobj(wbits=47)


def _promised(name: str, data: bytes) -> int:
    """The bytes that a chunk says it becomes, by its header; 0 where it does not say."""
    head = data[:32]
    if name == "blosc" and len(head) >= 8:
        return int.from_bytes(head[4:8], "little")
    if name == "lz4" and len(head) >= 4:
        return int.from_bytes(head[:4], "little")
    if name == "zstd" and head[:4] == b"\x28\xb5\x2f\xfd" and len(head) >= 16:
        flags = head[4]
        width = (1 if flags & 0x20 else 0, 2, 4, 8)[flags >> 6]
        if not width:
            return _zstd_at_most(data)
        at = 5 + (0 if flags & 0x20 else 1) + (0, 1, 2, 4)[flags & 3]
        return int.from_bytes(head[at : at + width], "little") + (256 if width == 2 else 0)
    return 0


def _zstd_at_most(data: bytes) -> int:
    """The most bytes that a frame without its content's size can become: by its blocks' headers (RFC 8878, 3.1.1)."""
    flags = data[4]
    at, found = 5 + 1 + (0, 1, 2, 4)[flags & 3], 0
    while at + 3 <= len(data):
        head = int.from_bytes(data[at : at + 3], "little")
        last, kind, size = head & 1, head >> 1 & 3, head >> 3
        found += size if kind < 2 else _ZSTD_BLOCK
        at += 3 + (1 if kind == 1 else size)
        if last or found > MOST_CHUNK:
            break
    return found
