"""The frame that every full-screen pane has: breadcrumb, what this is, body, rule with the latest message, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input

from dandi_tui.screens.actions import ACTIONS, EVERYWHERE, key_map, key_words, keys_here
from dandi_tui.screens.behind import WorksBehind
from dandi_tui.screens.hints import Hint, hint_line
from dandi_tui.screens.moving import MovesList
from dandi_tui.text import clip, number, safe, width
from dandi_tui.widgets.line import Line, Piece, spread
from dandi_tui.widgets.lines import Lines, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult
    from textual.timer import Timer
    from textual.widget import Widget

    from dandi_tui.app import DandiTuiApp
    from dandi_tui.errors import DandiTuiError

_TYPING = (("enter", "go on in the list"), ("escape", "leave"), ("up", ""), ("down", "move in the list"))
SMALLEST = (50, 12)
WIDE = 100
_REST = 0.15
"""Seconds that the cursor rests before what it stands on is shown beside the list."""


class Pane(WorksBehind, MovesList, Screen[None], inherit_bindings=False):
    """A full-screen pane.

    A pane names its actions; each is a method `do_NAME`, and `why_not_NAME`, where there is one, says why it can't
    be done now (an empty text when it can).
    """

    ACTIONS: ClassVar[tuple[str, ...]] = ()
    BINDINGS: ClassVar = [Binding("tab", "press('tab')", show=False), Binding("shift+tab", "press('tab')", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self.message: Line = ()
        self.full_message = ""
        self._resting: Timer | None = None

    # What a pane shows

    def crumbs(self) -> Sequence[str]:
        """The place, level by level."""
        return ()

    def place(self) -> str:
        """The address of the place, to be bookmarked and taken up again; empty when it has none."""
        return ""

    def left_at(self) -> str:
        """The address that a restart comes back to; empty when it has none."""
        return self.place()

    def head(self, cells: int) -> Sequence[Line]:
        """Lines that say what this is."""
        return ()

    def body(self) -> Iterable[Widget]:
        """The widgets between head and rule."""
        return ()

    def preview(self, cells: int) -> Sequence[Line] | None:
        """What is under the cursor, to stand beside the list; None in panes that show nothing there."""
        return None

    def fetch_preview(self) -> None:
        """Asks for what the preview lacks; called once the cursor rests."""

    def marks_changed(self) -> None:
        """Marks were taken off by what was done with them; panes that show some draw them again."""

    def rule_label(self) -> Sequence[Piece]:
        """Words on the rule above the keys, when there is no message."""
        return ()

    # The frame

    @property
    def tui(self) -> DandiTuiApp:
        """The app."""
        app: DandiTuiApp = self.app  # type: ignore[assignment]
        return app

    def compose(self) -> ComposeResult:
        """Lays the frame."""
        yield Lines(self._top, id="top")
        yield Lines(self.head, height=None, id="head")
        with Horizontal(id="body"):
            with Vertical(id="main"):
                yield from self.body()
            if type(self).preview is not Pane.preview:
                yield Lines(self._beside, height=-1, id="preview")
        yield Lines(self._rule, id="rule")
        yield Lines(self._hints, id="hints")
        yield Lines(self._too_small, height=3, id="too-small")

    def _top(self, cells: int) -> Sequence[Line]:
        into = f" {self.tui.signs.into} "
        who = self.tui.who()
        room = cells - width(who) - 2
        parts = [safe(part) for part in self.crumbs()]
        while len(parts) > 2 and width(into.join(parts)) > room:
            parts = [self.tui.signs.ellipsis, *(parts[2:] if parts[0] == self.tui.signs.ellipsis else parts[1:])]
        place = clip(into.join(parts), max(8, room))
        return [spread([Piece(place, "title")], [Piece(clip(who, max(0, cells - width(place) - 1)), "dim")], cells)]

    def _rule(self, cells: int) -> Sequence[Line]:
        label = self.message or tuple(self.rule_label())
        rows = self.moving_list()
        tail = f"{number(rows.cursor + 1)}/{number(rows.state.count)}" if rows and rows.state.count > rows.state.height else ""
        room = max(0, cells - 6 - (len(tail) + 3 if tail else 0))
        shown: list[Piece] = []
        for piece in label:
            shown.append(piece._replace(text=clip(piece.text, room)))
            room = max(0, room - width(piece.text))
        return [rule(cells, self.tui.signs.rule, shown, tail)]

    def _beside(self, cells: int) -> Sequence[Line]:
        bar = Piece(f"{self.tui.signs.bar} ", "dim")
        lines = list(self.preview(cells - 2) or ())[: self.size.height]
        return [(bar, *line) for line in lines] + [(bar,)] * (self.size.height - len(lines))

    def on_line_list_cursor_moved(self) -> None:
        """Shows the position at once, and what is under the cursor once the cursor rests."""
        self.query_one("#rule", Lines).draw_again()
        if self.size.width >= WIDE and type(self).preview is not Pane.preview:
            if self._resting:
                self._resting.stop()
            self._resting = self.set_timer(_REST, self._rested)

    def _rested(self) -> None:
        self.query_one("#preview", Lines).draw_again()
        self.fetch_preview()

    def _hints(self, cells: int) -> Sequence[Line]:
        keys = keys_here(self.key_names(), self.tui.settings.keys)
        if isinstance(self.focused, Input):
            found = [Hint(key_words(key), words) for key, words in self.typing_keys()]
        else:
            found = [
                Hint(key_words(keys[name][0]), ACTIONS[name].hint, off=bool(self.why_not(name)))
                for name in dict.fromkeys((*self.actions(), "help"))
                if name in keys and ACTIONS[name].hint
            ]
        return [hint_line(found, cells)]

    def typing_keys(self) -> Sequence[tuple[str, str]]:
        """The keys that work while text is typed, each with its word."""
        return _TYPING

    def _too_small(self, cells: int) -> Sequence[Line]:
        size = self.app.size
        words = (
            f"The terminal is {size.width} × {size.height}.",
            f"dandi-tui needs {SMALLEST[0]} × {SMALLEST[1]}.",
            "Make it larger, or press q to quit.",
        )
        return [(Piece(clip(line, cells)),) for line in words]

    def on_resize(self, event: events.Resize) -> None:
        """Says so when the terminal is too small to work in."""
        small = event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1]
        self.set_class(small, "small")
        self.set_class(event.size.width >= WIDE, "wide")

    def on_descendant_focus(self) -> None:
        """Shows the keys that work now: in a field other ones than in a list."""
        self.query_one("#hints", Lines).draw_again()

    def draw_frame(self) -> None:
        """Draws what differs in the frame: after anything it tells of has changed."""
        if self.is_mounted:
            for lines in self.query(Lines):
                lines.draw_again()

    # Messages

    def say(self, words: str, kind: str = "") -> None:
        """Shows a message on the rule, until Esc or the next one."""
        self.tui.log_message(words, kind)
        self.full_message = words
        self.message = (Piece(safe(words), {"error": "error", "warn": "warn", "good": "good"}.get(kind, "")),)
        self.draw_frame()

    def say_error(self, error: DandiTuiError) -> None:
        """Shows an error; what does not fit on the rule is opened as a page."""
        self.say(str(error), "error")
        if width(str(error)) > self.size.width - 6 and self.is_current:
            from dandi_tui.screens.notice import Notice

            self.app.push_screen(Notice("What went wrong", str(error)))

    def unsay(self) -> bool:
        """Takes the message away; whether there was one."""
        had = bool(self.message)
        self.message = ()
        if had:
            self.draw_frame()
        return had

    def show_wait(self, words: Line) -> None:
        """Shows what is waited for, unless a message stands there."""
        if not self.message:
            self.message = words
            self.draw_frame()

    def end_wait(self, words: Line) -> None:
        """Takes away what was waited for, where it still stands."""
        if self.message == words:
            self.message = ()
            self.draw_frame()

    async def on_event(self, event: events.Event) -> None:
        """Leaves out what is done at the mounting of a pane that was left before it stood: it has no widgets."""
        if not isinstance(event, (events.Mount, events.ScreenResume)) or self in self.app.screen_stack:
            await super().on_event(event)

    def files_changed(self, dandiset_id: str) -> None:
        """Is told that files of a Dandiset's draft were changed on another pane."""

    # Keys

    def key_names(self) -> tuple[str, ...]:
        """Every action that has a key here."""
        return (*self.actions(), *EVERYWHERE)

    def actions(self) -> Sequence[str]:
        """The pane's own actions that have a meaning at the moment; one that has one, and can't be done, stays and says why."""
        return self.ACTIONS

    def why_not(self, name: str) -> str:
        """Why an action can't be done now; empty when it can."""
        reason = getattr(self, f"why_not_{name}", None) or getattr(self.app, f"why_not_{name}", None)
        return reason() if reason else ""

    def on_key(self, event: events.Key) -> None:
        """Does what the key means here; keys that edit the text of a field are the field's.

        Keys that were typed ahead, for what the one before them opened, go there; those after the one that quits are for nobody.
        """
        if self.app._exit:
            event.stop()
            event.prevent_default()
            return
        if self.app.screen is not self:
            event.stop()
            event.prevent_default()
            self.tui.typed_ahead(event)
            return
        if isinstance(self.focused, Input):
            if event.is_printable and event.character:
                # Typed ahead: it was sent to what had the focus before, since a field takes its own letters.
                event.stop()
                event.prevent_default()
                self.focused.insert_text_at_cursor(event.character)
                return
            if event.key in self.focused._bindings.key_to_bindings:
                return
        keys = key_map(self.key_names(), self.tui.settings.keys)
        name = keys.get(event.key) or keys.get(event.character or "")
        if name:
            event.stop()
            event.prevent_default()
            self.perform(name)

    def action_press(self, key: str) -> None:
        """Does what a key means here, for keys that would move the focus otherwise."""
        if name := key_map(self.key_names(), self.tui.settings.keys).get(key):
            self.perform(name)

    def perform(self, name: str) -> None:
        """Does an action, or says why not."""
        if reason := self.why_not(name):
            self.say(reason, "warn")
            return
        method = getattr(self, f"do_{name}", None) or getattr(self.app, f"do_{name}")
        method()

    # What every pane can do

    def do_out(self) -> None:
        """Goes out, one level up."""
        self.tui.go_out()

    def do_peel(self) -> None:
        """Puts away the topmost thing: here, the message; then this place."""
        if not self.unsay():
            self.do_out()
