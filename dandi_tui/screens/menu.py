"""A choice over a pane: sort by…, copy as…, the palette. Typing narrows it; Enter takes the choice under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Input

from dandi_tui.text import clip, pad, safe, width
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import Line, Piece, highlighted
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines, rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from dandi_tui.app import DandiTuiApp


class Choice(msgspec.Struct, frozen=True):
    """One thing to choose.

    Attributes:
        value: What choosing it answers.
        words: How it is called.
        note: More of it, beside.
        reason: Why it can't be chosen now; empty when it can.
    """

    value: str
    words: str
    note: str = ""
    reason: str = ""


class _Choices:
    def __init__(self, choices: Sequence[Choice]) -> None:
        self.all = choices
        self.pattern = Pattern.parse("")
        self.shown = list(choices)
        self.name_width = max((width(safe(choice.words)) for choice in choices), default=0)

    def narrow(self, text: str) -> None:
        self.pattern = Pattern.parse(text)
        self.shown = [choice for choice in self.all if self.pattern.matches(choice.words)]

    def __len__(self) -> int:
        return len(self.shown)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        choice = self.shown[row]
        room = min(self.name_width, cells - 4)
        words = clip(safe(choice.words), room)
        name = highlighted(words, self.pattern.positions(words), "off" if choice.reason else "")
        note = choice.reason or choice.note
        filler = " " * max(0, room - width(words))
        return (
            Piece(" "),
            *name,
            Piece(filler + "  ", "", True),
            Piece(clip(safe(note), max(0, cells - room - 4)), "warn" if choice.reason else "dim", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        return [(Piece(pad(" nothing of that name; Backspace takes letters back", cells), "dim"),)]


class Menu(ModalScreen["str | None"], inherit_bindings=False):
    """A list of choices at the bottom of the screen.

    Args:
        title: What is chosen.
        choices: What there is to choose.
        current: The value that the cursor begins on.
        typed: Whether what is typed is itself an answer when no choice fits (a path, an address).
    """

    BINDINGS: ClassVar = [
        Binding("escape", "close", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("enter", "choose", show=False, priority=True),
        Binding("tab", "move(1)", show=False, priority=True),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], *, current: str = "", typed: bool = False) -> None:
        super().__init__()
        self.heading = title
        self.typed = typed
        self.choices = _Choices(choices)
        self.current = current

    def compose(self) -> ComposeResult:
        """Lays the menu at the bottom."""
        yield Lines(self._title, id="menu-title")
        field = Input(id="menu-input", compact=True, select_on_focus=False)
        field.cursor_blink = False
        yield field
        rows = LineList(self.choices, id="menu-list")
        rows.styles.height = max(1, min(len(self.choices.all), self.app.size.height - 5))
        yield rows

    def on_mount(self) -> None:
        """Puts the cursor on the choice that holds now."""
        rows = self.query_one(LineList)
        values = [choice.value for choice in self.choices.shown]
        rows.reload(cursor=values.index(self.current) if self.current in values else 0)
        self.query_one(Input).focus()

    def _title(self, cells: int) -> Sequence[Line]:
        app: DandiTuiApp = self.app  # type: ignore[assignment]
        words = [Piece(self.heading, "title"), Piece("  type to narrow, Enter takes, Esc leaves", "dim")]
        return [rule(cells, app.signs.rule, words)]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list to what is typed."""
        self.choices.narrow(event.value)
        self.query_one(LineList).reload(cursor=0)

    def action_move(self, by: int) -> None:
        """Moves the cursor."""
        self.query_one(LineList).move(by)

    def action_page(self, by: int) -> None:
        """Moves by a page."""
        self.query_one(LineList).page(by)

    def action_close(self) -> None:
        """Chooses nothing."""
        self.dismiss(None)

    def on_line_list_clicked(self) -> None:
        """A click on the cursor's row chooses it."""
        self.action_choose()

    def action_choose(self) -> None:
        """Takes the choice under the cursor, or what was typed where that is an answer."""
        shown = self.choices.shown
        text = self.query_one(Input).value
        if shown:
            choice = shown[self.query_one(LineList).cursor]
            if not choice.reason:
                self.dismiss(choice.value)
        elif self.typed and text:
            self.dismiss(text)


class Ask(ModalScreen["str | None"], inherit_bindings=False):
    """A question that is answered by a line of text.

    Args:
        title: What is asked.
        value: The text to begin with.
        notes: Lines shown below the field.
    """

    BINDINGS: ClassVar = [
        Binding("escape", "close", show=False, priority=True),
        Binding("enter", "answer", show=False, priority=True),
    ]

    def __init__(self, title: str, value: str = "", *, notes: Sequence[Line] = ()) -> None:
        super().__init__()
        self.heading = title
        self.value = value
        self.notes = notes

    def compose(self) -> ComposeResult:
        """Lays the question at the bottom."""
        yield Lines(self._title, id="menu-title")
        field = Input(self.value, id="menu-input", compact=True, select_on_focus=False)
        field.cursor_blink = False
        yield field
        yield Lines(lambda _cells: self.notes, height=len(self.notes), id="ask-notes")

    def on_mount(self) -> None:
        """Lets the person type at once."""
        self.query_one(Input).focus()

    def _title(self, cells: int) -> Sequence[Line]:
        app: DandiTuiApp = self.app  # type: ignore[assignment]
        words = [Piece(self.heading, "title"), Piece("  Enter goes on, Esc leaves", "dim")]
        return [rule(cells, app.signs.rule, words)]

    def action_close(self) -> None:
        """Answers nothing."""
        self.dismiss(None)

    def action_answer(self) -> None:
        """Answers with the text."""
        self.dismiss(self.query_one(Input).value)
