"""The tree of a version's assets, loaded as it is opened: which rows show, which folders are still to be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class TreeEntry(msgspec.Struct, frozen=True):
    """A file or folder: `files` and `size` (bytes) count all below a folder; `asset_id` is empty for folders."""

    path: str
    is_folder: bool
    files: int
    size: int
    asset_id: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class TreeRow(msgspec.Struct, frozen=True):
    """A row as it is drawn; `note` is said in place of content: loading, or why it failed."""

    entry: TreeEntry
    depth: int
    unfolded: bool = False
    note: str = ""


class TreeModel:
    """The folders that are known, which of them are unfolded, and the rows that follow from it."""

    def __init__(self) -> None:
        self.root = ""
        self.rows: list[TreeRow] = []
        self.marks: set[str] = set()
        self._children: dict[str, list[TreeEntry]] = {}
        self._complete: set[str] = set()
        self._notes: dict[str, str] = {}
        self._unfolded: set[str] = set()
        self._matches: list[TreeEntry] | None = None

    def knows(self, folder: str) -> bool:
        """Whether all that is in a folder is known."""
        return folder in self._complete

    def set_note(self, folder: str, note: str) -> None:
        """Says something in place of a folder's content; an empty note says nothing."""
        self._notes[folder] = note
        self._build()

    def add_children(self, folder: str, entries: Sequence[TreeEntry], *, complete: bool) -> None:
        """Takes a page of what is in a folder."""
        self._children.setdefault(folder, []).extend(entries)
        if complete:
            self._complete.add(folder)
            self._notes.pop(folder, None)
        self._build()

    def forget(self) -> None:
        """Forgets what is in all folders; which are unfolded stays."""
        self._children.clear()
        self._complete.clear()
        self._notes.clear()
        self._build()

    def show_matches(self, matches: Sequence[TreeEntry] | None) -> None:
        """Shows files that match a filter as a tree, instead of the folders; None: the folders again."""
        self._matches = None if matches is None else list(matches)
        self._build()

    def unfold(self, row: int) -> str | None:
        """Unfolds a folder; its path where its content must be asked for."""
        entry = self.rows[row].entry
        if not entry.is_folder or self._matches is not None:
            return None
        self._unfolded.add(entry.path)
        if not self.knows(entry.path):
            self._notes[entry.path] = "loading…"
        self._build()
        return None if self.knows(entry.path) else entry.path

    def fold(self, row: int) -> int | None:
        """Folds an unfolded folder, else goes to the parent: the row to be on; None at the top."""
        this = self.rows[row]
        if this.unfolded and self._matches is None:
            self._unfolded.discard(this.entry.path)
            self._build()
            return row
        parent = this.entry.path.rpartition("/")[0]
        return self.row_of(parent) if this.depth else None

    def zoom(self, folder: str) -> None:
        """Makes a folder the place: its content are the rows."""
        self.root = folder
        self._build()

    def row_of(self, path: str) -> int | None:
        """The row of a path; None when it is not shown."""
        for number, row in enumerate(self.rows):
            if row.entry.path == path and not row.note:
                return number
        return None

    def toggle_mark(self, row: int) -> None:
        """Marks or unmarks; a folder's mark covers all below it, and takes the place of marks there."""
        path = self.rows[row].entry.path
        if path in self.marks:
            self.marks.discard(path)
        elif not self.is_covered(path):
            self.marks = {mark for mark in self.marks if not mark.startswith(path + "/")} | {path}

    def invert_marks(self) -> None:
        """Inverts the marks among the rows of the first level."""
        top = {row.entry.path for row in self.rows if row.depth == 0 and not row.note}
        self.marks = {mark for mark in self.marks if mark not in top} | (top - self.marks)

    def is_covered(self, path: str) -> bool:
        """Whether a folder above is marked."""
        return any(path.startswith(mark + "/") for mark in self.marks)

    def is_marked(self, path: str) -> bool:
        """Whether a path is marked, by itself or by a folder above."""
        return path in self.marks or self.is_covered(path)

    def _build(self) -> None:
        rows: list[TreeRow] = []
        if self._matches is not None:
            _add_matches(rows, self._matches)
        else:
            self._add_folder(rows, self.root, 0)
        self.rows = rows

    def _add_folder(self, rows: list[TreeRow], folder: str, depth: int) -> None:
        for entry in self._children.get(folder, ()):
            unfolded = entry.path in self._unfolded
            rows.append(TreeRow(entry, depth, unfolded))
            if unfolded:
                self._add_folder(rows, entry.path, depth + 1)
        if note := self._notes.get(folder):
            rows.append(TreeRow(TreeEntry(folder, is_folder=False, files=0, size=0), depth, note=note))


def _add_matches(rows: list[TreeRow], matches: Iterable[TreeEntry]) -> None:
    """Rows of the files, and of each folder above them once."""
    above: list[str] = []
    for entry in matches:
        parts = entry.path.split("/")[:-1]
        same = 0
        while same < min(len(parts), len(above)) and parts[same] == above[same]:
            same += 1
        for depth in range(same, len(parts)):
            folder = TreeEntry("/".join(parts[: depth + 1]), is_folder=True, files=0, size=0)
            rows.append(TreeRow(folder, depth, unfolded=True))
        above = parts
        rows.append(TreeRow(entry, len(parts)))
