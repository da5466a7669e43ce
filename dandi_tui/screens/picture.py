"""Images, movie frames and masks: pixel by pixel where the terminal can, else in half blocks, two pixels a cell in the terminal's own greys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from dandi_tui.nwb.messages import Picture
from dandi_tui.nwb.plotted import Frame
from dandi_tui.screens.drawn_view import DrawnView
from dandi_tui.screens.menu import Ask
from dandi_tui.text import clip, number, safe
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.look import wants_colour
from dandi_tui.widgets.pixels import Drawing
from dandi_tui.widgets.plot import colour_lines, grey_lines, grey_of, shade_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from dandi_tui.nwb.model import Listed
    from dandi_tui.screens.inspector import InspectorPane
    from dandi_tui.widgets.pixels import Way

_REST = 0.15


class PicturePane(DrawnView[Frame]):
    """Frames, one at a time; of a segmentation, masks one at a time or all together.

    Args:
        inspector: Whose file it is of.
        listed: The image, the series of frames, or the segmentation.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "pan_left", "pan_right", "go_to_frame", "overlay", "table", "views", "first", "last", "page_up", "page_down", "refresh",
    )  # fmt: skip

    def __init__(self, inspector: InspectorPane, listed: Listed) -> None:
        super().__init__(inspector, listed)
        self.index = 0
        self.overlaid = listed.neurodata_type == "PlaneSegmentation"
        self.way: Way | None = None
        self._passing = False

    def head(self, cells: int) -> Sequence[Line]:
        """Type, size, values that are black and white."""
        found, kind = self.shown, self.listed.neurodata_type or "image"
        if found is None:
            return [(Piece(f" {safe(kind)}"),)]
        thin = f" · 1 pixel in {found.step}×{found.step} read" if found.step > 1 else ""
        levels = "" if found.coloured else f" · black {found.low:.4g}, white {found.high:.4g}"
        words = f" {kind} · {number(found.frames)} × {found.width}×{found.height}{thin}{levels}"
        return [(Piece(clip(safe(words), cells)),)]

    def named(self, found: Frame) -> tuple[Sequence[Piece], str]:
        """Which frame."""
        if self._passing:
            return [Piece(f"frame {number(self.index)} of {number(found.frames)}{self.tui.signs.ellipsis}", "title")], ""
        words = found.label or f"frame {number(found.index)} of {number(found.frames)}"
        words += f" ({found.index + 1} of {number(found.frames)})" if found.label and not self.overlaid else ""
        return [Piece(safe(words), "title")], ""

    def drawn(self, found: Frame, cells: int) -> Sequence[Line]:
        """Half blocks or letters; nothing where the terminal draws it above."""
        if found.drawn:
            return ()
        if self.tui.ascii_only or not wants_colour(self.tui.settings.colour):
            grey = grey_of(found.rows) if found.coloured else found.rows
            return [(Piece(line),) for line in shade_lines(grey, ascii_only=self.tui.ascii_only)]
        drawn = (colour_lines if found.coloured else grey_lines)(found.rows, half=self.tui.signs.half)
        margin = Piece(" " * max(0, (cells - sum(len(text) for text, _ in drawn[0])) // 2 if drawn else 0))
        return [(margin, *(Piece(text, style) for text, style in line)) for line in drawn]

    async def reading(self) -> None:
        """Reads the frame."""
        self.way = await self.tui.pixel_way()
        room = self.query_one("#traces").size
        wide, high = room.width, max(1, room.height)
        asked = Picture(self.listed.path, self.index, wide, high * 2, self.overlaid)
        if way := self.way:
            asked = msgspec.structs.replace(asked, wide=wide * way.cell_wide, high=high * way.cell_high, form=way.form, most=way.most())
        found = await self.asked(asked, lambda reader, request: reader.picture(request))
        if found is not None:
            self.shown, self.index = found, found.index
        self._passing = False
        self.draw_frame()
        if self.is_mounted:
            self.query_one("#traces").refresh()

    def drawing(self) -> Drawing | None:
        """The picture above the cells, in the middle of its room; None where it is of cells, or made for another size of the screen."""
        found, way = self.shown, self.way
        if found is None or way is None or not found.drawn:
            return None
        room = self.query_one("#traces").region
        columns, rows = way.cells(found.drawn_wide, found.drawn_high)
        if columns > room.width or rows > room.height:
            return None
        return Drawing(room.x + (room.width - columns) // 2, room.y, columns, rows, way.form, found.drawn)

    def on_resize(self, event: events.Resize) -> None:
        """Reads the frame for the new size."""
        super().on_resize(event)
        if self.shown:
            self._read_at_rest()

    def _read_at_rest(self) -> None:
        """Reads once nothing more is asked for: pixels take too many bytes to be sent for a frame that is passed over."""
        if self._resting:
            self._resting.stop()
        self._resting = self.set_timer(_REST, self.read)

    def _frame_to(self, index: int) -> None:
        if self.shown and (index := max(0, min(index, self.shown.frames - 1))) != self.index:
            self.index, self.overlaid = index, False
            if self.way:
                self._passing = True
                self.draw_frame()
                self._read_at_rest()
            else:
                self.read()

    # Actions

    def why_not_overlay(self) -> str:
        """Only masks lie over each other."""
        return "" if self.shown is None or self.shown.label.startswith(("all ", "region ")) else "Only masks of regions lie over each other."

    def do_overlay(self) -> None:
        """All masks together, or one alone."""
        self.overlaid = not self.overlaid
        self.read()

    def do_views(self) -> None:
        """Other ways to look at it."""
        self.inspector.choose_view(self.listed)

    def do_pan_left(self) -> None:
        """The frame before."""
        self._frame_to(self.index - 1)

    def do_pan_right(self) -> None:
        """The next frame."""
        self._frame_to(self.index + 1)

    def do_page_up(self) -> None:
        """Ten frames back."""
        self._frame_to(self.index - 10)

    def do_page_down(self) -> None:
        """Ten frames on."""
        self._frame_to(self.index + 10)

    def do_first(self) -> None:
        """The first frame."""
        self._frame_to(0)

    def do_last(self) -> None:
        """The last frame."""
        self._frame_to(self.shown.frames - 1 if self.shown else 0)

    def do_go_to_frame(self) -> None:
        """Asks for a frame, and goes there."""

        def answered(text: str | None) -> None:
            if text and text.replace(",", "").isdigit():
                self._frame_to(int(text.replace(",", "")))
            elif text:
                self.say(f"{text} is no frame's number.", "warn")

        self.app.push_screen(Ask(f"Go to the frame (0 – {self.shown.frames - 1 if self.shown else 0:,})"), answered)

    def do_table(self) -> None:
        """The values as rows."""
        from dandi_tui.screens.table import TablePane

        self.app.push_screen(TablePane(self.inspector, self.listed))
