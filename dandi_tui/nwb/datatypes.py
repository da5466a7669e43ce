"""HDF5's datatypes and filters in words, by the library's own descriptions: no value is read, no array type is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
from h5py import h5t, h5z

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPRESSORS = {
    h5z.FILTER_DEFLATE: "gzip", h5z.FILTER_SZIP: "szip", h5z.FILTER_LZF: "lzf", 307: "bzip2", 32001: "blosc", 32004: "lz4",
    32008: "bitshuffle", 32013: "zfp", 32015: "zstd", 32026: "blosc2",
}  # fmt: skip
_OTHERS = {h5z.FILTER_SHUFFLE: "shuffle", h5z.FILTER_FLETCHER32: "fletcher32", h5z.FILTER_NBIT: "nbit", h5z.FILTER_SCALEOFFSET: "scaleoffset"}
_DEEPEST = 8


def type_words(kind: Any, depth: int = 0) -> str:  # noqa: ANN401 (a low-level type of any class)
    """A datatype in words: `int16`, `string`, `bool`, `enum`, `compound`, `reference`, `vlen of float64`."""
    if depth > _DEEPEST:
        return "nested deeper"
    make = _WORDS.get(kind.get_class())
    return make(kind, depth) if make else _PLAIN.get(kind.get_class(), "unknown")


def _integer(kind: Any, _depth: int) -> str:  # noqa: ANN401
    return f"{'int' if kind.get_sign() == h5t.SGN_2 else 'uint'}{8 * kind.get_size()}"


def _array(kind: Any, depth: int) -> str:  # noqa: ANN401
    return f"array {'×'.join(map(str, kind.get_array_dims()))} of {type_words(kind.get_super(), depth + 1)}"


_PLAIN = {h5t.STRING: "string", h5t.COMPOUND: "compound", h5t.OPAQUE: "opaque", h5t.BITFIELD: "bitfield", h5t.TIME: "time"}
_WORDS: dict[int, Callable[[Any, int], str]] = {
    h5t.INTEGER: _integer,
    h5t.FLOAT: lambda kind, _depth: f"float{8 * kind.get_size()}",
    h5t.REFERENCE: lambda kind, _depth: "reference" if kind.equal(h5t.STD_REF_OBJ) else "region_reference",
    h5t.ENUM: lambda kind, _depth: "bool" if _is_bool(kind) else "enum",
    h5t.VLEN: lambda kind, depth: f"vlen of {type_words(kind.get_super(), depth + 1)}",
    h5t.ARRAY: _array,
}


def _is_bool(kind: Any) -> bool:  # noqa: ANN401
    return kind.get_nmembers() == 2 and {kind.get_member_name(0), kind.get_member_name(1)} == {b"FALSE", b"TRUE"}


def filters_of(dataset: h5py.Dataset) -> list[tuple[int, str]]:
    """The filters of a dataset, in the order they are applied, each with its registered number."""
    properties = dataset.id.get_create_plist()
    numbers = [properties.get_filter(at)[0] for at in range(properties.get_nfilters())]
    return [(number, _COMPRESSORS.get(number) or _OTHERS.get(number) or f"filter {number}") for number in numbers]


def compression_of(filters: list[tuple[int, str]]) -> str | None:
    """The compressing one among filters."""
    return next((name for number, name in filters if number not in _OTHERS), None)


def missing_filter(filters: list[tuple[int, str]]) -> str:
    """Words for a filter that is not installed here; empty when all are."""
    for number, name in filters:
        if not h5z.filter_avail(number):
            return f"the compression {name} (HDF5 filter {number}) is not installed: `pip install hdf5plugin` brings the usual ones"
    return ""
