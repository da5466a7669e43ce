"""Shards of Zarr format 3: many chunks in one object, with an index that says where each lies, so that a few can be read by ranges.

The layout is that of the codec `sharding_indexed` of the Zarr specifications, version 1.0.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.zarr_third import decoded_third, name_and_options

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_PARTS = 2**20
_ABSENT = 2**64 - 1
_ENTRY = 16


class Sharding:
    """How shards are laid out.

    Args:
        options: The codec's configuration.
        shape: The shape of a shard.

    Raises:
        FileError: It can't be, or its shards have too many parts.
    """

    def __init__(self, options: dict[str, Any], shape: Sequence[int]) -> None:
        chunks = options.get("chunk_shape")
        if not isinstance(chunks, list) or len(chunks) != len(shape) or not all(type(one) is int and one > 0 for one in chunks):
            raise FileError(f"the parts of its shards are none: {str(chunks)[:80]}")
        if any(whole % part for whole, part in zip(shape, chunks, strict=True)):
            raise FileError("the parts of its shards do not fill them")
        self.chunks: list[int] = chunks
        self.grid = [whole // part for whole, part in zip(shape, chunks, strict=True)]
        if math.prod(self.grid) > MOST_PARTS:
            raise FileError(f"its shards have {math.prod(self.grid):,} parts each: too many to be read for a look")
        self.codecs, self._index_codecs = _codecs(options.get("codecs")), _codecs(options.get("index_codecs"))
        if any(name not in {"bytes", "crc32c"} for name, _ in map(name_and_options, self._index_codecs)):
            raise FileError("the index of its shards is packed in a way that is not known here")
        location = options.get("index_location", "end")
        if location not in {"start", "end"}:
            raise FileError(f"the index of its shards stands at {str(location)[:40]}")
        self.at_end = location == "end"
        checks = sum(name == "crc32c" for name, _ in map(name_and_options, self._index_codecs))
        self.index_bytes = _ENTRY * math.prod(self.grid) + 4 * checks

    @classmethod
    def of(cls, codecs: list[Any], shape: Sequence[int]) -> Sharding | None:
        """How an array's chunks are shards; None where they are none whose parts can be read by themselves."""
        if len(codecs) != 1 or (one := name_and_options(codecs[0]))[0] != "sharding_indexed":
            return None
        return cls(one[1], shape)

    def index_span(self, size: int) -> tuple[int, int]:
        """First byte and length of the index, in a shard of `size` bytes."""
        if size < self.index_bytes:
            raise FileError("a shard is shorter than its index")
        return (size - self.index_bytes if self.at_end else 0), self.index_bytes

    def index(self, data: bytes) -> Any:  # noqa: ANN401 (an array)
        """Where parts lie: (…grid, 2) of first byte and length.

        Raises:
            FileError: It is damaged, or its parts lie over each other.
        """
        if len(data) != self.index_bytes:
            raise FileError("a shard is shorter than its index")
        import numpy as np

        found = decoded_third(self._index_codecs, data, np.dtype("uint64"), [*self.grid, 2])
        flat = found.reshape(-1, 2)
        spans = flat[flat[:, 0] != _ABSENT]
        if len(spans) and (spans > 2**62).any():
            raise FileError("the index of a shard names places that no file has")
        spans = spans[np.lexsort((spans[:, 1], spans[:, 0]))]
        again = (spans[1:] == spans[:-1]).all(axis=1)  # the same bytes may stand for several parts
        if (~again & (spans[:-1].sum(axis=1) > spans[1:, 0])).any():
            raise FileError("the parts of a shard lie over each other: its index is damaged")
        return found

    def part(self, index: Any, place: tuple[int, ...]) -> tuple[int, int] | None:  # noqa: ANN401
        """First byte of a part and the one after its last; None where it was never written."""
        start, length = (int(one) for one in index[place])
        return None if start == _ABSENT and length == _ABSENT else (start, start + length)


def _codecs(found: Any) -> list[Any]:  # noqa: ANN401 (any JSON)
    if not isinstance(found, list) or not 0 < len(found) <= 16:
        raise FileError("the codecs of its shards are none")
    return found


def joined(spans: Sequence[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    """Spans as fewer longer ones, where between two of them are at most `gap` bytes; in their order in the file."""
    runs: list[tuple[int, int]] = []
    for start, stop in sorted(set(spans)):
        if runs and start - runs[-1][1] <= gap:
            runs[-1] = (runs[-1][0], max(stop, runs[-1][1]))
        else:
            runs.append((start, stop))
    return runs


def by_shard(places: Sequence[tuple[int, ...]], grid: Sequence[int]) -> dict[tuple[int, ...], list[tuple[int, ...]]]:
    """Places of parts by the shard that they lie in, both counted over the whole array."""

    def shard(place: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(at // count for at, count in zip(place, grid, strict=True))

    return {one: list(of) for one, of in itertools.groupby(sorted(places, key=shard), shard)}
