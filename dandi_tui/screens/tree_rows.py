"""The rows of a tree of assets, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.text import ELLIPSIS, clip, clip_middle, number, pad, safe, size, width
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import Line, Piece, highlighted
from dandi_tui.widgets.tree_model import TreeEntry, TreeModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dandi_tui.widgets.look import Signs

_LOOKED_BELOW = 50


class TreeRows:
    """The rows of the tree, drawn."""

    def __init__(self, signs: Callable[[], Signs]) -> None:
        self.signs = signs
        self.model = TreeModel()
        self.pattern = Pattern.parse("")
        self.why_empty = "Asking the archive…"

    def __len__(self) -> int:
        return len(self.model)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """Cursor, mark, indented name, number of files, size."""
        this, signs = self.model.row(row), self.signs()
        indent = "  " * this.depth
        if this.note:
            return (Piece(f"   {indent}{clip(safe(this.note), max(4, cells - 4 - len(indent)))}", "dim"),)
        entry = this.entry
        mark = signs.mark if self.model.is_marked(entry.path) else " "
        sign = (signs.unfolded if this.unfolded else signs.folded) if entry.is_folder else " "
        room = max(8, cells - 26 - len(indent))
        name = clip_middle(safe(entry.name), room)
        hits = _in_cut(self._hits(row, entry), len(entry.name), name) if self.pattern else ()
        filler = " " * max(0, room - width(name))
        files = number(entry.files) if entry.is_folder and entry.files else ""
        return (
            Piece(signs.cursor if cursor else " ", "", True),
            Piece(mark, "mark", True),
            Piece(f"{indent}{sign} ", "", True),
            *highlighted(name, hits, "folder" if entry.is_folder else ""),
            Piece(filler, "", True),
            Piece(pad(files, 9, right=True), "dim", True),
            Piece(pad(size(entry.size) if entry.size or not entry.is_folder else "", 11, right=True), "", True),
        )

    def _hits(self, row: int, entry: TreeEntry) -> list[int]:
        """Which letters of a name matched; of a folder's, those that matched for the first file below with any in that part of its path."""
        start, end = len(entry.path) - len(entry.name), len(entry.path)
        for path in self._files_below(row, entry.path) if entry.is_folder else (entry.path,):
            if hits := [at - start for at in self.pattern.positions(path) if start <= at < end]:
                return hits
        return []

    def _files_below(self, row: int, folder: str) -> Iterator[str]:
        for below in range(row + 1, min(len(self.model), row + _LOOKED_BELOW)):
            entry = self.model.row(below).entry
            if not entry.path.startswith(f"{folder}/"):
                return
            if not entry.is_folder:
                yield entry.path

    def empty(self, cells: int) -> Sequence[Line]:
        """Why there is nothing, and what to press."""
        return [(Piece(" " + clip(self.why_empty, cells - 2), "dim"),)]


def _in_cut(hits: Sequence[int], length: int, cut: str) -> list[int]:
    """Where letters of a name of some `length` stand in what is left of it when its middle was cut out."""
    if len(cut) == length:
        return list(hits)
    middle = cut.find(ELLIPSIS)
    gone = length - len(cut)
    return [at if at < middle else at - gone for at in hits if at < middle or at - gone > middle]
