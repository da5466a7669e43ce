"""What views have in common that draw: a rule that says what is seen, the drawing below, or why there is none."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

from dandi_tui.screens.nwb_view import ViewPane
from dandi_tui.widgets.lines import Lines, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.widgets.line import Line, Piece

T = TypeVar("T")


class DrawnView(ViewPane[T], Generic[T]):
    """A view that is drawn."""

    @abstractmethod
    def named(self, found: T) -> tuple[Sequence[Piece], str]:
        """What is seen, for the left of the rule, and for its right."""

    @abstractmethod
    def drawn(self, found: T, cells: int) -> Sequence[Line]:
        """It, drawn."""

    def body(self) -> Iterable[Widget]:
        """The rule, the drawing."""
        yield Lines(self._window_rule, id="files-rule")
        yield Lines(self._view, height=-1, id="traces")

    def _window_rule(self, cells: int) -> Sequence[Line]:
        left, right = self.named(self.shown) if self.shown is not None else ((), "")
        return [rule(cells, self.tui.signs.rule, left, right)]

    def _view(self, cells: int) -> Sequence[Line]:
        return self.drawn(self.shown, cells) if self.shown is not None else self.why_empty_lines(cells)
