"""The notice that a terminal is given when transfers have ended: a bell, or words for the desktop (OSC 9)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dandi_tui.text import clip, safe

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_CELLS = 200


def notice_at_end(choice: str, words: str, environment: Mapping[str, str] = os.environ) -> str:
    """What is written to the terminal.

    Args:
        choice: The setting: `no`, `bell` or `osc9`.
        words: What has ended.
        environment: Tells whether tmux or screen stand in between: they hand such words on only when wrapped, tmux only if it was
            told to (`allow-passthrough`); the bell beside them marks the window in any case.
    """
    if choice == "bell":
        return "\a"
    if choice != "osc9":
        return ""
    told = f"\x1b]9;dandi-tui: {clip(safe(words), _MOST_CELLS)}\a"
    if environment.get("TMUX"):
        return "\x1bPtmux;" + told.replace("\x1b", "\x1b\x1b") + "\x1b\\\a"
    if environment.get("STY"):
        return f"\x1bP{told}\x1b\\\a"
    return told
