"""The rows of a tree of assets, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.screens.transfer_names import beside
from dandi_tui.text import ELLIPSIS, clip, number, pad, safe, size, width
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import Line, Piece, highlighted
from dandi_tui.widgets.lines import prose_lines
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
        whole = safe(entry.name)
        name = beside(whole, self._neighbours(row, entry), room)
        hits = _in_cut(self._hits(row, entry), whole, name) if self.pattern else ()
        filler = " " * max(0, room - width(name))
        files = number(entry.files) if entry.is_folder and entry.files else ""
        return (
            Piece(signs.cursor if cursor else " ", "", True),
            Piece(mark, "mark", True),
            Piece(f"{indent}{sign} ", "", True),
            *highlighted(name, hits, self.style(entry)),
            Piece(filler, "", True),
            Piece(pad(files, 9, right=True), "dim", True),
            Piece(pad(size(entry.size) if entry.size or not entry.is_folder else "", 11, right=True), "", True),
        )

    def style(self, entry: TreeEntry) -> str:
        """The style of a name."""
        return "folder" if entry.is_folder else ""

    def _neighbours(self, row: int, entry: TreeEntry) -> Iterator[str]:
        """The names above and below it in its folder: sorted as they are, none is more like it."""
        folder = entry.path.rpartition("/")[0]
        for other in (row - 1, row + 1):
            if 0 <= other < len(self.model) and not (this := self.model.row(other)).note and this.entry.path.rpartition("/")[0] == folder:
                yield safe(this.entry.name)

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
        return prose_lines(self.why_empty, cells)


def _in_cut(hits: Sequence[int], whole: str, cut: str) -> list[int]:
    """Where letters of a name stand in what is left of it when parts of it were cut out."""
    if cut == whole:
        return list(hits)
    places: dict[int, int] = {}
    parts, seen, at = cut.split(ELLIPSIS), 0, 0
    for index, part in enumerate(parts):
        start = len(whole) - len(part) if 0 < index == len(parts) - 1 else whole.find(part, seen)
        places |= {start + step: at + step for step in range(len(part))}
        seen, at = start + len(part), at + len(part) + len(ELLIPSIS)
    return [places[hit] for hit in hits if hit in places]
