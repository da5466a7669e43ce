"""Intracellular recordings, a sweep at a time: the response above the stimulus; or all responses over each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from dandi_tui.nwb.messages import Window
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.plotted import Sweep, Trace
from dandi_tui.screens.drawn_view import DrawnView
from dandi_tui.text import clip, number, pad, plural, safe
from dandi_tui.widgets.line import Line, Piece, spread
from dandi_tui.widgets.plot import DOTS, axis_line, limits, overlay_lines, quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.nwb.model import Listed
    from dandi_tui.screens.inspector import InspectorPane

_LABEL = 2
_SCALE = 12
_MOST_OVERLAID = 60


class Shown(msgspec.Struct, frozen=True):
    """What is drawn: responses and stimuli, each from its own beginning on."""

    responses: list[Trace]
    stimuli: list[Trace]


class SweepsPane(DrawnView[Shown]):
    """The sweeps of a file.

    Args:
        inspector: Whose file it is of.
        listed: The object that they were opened by; of a series, its sweep is shown first.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = ("next_sweep", "previous_sweep", "overlay", "out", "up", "down", "first", "last", "refresh")

    def __init__(self, inspector: InspectorPane, listed: Listed) -> None:
        super().__init__(inspector, listed)
        self.sweeps: list[Sweep] = []
        self.at = 0
        self.overlaid = False

    def head(self, cells: int) -> Sequence[Line]:
        """Which sweep, of which electrode."""
        if not self.sweeps:
            return [(Piece(" sweeps"),)]
        one = self.sweeps[self.at]
        what = f" all {plural(len(self.sweeps), 'sweep')} over each other" if self.overlaid else f" sweep {one.name}"
        where = f" · {one.electrode}" if one.electrode and not self.overlaid else ""
        names = ", ".join(path.rpartition("/")[2] for path in (*one.responses, *one.stimuli)) if not self.overlaid else ""
        return [spread([Piece(safe(what + where), "title")], [Piece(safe(names) + " ", "dim")], cells)]

    def named(self, found: Shown) -> tuple[Sequence[Piece], str]:
        """Which sweep."""
        words = "all" if self.overlaid else f"{self.at + 1} of {number(len(self.sweeps))}" if self.sweeps else "sweeps"
        return [Piece(words, "title")], "response above, stimulus below"

    def _wide(self) -> int:
        return max(10, self.size.width - _LABEL - _SCALE)

    def drawn(self, found: Shown, cells: int) -> Sequence[Line]:
        """Response above, stimulus below."""
        room = max(4, self.size.height - 6)
        below = max(2, room // 3) if found.stimuli else 0
        lines = [*self._band(found.responses, room - below), *self._band(found.stimuli, below)]
        length = max((one.stop - one.start for one in (*found.responses, *found.stimuli)), default=1.0)
        return [*lines, (Piece(" " * _LABEL), Piece(axis_line(0.0, length, self._wide()), "dim"))]

    def _band(self, traces: Sequence[Trace], rows: int) -> list[Line]:
        if not traces or not rows:
            return []
        pairs = [(one.low[0], one.high[0]) for one in traces]
        bottom, top = limits([value for low, _ in pairs for value in low], [value for _, high in pairs for value in high])
        unit = traces[0].unit
        lines: list[Line] = []
        for at, words in enumerate(overlay_lines(pairs, rows, ascii_only=self.tui.ascii_only)):
            scale = quantity(top, unit) if not at else quantity(bottom, unit) if at == rows - 1 else ""
            tail = Piece(pad(clip(safe(scale), _SCALE - 1), _SCALE - 1, right=True), "dim")
            lines.append((Piece(" " * _LABEL), Piece(pad(words, self._wide()), "key"), tail))
        return lines

    async def reading(self) -> None:
        """Reads which sweeps there are, then the one that is shown."""
        if not self.sweeps:
            try:
                self.sweeps = await self.inspector.ask(lambda reader: reader.sweeps(), pane=self)
            except FileError as error:
                self.why_empty = str(error)
                self.say(str(error), "error")
                return
            own = [at for at, one in enumerate(self.sweeps) if self.listed.path in (*one.responses, *one.stimuli)]
            self.at = own[0] if own else 0
        chosen = self.sweeps[:_MOST_OVERLAID] if self.overlaid else [self.sweeps[self.at]]
        responses = await self._traces([path for one in chosen for path in one.responses[:1]])
        stimuli = await self._traces([path for one in chosen for path in one.stimuli[:1]])
        if responses or stimuli:
            self.shown = Shown(responses, stimuli)
        self.draw_frame()

    async def _traces(self, paths: Sequence[str]) -> list[Trace]:
        """Each series whole."""
        found = []
        for path in paths:
            try:
                first = await self.inspector.ask(lambda reader, path=path: reader.window(Window(path, columns=2)), pane=self)  # type: ignore[misc]
                asked = Window(path, first.begin, max(first.end, first.begin + 1e-9), self._wide() * DOTS)
                found.append(await self.inspector.ask(lambda reader, asked=asked: reader.window(asked), pane=self))  # type: ignore[misc]
            except FileError as error:
                self.say(f"{path}: {error}", "warn")
        return found

    def _to(self, at: int) -> None:
        if 0 <= at < len(self.sweeps) and not self.overlaid:
            self.at = at
            self.read()

    def do_next_sweep(self) -> None:
        """The next sweep."""
        self._to(self.at + 1)

    def do_previous_sweep(self) -> None:
        """The sweep before."""
        self._to(self.at - 1)

    do_down, do_up = do_next_sweep, do_previous_sweep

    def do_first(self) -> None:
        """The first sweep."""
        self._to(0)

    def do_last(self) -> None:
        """The last sweep."""
        self._to(len(self.sweeps) - 1)

    def do_overlay(self) -> None:
        """All sweeps over each other, or one alone."""
        self.overlaid = not self.overlaid
        self.read()
