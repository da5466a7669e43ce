"""Writes to the terminal only the cells that differ from what stands there, in as few bytes as that takes.

Textual names regions to redraw and writes them whole, each piece of text with its style set and reset. Over SSH those bytes
are what a person waits for. `FrameDiff` keeps the cells last written, compares, and writes runs of changed cells with
the shortest cursor moves and style changes that every terminal understands.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len
from rich.color import Color, ColorType
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

from dandi_tui.widgets.look import to_ascii

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console, RenderableType
    from textual.strip import Strip

# Unchanged cells between two changed runs that are cheaper to write again than to jump over.
_GAP = 4
# Of the sixteen colours: on a light ground blue for green and cyan, magenta for yellow; on a dark one the bright red, blue and magenta.
_ON_LIGHT = {2: 4, 3: 5, 6: 4}
_ON_DARK = {1: 9, 4: 12, 5: 13}


class Cell(NamedTuple):
    """One cell: its text (empty behind a wide character) and the codes of its style, as `1;31`."""

    text: str
    codes: str


BLANK = Cell(" ", "")
UNKNOWN = Cell("\0", "")


class Placed(NamedTuple):
    """A piece of a line: its column, row and content."""

    x: int
    y: int
    strip: Strip


class DiffedUpdate(CompositorUpdate):
    """An update whose bytes are ready."""

    def __init__(self, data: str) -> None:
        self.data = data

    def render_segments(self, console: Console) -> str:
        """The bytes, as text."""
        return self.data


class FrameDiff:
    """What stands on the terminal, and the way from there to what should.

    Args:
        colour: Whether colours are written; without, bold, underline and reverse remain.
        ascii_only: Whether signs and letters beyond ASCII are replaced by their nearest within it.
    """

    def __init__(self, *, colour: bool = True, ascii_only: bool = False) -> None:
        self._colour = colour
        self.light = False
        """Whether the terminal's background is light."""
        self._ascii = ascii_only
        self._rows: list[list[Cell]] = []

    def forget(self) -> None:
        """Takes the terminal's content as unknown: after a resize, a suspend, or text of another program."""
        self._rows = []

    def update(self, renderable: RenderableType | None) -> Any:  # noqa: ANN401 (updates are no renderables to the type checker)
        """Turns an update of the compositor into one that writes only what differs; None when nothing does."""
        if isinstance(renderable, LayoutUpdate):
            pieces = _layout_pieces(renderable)
        elif isinstance(renderable, ChopsUpdate):
            pieces = _chop_pieces(renderable)
        else:
            self.forget()
            return renderable
        data = self.write(pieces)
        return DiffedUpdate(data) if data else None

    def write(self, pieces: Iterable[Placed]) -> str:
        """The bytes that bring the terminal from what stands there to `pieces`; what they don't cover stays."""
        touched: dict[int, list[Cell]] = {}
        for x, y, strip in pieces:
            row = touched.get(y)
            if row is None:
                row = touched[y] = list(self._row(y))
            _put(row, x, self._cells(strip))
        pen = _Pen()
        for y in sorted(touched):
            pen.change(y, self._row(y), touched[y])
            self._rows[y] = touched[y]
        return pen.finish()

    def again(self, x: int, y: int, columns: int, rows: int) -> str:
        """The bytes that write cells once more as they stand: what was drawn over them is wiped."""
        pen = _Pen()
        for row in range(y, y + rows):
            cells = self._row(row)[: x + columns]
            pen.change(row, [*cells[:x], *[UNKNOWN] * (len(cells) - x)], cells)
        return pen.finish()

    def _cells(self, strip: Strip) -> list[Cell]:
        cells: list[Cell] = []
        for text, style, control in strip:
            if control:
                continue
            codes = _codes(style, self._colour, self.light) if style else ""
            if text.isascii():
                cells.extend([Cell(char, codes) for char in text])
            elif self._ascii:
                cells.extend([Cell(letter, codes) for char in text for letter in to_ascii(char)])
            else:
                _wide_cells(cells, text, codes)
        return cells

    def _row(self, y: int) -> list[Cell]:
        while len(self._rows) <= y:
            self._rows.append([])
        return self._rows[y]


def _wide_cells(cells: list[Cell], text: str, codes: str) -> None:
    for char in text:
        width = cell_len(char)
        if width == 0 and cells:
            cells[-1] = Cell(cells[-1].text + char, cells[-1].codes)
        elif width:
            cells.append(Cell(char, codes))
            cells.extend([Cell("", codes)] * (width - 1))


class _Pen:
    """Collects bytes, knowing where the cursor is and which style is on."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.x = self.y = -1
        self.codes = ""

    def change(self, y: int, before: Sequence[Cell], after: Sequence[Cell]) -> None:
        for start, end in _runs(before, after):
            self._move(start, y)
            for cell in after[start:end]:
                if cell.codes != self.codes and cell.text:
                    self._style(cell.codes)
                self.out.append(cell.text)
            self.x = end

    def _move(self, x: int, y: int) -> None:
        if (x, y) == (self.x, self.y):
            return
        if y == self.y and x > self.x >= 0:
            self.out.append(f"\x1b[{x - self.x}C")
        else:
            self.out.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        self.x, self.y = x, y

    def _style(self, codes: str) -> None:
        if not codes:
            self.out.append("\x1b[m")
        elif self.codes:
            self.out.append(f"\x1b[0;{codes}m")
        else:
            self.out.append(f"\x1b[{codes}m")
        self.codes = codes

    def finish(self) -> str:
        if self.codes:
            self._style("")
        return "".join(self.out)


def _runs(before: Sequence[Cell], after: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """Spans of `after` that differ, near ones joined, none starting or ending within a wide character."""
    start = end = -1
    for x, (old, new) in enumerate(zip_longest(before, after, fillvalue=UNKNOWN)):
        if old == new or x >= len(after):
            continue
        if start >= 0 and x - end > _GAP:
            yield _whole(after, start, end)
            start = -1
        if start < 0:
            start = x
        end = x + 1
    if start >= 0:
        yield _whole(after, start, end)


def _whole(row: Sequence[Cell], start: int, end: int) -> tuple[int, int]:
    while start > 0 and not row[start].text:
        start -= 1
    while end < len(row) and not row[end].text:
        end += 1
    return start, end


def _put(row: list[Cell], x: int, cells: Sequence[Cell]) -> None:
    if len(row) < x:
        row.extend([UNKNOWN] * (x - len(row)))
    if 0 < x < len(row) and not row[x].text:
        row[x - 1] = BLANK
    end = x + len(cells)
    row[x:end] = cells
    if end < len(row) and not row[end].text:
        row[end] = BLANK


@lru_cache(maxsize=4096)
def _codes(style: Style, colour: bool, light: bool) -> str:
    ink, ground = (_own(style.color), _own(style.bgcolor)) if colour else (None, None)
    if ink is not None and ground is None and ink.type is ColorType.STANDARD:
        twin = (_ON_LIGHT if light else _ON_DARK).get(ink.number or 0)
        ink = ink if twin is None else Color.from_ansi(twin)
    rendered = Style(
        color=ink, bgcolor=ground, bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline, reverse=style.reverse, strike=style.strike
    ).render("x")
    return rendered.partition("m")[0][2:] if rendered.startswith("\x1b[") else ""


def _own(color: Color | None) -> Color | None:
    """A colour of the terminal's own; what Textual mixes for what lies below a menu is none: on a light terminal it would be a black ground."""
    return None if color is None or color.is_default or color.type is ColorType.TRUECOLOR else color


def _layout_pieces(update: LayoutUpdate) -> Iterator[Placed]:
    left = update.region.x
    for y, strips in enumerate(update.strips, update.region.y):
        x = left
        for strip in strips:
            yield Placed(x, y, strip)
            x += strip.cell_length


def _chop_pieces(update: ChopsUpdate) -> Iterator[Placed]:
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > last or end <= first:
                continue
            inside = last > x >= first and end <= last
            yield Placed(x, y, strip if inside else strip.crop(0, min(end, last) - x))
