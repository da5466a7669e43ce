"""Decoding chunks of Zarr format 3: from bytes back through their codecs to an array, each step checked.

Codecs are those of the Zarr core specification, version 3, its registered extensions, and those of numcodecs under their names there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.crc32c import crc32c
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.zarr_codecs import MOST_CHUNK, decoded

if TYPE_CHECKING:
    from collections.abc import Callable

_BYTES = frozenset(("gzip", "zstd", "blosc"))
_OF_NUMCODECS = "numcodecs."
_BYTES_OF_NUMCODECS = frozenset(
    ("zlib", "gzip", "zstd", "blosc", "lz4", "bz2", "lzma", "shuffle", "crc32", "crc32c", "adler32", "fletcher32", "jenkins_lookup3")
)
_ARRAYS_OF_NUMCODECS = frozenset(["delta", "fixedscaleoffset", "astype", "quantize", "bitround"])
_DEEPEST = 4
_MOST_INNER = 2**16


def name_and_options(codec: Any) -> tuple[str, dict[str, Any]]:  # noqa: ANN401 (any JSON)
    """A codec's name and its configuration."""
    if not isinstance(codec, dict):
        return str(codec)[:60], {}
    options = codec.get("configuration")
    return str(codec.get("name"))[:60], options if isinstance(options, dict) else {}


def decoded_third(codecs: list[Any], data: bytes, dtype: Any, shape: list[int], *, fill: Callable[[], Any] = int, depth: int = 0) -> Any:  # noqa: ANN401
    """A chunk as an array.

    Args:
        codecs: As they were used when it was written.
        data: Its bytes.
        dtype: Of its values.
        shape: Of the array.
        fill: Gives the value of what was never written, within a shard.
        depth: How many shards it lies in.

    Raises:
        FileError: A codec is unknown, or the chunk is damaged.
    """
    steps = [name_and_options(one) for one in codecs]
    at = next((at for at, (name, _) in enumerate(steps) if name in {"bytes", "vlen-utf8", "vlen-bytes", "sharding_indexed"}), None)
    if at is None:
        known = next((name for name, _ in steps if name not in _BYTES), "")
        raise FileError(f"the codec {known} of Zarr format 3 is not known here" if known else "none of its codecs makes values of bytes")
    found: bytes = data
    for name, options in reversed(steps[at + 1 :]):
        found = _bytes_before(name, options, found)
    stored_type, stored_shape = _as_stored(steps[:at], dtype, shape)
    values = _values(steps[at], found, stored_type, stored_shape, fill, depth)
    for name, options in reversed(steps[:at]):
        values = _array_before(name, options, values)
    return values.astype(dtype, copy=False) if values.dtype.kind != "O" else values


def _bytes_before(name: str, options: dict[str, Any], data: bytes) -> bytes:
    """What a codec from bytes to bytes was given."""
    if name == "crc32c":
        return checked(data)
    plain = name.removeprefix(_OF_NUMCODECS)
    if name in _BYTES or (plain != name and plain in _BYTES_OF_NUMCODECS):
        if plain == "crc32c":
            return checked(data)
        kept = {key: value for key, value in options.items() if key != "id"} if plain not in _BYTES else {}
        return bytes(decoded({"id": plain, **kept}, data))
    raise FileError(f"the codec {name} of Zarr format 3 is not known here")


def checked(data: bytes) -> bytes:
    """Bytes without the checksum at their end.

    Raises:
        FileError: It is another one.
    """
    if len(data) < 4 or crc32c(data[:-4]) != int.from_bytes(data[-4:], "little"):
        raise FileError("the checksum (crc32c) of a part is another one: it is damaged")
    return data[:-4]


def _as_stored(steps: list[tuple[str, dict[str, Any]]], dtype: Any, shape: list[int]) -> tuple[Any, list[int]]:  # noqa: ANN401
    """Type and shape after the codecs from array to array."""
    import numpy as np

    for name, options in steps:
        if name == "transpose":
            shape = [shape[axis] for axis in _order(options, len(shape))]
        elif name.removeprefix(_OF_NUMCODECS) in _ARRAYS_OF_NUMCODECS:
            other = options.get("encode_dtype") or options.get("astype")
            dtype = np.dtype(str(other)) if other else dtype
        else:
            raise FileError(f"the codec {name} of Zarr format 3 is not known here")
    return dtype, shape


def _order(options: dict[str, Any], count: int) -> list[int]:
    order = options.get("order")
    if not isinstance(order, list) or sorted(one for one in order if type(one) is int) != list(range(count)):
        raise FileError(f"its transposition {str(order)[:40]} is none")
    return order


def _array_before(name: str, options: dict[str, Any], values: Any) -> Any:  # noqa: ANN401
    """What a codec from array to array was given."""
    import numpy as np

    if name == "transpose":
        return values.transpose(np.argsort(_order(options, values.ndim)))
    plain = name.removeprefix(_OF_NUMCODECS)
    return np.asarray(decoded({"id": plain, **{key: value for key, value in options.items() if key != "id"}}, values.ravel())).reshape(values.shape)


def _values(step: tuple[str, dict[str, Any]], data: bytes, dtype: Any, shape: list[int], fill: Callable[[], Any], depth: int) -> Any:  # noqa: ANN401
    import numpy as np

    name, options = step
    if name == "sharding_indexed":
        return _of_shard(options, data, dtype, shape, fill, depth)
    if name.startswith("vlen-"):
        if int.from_bytes(data[:4], "little") != math.prod(shape):
            raise FileError("a chunk of texts does not hold as many as its array says")
        return np.asarray(decoded({"id": name}, data), dtype=object).reshape(shape)
    order = "<" if options.get("endian", "little") == "little" else ">"
    return np.frombuffer(data, dtype=dtype.newbyteorder(order)).reshape(shape)


def _of_shard(options: dict[str, Any], data: bytes, dtype: Any, shape: list[int], fill: Callable[[], Any], depth: int) -> Any:  # noqa: ANN401
    """A whole shard, where a part of it can't be read by itself: within a shard, or behind codecs of bytes."""
    import numpy as np

    from dandi_tui.nwb.zarr_sharding import Sharding

    if depth >= _DEEPEST:
        raise FileError("its shards lie within each other without an end")
    sharding = Sharding(options, shape)
    if math.prod(sharding.grid) > _MOST_INNER:
        raise FileError("its shards have too many parts to be read for a look")
    start, length = sharding.index_span(len(data))
    index = sharding.index(data[start : start + length])
    if math.prod(shape) * dtype.itemsize > MOST_CHUNK:
        raise FileError("one shard takes more than can be read for a look")
    made = np.full(shape, fill(), dtype=dtype)
    for place in np.ndindex(*sharding.grid):
        span = sharding.part(index, place)
        if span is None:
            continue
        if span[1] > len(data):
            raise FileError("a part of a shard lies outside of it")
        where = tuple(slice(at * size, (at + 1) * size) for at, size in zip(place, sharding.chunks, strict=True))
        made[where] = decoded_third(sharding.codecs, data[span[0] : span[1]], dtype, sharding.chunks, fill=fill, depth=depth + 1)
    return made
