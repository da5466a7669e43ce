"""Levels of grey or of colour as bytes that a terminal draws pixel by pixel: PNG, or sixels; made coarser until they are few enough.

PNG as its specification (ISO/IEC 15948) has it, one filter for all rows; sixels as DEC's VT330/340 programmer reference has them.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_PIXELS = 1_000_000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)
_GREYS, _CUBES = (64, 24, 12), (6, 4, 3)
"""How many greys, and how many levels of each colour, sixels are made of: the first that is short enough."""


def drawn(levels: Any, form: str, most: int) -> bytes:  # noqa: ANN401 (an array)
    """A picture of at most so many bytes: where it takes more, of fewer shades (sixels), then of pixels twice as large, and so on.

    Args:
        levels: Bytes, (rows, columns) of grey or (rows, columns, 3) of colour.
        form: `png` or `sixel`.
        most: The most bytes.
    """
    high, wide = levels.shape[:2]
    ways: list[Callable[[Any], bytes]] = [as_png] if form == "png" else [_with_shades(shades) for shades in (_CUBES if levels.ndim == 3 else _GREYS)]
    grain = 1
    while high * wide > _MOST_PIXELS * grain**2:
        grain *= 2
    while True:
        for way in ways:
            if len(found := way(_coarser(levels, grain))) <= most or grain > max(high, wide):
                return found
        ways, grain = ways[1:] or ways, grain * 2


def _with_shades(shades: int) -> Callable[[Any], bytes]:
    return lambda levels: as_sixels(levels, shades)


def _coarser(levels: Any, grain: int) -> Any:  # noqa: ANN401
    """The same size of pixels that are `grain` times as large."""
    if grain == 1:
        return levels
    high, wide = levels.shape[:2]
    return levels[::grain, ::grain].repeat(grain, axis=0).repeat(grain, axis=1)[:high, :wide]


def as_png(levels: Any) -> bytes:  # noqa: ANN401
    """A PNG; rows as they are, or as differences to their left or to the row above: whichever is the shortest."""
    import numpy as np

    high, wide = levels.shape[:2]
    left, above = levels.copy(), levels.copy()
    left[:, 1:] -= levels[:, :-1]
    above[1:] -= levels[:-1]
    bodies = []
    for number, rows in enumerate((levels, left, above)):
        filters = np.full((high, 1), number, dtype="uint8")
        bodies.append(zlib.compress(np.hstack([filters, rows.reshape(high, -1)]).tobytes(), 6))
    head = struct.pack(">IIBBBBB", wide, high, 8, 2 if levels.ndim == 3 else 0, 0, 0, 0)
    return _SIGNATURE + _png_chunk(b"IHDR", head) + _png_chunk(b"IDAT", min(bodies, key=len)) + _png_chunk(b"IEND", b"")


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def as_sixels(levels: Any, shades: int) -> bytes:  # noqa: ANN401
    """Sixels with what begins and ends them; `shades` greys, or so many levels of each colour."""
    import numpy as np

    high, wide = levels.shape[:2]
    few = (levels.astype("int32") * (shades - 1) + 127) // 255
    numbers = few if levels.ndim == 2 else (few * (shades**2, shades, 1)).sum(axis=2)
    out = [f'\x1bP0;1q"1;1;{wide};{high}'.encode()]
    for number in np.unique(numbers).tolist():
        parts = (number,) * 3 if levels.ndim == 2 else (number // shades**2, number // shades % shades, number % shades)
        red, green, blue = (round(part * 100 / (shades - 1)) for part in parts)
        out.append(f"#{number};2;{red};{green};{blue}".encode())
    out += [_band(numbers[top : top + 6]) + b"-" for top in range(0, high, 6)]
    return b"".join(out).removesuffix(b"-") + b"\x1b\\"


def _band(numbers: Any) -> bytes:  # noqa: ANN401
    """Six rows: colour by colour, each with the places where it stands."""
    import numpy as np

    bits = (1 << np.arange(len(numbers)))[:, None]
    colours = []
    for number in np.unique(numbers).tolist():
        row = (((numbers == number) * bits).sum(axis=0) + 63).astype("uint8").tobytes().rstrip(b"?")
        colours.append(b"#%d%b" % (number, _RUN.sub(lambda run: b"!%d%b" % (len(run[0]), run[1]), row)))
    return b"$".join(colours)
