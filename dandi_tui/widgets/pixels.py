"""Pictures of real pixels above the cells of the screen: by the kitty graphics protocol as PNG, or as sixels.

`FrameDiff` writes cells alone. What stands above them is kept here: drawn once, and taken away before anything else needs its place.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 384 * 1024
"""The most bytes that a picture takes on the terminal."""
_CHUNK = 4096
_ID = 0xDA2D1
_SIXELS = re.compile(rb"\x1bP0;1q[!-~]*\x1b\\")


class Way(NamedTuple):
    """How a terminal draws pixels, `png` or `sixel`, and how many of them a cell has."""

    form: str
    cell_wide: int
    cell_high: int

    def most(self) -> int:
        """The most bytes of a picture as it is made; on the terminal PNG takes a third more."""
        return MOST_BYTES * 3 // 4 - 4096 if self.form == "png" else MOST_BYTES

    def cells(self, wide: int, high: int) -> tuple[int, int]:
        """Columns and rows that so many pixels take."""
        return -(-wide // self.cell_wide), -(-high // self.cell_high)


class Drawing(NamedTuple):
    """A picture at a place of the screen: the cells that it takes, how it is drawn, its bytes."""

    x: int
    y: int
    columns: int
    rows: int
    form: str
    data: bytes


class PixelLayer:
    """The picture that stands on the terminal, and the way from there to the one that should."""

    def __init__(self) -> None:
        self._stands: Drawing | None = None
        self._held = b""
        self._unsure = False

    def forget(self) -> None:
        """Takes what stands as unknown: after a resize, a suspend, or text of another program."""
        self._unsure = True

    def change(self, wanted: Drawing | None, cells_again: Callable[[int, int, int, int], str]) -> str:
        """The bytes from what stands to what is wanted.

        Args:
            wanted: The picture; None: none.
            cells_again: Gives the bytes of cells (column, row, columns, rows): sixels are wiped by what is written over them.
        """
        stands = self._stands
        if stands == wanted and not self._unsure:
            return ""
        held = b"" if self._unsure else self._held
        self._stands, self._unsure = wanted, False
        taken = ""
        if stands and not (wanted and wanted[:5] == stands[:5]):
            taken = _hidden() if stands.form == "png" else cells_again(*stands[:4])
        if wanted is None:
            return taken
        if wanted.form == "png":
            self._held = wanted.data
            if wanted.data == held:
                return taken + _shown_again(wanted)
        return taken + placed(wanted)

    def end(self) -> str:
        """The bytes that take away what stands, and what the terminal holds of it."""
        held, self._held, self._stands = self._held, b"", None
        return removal() if held else ""


def placed(drawing: Drawing) -> str:
    """The bytes of a picture at its place; nothing where they are no picture but something else that a terminal would obey."""
    there = f"\x1b[{drawing.y + 1};{drawing.x + 1}H"
    if drawing.form == "png":
        return there + _kitty(drawing.data)
    return there + drawing.data.decode("ascii") if _SIXELS.fullmatch(drawing.data) else ""


def _kitty(data: bytes) -> str:
    """A PNG shown at the cursor, which stays; it replaces the one before. No answer is wanted."""
    text = base64.b64encode(data).decode("ascii")
    parts = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
    heads = [f"a=T,f=100,i={_ID},p=1,C=1,q=2,", *["q=2,"] * (len(parts) - 1)]
    return "".join(f"\x1b_G{head}m={int(at < len(parts) - 1)};{part}\x1b\\" for at, (head, part) in enumerate(zip(heads, parts, strict=True)))


def _hidden() -> str:
    """The bytes that take the picture away; the terminal holds it, to be shown again once what covers it has gone."""
    return f"\x1b_Ga=d,d=i,i={_ID},q=2\x1b\\"


def _shown_again(drawing: Drawing) -> str:
    """The bytes that show the picture that the terminal holds."""
    return f"\x1b[{drawing.y + 1};{drawing.x + 1}H\x1b_Ga=p,i={_ID},p=1,C=1,q=2\x1b\\"


def removal() -> str:
    """The bytes that take the picture away, and the terminal's copy of it."""
    return f"\x1b_Ga=d,d=I,i={_ID},q=2\x1b\\"
