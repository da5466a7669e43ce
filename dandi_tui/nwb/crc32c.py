"""CRC-32C (Castagnoli, as RFC 3720 has it), of which the standard library has none: long data in stripes side by side."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

_POLYNOMIAL = 0x82F63B78
_SHORT = 4096


@lru_cache(maxsize=1)
def _table() -> tuple[int, ...]:
    found = []
    for number in range(256):
        rest = number
        for _ in range(8):
            rest = rest >> 1 ^ (_POLYNOMIAL if rest & 1 else 0)
        found.append(rest)
    return tuple(found)


def crc32c(data: bytes) -> int:
    """The checksum of some bytes."""
    stripe = math.isqrt(len(data)) if len(data) > _SHORT else 0
    count = len(data) // stripe if stripe else 0
    register = 0xFFFFFFFF
    if count:
        register = _of_stripes(data, count, stripe)
    return _along(register, data[count * stripe :]) ^ 0xFFFFFFFF


def _along(register: int, data: bytes) -> int:
    table = _table()
    for one in data:
        register = table[(register ^ one) & 255] ^ register >> 8
    return register


def _of_stripes(data: bytes, count: int, stripe: int) -> int:
    """The register after `count` stripes: each by itself, then joined, since the register is linear in what was before it."""
    import numpy as np

    table = np.array(_table(), dtype="uint32")
    columns: Any = np.frombuffer(data, dtype="uint8", count=count * stripe).reshape(count, stripe).T.copy()
    registers = np.zeros(count, dtype="uint32")
    registers[0] = 0xFFFFFFFF
    for column in columns:
        registers = table[(registers ^ column) & 255] ^ registers >> 8
    moved = _moved_by(stripe)
    register = int(registers[0])
    for one in registers[1:].tolist():
        register = moved[0][register & 255] ^ moved[1][register >> 8 & 255] ^ moved[2][register >> 16 & 255] ^ moved[3][register >> 24] ^ one
    return register


@lru_cache(maxsize=8)
def _moved_by(count: int) -> tuple[tuple[int, ...], ...]:
    """What each byte of a register becomes after `count` bytes of zero."""
    bits = [_along(1 << number, bytes(count)) for number in range(32)]
    return tuple(tuple(_joined(bits[byte * 8 : byte * 8 + 8], value) for value in range(256)) for byte in range(4))


def _joined(bits: list[int], value: int) -> int:
    found = 0
    for number, one in enumerate(bits):
        if value >> number & 1:
            found ^= one
    return found
