"""Files that a filter left, as a tree: each folder above them stands once; rows can be added while the search goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dandi_tui.widgets.tree_model import TreeEntry


class TreeMatches:
    """The rows: an entry for a file, the path alone for a folder above it."""

    def __init__(self) -> None:
        self.files: list[TreeEntry] = []
        self._rows: list[TreeEntry | str] = []
        self._above: list[str] = []

    def __len__(self) -> int:
        """How many rows there are, folders counted."""
        return len(self._rows)

    @property
    def first_file(self) -> int:
        """The row of the first file; 0 when there is none."""
        return next((row for row, found in enumerate(self._rows) if not isinstance(found, str)), 0)

    def entry(self, row: int) -> TreeEntry:
        """What stands in a row."""
        from dandi_tui.widgets.tree_model import TreeEntry

        found = self._rows[row]
        return TreeEntry(found, is_folder=True, files=0, size=0) if isinstance(found, str) else found

    def add(self, files: Iterable[TreeEntry]) -> None:
        """Takes more files, in the order of their paths."""
        for entry in files:
            folder = entry.path.rpartition("/")[0]
            if folder != "/".join(self._above):
                self._add_folders(folder.split("/") if folder else [])
            self._rows.append(entry)
            self.files.append(entry)

    def _add_folders(self, parts: list[str]) -> None:
        same = 0
        while same < min(len(parts), len(self._above)) and parts[same] == self._above[same]:
            same += 1
        self._rows += ["/".join(parts[: depth + 1]) for depth in range(same, len(parts))]
        self._above = parts

    def row_of(self, path: str) -> int | None:
        """The row of a path; None when it is not among them."""
        for number, found in enumerate(self._rows):
            if (found if isinstance(found, str) else found.path) == path:
                return number
        return None
