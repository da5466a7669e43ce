"""The rows of a file's tree: names, neurodata types, and what each object is at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.text import clip, clip_middle, number, pad, safe, width
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.lines import prose_lines
from dandi_tui.widgets.tree_model import TreeEntry, TreeModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dandi_tui.nwb.model import Glance, Listed
    from dandi_tui.widgets.look import Signs

_TYPE = 20
_DEEPEST = 12
_PLAIN = frozenset(("VectorData", "VectorIndex", "ElementIdentifiers", "DynamicTableRegion"))


def key_of(path: str) -> str:
    """A path in the file as the tree has it: without the slash at its start."""
    return path.removeprefix("/")


def shape_words(one: Listed) -> str:
    """Shape, type and compression, or how many members, or where a link leads."""
    if one.kind == "link":
        return f"→ {one.file + ':' if one.file and one.file != '.' else ''}{one.target}"
    if one.kind == "unreadable":
        return f"unreadable: {one.reason}"
    if one.target:
        return f"= {one.target}"
    if one.kind == "group":
        return number(one.members) if one.members else "empty" if one.members == 0 else ""
    lengths = "×".join(map(str, one.shape)) if one.shape else ("" if one.shape == [] else "empty")
    return " ".join(part for part in (lengths, one.dtype, one.compression) if part)


class NwbRows:
    """The objects of a file as rows."""

    def __init__(self, signs: Callable[[], Signs]) -> None:
        self.signs = signs
        self.model = TreeModel()
        self.listed: dict[str, Listed] = {}
        self.glances: dict[str, Glance] = {}
        self.marks: set[str] = set()
        self.why_empty = "Reading…"

    def take(self, folder: str, members: Sequence[Listed]) -> None:
        """Takes the members of a group."""
        for one in members:
            self.listed[key_of(one.path)] = one
        above = self.listed.get(key_of(folder))
        if above is not None and not members:
            self.listed[key_of(folder)] = msgspec.structs.replace(above, members=0)
        entries = [TreeEntry(key_of(one.path), one.kind == "group" and not one.target, 0, 0, "") for one in members]
        self.model.add_children(key_of(folder), entries, complete=True)

    def unglanced(self, rows: Iterable[int]) -> list[str]:
        """Paths of objects in some rows of which it is not known yet what they are at a glance."""
        found = []
        for row in rows:
            this = self.model.row(row)
            one = self.listed.get(this.entry.path) if not this.note else None
            if one is not None and one.path not in self.glances and _is_told(one):
                found.append(one.path)
        return found

    def __len__(self) -> int:
        return len(self.model)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """Cursor, mark, indented name, neurodata type, what it is at a glance."""
        this, signs = self.model.row(row), self.signs()
        indent = "  " * min(_DEEPEST, this.depth)
        if this.note:
            return (Piece(f"   {indent}{clip(safe(this.note), max(4, cells - 4 - len(indent)))}", "dim"),)
        entry, one = this.entry, self.listed[this.entry.path]
        sign = (signs.unfolded if this.unfolded else signs.folded) if entry.is_folder else " "
        room = max(10, (cells - _TYPE) // 2 - len(indent) - 4)
        kind = pad(clip(safe(one.neurodata_type or ""), _TYPE), _TYPE)
        if not one.neurodata_type and width(safe(one.name)) > room:
            room, kind = room + _TYPE, ""
        name = clip_middle(safe(one.name), room)
        left = max(0, cells - len(indent) - room - width(kind) - 7)
        words, style = self._words(one)
        return (
            Piece(signs.cursor if cursor else " ", "", True),
            Piece(signs.mark if one.path in self.marks else " ", "mark", True),
            Piece(f"{indent}{sign} ", "", True),
            Piece(name, "folder" if entry.is_folder else ""),
            Piece(" " * max(0, room - width(name)) + " ", "", True),
            Piece(kind, "identifier", True),
            Piece(" " + pad(clip(safe(words), left), left), style, True),
        )

    def _words(self, one: Listed) -> tuple[str, str]:
        """What an object is at a glance, with the style of it; what is odd goes first."""
        glance = self.glances.get(one.path)
        if one.kind == "unreadable":
            return shape_words(one), "bad"
        if glance is None:
            return shape_words(one), "dim"
        if glance.reason:
            return f"! {glance.reason}", "warn"
        return glance.words or shape_words(one), "dim"

    def empty(self, cells: int) -> Sequence[Line]:
        """Why there is nothing, and what to press."""
        return prose_lines(self.why_empty, cells)


def _is_told(one: Listed) -> bool:
    """Whether more can be said of an object than its header says: of typed objects, and of single values."""
    if one.kind == "group":
        return one.neurodata_type is not None and not one.target
    return one.kind == "dataset" and (one.shape == [] or (one.neurodata_type is not None and one.neurodata_type not in _PLAIN))
