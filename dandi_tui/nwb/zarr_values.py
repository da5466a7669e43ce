"""Values of a Zarr array, chunk by chunk, each bounded before it is decoded."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.costs import bounds
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.zarr_codecs import MOST_CHUNK, decoded
from dandi_tui.nwb.zarr_sharding import Sharding
from dandi_tui.nwb.zarr_shards import Shards
from dandi_tui.nwb.zarr_third import decoded_third
from dandi_tui.nwb.zarr_types import fill_of, third_type_of, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dandi_tui.nwb.zarr_keys import Keys
    from dandi_tui.nwb.zarr_shards import Place

_MOST_CHUNKS = 2_000


def lengths_of(found: Any, what: str) -> list[int]:  # noqa: ANN401 (any JSON)
    """Lengths that a document gives.

    Raises:
        FileError: It gives none.
    """
    if not isinstance(found, list) or len(found) > 64 or not all(type(one) is int and 0 <= one < 2**63 for one in found):
        raise FileError(f"its {what} is none: {str(found)[:80]}")
    return found


class ZarrArray:
    """An array, read by slices.

    Args:
        keys: The store.
        path: Its path in the store.
        document: Its `.zarray`, or its `zarr.json`.

    Raises:
        FileError: The document describes no array, or one whose chunks are too large.
    """

    def __init__(self, keys: Keys, path: str, document: dict[str, Any]) -> None:
        self._keys, self._path, self._document = keys, path.strip("/"), document
        self._third = "node_type" in document
        self.shape = lengths_of(document.get("shape"), "shape")
        self._chunks = lengths_of(_grid(document) if self._third else document.get("chunks"), "chunks")
        self.dtype = third_type_of(document.get("data_type")) if self._third else type_of(document.get("dtype"))
        if len(self._chunks) != len(self.shape) or not all(self._chunks):
            raise FileError("its chunks do not fit its shape")
        codecs = document.get("codecs")
        self._codecs: list[Any] = codecs if isinstance(codecs, list) else []
        self._shards: Shards | None = None
        if self._third and (sharding := Sharding.of(self._codecs, self._chunks)):
            self._shards = Shards(keys, sharding, self._key)
            self._chunks, self._codecs = sharding.chunks, sharding.codecs
        if math.prod(self._chunks) * self.dtype.itemsize > MOST_CHUNK:
            raise FileError(f"one chunk takes {math.prod(self._chunks) * self.dtype.itemsize // 2**20} MiB: too much to read for a look")

    def read(self, where: Any, *, paid: bool = True) -> Any:  # noqa: ANN401 (basic indexing; an array)
        """A slice.

        Raises:
            FileError: It can't be decoded, or is too much for a look.
        """
        import numpy as np

        if not self.shape:
            return self._chunk(next(iter(self._keys.many([self._key(())], MOST_CHUNK)))).reshape(())
        touched = bounds(where, self.shape)
        spans = [range(start // chunk, -(-stop // chunk)) for (start, stop), chunk in zip(touched, self._chunks, strict=True)]
        sizes = [stop - start for start, stop in touched]
        if math.prod(len(span) for span in spans) > _MOST_CHUNKS or math.prod(sizes) * self.dtype.itemsize > MOST_CHUNK:
            raise FileError("these values are spread over too many chunks to be read for a look")
        made = np.empty(sizes, dtype=self.dtype)
        places = list(itertools.product(*spans))
        for place, data in self._shards.chunks(places, paid=paid) if self._shards else self._apart(places, paid=paid):
            self._put(made, place, touched, self._chunk(data))
        return made[_within(where, self.shape)]

    def _apart(self, places: list[Place], *, paid: bool) -> Iterator[tuple[Place, bytes | None]]:
        """Chunks that are keys of their own."""
        keys = [self._key(place) for place in places]
        self._keys.afford(keys, self.bytes_a_chunk, paid=paid)
        yield from zip(places, self._keys.many(keys, MOST_CHUNK), strict=True)

    def expect(self, wheres: Sequence[Any], *, paid: bool) -> None:
        """Says the price of several reads that follow.

        Raises:
            PriceError: It is more than may be spent unasked, and was not `paid`.
        """
        if self._shards is None:
            self._keys.afford(list(dict.fromkeys(key for where in wheres for key in self.keys_of(where))), self.bytes_a_chunk, paid=paid)
        else:
            places = dict.fromkeys(place for where in wheres for place in self._places(where))
            self._shards.afford(list(places)[:_MOST_CHUNKS], paid=paid)

    def _places(self, where: Any) -> Iterator[Place]:  # noqa: ANN401
        spans = [range(start // chunk, -(-stop // chunk)) for (start, stop), chunk in zip(bounds(where, self.shape), self._chunks, strict=True)]
        return itertools.islice(itertools.product(*spans), _MOST_CHUNKS)

    @property
    def bytes_a_chunk(self) -> int:
        """About how many bytes a chunk takes: those of its values."""
        return math.prod(self._chunks) * int(self.dtype.itemsize)

    def keys_of(self, where: Any) -> list[str]:  # noqa: ANN401
        """The keys of the chunks that a slice touches, at most so many as are read for a look; none where these are parts of shards."""
        return [] if self._shards else [self._key(place) for place in self._places(where)]

    def _put(self, made: Any, place: tuple[int, ...], touched: list[tuple[int, int]], chunk: Any) -> None:  # noqa: ANN401
        source, target = [], []
        for number, length, (start, stop) in zip(place, self._chunks, touched, strict=True):
            first, last = max(start, number * length), min(stop, (number + 1) * length)
            source.append(slice(first - number * length, last - number * length))
            target.append(slice(first - start, last - start))
        made[tuple(target)] = chunk[tuple(source)]

    def _key(self, place: tuple[int, ...]) -> str:
        prefix = f"{self._path}/" if self._path else ""
        if not self._third:
            separator = self._document.get("dimension_separator", ".")
            return prefix + (("/" if separator == "/" else ".").join(map(str, place)) or "0")
        encoding = self._document.get("chunk_key_encoding")
        encoding = encoding if isinstance(encoding, dict) else {}
        options = encoding.get("configuration")
        second = encoding.get("name") == "v2"
        separator = options.get("separator") if isinstance(options, dict) else None
        sign = separator if separator in {".", "/"} else "." if second else "/"
        return prefix + (sign.join(map(str, place)) or "0" if second else sign.join(["c", *map(str, place)]))

    def _chunk(self, data: bytes | None) -> Any:  # noqa: ANN401
        import numpy as np

        shape = self._chunks or [1]
        if data is None:
            return np.full(shape, self._fill(), dtype=self.dtype)
        try:
            if self._third:
                return decoded_third(self._codecs, data, self.dtype, self._chunks, fill=self._fill)
            found: Any = data
            for configured in [self._document.get("compressor"), *reversed(self._document.get("filters") or [])]:
                if configured is not None:
                    found = decoded(configured, found)
            order = "F" if self._document.get("order") == "F" else "C"
            flat = found if self.dtype.kind == "O" else np.frombuffer(found, dtype=self.dtype)
            return np.asarray(flat, dtype=self.dtype).reshape(shape, order=order)  # type: ignore[call-overload]
        except (ValueError, TypeError) as error:
            raise FileError(f"a chunk does not hold what its array says: {error}") from error

    def _fill(self) -> Any:  # noqa: ANN401 (a value)
        """The value of what was never written."""
        return fill_of(self._document.get("fill_value"), self.dtype, third=self._third)


def _within(where: Any, shape: list[int]) -> tuple[Any, ...]:  # noqa: ANN401
    """A slice's indexing within the values that it touches."""
    asked = where if isinstance(where, tuple) else (where,)
    return tuple(slice(None, None, one.indices(length)[2]) if isinstance(one, slice) else 0 for one, length in zip(asked, shape, strict=False))


def _grid(document: dict[str, Any]) -> Any:  # noqa: ANN401
    grid = document.get("chunk_grid")
    configuration = grid.get("configuration") if isinstance(grid, dict) else None
    return configuration.get("chunk_shape") if isinstance(configuration, dict) else None
