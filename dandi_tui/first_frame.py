"""The first words on the screen, written before anything large is imported."""

from __future__ import annotations

import re
import sys

_OPENS = re.compile(r"\d{6}|DANDI:|dandi:|https?://", re.IGNORECASE)
_shown: list[str] = []


def opens_the_app(arguments: list[str]) -> bool:
    """Whether a command line surely opens the app: none at all, `demo`, or a first word that names something."""
    return not arguments or arguments[0] == "demo" or bool(_OPENS.match(arguments[0]))


def show(words: str) -> None:
    """Shows that something happens, on the terminal's other screen; once, and on a terminal only."""
    if _shown or not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        return
    _shown.append(words)
    sys.stdout.write(f"\x1b[?1049h\x1b[2J\x1b[H\x1b[1m{words}\x1b[m\r\n\r\n opening\r\n")
    sys.stdout.flush()


def put_away() -> None:
    """Gives the terminal back as it was, for an error's words."""
    if _shown:
        _shown.clear()
        sys.stdout.write("\x1b[?1049l")
        sys.stdout.flush()
