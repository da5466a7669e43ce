"""Where a group of the older HDF5 format keeps its names: read off bytes that are there, so that all are asked for at once.

The layouts are those of the HDF5 File Format Specification, version 3.0: III.A.1 (version 1 B-trees), IV.A.1.a (version 1 object
headers), IV.A.2.r (symbol table message). Groups of the newer format keep their names in their header, and need none of this.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYMBOL_TABLE = 0x0011
_CONTINUATION = 0x0010
_UNDEFINED = 2**64 - 1
HEADER_BYTES = 1024
NODE_BYTES = 2048


def index_addresses(header: bytes) -> list[int]:
    """Where the B-tree and the heap of a group lie, by its header; empty where it says nothing of them."""
    for kind, data in _messages(header):
        if kind == _SYMBOL_TABLE and len(data) >= 16:
            return [one for one in struct.unpack_from("<QQ", data) if one != _UNDEFINED]
    return []


def continuations(header: bytes) -> list[tuple[int, int]]:
    """Where an object's header goes on, and for how many bytes: attributes that were added later stand there."""
    return _going_on(_messages(header))


def further_continuations(block: bytes) -> list[tuple[int, int]]:
    """Where a header goes on from a place where it went on to: messages stand there without a prefix."""
    return _going_on(_messages_in(block, 0, len(block)))


def _going_on(messages: Iterator[tuple[int, bytes]]) -> list[tuple[int, int]]:
    return [struct.unpack_from("<QQ", data) for kind, data in messages if kind == _CONTINUATION and len(data) >= 16]


def _messages(header: bytes) -> Iterator[tuple[int, bytes]]:
    """The messages of a version 1 header, by type, as far as the bytes reach."""
    if len(header) < 16 or header[0] != 1:
        return
    (length,) = struct.unpack_from("<I", header, 8)
    yield from _messages_in(header, 16, min(len(header), 16 + length))


def _messages_in(data: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    while at + 8 <= end:
        kind, size = struct.unpack_from("<HH", data, at)
        yield kind, data[at + 8 : min(end, at + 8 + size)]
        at += 8 + size


def node_addresses(node: bytes) -> list[int]:
    """Where the children of a B-tree's node lie: further nodes, or the symbol nodes with the names."""
    if node[:4] != b"TREE" or len(node) < 24 or node[4] != 0:
        return []
    (used,) = struct.unpack_from("<H", node, 6)
    fits = min(used, (len(node) - 32) // 16)
    return [struct.unpack_from("<Q", node, 32 + 16 * at)[0] for at in range(max(0, fits))]
