"""The body of an answer, read into one buffer and handed on in pieces that suit the disk and the limits."""

from __future__ import annotations

import mmap
import time
from typing import TYPE_CHECKING, Any

import urllib3

from dandi_tui.errors import UnreachableError
from dandi_tui.transfer.control import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable

    from dandi_tui.transfer.control import Control

_WAIT = 0.25
"""Seconds after which a piece is handed on that is not full: what came is kept and told also where little comes."""
_TAIL = 2**14


def hand_on(response: urllib3.BaseHTTPResponse, start: int, length: int, take: Callable[[memoryview], None], control: Control) -> None:
    """Hands the bytes of an answer on. Pieces end where the disk's blocks do, and are as large as the control lets them be.

    Each piece costs a round of writing, hashing and waiting for other threads.

    Args:
        response: The answer.
        start: Where its bytes are in the object.
        length: How many there must be.
        take: Is given the bytes in their order, in a buffer that is used again.
        control: Limits and stops.

    Raises:
        UnreachableError: There are more or fewer bytes.
        CancelledTransferError: `control` said so.
    """
    # Mapped memory begins at a page, as writing past the page cache asks for.
    buffer = memoryview(mmap.mmap(-1, CHUNK) if length >= CHUNK else bytearray(max(1, length)))
    read = _reader(response, length)
    offset, kept, room, since = start, 0, 0, 0.0
    try:
        while True:
            if not kept:
                room, since = min(control.piece, len(buffer), CHUNK - offset % CHUNK), time.monotonic()
            count = read(buffer[kept:room])
            if not count:
                break
            if offset + kept + count > start + length:
                raise UnreachableError("the server gave more bytes than the archive promised")
            kept += count
            if kept == room or time.monotonic() - since > _WAIT:
                control.pace(kept)
                piece, kept = kept, 0
                take(buffer[:piece])
                offset += piece
    finally:
        if kept and not control.stopped:
            take(buffer[:kept])
            offset += kept
    if offset < start + length:
        raise UnreachableError(f"the connection ended after {offset - start} of {length} bytes")


def _reader(response: Any, length: int) -> Callable[[memoryview], int]:  # noqa: ANN401 (reaches below the library's own types)
    """What reads into a buffer that which has come, and says how much it is: nothing that came before a cut is lost, as `read` would lose it.

    All but the end is read past the library, without an object for each piece; the end through it, so that it knows that the answer is whole.
    """
    below: Any = getattr(response, "_fp", None)
    stream: Any = getattr(below, "fp", None)
    plain = hasattr(stream, "readinto1") and getattr(below, "length", None) == response.length_remaining == length

    def read(buffer: memoryview) -> int:
        if plain and below.length > _TAIL:
            try:
                count: int = stream.readinto1(buffer[: below.length - _TAIL])
            except OSError as error:
                raise urllib3.exceptions.ProtocolError(str(error), error) from error
            below.length -= count
            response.length_remaining -= count
            if count:
                return count
        data = response.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    return read
