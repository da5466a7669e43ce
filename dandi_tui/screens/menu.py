"""A choice over a pane: sort by…, copy as…, the palette. Typing narrows it; Enter takes the choice under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Input

from dandi_tui.screens.field_over_list import FieldOverList
from dandi_tui.text import clip, pad, safe, width, wrap
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import Line, Piece, highlighted
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines, rule
from dandi_tui.widgets.look import UNICODE, Signs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from dandi_tui.app import DandiTuiApp


_MENU_KEYS = ("type to narrow, Enter takes, Esc leaves", "Enter takes, Esc leaves", "Esc leaves")
_ASK_KEYS = ("Enter goes on, Esc leaves", "Esc leaves")
_WHOLE_HEIGHT = 2
_ROWS_AROUND = 5
"""Rows of the screen that a menu's list leaves: its title and field, and some of the pane below."""


def _heading(title: str, keys: Sequence[str], cells: int) -> list[Piece]:
    """What is asked, and as much of the keys as there is room for."""
    room = cells - width(safe(title)) - 6
    return [Piece(safe(title), "title"), Piece(next((f"  {words}" for words in keys if width(words) + 2 <= room), ""), "dim")]


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
    signs: Signs = UNICODE

    def __init__(self, choices: Sequence[Choice]) -> None:
        self.pattern = Pattern.parse("")
        self.take(choices)

    def take(self, choices: Sequence[Choice]) -> None:
        self.all = choices
        self.shown = list(choices)
        self.why_empty = "nothing of that name; Backspace takes letters back"
        self.name_width = max((width(safe(choice.words)) for choice in choices), default=0)
        self.note_width = max((width(safe(choice.reason or choice.note)) for choice in choices), default=0)

    def _room(self, cells: int) -> int:
        return max(1, min(self.name_width, cells - 5 - min(self.note_width, cells // 4)))

    def note_room(self, cells: int) -> int:
        """Cells beside the words."""
        return max(0, cells - self._room(cells) - 5)

    def has_cut(self, cells: int, *, reasons_only: bool) -> bool:
        """Whether what stands beside any of the words is cut."""
        return any(width(safe(one.reason or ("" if reasons_only else one.note))) > self.note_room(cells) for one in self.all)

    def narrow(self, text: str) -> None:
        self.pattern = Pattern.parse(text)
        found = [choice for choice in self.all if self.pattern.matches(choice.words)]
        whole = text.strip().lower()
        self.shown = sorted(found, key=lambda choice: whole not in choice.words.lower()) if whole else found

    def __len__(self) -> int:
        return len(self.shown)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        choice = self.shown[row]
        room = self._room(cells)
        words = clip(safe(choice.words), room)
        name = highlighted(words, self.pattern.positions(words), "off" if choice.reason else "")
        note = choice.reason or choice.note
        filler = " " * max(0, room - width(words))
        return (
            Piece(self.signs.cursor if cursor else " ", "", True),
            Piece(" ", "", True),
            *name,
            Piece(filler + "  ", "", True),
            Piece(clip(safe(note), self.note_room(cells)), "warn" if choice.reason else "dim", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        return [(Piece(pad(f" {self.why_empty}", cells), "dim"),)]


class Menu(FieldOverList):
    """A list of choices at the bottom of the screen.

    Args:
        title: What is chosen.
        choices: What there is to choose; None: it is being asked for, and comes by `fill`. What is typed meanwhile narrows it then.
        current: The value that the cursor begins on.
        typed: Whether what is typed is itself an answer when no choice fits (a path, an address).
    """

    BINDINGS: ClassVar = [
        Binding("tab", "move(1)", show=False, priority=True),
    ]

    def __init__(self, title: str, choices: Sequence[Choice] | None, *, current: str = "", typed: bool = False) -> None:
        super().__init__()
        self.heading = title
        self.typed = typed
        self.awaited, self.entered = choices is None, False
        self.choices = _Choices(choices or ())
        self.choices.why_empty = "asking…" if choices is None else self.choices.why_empty
        self.current = current

    def compose(self) -> ComposeResult:
        """Lays the menu at the bottom."""
        app: DandiTuiApp = self.app  # type: ignore[assignment]
        self.choices.signs = app.signs
        yield Lines(self._title, id="menu-title")
        field = Input(id="menu-input", compact=True, select_on_focus=False)
        field.cursor_blink = False
        yield field
        rows = LineList(self.choices, id="menu-list")
        self._fit(rows)
        yield rows
        if self._is_cut:
            yield self._whole_lines()

    @property
    def _is_cut(self) -> bool:
        """Whether what stands beside a choice may need lines of its own."""
        crowded = len(self.choices.all) + _WHOLE_HEIGHT > self.app.size.height - _ROWS_AROUND
        return self.choices.has_cut(self.app.size.width, reasons_only=crowded)

    def _fit(self, rows: LineList) -> None:
        below = _WHOLE_HEIGHT if self._is_cut else 0
        rows.styles.height = max(1, min(len(self.choices.all), self.app.size.height - _ROWS_AROUND - below))

    def _whole_lines(self) -> Lines:
        return Lines(self._whole, height=_WHOLE_HEIGHT, id="menu-whole")

    def on_mount(self) -> None:
        """Puts the cursor on the choice that holds now."""
        self._to_current()
        self.set_focus(self.query_one(Input))

    def _to_current(self) -> None:
        values = [choice.value for choice in self.choices.shown]
        self.query_one(LineList).reload(cursor=values.index(self.current) if self.current in values else 0)

    def fill(self, choices: Sequence[Choice]) -> None:
        """Shows the choices that were asked for, as what was typed meanwhile narrows them; takes one where Enter was pressed."""
        self.awaited = False
        self.choices.take(choices)
        self._fit(self.query_one(LineList))
        if self._is_cut:
            self.mount(self._whole_lines())
        if typed := self.query_one(Input).value:
            self.choices.narrow(typed)
            self.query_one(LineList).reload(cursor=0)
        else:
            self._to_current()
        if self.entered:
            self.action_choose()

    def _title(self, cells: int) -> Sequence[Line]:
        app: DandiTuiApp = self.app  # type: ignore[assignment]
        return [rule(cells, app.signs.rule, _heading(self.heading, _MENU_KEYS, cells))]

    def _whole(self, cells: int) -> Sequence[Line]:
        """What is cut of the choice under the cursor."""
        if not self.choices.shown:
            return ()
        choice = self.choices.shown[self.query_one(LineList).cursor]
        note = choice.reason or choice.note
        if width(safe(note)) <= self.choices.note_room(cells):
            return ()
        return [(Piece(f"   {part}", "warn" if choice.reason else "dim"),) for part in wrap(safe(note), max(10, cells - 4))[:_WHOLE_HEIGHT]]

    def on_line_list_cursor_moved(self) -> None:
        """Shows what is cut of another choice."""
        for lines in self.query("#menu-whole").results(Lines):
            lines.draw_again()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list to what is typed."""
        self.choices.narrow(event.value)
        self.query_one(LineList).reload(cursor=0)

    def on_input_submitted(self) -> None:
        """Takes the choice, once all letters before Enter have narrowed the list."""
        self.action_choose()

    def on_line_list_clicked(self) -> None:
        """A click on the cursor's row chooses it."""
        self.action_choose()

    def action_choose(self) -> None:
        """Takes the choice under the cursor, or what was typed where that is an answer; waits for the choices where they are to come."""
        self.entered = self.awaited
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
        fault: Says why a text can't be taken, so that it is asked for again with what was typed; empty where it can.
    """

    BINDINGS: ClassVar = [
        Binding("escape", "close", show=False, priority=True),
    ]

    def __init__(self, title: str, value: str = "", *, notes: Sequence[Line] = (), fault: Callable[[str], str] | None = None) -> None:
        super().__init__()
        self.heading = title
        self.value = value
        self.notes = notes
        self._fault = fault
        self._words = ""

    def compose(self) -> ComposeResult:
        """Lays the question at the bottom."""
        yield Lines(self._title, id="menu-title")
        field = Input(self.value, id="menu-input", compact=True, select_on_focus=False)
        field.cursor_blink = False
        yield field
        yield Lines(self._below, height=None if self._fault else len(self.notes), id="ask-notes")

    def on_mount(self) -> None:
        """Lets the person type at once."""
        self.set_focus(self.query_one(Input))

    def _title(self, cells: int) -> Sequence[Line]:
        app: DandiTuiApp = self.app  # type: ignore[assignment]
        return [rule(cells, app.signs.rule, _heading(self.heading, _ASK_KEYS, cells))]

    def _below(self, cells: int) -> Sequence[Line]:
        return [(Piece(f" {part}", "error"),) for part in wrap(safe(self._words), max(10, cells - 2))[:3]] if self._words else self.notes

    def action_close(self) -> None:
        """Answers nothing."""
        self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answers with the text, once all of it is there; or says why it can't be taken."""
        self._words = self._fault(event.value) if self._fault else ""
        if self._words:
            self.query_one("#ask-notes", Lines).draw_again()
        else:
            self.dismiss(event.value)
