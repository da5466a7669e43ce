"""Types and fill values of Zarr arrays, formats 2 and 3, as NumPy has them.

Names are those of the Zarr core specification, version 3, and of its registered extensions.
"""

from __future__ import annotations

import base64
from typing import Any

from dandi_tui.nwb.model import FileError

_LONGEST = 2**20
_PLAIN = frozenset(
    ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "complex64", "complex128")
)


def type_of(name: Any) -> Any:  # noqa: ANN401 (any JSON)
    """The NumPy type that a document of format 2 names; also those of format 3 that are words.

    Raises:
        FileError: It names none.
    """
    import numpy as np

    try:
        return np.dtype([tuple(field) for field in name]) if isinstance(name, list) else np.dtype(name)
    except (TypeError, ValueError) as error:
        raise FileError(f"its type {str(name)[:80]!r} is none") from error


def third_type_of(found: Any) -> Any:  # noqa: ANN401 (any JSON)
    """The NumPy type that a document of format 3 names, in the machine's own order of bytes.

    Raises:
        FileError: It names none that is known here.
    """
    import numpy as np

    name, options = (found.get("name"), found.get("configuration")) if isinstance(found, dict) else (found, None)
    options = options if isinstance(options, dict) else {}
    if not isinstance(name, str):
        raise FileError(f"its type {str(found)[:80]} is none")
    if name in _PLAIN:
        return np.dtype(name)
    if name in {"string", "variable_length_bytes", "variable_length_utf8"}:
        return np.dtype(object)
    if name in {"structured", "struct"} and isinstance(options.get("fields"), list):
        return type_of([(str(one[0]), third_type_of(one[1])) for one in options["fields"] if isinstance(one, list) and len(one) == 2])
    if name in {"numpy.datetime64", "numpy.timedelta64"}:
        return type_of(f"{'M8' if 'date' in name else 'm8'}[{_scale(options)}{options.get('unit')}]")
    return type_of(_fixed(name, options) or found)


def _scale(options: dict[str, Any]) -> int:
    scale = options.get("scale_factor", 1)
    return scale if type(scale) is int and 0 < scale < 2**31 else 1


def _fixed(name: str, options: dict[str, Any]) -> str:
    """A type of fixed length; empty where it is none of these."""
    length = options.get("length_bytes")
    if name[:1] == "r" and name[1:].isdigit() and len(name) < 9:
        return f"V{int(name[1:]) // 8}"
    if type(length) is not int or not 0 < length <= _LONGEST:
        return ""
    return {"fixed_length_utf32": f"U{length // 4}", "null_terminated_bytes": f"S{length}", "raw_bytes": f"V{length}"}.get(name, "")


def fill_of(fill: Any, dtype: Any, *, third: bool) -> Any:  # noqa: ANN401 (any JSON; a value)
    """The value of chunks that are not there.

    Raises:
        FileError: It is none of the type.
    """
    if dtype.kind == "O":
        return (fill if isinstance(fill, str) else "") if third else 0
    try:
        return _filled(fill, dtype, third=third)
    except (ValueError, TypeError, OverflowError) as error:
        raise FileError(f"its fill value {str(fill)[:40]} is none of its type") from error


def _filled(fill: Any, dtype: Any, *, third: bool) -> Any:  # noqa: ANN401
    import numpy as np

    if fill is None or isinstance(fill, dict):
        return np.zeros((), dtype=dtype)
    if isinstance(fill, str) and (dtype.kind == "V" or (dtype.kind == "S" and not third)):
        return np.frombuffer(base64.b64decode(fill).ljust(dtype.itemsize, b"\0")[: dtype.itemsize], dtype=dtype)[0]
    if isinstance(fill, str) and fill.startswith("0x") and dtype.kind in "fc":
        return np.frombuffer(bytes.fromhex(fill[2:]), dtype=dtype.newbyteorder(">"))[0].astype(dtype)
    if isinstance(fill, list):
        return np.array(complex(*(float(one) for one in fill)) if dtype.kind == "c" and len(fill) == 2 else 0, dtype=dtype)
    if isinstance(fill, int) and dtype.kind in "mM":
        return np.array(fill, dtype="int64").view(dtype)
    return np.array(fill, dtype=dtype)
