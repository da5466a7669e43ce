"""Textual's driver, with answers of the terminal taken out of what comes as keys, and pictures taken away before it is left."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver

from dandi_tui.widgets.background import GROUND
from dandi_tui.widgets.terminal_ways import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.message import Message

_ALL = re.compile(f"{ANSWERS.pattern}|{GROUND}")
_BEGUN = re.compile(r"\x1b(?:\[(?:\?[\d;]{0,60}|6;[\d;]{0,12})|_G[^\x1b]{0,200}\x1b?|\]11;[^\x07\x1b]{0,40}\x1b?)\Z")
_MAYBE_BEGUN = re.compile(_BEGUN.pattern + r"|\x1b(?:\[6?|_|\]1{0,2})?\Z")
_LONGEST_WAIT = 0.1
"""Seconds after which the beginning of an answer is taken for keys, where nothing follows."""


class AnswerParser(XTermParser):
    """Keys and other messages of the terminal, without its answers.

    Args:
        take: Is given each answer.
        expects: Whether an answer is waited for: then what could as well be the Escape key waits for what follows.
        debug: As Textual has it.
    """

    def __init__(self, take: Callable[[re.Match[str]], None], expects: Callable[[], bool], debug: bool = False) -> None:
        super().__init__(debug)
        self._take, self._expects = take, expects
        self._held = ""
        self._since = 0.0

    def feed(self, data: str) -> Iterable[Message]:
        """What text of the terminal means; the beginning of an answer waits for its end."""
        text = self._held + data
        self._held = ""
        if data and "\x1b" in text:
            text = _ALL.sub(self._taken, text)
            if begun := (_MAYBE_BEGUN if self._expects() else _BEGUN).search(text):
                self._held, text = begun[0], text[: begun.start()]
                self._since = time.monotonic()
        # Textual takes an empty text for the end.
        return super().feed(text) if text or not data else ()

    def tick(self) -> Iterable[Message]:
        """What is due by now."""
        if self._held and time.monotonic() - self._since > _LONGEST_WAIT:
            held, self._held = self._held, ""
            yield from super().feed(held)
        yield from super().tick()

    def _taken(self, answer: re.Match[str]) -> str:
        self._take(answer)
        return ""


class AnsweringDriver(linux_driver.LinuxDriver):
    """Textual's driver for POSIX terminals; the app takes answers by `take_answer` and says by `end_pictures` what is to be taken away."""

    _app: Any

    def run_input_thread(self) -> None:
        """Reads what the terminal sends."""
        # The name by which the driver makes its parser: there is no other place to put one in.
        setattr(linux_driver, "XTermParser", partial(AnswerParser, self._app.take_answer, self._app.expects_answer))  # noqa: B010 (it is not exported)
        super().run_input_thread()

    def disable_input(self) -> None:
        """Reads no more; what the terminal was asked is waited for, else the shell would take the answer for keys."""
        if not self.exit_event.is_set() and self._key_thread is not None:
            self._app.wait_for_answer()
        super().disable_input()

    def stop_application_mode(self) -> None:
        """Leaves the screen, as for good or for a while."""
        if self._writer_thread is not None and (data := self._app.end_pictures()):
            self.write(data)
        super().stop_application_mode()
