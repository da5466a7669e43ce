"""Traces drawn with braille dots: for each column of dots the span from the least to the greatest value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DOTS = 2
"""Columns of dots in a cell; a cell has four rows of them."""
_LEFT = (0x01, 0x02, 0x04, 0x40)
_RIGHT = (0x08, 0x10, 0x20, 0x80)
_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"))
_SHORT = {"pixels": "px", "pixel": "px", "degrees": "°", "degree": "°", "radians": "rad", "percent": "%", "arbitrary units": "a.u.", "arbitrary": "a.u.",
          "millivolts": "mV", "microvolts": "µV", "millimeters": "mm", "centimeters": "cm", "milliseconds": "ms", "celsius": "°C"}  # fmt: skip
_UNITS = {"volts": "V", "volt": "V", "amperes": "A", "seconds": "s", "meters": "m", "metres": "m", "siemens": "S", "ohms": "Ω", "hertz": "Hz"}


def limits(low: Sequence[float], high: Sequence[float]) -> tuple[float, float]:
    """The least and greatest finite value; 0 and 0 where there is none."""
    lows = [value for value in low if math.isfinite(value)]
    highs = [value for value in high if math.isfinite(value)]
    return (min(lows), max(highs)) if lows and highs else (0.0, 0.0)


def trace_lines(low: Sequence[float], high: Sequence[float], rows: int, *, ascii_only: bool = False, span: tuple[float, float] | None = None) -> list[str]:
    """One trace in `rows` lines; `low` and `high` have two values a cell. Columns that follow each other are joined.

    Args:
        low: The least value of each column of dots; NaN where there is none.
        high: The greatest.
        rows: Lines to draw it in.
        ascii_only: Draw with `|` instead of dots.
        span: The values at the bottom and at the top; None: the trace's own least and greatest.
    """
    return overlay_lines([(low, high)], rows, ascii_only=ascii_only, span=span)


def overlay_lines(
    traces: Sequence[tuple[Sequence[float], Sequence[float]]], rows: int, *, ascii_only: bool = False, span: tuple[float, float] | None = None
) -> list[str]:
    """Several traces over each other, on one scale."""
    bottom, top = span or limits([one for low, _ in traces for one in low], [one for _, high in traces for one in high])
    cells = max((math.ceil(len(low) / DOTS) for low, _ in traces), default=0)
    canvas = _Canvas(cells, rows)
    for low, high in traces:
        _draw_trace(canvas, low, high, bottom, top)
    return canvas.lines(ascii_only=ascii_only, sign="|")


class _Canvas:
    """Dots, two by four a cell."""

    def __init__(self, cells: int, rows: int) -> None:
        self.deep, self.wide = rows * 4, cells * DOTS
        self._grid = [[0] * cells for _ in range(rows)]

    def dot(self, x: int, y: int) -> None:
        """Sets a dot, counted from the left and from the top; one outside is left out."""
        if 0 <= x < self.wide and 0 <= y < self.deep:
            self._grid[y // 4][x // DOTS] |= (_RIGHT if x % DOTS else _LEFT)[y % 4]

    def lines(self, *, ascii_only: bool, sign: str) -> list[str]:
        """The cells as text."""
        if ascii_only:
            return ["".join(sign if cell else " " for cell in row) for row in self._grid]
        return ["".join(chr(0x2800 + cell) if cell else " " for cell in row) for row in self._grid]


def _draw_trace(canvas: _Canvas, low: Sequence[float], high: Sequence[float], bottom: float, top: float) -> None:
    deep = canvas.deep
    scale = (deep - 1) / (top - bottom) if top > bottom else 0.0
    before: tuple[int, int] | None = None
    for at, (least, greatest) in enumerate(zip(low, high, strict=True)):
        if not (math.isfinite(least) and math.isfinite(greatest)):
            before = None
            continue
        first = deep - 1 - round((greatest - bottom) * scale) if scale else deep // 2
        last = deep - 1 - round((least - bottom) * scale) if scale else deep // 2
        own = (first, last)
        if before is not None:
            first, last = (min(first, before[1] + 1), last) if before[1] < first else (first, max(last, before[0] - 1)) if before[0] > last else own
        before = own
        for dot in range(max(0, first), min(deep, last + 1)):
            canvas.dot(at, dot)


def path_lines(
    x: Sequence[float], y: Sequence[float], cells: int, rows: int, *, ascii_only: bool = False
) -> tuple[list[str], tuple[float, float, float, float]]:
    """A path in the plane, both axes on one scale: its lines, and the least and greatest x and y that they span."""
    canvas = _Canvas(cells, rows)
    known = [(one, other) for one, other in zip(x, y, strict=True) if math.isfinite(one) and math.isfinite(other)]
    if not known:
        return canvas.lines(ascii_only=ascii_only, sign="."), (0.0, 0.0, 0.0, 0.0)
    left, right = min(one for one, _ in known), max(one for one, _ in known)
    low, high = min(one for _, one in known), max(one for _, one in known)
    scale = min((canvas.wide - 1) / (right - left) if right > left else math.inf, (canvas.deep - 1) / (high - low) if high > low else math.inf)
    scale = scale if math.isfinite(scale) else 0.0
    before: tuple[int, int] | None = None
    for one, other in zip(x, y, strict=True):
        if not (math.isfinite(one) and math.isfinite(other)):
            before = None
            continue
        place = (round((one - left) * scale), round((high - other) * scale))
        for dot in _segment(before or place, place):
            canvas.dot(*dot)
        before = place
    return canvas.lines(ascii_only=ascii_only, sign="."), (left, right, low, high)


def _segment(start: tuple[int, int], stop: tuple[int, int]) -> list[tuple[int, int]]:
    steps = max(abs(stop[0] - start[0]), abs(stop[1] - start[1]), 1)
    return [(start[0] + (stop[0] - start[0]) * at // steps, start[1] + (stop[1] - start[1]) * at // steps) for at in range(steps + 1)]


def axis_line(start: float, stop: float, cells: int, *, unit: str = "s") -> str:
    """A time axis: at round times a mark with its number, as many as fit."""
    span = stop - start
    if span <= 0 or cells < 8:
        return " " * cells
    step = _round_step(span / max(1, cells // 11))
    decimals = max(0, -math.floor(math.log10(step)))
    line = [" "] * cells
    at = math.ceil(start / step - 1e-9)
    free = 0
    while at * step <= stop:
        place = int((at * step - start) / span * cells)
        words = f"│{at * step + 0.0:,.{decimals}f}"
        if place >= free and place + len(words) + len(unit) + 1 <= cells:
            line[place : place + len(words)] = words
            free = place + len(words) + 1
        at += 1
    line[-len(unit) :] = unit
    return "".join(line)


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20… that is not less."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next((power * one for one in (1, 2, 5) if power * one >= least * (1 - 1e-9)), power * 10)


def span_line(spans: Sequence[tuple[float, float]], start: float, stop: float, cells: int) -> str:
    """Intervals as bars on a time axis; those that follow each other closely alternate, so that they can be told apart."""
    line = [" "] * cells
    width = stop - start
    for number, (low, high) in enumerate(spans):
        if width <= 0 or high < start or low > stop or not (math.isfinite(low) and math.isfinite(high)):
            continue
        first = max(0, min(cells - 1, int((low - start) / width * cells)))
        last = max(first, min(cells - 1, math.ceil((high - start) / width * cells) - 1))
        for at in range(first, last + 1):
            line[at] = "█▓"[number % 2]
    return "".join(line)


def tick_line(counts: Sequence[int], *, ascii_only: bool = False) -> str:
    """Events as a line of bars, one a cell: the more, the higher; one alone is seen too."""
    top = max(counts, default=0)
    if ascii_only:
        return "".join(" " if not one else "." if one * 3 <= top else ":" if one * 3 <= top * 2 else "|" for one in counts)
    return "".join(" " if not one else _BLOCKS[max(1, round(one / top * 8))] for one in counts)


def quantity(value: float, unit: str) -> str:
    """A value with its unit and a prefix: `120 µV`, `3.4 k`; units without a symbol stand as they are."""
    unit = _SHORT.get(unit.lower(), unit)
    symbol = _UNITS.get(unit.lower(), unit)
    if not math.isfinite(value):
        return f"{value} {symbol}".strip()
    if not value or symbol == unit:
        words = f"{value:,.0f}" if 1e4 <= abs(value) < 1e7 else f"{value:.4g}"
        return f"{words} {symbol}".strip()
    for factor, prefix in _PREFIXES:
        if abs(value) >= factor * 0.9995:
            return f"{value / factor:.3g} {prefix}{symbol}"
    return f"{value:.3g} {symbol}"


def time_words(seconds: float, span: float) -> str:
    """A time on the axis of a window: as many decimals as tell its columns apart."""
    decimals = max(0, min(6, 3 - math.floor(math.log10(span)))) if span > 0 else 3
    return f"{seconds:,.{decimals}f} s"


_BLOCKS = " ▁▂▃▄▅▆▇█"


def histogram_lines(values: Sequence[float], rows: int, *, ascii_only: bool = False, top: float = 0.0) -> list[str]:
    """Values as columns of blocks, one a cell, from 0 up; `top`, or else the greatest, is `rows` high."""
    known = [value if math.isfinite(value) and value > 0 else 0.0 for value in values]
    top = top or max(known, default=0.0)
    eighths = [round(value / top * rows * 8) if top else 0 for value in known]
    lines = []
    for row in range(rows):
        below = (rows - 1 - row) * 8
        levels = [max(0, min(8, eighth - below)) for eighth in eighths]
        lines.append("".join(("#" if level >= 4 else "." if level else " ") if ascii_only else _BLOCKS[level] for level in levels))
    return lines


def raster_lines(events: Sequence[Sequence[float]], start: float, stop: float, cells: int, rows: int, *, ascii_only: bool = False) -> list[str]:
    """Spikes as dots, an event a row of dots: four rows of them a line; further events are left out, evenly.

    Args:
        events: Times of spikes, a list an event.
        start: The first time shown.
        stop: The last.
        cells: How wide it is.
        rows: How many lines there are at most.
        ascii_only: Draw with `.` and `:`.
    """
    deep, wide = rows * 4, cells * DOTS
    shown = events if len(events) <= deep else [events[at * len(events) // deep] for at in range(deep)]
    grid = [[0] * cells for _ in range(math.ceil(len(shown) / 4))]
    for row, times in enumerate(shown):
        for time in times:
            at = int((time - start) / (stop - start) * wide) if start <= time < stop else wide
            if at < wide:
                grid[row // 4][at // DOTS] |= (_RIGHT if at % DOTS else _LEFT)[row % 4]
    if ascii_only:
        return ["".join(" " if not cell else "." if cell.bit_count() == 1 else ":" for cell in line) for line in grid]
    return ["".join(chr(0x2800 + cell) if cell else " " for cell in line) for line in grid]


def spaced(rows: Sequence[Sequence[float]], room: int) -> list[list[float]]:
    """Rows of a raster with as much room between them as there is: few rows stand as high marks, many as dots.

    Args:
        rows: Times, a list a row.
        room: How many rows of dots there are.
    """
    each = 4 if len(rows) * 4 <= room else 2 if len(rows) * 2 <= room else 1
    return [list(row) if part < max(1, each - 1) else [] for row in rows for part in range(each)]


_SHADES = " ░▒▓█"
_ASCII_SHADES = " .:-=+*#%@"


def grey_lines(rows: Sequence[bytes], *, half: str) -> list[list[tuple[str, str]]]:
    """Grey levels as half blocks: two rows of pixels a line, as text with the name of its style; equal neighbours are joined."""

    def style(top: bytes, bottom: bytes) -> str:
        # The terminal has 24 greys: levels are taken to these first, so that neighbours can be joined.
        return f"grey {top[0] * 23 // 255 * 255 // 23} {bottom[0] * 23 // 255 * 255 // 23}"

    return _half_blocks(rows, 1, style, half)


def colour_lines(rows: Sequence[bytes], *, half: str) -> list[list[tuple[str, str]]]:
    """Colours, three bytes a pixel, as half blocks: text with the name of its style; equal neighbours are joined."""
    return _half_blocks(rows, 3, lambda top, bottom: f"colours {_cube(top)} {_cube(bottom)}", half)


def _half_blocks(rows: Sequence[bytes], width: int, style: Callable[[bytes, bytes], str], half: str) -> list[list[tuple[str, str]]]:
    """Pixels of `width` bytes, two rows a line; `style` names that of a pixel above another."""
    lines = []
    for at in range(0, len(rows), 2):
        above = rows[at]
        below = rows[at + 1] if at + 1 < len(rows) else bytes(len(above))
        pieces: list[tuple[str, str]] = []
        for place in range(0, len(above), width):
            name = style(above[place : place + width], below[place : place + width])
            if pieces and pieces[-1][1] == name:
                pieces[-1] = (pieces[-1][0] + half, name)
            else:
                pieces.append((half, name))
        lines.append(pieces)
    return lines


def _cube(pixel: bytes) -> int:
    """The colour of the terminal's 256 that is near: greys by their ramp, others by the cube of six levels."""
    red, green, blue = pixel
    if max(pixel) - min(pixel) < 12:
        return 232 + sum(pixel) // 3 * 23 // 255
    return 16 + 36 * (red * 5 // 255) + 6 * (green * 5 // 255) + blue * 5 // 255


def grey_of(rows: Sequence[bytes]) -> list[bytes]:
    """Colours, three bytes a pixel, as levels of grey."""
    return [bytes((row[at] * 30 + row[at + 1] * 59 + row[at + 2] * 11) // 100 for at in range(0, len(row), 3)) for row in rows]


def shade_lines(rows: Sequence[bytes], *, ascii_only: bool) -> list[str]:
    """Grey levels as shaded cells, for terminals without colour: the mean of two rows of pixels a line."""
    shades = _ASCII_SHADES if ascii_only else _SHADES
    lines = []
    for at in range(0, len(rows), 2):
        below = rows[at + 1] if at + 1 < len(rows) else rows[at]
        lines.append("".join(shades[(top + bottom) * len(shades) // 511] for top, bottom in zip(rows[at], below, strict=True)))
    return lines
