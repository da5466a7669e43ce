"""How things look: the few styles and signs, with their twins for terminals without colour or beyond ASCII.

Colours are the terminal's own sixteen, written as twins that can be read on its background, which is never painted.
Colour is never the only sign: what it says, a letter, a sign or a word says too.
"""

from __future__ import annotations

import locale
import os
import unicodedata
from functools import lru_cache

import msgspec
from rich.color import Color
from rich.style import Style

from dandi_tui.text import width


class Signs(msgspec.Struct, frozen=True):
    """The signs that the screen is drawn with."""

    into: str
    cursor: str
    mark: str
    part_mark: str
    folded: str
    unfolded: str
    star: str
    lock: str
    rule: str
    more: str
    dot: str
    down: str
    up: str
    yes: str
    no: str
    full: str
    empty: str
    to: str
    ellipsis: str
    back: str
    bar: str
    half: str
    running: str
    queued: str


UNICODE = Signs(
    into="›", cursor="▸", mark="*", part_mark="-", folded="▸", unfolded="▾", star="★", lock="⚿", rule="─", more="…",
    dot="·", down="↓", up="↑", yes="✓", no="✗", full="█", empty="░", to="→", ellipsis="…", back="←", bar="│", half="▀",
    running="●", queued="○",
)  # fmt: skip
ASCII = Signs(
    into=">", cursor=">", mark="*", part_mark="-", folded="+", unfolded="-", star="*", lock="#", rule="-", more="..",
    dot="-", down="v", up="^", yes="+", no="x", full="#", empty=".", to="->", ellipsis="..", back="<-", bar="|", half="#",
    running="@", queued="o",
)  # fmt: skip

STYLES: dict[str, Style] = {
    "": Style.null(),
    "dim": Style(dim=True),
    "bold": Style(bold=True),
    "key": Style(bold=True),
    "title": Style(bold=True),
    "identifier": Style(color="cyan"),
    "folder": Style(color="blue", bold=True),
    "match": Style(color="yellow", bold=True, underline=True),
    "mark": Style(color="yellow", bold=True),
    "number": Style.null(),
    "good": Style(color="green"),
    "warn": Style(color="yellow"),
    "bad": Style(color="red"),
    "error": Style(color="red", bold=True),
    "star": Style(color="yellow"),
    "cursor": Style(reverse=True),
    "off": Style(dim=True),
}


def style(name: str) -> Style:
    """The style of that name.

    Those of half blocks are made: `grey A B` with levels 0–255 above and below, `colours A B` with two of the terminal's 256.
    """
    return STYLES[name] if name in STYLES else _halves(name)


@lru_cache(maxsize=4096)
def _halves(name: str) -> Style:
    kind, *both = name.split()
    above, below = (Color.from_ansi(232 + int(one) * 23 // 255 if kind == "grey" else int(one)) for one in both)
    return Style(color=above, bgcolor=below)


@lru_cache(maxsize=512)
def under_cursor(name: str) -> Style:
    """The style of that name where the cursor stands."""
    return style(name) + STYLES["cursor"]


def wants_ascii(choice: str) -> bool:
    """Whether to draw with ASCII alone: `yes`, `no`, or what the locale's encoding can hold for `auto`."""
    if choice in {"yes", "no"}:
        return choice == "yes"
    encoding = locale.getlocale()[1] or locale.getpreferredencoding(False)
    return os.environ.get("TERM") in {"dumb", "vt100", "vt220"} or "utf" not in encoding.lower()


def wants_colour(choice: str) -> bool:
    """Whether to use colour: `yes`, `no`, or not with NO_COLOR set for `auto`."""
    if choice in {"yes", "no"}:
        return choice == "yes"
    return not os.environ.get("NO_COLOR")


_TO_ASCII = str.maketrans(
    {"…": "~", "·": "-", "–": "-", "—": "-", "›": ">", "×": "x", "→": ">", "←": "<", "↑": "^", "↓": "v", "✓": "+",
     "✗": "x", "★": "*", "µ": "u", "«": '"', "»": '"', "▸": ">", "▾": "-", "─": "-", "│": "|", "█": "#", "░": ".",
     "⚿": "#", "▏": "|", "●": "@", "○": "o", "▓": "="}
)  # fmt: skip


def to_ascii(char: str) -> str:
    """A sign or letter in ASCII, one cell for each it takes; what has no twin becomes `?`.

    Accents are dropped, so that names stay readable.
    """
    if char.isascii():
        return char
    base = unicodedata.normalize("NFKD", char.translate(_TO_ASCII)).encode("ascii", "ignore").decode("ascii")
    return base if len(base) == width(char) else "?" * width(char)
