"""Fuzzy matching as people know it from file finders: every word of the pattern is a subsequence of the text.

Digits that stand together in a word must stand together in the text: names in this field are full of dates and numbers, in which
the digits of any number are found somewhere.

A word with a capital letter minds the case; `'word` must stand together, `^word` at the start, `word$` at the end, and
`!word` must not occur.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

_BREAKS = "/_-. "


class Word(msgspec.Struct, frozen=True):
    """One word of a pattern and the regular expression that it means."""

    text: str
    expression: re.Pattern[str]
    whole: bool
    negative: bool


class Pattern(msgspec.Struct, frozen=True):
    """Words that must all match."""

    words: tuple[Word, ...]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Reads a pattern as it was typed."""
        return cls(tuple(_word(part) for part in text.split() if part.strip("!^$'")))

    def __bool__(self) -> bool:
        """Whether there is anything to match."""
        return bool(self.words)

    def matches(self, text: str) -> bool:
        """Whether every word matches."""
        return all((word.expression.search(text) is None) == word.negative for word in self.words)

    def narrows(self, former: Pattern) -> bool:
        """Whether all matches of this pattern are among those of a former one."""
        if len(self.words) < len(former.words) or any(word.negative or word.whole for word in former.words):
            return self.words[: len(former.words)] == former.words
        return all(new.text.startswith(old.text) and not new.negative for old, new in zip(former.words, self.words, strict=False))

    def positions(self, text: str) -> tuple[int, ...]:
        """Where the matched letters stand in `text`, in order."""
        found: set[int] = set()
        for word in self.words:
            if not word.negative:
                found.update(_positions(word, text))
        return tuple(sorted(found))


@lru_cache(maxsize=256)
def _word(part: str) -> Word:
    negative = part.startswith("!")
    text = part[1:] if negative else part
    start, end, together = text.startswith("^"), text.endswith("$"), text.startswith("'")
    core = text.lstrip("^'") if start or together else text
    core = core[:-1] if end and len(core) > 1 else core
    flags = re.DOTALL if core != core.lower() else re.DOTALL | re.IGNORECASE
    whole = start or end or together or negative
    body = re.escape(core) if whole else _subsequence(core)
    return Word(core, re.compile(("^" if start else "") + body + (r"\Z" if end else ""), flags), whole, negative)


def _chunks(text: str) -> list[str]:
    """What must stand together of a word: each letter by itself, each number as a whole."""
    return re.findall(r"[0-9]+|[^0-9]", text, re.DOTALL)


def _subsequence(text: str) -> str:
    """An expression that takes linear time: no gap goes over what it waits for."""
    return r"\A" + "".join(f"(?:(?!{chunk}).)*+{chunk}" for chunk in map(re.escape, _chunks(text)))


def _positions(word: Word, text: str) -> range | list[int]:
    folded, core = (text, word.text) if word.text != word.text.lower() else (text.lower(), word.text)
    if len(folded) != len(text):
        return []
    together = _whole(word, folded, core) if word.whole else _together(folded, core)
    if together >= 0:
        return range(together, together + len(core))
    return _scattered(folded, core)


def _whole(word: Word, text: str, core: str) -> int:
    """Where letters stand that must stand together: at the start if they must, else as near to the end as they do."""
    return 0 if word.expression.pattern.startswith("^") else text.rfind(core)


def _together(text: str, core: str) -> int:
    """Where the letters stand in one run; a run that begins a part of the path is preferred."""
    first = at = text.find(core)
    while at > 0 and text[at - 1] not in _BREAKS:
        at = text.find(core, at + 1)
    return at if at >= 0 else first


def _scattered(text: str, core: str) -> list[int]:
    """The letters from the end backwards: file names stand at the end of paths."""
    found: list[int] = []
    end = len(text)
    for chunk in reversed(_chunks(core)):
        end = text.rfind(chunk, 0, end)
        if end < 0:
            return []
        found += range(end, end + len(chunk))
    return found
