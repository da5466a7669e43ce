"""A filter over all paths of a version, looked through slice by slice so that keys are never kept waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.tree_matches import TreeMatches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.widgets.tree_model import TreeEntry

SLICE = 4000


class PathFilter:
    """The paths that are known so far and how far the pattern at hand has looked through them.

    Where a pattern only narrows the former one, what that one left is looked through instead of all paths.
    """

    def __init__(self) -> None:
        self.asked = False
        self.complete = False
        self._all: list[TreeEntry] = []
        self._source: Sequence[TreeEntry] = self._all
        self._pattern = Pattern.parse("")
        self._matches: TreeMatches | None = None
        self._seen = 0
        self._rest = 0

    def __len__(self) -> int:
        """How many paths are known."""
        return len(self._all)

    @property
    def found(self) -> int:
        """How many paths match so far."""
        return len(self._matches.files) if self._matches else 0

    def add(self, entries: Sequence[TreeEntry]) -> None:
        """Takes more paths, in their order."""
        self._all.extend(entries)

    def start(self, pattern: Pattern) -> TreeMatches | None:
        """Begins to look for a pattern; None where it is empty and everything shows."""
        former, looked, whole = self._pattern, self._matches, self._seen_all()
        self._pattern = pattern
        if not pattern:
            self._matches = None
            return None
        narrower = looked is not None and whole and bool(former) and pattern.narrows(former)
        self._source = list(looked.files) if narrower and looked is not None else self._all
        self._rest = len(self._all) if narrower else 0
        self._seen, self._matches = 0, TreeMatches()
        return self._matches

    def look(self) -> bool:
        """Looks through one slice; whether there is more to look through."""
        if self._matches is None:
            return False
        part = self._source[self._seen : self._seen + SLICE]
        self._matches.add(entry for entry in part if self._pattern.matches(entry.path))
        self._seen += len(part)
        if self._seen >= len(self._source) and self._source is not self._all:
            self._source, self._seen = self._all, self._rest
        return not self._seen_all()

    def _seen_all(self) -> bool:
        return self._source is self._all and self._seen >= len(self._all)
