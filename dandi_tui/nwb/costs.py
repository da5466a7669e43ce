"""What a read costs before it is made: where the bytes of a slice lie, and what bringing them takes."""

from __future__ import annotations

import itertools
import math
import os
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.model import FileError, Price

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import h5py

MOST_BYTES = 32 * 10**6
MOST_REQUESTS = 400
MOST_SECONDS = 20.0
_MOST_CHUNKS = 4096

Span = tuple[int, int]
"""The first byte, and the one after the last."""


class PriceError(FileError):
    """A read costs more than may be spent unasked; `price` says what."""

    def __init__(self, price: Price) -> None:
        super().__init__(f"this read takes about {price.bytes / 1e6:.0f} MB in {price.requests} requests, some {max(1, round(price.seconds))} s")
        self.price = price


def charge(price: Price, *, paid: bool) -> None:
    """Says the price of a read before it is made; `DANDI_TUI_READ_BUDGET` sets how many bytes need no asking.

    Raises:
        PriceError: It is more than may be spent unasked, and was not `paid`.
    """
    if not paid and _is_dear(price):
        raise PriceError(price)


def _is_dear(price: Price) -> bool:
    chosen = os.environ.get("DANDI_TUI_READ_BUDGET", "")
    most = int(chosen) if chosen.isdigit() else MOST_BYTES
    return price.bytes > most or price.requests > MOST_REQUESTS or price.seconds > MOST_SECONDS


def bounds(where: Any, shape: Sequence[int]) -> list[tuple[int, int]]:  # noqa: ANN401 (basic indexing)
    """First and last-plus-one of each dimension that a slice touches."""
    asked = where if isinstance(where, tuple) else (where,)
    found = []
    for at, length in enumerate(shape):
        one = asked[at] if at < len(asked) else slice(None)
        if isinstance(one, slice):
            start, stop, _ = one.indices(length)
            found.append((start, max(start, stop)))
        else:
            found.append((int(one), int(one) + 1))
    return found


def byte_spans(dataset: h5py.Dataset, where: Any) -> list[Span]:  # noqa: ANN401
    """Where the bytes of a slice lie in the file; empty where that is not told (compact or never written).

    Only indexes are read for it; of a slice over very many chunks, the first ones stand for all by their mean.
    """
    shape = dataset.shape
    if shape is None or not math.prod(shape or (1,)):
        return []
    touched = bounds(where, shape)
    if dataset.chunks:
        return list(_chunk_spans(dataset, touched))
    offset = dataset.id.get_offset()
    if offset is None:
        return []
    row = math.prod(shape[1:]) * dataset.id.get_type().get_size()
    if not shape:
        return [(offset, offset + row)]
    start, stop = touched[0]
    return [(offset + start * row, offset + stop * row)] if stop > start else []


def _chunk_spans(dataset: h5py.Dataset, touched: list[tuple[int, int]]) -> Iterator[Span]:
    ranges = [range(start // chunk, -(-stop // chunk)) for (start, stop), chunk in zip(touched, dataset.chunks, strict=True)]
    total = math.prod(len(one) for one in ranges)
    seen = 0
    for place in itertools.islice(itertools.product(*ranges), _MOST_CHUNKS):
        info = dataset.id.get_chunk_info_by_coord(tuple(number * chunk for number, chunk in zip(place, dataset.chunks, strict=True)))
        if info.byte_offset is not None:
            seen += info.size
            yield info.byte_offset, info.byte_offset + info.size
    if total > _MOST_CHUNKS and seen:
        # The rest is not looked up: it stands as one span that can't be brought, and makes the price.
        yield -1, -1 + seen * (total - _MOST_CHUNKS) // _MOST_CHUNKS
