"""Names of files in few cells: cut so that those which stand together can still be told apart."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from dandi_tui.text import ELLIPSIS, clip, clip_middle, safe, width

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = 4
_TELLING = 12
"""Cells from the first that differs that are kept: a session's date with its dash, most of a subject's name."""


class Names:
    """Names for the paths that stand together.

    Args:
        paths: All of them.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        shown = {path: safe(path) for path in paths}
        self._whole = shown
        often = Counter(_base(text) for text in set(shown.values()))
        self._short = {path: _base(text) if often[_base(text)] == 1 else text for path, text in shown.items()}
        self._differs: dict[str, int] = {}

    def widest(self, paths: Iterable[str]) -> int:
        """Cells that the widest of the names needs without being cut, its folders left out."""
        return max((width(self._short[path]) for path in paths), default=0)

    def fitted(self, path: str, cells: int) -> str:
        """A path's name: with its folders where they fit, else without; cut only in parts that it shares with others."""
        whole, short = self._whole[path], self._short[path]
        if width(whole) <= cells:
            return whole
        if width(short) <= cells:
            return short
        return cut_telling(short, self._first_differing().get(short, 0), cells)

    def _first_differing(self) -> dict[str, int]:
        """For each name, where it begins to differ from the one that is most like it: a neighbour, once they are sorted."""
        if not self._differs:
            names = sorted(set(self._short.values()))
            for one, other in pairwise(names):
                shared = _shared(one, other)
                for name in (one, other):
                    self._differs[name] = max(self._differs.get(name, 0), shared)
            self._differs = {name: _word_start(name, at) for name, at in self._differs.items()}
        return self._differs


def beside(name: str, others: Iterable[str], cells: int) -> str:
    """A name in some cells, cut in parts that it shares with those that stand beside it."""
    if width(name) <= cells:
        return name
    return cut_telling(name, _word_start(name, max((_shared(name, other) for other in others), default=0)), cells)


def _shared(one: str, other: str) -> int:
    """How many letters two names begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _base(text: str) -> str:
    return text.rstrip("/").rpartition("/")[2]


def _word_start(name: str, at: int) -> int:
    """Where the word begins that a place is in, such as a date: half of it tells a person little."""
    start = max(name.rfind(sign, 0, at) for sign in "-_/+ ") + 1
    return start if at - start < _TELLING else at


def cut_telling(name: str, differs: int, cells: int) -> str:
    """Cuts a name to some cells, but not in its part from `differs` on, where it begins to differ from others."""
    if width(name) <= cells:
        return name
    middle = clip_middle(name, cells)
    head = len(middle.partition(ELLIPSIS)[0])
    tail_from = len(name) - (len(middle) - head - len(ELLIPSIS))
    until = min(len(name), differs + _TELLING)
    if until <= head or differs >= tail_from:
        return middle
    room = cells - width(ELLIPSIS)
    if until + _HEAD <= room:
        return name[:until] + ELLIPSIS + _end(name, room - width(name[:until]))
    start = max(_HEAD, differs - 1)
    if room < 2 * _HEAD:
        return clip(name[start:], cells)
    kept = clip(name[:start], max(_HEAD, room - width(name[start:])), ellipsis="")
    return clip(kept + ELLIPSIS + name[start:], cells)


def _end(text: str, cells: int) -> str:
    return clip(text[::-1], cells, ellipsis="")[::-1] if cells > 0 else ""
