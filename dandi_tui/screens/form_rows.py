"""The rows of a form as lines: label, value, what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.text import clip, pad, safe, width
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.describe.outline import Row
    from dandi_tui.widgets.look import Signs

_LABEL = 28


class FormRows:
    """What a list shows of a form.

    Args:
        signs: The signs to draw with.
    """

    def __init__(self, signs: Callable[[], Signs]) -> None:
        self.signs = signs
        self.rows: list[Row] = []
        self.why_empty = "Asking the archive…"

    def __len__(self) -> int:
        return len(self.rows)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """One row."""
        one, signs = self.rows[row], self.signs()
        fold = (signs.folded if one.folded else signs.unfolded) if one.foldable else " "
        indent = "  " * one.depth
        label = one.label + (" *" if one.required else "") + (f" {one.count}" if one.count else "")
        room = min(_LABEL, max(12, cells // 3)) - len(indent)
        head = (
            Piece(signs.cursor if cursor else " ", "", True),
            Piece("~" if one.changed and not one.is_group else " ", "mark", True),
            Piece(f"{indent}{fold} ", "dim", True),
            Piece(pad(clip(safe(label), room), room + 1), "folder" if one.is_group or (one.foldable and not one.depth) else "dim" if one.fixed else ""),
        )
        left = max(4, cells - 4 - len(indent) - room - 1)
        return (*head, *self._value(one, left))

    def _value(self, one: Row, cells: int) -> Line:
        sign = self.signs().no if not one.advice else "!"
        problem = clip(safe(f"{sign} {one.problem}"), max(14, cells * 2 // 3)) if one.problem else ""
        room = max(0, cells - width(problem) - (2 if problem else 0))
        value = clip(safe(one.value), room)
        shown = value or ("" if one.is_group or problem else "–")
        return (
            Piece(shown, "dim" if one.fixed or not value else ""),
            Piece(" " * max(0, room - width(shown)) + ("  " if problem else ""), "", True),
            Piece(problem, "warn" if one.advice else "bad", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        """Why there are none."""
        return prose_lines(self.why_empty, cells)
