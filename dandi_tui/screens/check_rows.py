"""What stands in the way of publishing a draft, as lines: how each check stands, where, and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.text import clip, clip_middle, safe, width
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.api.readiness import Check
    from dandi_tui.owning.publishing import Draft
    from dandi_tui.widgets.look import Signs

_STYLES = {"good": "good", "blocks": "bad", "waits": "warn", "advised": "warn"}


class CheckRows:
    """The checks of a draft, drawn.

    Args:
        draft: The draft that is shown; None while it is not there.
        signs: What signs the terminal can show.
    """

    def __init__(self, draft: Callable[[], Draft | None], signs: Callable[[], Signs]) -> None:
        self._draft, self._signs = draft, signs
        self.why_empty = "Asking the archive…"

    @property
    def checks(self) -> Sequence[Check]:
        """What they are."""
        draft = self._draft()
        return draft.checks if draft else ()

    def __len__(self) -> int:
        return len(self.checks)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """Sign, file and field, words."""
        one, signs = self.checks[row], self._signs()
        sign = {"good": signs.yes, "blocks": signs.no, "waits": signs.more, "advised": "!"}[one.state]
        place = clip_middle(safe(one.path), cells // 2) if one.path else ""
        field = safe(one.field) if one.field and one.state in {"blocks", "waits"} else ""
        where = " ".join(part for part in (place, field) if part)
        return (
            Piece(signs.cursor if cursor else " ", "", True),
            Piece(f" {sign} ", _STYLES[one.state], True),
            Piece(where + "  " if where else "", "identifier"),
            Piece(clip(safe(one.words), max(8, cells - 6 - width(where)))),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        """Why nothing is listed."""
        return prose_lines(self.why_empty, cells)
