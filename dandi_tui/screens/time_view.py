"""What views along a time axis have in common: earlier, later, closer, farther, and to a time."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, TypeVar

from dandi_tui.screens.drawn_view import DrawnView
from dandi_tui.screens.menu import Ask

T = TypeVar("T")


class TimeView(DrawnView[T], Generic[T]):
    """A view of a window of time."""

    start: float | None = None
    stop: float | None = None

    @abstractmethod
    def times(self) -> tuple[float, float, float, float] | None:
        """Begin and end of all, start and stop of the window; None where nothing is shown yet."""

    def show(self, start: float, stop: float) -> None:
        """Shows another window, as far as there is something."""
        if (found := self.times()) is None:
            return
        begin, end = found[:2]
        span = min(stop - start, max(end - begin, 1e-9))
        self.start = min(max(start, begin), max(begin, end - span))
        self.stop = self.start + span
        self.read()

    def _pan(self, part: float) -> None:
        if found := self.times():
            by = (found[3] - found[2]) * part
            self.show(found[2] + by, found[3] + by)

    def do_pan_left(self) -> None:
        """Earlier, by half a window."""
        self._pan(-0.5)

    def do_pan_right(self) -> None:
        """Later, by half a window."""
        self._pan(0.5)

    def do_page_up(self) -> None:
        """Earlier, by a whole window."""
        self._pan(-1)

    def do_page_down(self) -> None:
        """Later, by a whole window."""
        self._pan(1)

    def do_first(self) -> None:
        """To the beginning."""
        if found := self.times():
            self.show(found[0], found[0] + found[3] - found[2])

    def do_last(self) -> None:
        """To the end."""
        if found := self.times():
            self.show(found[1] - (found[3] - found[2]), found[1])

    def do_whole(self) -> None:
        """All of it."""
        if found := self.times():
            self.show(found[0], found[1])

    def _zoom(self, factor: float) -> None:
        if found := self.times():
            middle, half = (found[2] + found[3]) / 2, (found[3] - found[2]) / 2 * factor
            self.show(middle - half, middle + half)

    def do_zoom_in(self) -> None:
        """Half the time, twice as wide."""
        self._zoom(0.5)

    def do_zoom_out(self) -> None:
        """Twice the time."""
        self._zoom(2)

    def do_go_to_time(self) -> None:
        """Asks for a time, and goes there."""
        found = self.times()

        def answered(text: str | None) -> None:
            if not text or found is None:
                return
            try:
                seconds = float(text.replace(",", "").removesuffix("s"))
            except ValueError:
                self.say(f"{text} is no time in seconds.", "warn")
            else:
                self.show(seconds, seconds + found[3] - found[2])

        span = f"{found[0]:,.3f} – {found[1]:,.3f} s" if found else ""
        self.app.push_screen(Ask(f"Go to the time, in seconds ({span})"), answered)
