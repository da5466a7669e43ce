"""Whether the terminal's background is light or dark: as chosen, as the environment says, else asked of the terminal.

Of the sixteen colours of a terminal, green, yellow and cyan are hard to read on white in nearly every palette, red, blue and magenta
on black. `FrameDiff` writes the twin that can be read; dark is taken where nothing says otherwise.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GROUND = r"\x1b\]11;rgba?:(?P<ground>[\da-fA-F]{1,4}/[\da-fA-F]{1,4}/[\da-fA-F]{1,4})[^\x07\x1b]{0,8}(?:\x07|\x1b\\)"
"""What terminals answer; no key sends it."""
_QUESTION = "\x1b]11;?\x1b\\"
_PATIENCE = 1.0
_LIGHT = ("7", "15")
_WEIGHTS = (0.2126, 0.7152, 0.0722)


def light_of_environment(environment: Mapping[str, str]) -> bool | None:
    """What COLORFGBG says (`0;15`: black on white); None where it says nothing."""
    ground = environment.get("COLORFGBG", "").rpartition(";")[2]
    return ground in _LIGHT if ground.isdigit() else None


def can_be_asked(environment: Mapping[str, str]) -> bool:
    """Whether the terminal takes the question for what it is: those of old print it."""
    return not environment.get("TERM", "dumb").startswith(("dumb", "linux", "vt", "ansi", "cons"))


def is_light(ground: str) -> bool:
    """Whether a colour is a light one, written as `ffff/ffff/ffff` with one to four digits each (ITU-R BT.709 luma)."""
    levels = [int(part, 16) / int("f" * len(part), 16) for part in ground.split("/")]
    return sum(weight * level for weight, level in zip(_WEIGHTS, levels, strict=True)) > 0.5


class Background:
    """Asks the terminal once.

    Args:
        write: Writes to the terminal.
        told: Is told whether the background is light; in the thread that reads from the terminal.
    """

    def __init__(self, write: Callable[[str], None], told: Callable[[bool], None]) -> None:
        self._told = told
        self._heard = threading.Event()
        self._until = time.monotonic() + _PATIENCE
        write(_QUESTION)

    @property
    def expects(self) -> bool:
        """Whether an answer is still waited for."""
        return not self._heard.is_set() and time.monotonic() < self._until

    def take(self, ground: str) -> None:
        """Takes the answer."""
        if not self._heard.is_set():
            self._told(is_light(ground))
            self._heard.set()

    def wait(self) -> None:
        """Waits for an answer that is under way, so that it is not left to the shell."""
        self._heard.wait(max(0.0, self._until - time.monotonic()))
