"""Questions over a pane: a line with suggestions, a text of many lines, a name typed before what can't be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Input

from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.menu import Ask
from dandi_tui.text import clip, safe, safe_lines, wrap
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.lines import Lines, rule

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult
    from textual.timer import Timer

    from dandi_tui.app import DandiTuiApp

_MOST_SHOWN = 6
_REST = 0.25


def noted(words: str, cells: int, style: str = "dim") -> list[Line]:
    """Words as lines below a question."""
    lines: list[Line] = [(Piece(" " + part, style),) for line in safe_lines(words) if line.strip() for part in wrap(line, max(10, cells - 2))]
    return lines[:4]


class AskSuggesting(Ask):
    """A question answered by a line of text, with suggestions below: ↓ goes to one, Enter takes it, else what was typed.

    Args:
        title: What is asked.
        value: The text to begin with.
        help: What it is for.
        suggestions: Texts that fit, from what is at hand.
        look_up: Asks the archive for more, with what was typed; called when typing rests.
    """

    BINDINGS: ClassVar = [
        Binding("escape", "close", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("tab", "move(1)", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        value: str = "",
        *,
        help: str = "",  # noqa: A002
        suggestions: Sequence[str] = (),
        look_up: Callable[[str], Awaitable[list[str]]] | None = None,
    ) -> None:
        super().__init__(title, value)
        self.help = help
        self.all = list(suggestions)
        self.look_up = look_up
        self.chosen = -1
        self._typed = value
        self._resting: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lays the question at the bottom."""
        yield Lines(self._title, id="menu-title")
        field = Input(self.value, id="menu-input", compact=True, select_on_focus=False)
        field.cursor_blink = False
        yield field
        yield Lines(self._below, height=None, id="ask-notes")

    def _fitting(self) -> list[str]:
        words = self._typed.casefold()
        return [one for one in dict.fromkeys(self.all) if one != self._typed and (words in one.casefold() or self._typed == self.value)][:_MOST_SHOWN]

    def _below(self, cells: int) -> Sequence[Line]:
        found = self._fitting()
        lines: list[Line] = noted(self.help, cells)
        for place, one in enumerate(found):
            here = place == self.chosen
            lines.append((Piece("▸ " if here else "  ", "key" if here else "dim"), Piece(clip(safe(one), cells - 4), "title" if here else "")))
        return lines or [(Piece(" ", "dim"),)]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Suggests what fits; asks the archive once typing rests."""
        self._typed, self.chosen = event.value, -1
        self.query_one("#ask-notes", Lines).draw_again()
        if self.look_up and len(event.value) > 1:
            if self._resting:
                self._resting.stop()
            self._resting = self.set_timer(_REST, self._look)

    def _look(self) -> None:
        self.run_worker(self._looked_up(self._typed), group="look-up", exclusive=True, exit_on_error=False)

    async def _looked_up(self, text: str) -> None:
        if self.look_up is None:
            return
        try:
            found = await self.look_up(text)
        except DandiTuiError:
            return
        self.all = [*found, *self.all]
        self.query_one("#ask-notes", Lines).draw_again()

    def action_move(self, by: int) -> None:
        """Goes to a suggestion, or back to what was typed."""
        self.chosen = max(-1, min(self.chosen + by, len(self._fitting()) - 1))
        self.query_one("#ask-notes", Lines).draw_again()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answers with the suggestion, else with the text."""
        event.prevent_default()
        found = self._fitting()
        self.dismiss(found[self.chosen] if 0 <= self.chosen < len(found) else event.value)


class Write(ModalScreen["str | None"], inherit_bindings=False):
    """A text of many lines. Esc takes it as it stands: what it is for can be undone.

    Args:
        title: What it is.
        value: The text to begin with.
        help: What it is for.
        longest: Most characters; None without a limit.
    """

    BINDINGS: ClassVar = [Binding("escape", "take", show=False, priority=True), Binding("ctrl+g", "leave", show=False, priority=True)]

    def __init__(self, title: str, value: str, *, help: str = "", longest: int | None = None) -> None:  # noqa: A002
        super().__init__()
        self.heading, self.value, self.help, self.longest = title, value, help, longest

    def compose(self) -> ComposeResult:
        """Lays the text over the pane."""
        from textual.widgets import TextArea

        yield Lines(self._title, id="menu-title")
        yield Lines(lambda cells: noted(self.help, cells), height=None, id="ask-notes")
        area = TextArea(self.value, soft_wrap=True, show_line_numbers=False, tab_behavior="indent", id="text", highlight_cursor_line=False, theme="css")
        area.cursor_blink = False
        yield area
        yield Lines(self._count, id="text-count")

    def on_mount(self) -> None:
        """Lets the person write at once, at the end."""
        from textual.widgets import TextArea

        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        self.set_focus(area)

    def _title(self, cells: int) -> Sequence[Line]:
        app: DandiTuiApp = self.app  # type: ignore[assignment]
        keys = "  Esc takes it, ctrl+g leaves it as it was"
        return [rule(cells, app.signs.rule, [Piece(clip(self.heading, max(8, cells - len(keys) - 4)), "title"), Piece(keys, "dim")])]

    def _count(self, cells: int) -> Sequence[Line]:
        from textual.widgets import TextArea

        length = len(self.query_one(TextArea).text)
        words = f" {length:,} characters" + (f" of {self.longest:,}" if self.longest else "")
        return [(Piece(clip(words, cells), "error" if self.longest and length > self.longest else "dim"),)]

    def on_text_area_changed(self) -> None:
        """Counts."""
        self.query_one("#text-count", Lines).draw_again()

    def action_take(self) -> None:
        """Answers with the text; where nothing was written, with nothing, so that line ends stay as they are."""
        from textual.widgets import TextArea

        text = self.query_one(TextArea).text
        self.dismiss(None if text.splitlines() == self.value.splitlines() else text)

    def action_leave(self) -> None:
        """Leaves it as it was."""
        self.dismiss(None)


def confirm_name(app: DandiTuiApp, title: str, words: str, name: str, then: Callable[[], None]) -> None:
    """Asks for a name to be typed, then does what can't be undone.

    Args:
        app: The app.
        title: What it is.
        words: What will happen, and to what.
        name: What must be typed.
        then: What is done once it was.
    """

    def answered(text: str | None) -> None:
        if text is None:
            return
        if text.strip() == name:
            then()
        else:
            app.pane.say(f"«{safe(text)}» is not {safe(name)}: nothing was done.", "warn")

    notes = [*noted(words, app.size.width, ""), *noted(f"Type {name} to go on.", app.size.width, "key")]
    app.push_screen(Ask(title, notes=notes), answered)
