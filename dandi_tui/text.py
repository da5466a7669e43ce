"""Text for a terminal: made safe, measured in cells, cut to fit; and numbers, sizes and times as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

ELLIPSIS = "…"

# C0 and C1 controls, DEL, and the format characters that reorder, hide or join what stands beside them.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)


def safe(text: object) -> str:
    """Makes text from outside harmless: what a terminal would obey is shown as a symbol instead.

    Line breaks and tabs become symbols too: use `safe_lines` for prose.

    Args:
        text: Anything; what isn't text is turned into it.

    Returns:
        Text without control, format, surrogate or tag characters, of one line.
    """
    words = text if isinstance(text, str) else str(text)
    return words if words.isascii() and words.isprintable() else _UNSAFE.sub(_symbol, words)


def safe_lines(text: object) -> list[str]:
    """Makes prose harmless: like `safe`, with line breaks kept as lines and tabs as blanks."""
    words = text if isinstance(text, str) else str(text)
    plain = words.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    return [safe(line) for line in plain.split("\n")]


def _symbol(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return "�"


@lru_cache(maxsize=65536)
def _cell(char: str) -> int:
    # Those who lay out the screen and write it measure by rich: a measure of another opinion would shift what stands beside the text.
    from rich.cells import get_character_cell_size

    return get_character_cell_size(char)


def width(text: str) -> int:
    """Cells that safe `text` takes in a terminal (0 for combining marks, 2 for wide characters)."""
    return len(text) if text.isascii() else sum(map(_cell, text))


def clip(text: str, cells: int, *, ellipsis: str = ELLIPSIS) -> str:
    """Cuts `text` to at most `cells` cells; what is cut is marked at its end."""
    if width(text) <= cells:
        return text
    room = cells - width(ellipsis)
    if room < 0:
        return ""
    used = 0
    for at, char in enumerate(text):
        used += _cell(char)
        if used > room:
            return text[:at] + ellipsis
    return text


def clip_middle(text: str, cells: int, *, ellipsis: str = ELLIPSIS) -> str:
    """Cuts `text` in its middle, so that start and end (a file's extension) stay to be read."""
    if width(text) <= cells:
        return text
    room = cells - width(ellipsis)
    if room < 2:
        return clip(text, cells, ellipsis=ellipsis)
    head = clip(text, (room + 1) // 2, ellipsis="")
    tail = clip(text[::-1], room - width(head), ellipsis="")[::-1]
    return head + ellipsis + tail


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """Clips or fills `text` to exactly `cells` cells; `right` aligns it to the right."""
    cut = clip(text, cells)
    fill = " " * (cells - width(cut))
    return fill + cut if right else cut + fill


_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def size(count: float) -> str:
    """Bytes as people read them, in powers of 1,000: `62.4 MB`; at most 8 cells."""
    value = float(count)
    for unit in _UNITS:
        if abs(value) < 999.95 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def parse_size(text: str) -> int | None:
    """A number of bytes as people write it: `20`, `20 MB`, `1.5G`, `0`; None for what is no such number."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kMGTkmgt]?)(i?)[bB]?(?:/s)?\s*", text)
    if match is None:
        return None
    step = 1024 if match[3] else 1000
    return int(float(match[1]) * step ** " kmgt".index(match[2].lower() or " "))


def number(count: int) -> str:
    """An integer with commas between thousands: `2,174`."""
    return f"{count:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """A number and its noun: `1 file`, `2,174 files`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


_AGES = ((60, 1, "second"), (3600, 60, "minute"), (86400, 3600, "hour"), (7 * 86400, 86400, "day"))


def ago(then: datetime, now: datetime | None = None) -> str:
    """A time relative when young (`3 hours ago`, under a week), else as a date (`2024-05-03`).

    Args:
        then: A time with its zone.
        now: The present; the clock's when None.
    """
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    if -60 < seconds < 1:
        return "just now"
    if seconds < 0:
        return then.date().isoformat()
    for limit, unit, name in _AGES:
        if seconds < limit:
            return plural(int(seconds // unit), name) + " ago"
    return then.date().isoformat()


def duration(seconds: float) -> str:
    """A span as people read it, in its two largest units: `14 min`, `2 h 05 min`, `3 d 4 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def qr_lines(address: str, *, ascii_only: bool = False) -> list[str]:
    """An address as a QR code: dark modules on a light quiet zone of 2, in half blocks, or two signs a module in ASCII."""
    import segno

    rows = [list(row) for row in segno.make(address, micro=False, error="l").matrix_iter(border=2)]
    if ascii_only:
        return ["".join("  " if module else "##" for module in row) for row in rows]
    rows += [[0] * len(rows[0])] if len(rows) % 2 else []
    sign = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    return ["".join(sign[min(above, 1), min(below, 1)] for above, below in zip(*rows[at : at + 2], strict=True)) for at in range(0, len(rows), 2)]


def wrap(text: str, cells: int) -> list[str]:
    """Breaks a line of safe text at blanks into lines of at most `cells` cells; longer words are broken."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        rest = word
        while rest:
            gap = 1 if line else 0
            if width(line) + gap + width(rest) <= cells:
                line, rest = (f"{line} {rest}" if line else rest), ""
            elif line:
                lines.append(line)
                line = ""
            else:
                head = clip(rest, cells, ellipsis="") or rest[:1]
                lines.append(head)
                rest = rest[len(head) :]
    if line or not lines:
        lines.append(line)
    return lines
