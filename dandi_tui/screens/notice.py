"""A box of words over a pane: an error whole, a question with its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import ModalScreen

from dandi_tui.text import safe, safe_lines, wrap
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.lines import Lines, rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

    from dandi_tui.app import DandiTuiApp


class Notice(ModalScreen[bool], inherit_bindings=False):
    """Words to be read; the keys that answer are named at the end.

    Args:
        title: What it is.
        words: The words; line breaks are kept.
        yes: The key that answers yes, and its word; None: any key puts the notice away.
    """

    BINDINGS: ClassVar = []

    def __init__(self, title: str, words: str, *, yes: tuple[str, str] | None = None) -> None:
        super().__init__()
        self.heading = title
        self.words = words
        self.yes = yes

    def compose(self) -> ComposeResult:
        """Lays the box at the bottom."""
        yield Lines(self._lines, height=None, id="notice")

    def _lines(self, cells: int) -> Sequence[Line]:
        app: DandiTuiApp = self.app  # type: ignore[assignment]
        text = [(Piece(" " + line),) for words in safe_lines(self.words) for line in wrap(words, max(1, cells - 2))]
        keys = f" {self.yes[0]} {self.yes[1]} · Esc not now" if self.yes else " any key: go on"
        room = max(3, self.app.size.height - 6)
        return [rule(cells, app.signs.rule, [Piece(safe(self.heading), "title")]), *text[:room], (Piece(keys, "dim"),)]

    def on_key(self, event: events.Key) -> None:
        """Takes the answer."""
        event.stop()
        event.prevent_default()
        if self.yes is None or event.key in {"escape", "left", "n"}:
            self.dismiss(False)
        elif event.key == self.yes[0].lower() or event.character == self.yes[0]:
            self.dismiss(True)
