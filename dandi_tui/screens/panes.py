"""The panes that stand on each other, and what can be done from each of them: the palette, help, messages, the main places."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from textual import events

from dandi_tui.log import write_log
from dandi_tui.screens.actions import ACTIONS, key_words, keys_here, keys_of
from dandi_tui.screens.behind import WorksBehind
from dandi_tui.screens.clipboard import pasteable, sequence_for
from dandi_tui.screens.menu import Choice, Menu
from dandi_tui.screens.on_terminal import OnTerminal
from dandi_tui.screens.pane import Pane

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from dandi_tui.config import Settings


class Panes(WorksBehind, OnTerminal, inherit_bindings=False):
    """An app of panes.

    Args:
        settings: What the person has chosen.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.log_lines: list[tuple[str, str]] = []

    @property
    def pane(self) -> Pane:
        """The topmost pane, below any menu."""
        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, Pane))

    def go_out(self) -> None:
        """Goes one level up; the lowest level stays."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        else:
            self.pane.say(f"This is the first level; {key_words(keys_of('quit', self.settings.keys)[0])} quits.")

    def typed_ahead(self, key: events.Key) -> None:
        """Hands a key to the screen that stands above the one that got it, once it stands."""
        self.screen.call_after_refresh(self.post_message, events.Key(key.key, key.character))

    def log_message(self, words: str, kind: str) -> None:
        """Keeps a message for the page of messages."""
        self.log_lines = [*self.log_lines[-499:], (kind, words)]
        if kind in {"error", "warn"}:
            write_log(words, logging.ERROR if kind == "error" else logging.WARNING)

    # Actions of every pane

    def do_palette(self) -> None:
        """Every action of the pane by its name."""
        pane = self.pane
        keys = keys_here(pane.key_names(), self.settings.keys)
        choices = [
            Choice(name, ACTIONS[name].words, note=" ".join(map(key_words, keys.get(name, ()))), reason=pane.why_not(name))
            for name in dict.fromkeys(pane.key_names())
            if name not in {"palette", "peel"}
        ]
        self.choose("Actions", choices, pane.perform)

    def choose(self, title: str, choices: list[Choice], then: Callable[[str], None], *, current: str = "") -> None:
        """Lets the person choose, then does `then` with the value chosen."""
        self._show_menu(Menu(title, choices, current=current), then)

    def _show_menu(self, menu: Menu, then: Callable[[str], None]) -> None:
        self.push_screen(menu, lambda value: None if value is None else then(value))

    def choose_from(self, title: str, ask: Callable[[], Awaitable[Sequence[Choice]]], then: Callable[[str], None], *, current: str = "") -> None:
        """Lets the person choose of what is asked for first; letters typed until it comes are for the choices, not for the pane.

        Args:
            title: What is chosen.
            ask: Gives the choices; none where there are none, and it has said so.
            then: Is done with the value chosen.
            current: The value that the cursor begins on.
        """
        menu = Menu(title, None, current=current)

        async def fill() -> None:
            found = await ask()
            if not menu.is_current:
                return
            if found:
                menu.fill(found)
            else:
                menu.dismiss(None)

        self._show_menu(menu, then)
        menu.run_worker(fill(), exit_on_error=False)

    def do_help(self) -> None:
        """Every key that works here, and nothing else."""
        from dandi_tui.screens.help import help_lines
        from dandi_tui.screens.page import PagePane

        pane = self.pane
        reasons = {name: pane.why_not(name) for name in pane.key_names()}
        keys = keys_here(pane.key_names(), self.settings.keys)
        self.push_screen(PagePane("Keys that work here", {"keys": lambda cells: help_lines(keys, reasons, cells)}))

    def do_log(self) -> None:
        """Messages of this session, the latest first."""
        from dandi_tui.screens.page import PagePane, prose

        words = "\n".join(f"{kind or 'note'}: {text}" for kind, text in reversed(self.log_lines)) or "No messages so far."
        self.push_screen(PagePane("Messages", {"messages": prose(words)}))

    def do_browse(self) -> None:
        """Goes back to the list of Dandisets."""
        while len(self.screen_stack) > 2:
            self.pop_screen()

    def search_for(self, words: str) -> None:
        """Shows what a search finds, in the list of Dandisets."""
        from dandi_tui.screens.browse import BrowsePane

        if isinstance(self.pane, BrowsePane):
            self.pane.search_for(words)

    def do_mine(self) -> None:
        """Shows my Dandisets."""
        from dandi_tui.screens.mine import MinePane

        if not isinstance(self.pane, MinePane):
            self.push_screen(MinePane())

    def do_account(self) -> None:
        """Shows the account."""
        from dandi_tui.screens.account import AccountPane

        if not isinstance(self.pane, AccountPane):
            self.push_screen(AccountPane())

    def do_transfers(self) -> None:
        """Shows the downloads."""
        from dandi_tui.screens.transfers import TransfersPane

        if not isinstance(self.pane, TransfersPane):
            self.push_screen(TransfersPane())

    def copy_text(self, text: str) -> None:
        """Copies text by the terminal (OSC 52), which works over SSH; shows it too, to be selected by hand."""
        from dandi_tui.screens.page import PagePane, raw

        text = pasteable(text)
        self._clipboard = text
        if self._driver is not None and (sequence := sequence_for(text)):
            self._driver.write(sequence)
        if "\n" in text.strip() and isinstance(self.pane, Pane):
            self.push_screen(PagePane("Copied, where the terminal allows it; else select it here", {"text": raw(text)}))
        else:
            self.pane.say(f"copied: {text}", "good")
