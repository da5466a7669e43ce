"""The tree of a version's assets, loaded as it is opened: which rows show, which folders are still to be asked for.

Rows are never kept one by one: what shows is a few runs of children, split where a folder is unfolded. So a folder of 100,000
files costs no more to open than one of ten.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dandi_tui.widgets.tree_matches import TreeMatches


class TreeEntry(msgspec.Struct, frozen=True, gc=False):
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


class _Run(msgspec.Struct, frozen=True):
    """Rows that follow each other: children of a folder from `start` on, or its note where `children` is empty."""

    folder: str
    children: list[TreeEntry]
    start: int
    count: int
    depth: int


ORDERS: Mapping[str, Callable[[TreeEntry], int] | None] = {
    "name": None,
    "size": lambda entry: -entry.size,
    "files": lambda entry: -entry.files,
}
"""What the children of a folder can be sorted by, the first being how they come."""


class TreeModel:
    """The folders that are known, which of them are unfolded, and the rows that follow from it."""

    def __init__(self) -> None:
        self.root = ""
        self.marks: set[str] = set()
        self.matches: TreeMatches | None = None
        self._children: dict[str, list[TreeEntry]] = {}
        self._complete: set[str] = set()
        self._notes: dict[str, str] = {}
        self._unfolded: set[str] = set()
        self._runs: list[_Run] = []
        self._ends: list[int] = []
        self.order = "name"
        self._sorted: dict[str, list[TreeEntry]] = {}

    def __len__(self) -> int:
        """How many rows show."""
        if self.matches is not None:
            return len(self.matches)
        return self._ends[-1] if self._ends else 0

    def row(self, number: int) -> TreeRow:
        """The row of that number.

        Raises:
            IndexError: There are fewer rows.
        """
        if self.matches is not None:
            entry = self.matches.entry(number)
            return TreeRow(entry, entry.path.count("/"), unfolded=entry.is_folder)
        at = bisect_right(self._ends, number)
        run = self._runs[at]
        if not run.children:
            return TreeRow(TreeEntry(run.folder, is_folder=False, files=0, size=0), run.depth, note=self._notes[run.folder])
        entry = run.children[run.start + number - (self._ends[at] - run.count)]
        return TreeRow(entry, run.depth, entry.path in self._unfolded)

    def knows(self, folder: str) -> bool:
        """Whether all that is in a folder is known."""
        return folder in self._complete

    def set_note(self, folder: str, note: str) -> None:
        """Says something in place of a folder's content."""
        self._notes[folder] = note
        self._build()

    def add_children(self, folder: str, entries: Sequence[TreeEntry], *, complete: bool) -> None:
        """Takes a page of what is in a folder."""
        self._children.setdefault(folder, []).extend(entries)
        if complete:
            self._complete.add(folder)
            self._notes.pop(folder, None)
        self._build()

    def sort_by(self, order: str) -> None:
        """Sorts what is in each folder by one of `ORDERS`."""
        self.order = order
        self._sorted.clear()
        self._build()

    def _ordered(self, folder: str) -> list[TreeEntry]:
        """What is in a folder, sorted; a list of its own, made anew when more has come."""
        children, key = self._children.get(folder, []), ORDERS[self.order]
        if key is None:
            return children
        known = self._sorted.get(folder)
        if known is None or len(known) != len(children):
            known = self._sorted[folder] = sorted(children, key=key)
        return known

    def forget(self) -> None:
        """Forgets what is in all folders; which are unfolded stays."""
        self._children.clear()
        self._sorted.clear()
        self._complete.clear()
        self._notes.clear()
        self._build()

    @property
    def unfolded(self) -> list[str]:
        """The folders that are unfolded, each after those above it."""
        return sorted(self._unfolded)

    def show_matches(self, matches: TreeMatches | None) -> None:
        """Shows files that match a filter as a tree, instead of the folders; None: the folders again."""
        self.matches = matches

    def unfold(self, number: int) -> str | None:
        """Unfolds a folder; its path where its content must be asked for."""
        entry = self.row(number).entry
        if not entry.is_folder or self.matches is not None:
            return None
        self._unfolded.add(entry.path)
        if not self.knows(entry.path):
            self._notes[entry.path] = "loading…"
        self._build()
        return None if self.knows(entry.path) else entry.path

    def fold(self, number: int) -> int | None:
        """Folds an unfolded folder, else goes to the parent: the row to be on; None at the top."""
        this = self.row(number)
        if this.unfolded and self.matches is None:
            self._unfolded.discard(this.entry.path)
            self._build()
            return number
        parent = this.entry.path if this.note else this.entry.path.rpartition("/")[0]
        return self.row_of(parent) if this.depth else None

    def zoom(self, folder: str) -> None:
        """Makes a folder the place: its content are the rows."""
        self.root = folder
        self._build()

    def row_of(self, path: str) -> int | None:
        """The row of a path; None when it is not shown."""
        if self.matches is not None:
            return self.matches.row_of(path)
        parent = path.rpartition("/")[0]
        for run, end in zip(self._runs, self._ends, strict=True):
            if run.folder == parent:
                for place in range(run.start, run.start + run.count if run.children else run.start):
                    if run.children[place].path == path:
                        return end - run.count + place - run.start
        return None

    def toggle_mark(self, number: int) -> None:
        """Marks or unmarks; a folder's mark covers all below it, and takes the place of marks there."""
        path = self.row(number).entry.path
        if path in self.marks:
            self.marks.discard(path)
        elif not self.is_covered(path):
            self.marks = {mark for mark in self.marks if not mark.startswith(path + "/")} | {path}

    def invert_marks(self) -> None:
        """Inverts the marks among the rows of the first level; while a filter stands, among the files that it left."""
        here = {entry.path for entry in self.matches.files} if self.matches is not None else {entry.path for entry in self._children.get(self.root, ())}
        self.marks = (self.marks - here) | (here - self.marks)

    def is_covered(self, path: str) -> bool:
        """Whether a folder above is marked."""
        if not self.marks:
            return False
        at = path.rfind("/")
        while at > 0:
            if path[:at] in self.marks:
                return True
            at = path.rfind("/", 0, at)
        return False

    def is_marked(self, path: str) -> bool:
        """Whether a path is marked, by itself or by a folder above."""
        return path in self.marks or self.is_covered(path)

    def _build(self) -> None:
        self._runs, self._ends = [], []
        self._add_folder(self.root, 0, self._unfolded_below())

    def _unfolded_below(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self._unfolded:
            found.setdefault(path.rpartition("/")[0], []).append(path)
        return found

    def _add_folder(self, folder: str, depth: int, unfolded: dict[str, list[str]]) -> None:
        children, start = self._ordered(folder), 0
        for stop in _places(children, unfolded.get(folder, ())):
            self._add_run(_Run(folder, children, start, stop - start, depth))
            self._add_folder(children[stop - 1].path, depth + 1, unfolded)
            start = stop
        self._add_run(_Run(folder, children, start, len(children) - start, depth))
        if self._notes.get(folder):
            self._add_run(_Run(folder, [], 0, 1, depth))

    def _add_run(self, run: _Run) -> None:
        if run.count:
            self._runs.append(run)
            self._ends.append((self._ends[-1] if self._ends else 0) + run.count)


def _places(children: list[TreeEntry], unfolded: Sequence[str]) -> list[int]:
    """Behind which children rows of their own stand, in order."""
    if not unfolded:
        return []
    wanted = set(unfolded)
    return [place for place, entry in enumerate(children, 1) if entry.is_folder and entry.path in wanted]
