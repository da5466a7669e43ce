"""Chunks that are parts of shards, read by ranges: first the shards' indexes, then what is needed, side by side where it is far."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.zarr_codecs import MOST_CHUNK
from dandi_tui.nwb.zarr_keys import Span
from dandi_tui.nwb.zarr_sharding import by_shard, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dandi_tui.nwb.zarr_keys import Keys
    from dandi_tui.nwb.zarr_sharding import Sharding

_GAP = 2**14
"""Bytes between two parts of a shard that are cheaper to bring along than to ask for these apart."""
Place = tuple[int, ...]
"""A chunk's place in the grid of all chunks."""


class Shards:
    """The shards of an array.

    Args:
        keys: The store.
        sharding: How they are laid out.
        key_of: Gives the key of the shard at a place.
    """

    def __init__(self, keys: Keys, sharding: Sharding, key_of: Callable[[Place], str]) -> None:
        self._keys, self._sharding, self._key_of = keys, sharding, key_of

    def afford(self, places: list[Place], *, paid: bool) -> None:
        """Says the price of reading chunks; their shards' indexes are read for it.

        Raises:
            PriceError: It is more than may be spent unasked, and was not `paid`.
        """
        if self._keys.is_remote:
            self._keys.afford_spans(self._runs(self._parts(places, paid=paid)), paid=paid)

    def chunks(self, places: list[Place], *, paid: bool) -> Iterator[tuple[Place, bytes | None]]:
        """Chunks that are parts of shards: those that are needed, and what lies between near ones."""
        parts = self._parts(places, paid=paid)
        runs = self._runs(parts)
        self._keys.afford_spans(runs, paid=paid)
        brought = {(run.key, run.start): data for run, data in zip(runs, self._keys.spans(runs), strict=True)}
        starts = sorted(brought)
        for place, part in parts.items():
            if part is None:
                yield place, None
                continue
            key, first = starts[bisect_right(starts, (part.key, part.start)) - 1]
            yield place, (brought[key, first] or b"")[part.start - first : part.stop - first]

    def _runs(self, parts: dict[Place, Span | None]) -> list[Span]:
        by_key: dict[str, list[tuple[int, int]]] = {}
        for part in parts.values():
            if part is not None:
                by_key.setdefault(part.key, []).append((part.start, part.stop))
        if sum(stop - start for spans in by_key.values() for start, stop in set(spans)) > 2 * MOST_CHUNK:
            raise FileError("the parts of its shards take more than can be read for a look")
        return [Span(key, *run) for key, spans in by_key.items() for run in joined(spans, _GAP)]

    def _parts(self, places: list[Place], *, paid: bool) -> dict[Place, Span | None]:
        """Where chunks lie in their shards; None for those that were never written."""
        shards = by_shard(places, self._sharding.grid)
        found: dict[Place, Span | None] = {}
        for shard, index in self._indexes(list(shards), paid=paid):
            for place in shards[shard]:
                inner = tuple(at % count for at, count in zip(place, self._sharding.grid, strict=True))
                part = None if index is None else self._sharding.part(index, inner)
                found[place] = None if part is None else Span(self._key_of(shard), *part)
        return found

    def _indexes(self, shards: list[Place], *, paid: bool) -> Iterator[tuple[Place, Any]]:
        """The indexes of shards, one at a time; None for shards that were never written."""
        length = self._sharding.index_bytes
        if length * len(shards) > MOST_CHUNK:
            raise FileError("the indexes of its shards take more than can be read for a look")
        spans = [Span(self._key_of(shard), *((-length, 0) if self._sharding.at_end else (0, length))) for shard in shards]
        self._keys.afford_spans(spans, paid=paid)
        for shard, data in zip(shards, self._keys.spans(spans), strict=True):
            yield shard, None if data is None else self._sharding.index(data)
