"""The clipboard of the terminal that a person sits at: by OSC 52, also through tmux and screen, with no program on that machine."""

from __future__ import annotations

import base64
import os
import re
import shlex
import shutil
import subprocess

MOST = 74_000
"""Bytes of text that terminals commonly take; xterm's limit, of those in use the lowest."""
_SCREEN_PIECE = 700
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a shell or editor would take for keys that were pressed, were it pasted."""


def pasteable(text: str) -> str:
    """Text without what would press keys where it is pasted; lines and tabs stay."""
    return _CONTROLS.sub("�", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Text that came from outside as one line: where it is pasted, it can't begin another one, nor press keys."""
    return _CONTROLS.sub("�", text).replace("\n", "�").replace("\t", "�")


def quoted(text: str) -> str:
    """Text as one word of a shell's command; where it holds what would press keys, written so that it holds them no more (bash, zsh, ksh)."""
    if one_line(text) == text:
        return shlex.quote(text)
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b"\\'" else f"\\x{byte:02x}" for byte in text.encode("utf-8", "surrogateescape"))
    return "$'" + "".join(plain) + "'"


def osc52(text: str, *, inside: str = "") -> str:
    """The sequence that asks the terminal to take text into its clipboard.

    Args:
        text: The text.
        inside: `tmux` or `screen`: the sequence is wrapped so that these hand it on.
    """
    sequence = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"
    if inside == "tmux":
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if inside == "screen":
        pieces = [sequence[at : at + _SCREEN_PIECE] for at in range(0, len(sequence), _SCREEN_PIECE)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence


def inside() -> str:
    """What the terminal is within: `tmux`, `screen`, or nothing."""
    if os.environ.get("TMUX"):
        return "tmux"
    return "screen" if os.environ.get("STY") else ""


def through_tmux(text: str) -> bool:
    """Gives text to tmux, which sets its own buffer and asks its terminal to take it; whether that was done.

    tmux does so of its own accord (`-w`, since 3.2), even where it hands on no sequence of a program within it.
    """
    if inside() != "tmux" or not shutil.which("tmux"):
        return False
    try:
        done = subprocess.run(["tmux", "load-buffer", "-w", "-"], input=text.encode(), capture_output=True, timeout=2, check=False)  # noqa: S607
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def sequence_for(text: str) -> str:
    """What is to be written to the terminal for a text; empty where tmux took it, or where it is too long for terminals."""
    if through_tmux(text):
        return ""
    return osc52(text, inside=inside()) if len(text.encode()) <= MOST else ""
