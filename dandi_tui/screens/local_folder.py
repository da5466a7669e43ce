"""A folder of this machine as a tree of files; what can be looked into is opened in the inspector."""

from __future__ import annotations

import asyncio
import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from dandi_tui.screens.clipboard import one_line
from dandi_tui.screens.filtered_tree import FilteredTree
from dandi_tui.screens.tree_rows import TreeRows
from dandi_tui.text import plural
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.path_filter import PathFilter
from dandi_tui.widgets.tree_model import TreeEntry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

INSIDE = (".nwb", ".h5", ".hdf5", ".zarr", ".lindi.json", ".lindi.tar", ".mat")
_STORES = (".zgroup", ".zattrs", "zarr.json", ".zmetadata")
_AT_ONCE = 500


def entries_in(root: Path, folder: str) -> list[TreeEntry]:
    """What stands directly in a folder, folders first, hidden files left out; a Zarr store counts as a file.

    Raises:
        OSError: The folder can't be read.
    """
    found = []
    with os.scandir(root / folder) as entries:
        for one in entries:
            if one.name.startswith("."):
                continue
            path = f"{folder}/{one.name}" if folder else one.name
            is_folder = one.is_dir() and not is_inside(Path(one.path))
            found.append(TreeEntry(path, is_folder, 0, 0 if one.is_dir() else one.stat(follow_symlinks=False).st_size))
    return sorted(found, key=lambda one: (not one.is_folder, one.name.lower()))


def entries_below(root: Path) -> Iterator[TreeEntry]:
    """All files below a folder in the order of their paths; what can't be read is left out, a folder that links lead to again too."""
    seen = {os.path.realpath(root)}

    def below(folder: str) -> Iterator[TreeEntry]:
        try:
            found = entries_in(root, folder)
        except OSError:
            return
        for one in sorted(found, key=lambda one: one.name.lower()):
            if not one.is_folder:
                yield one
            elif (real := os.path.realpath(root / one.path)) not in seen:
                seen.add(real)
                yield from below(one.path)

    return below("")


def can_open(entry: TreeEntry) -> bool:
    """Whether a file can be looked into, by its name; a folder that is listed as a file is a store."""
    return not entry.is_folder and (entry.name.lower().endswith(INSIDE) or not entry.size)


def is_inside(path: Path) -> bool:
    """Whether something can be looked into: an HDF5 or NWB file, or a folder that is a Zarr store."""
    if path.is_dir():
        return any((path / name).is_file() for name in _STORES)
    return path.name.lower().endswith(INSIDE)


class _Rows(TreeRows):
    """What can't be looked into is dim."""

    def style(self, entry: TreeEntry) -> str:
        return "folder" if entry.is_folder else "" if can_open(entry) else "dim"


class LocalFolderPane(FilteredTree):
    """A folder of this machine.

    Args:
        root: The folder.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "enter", "unfold", "fold", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last",
        "filter", "sort", "check_files", "copy", "bookmark", "refresh",
    )  # fmt: skip

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root.resolve()
        self.rows = _Rows(lambda: self.tui.signs)
        self.rows.why_empty = "Reading the folder…"

    def crumbs(self) -> Sequence[str]:
        """The folder."""
        return [str(self.root)]

    def place(self) -> str:
        """The folder."""
        return str(self.root)

    def head(self, cells: int) -> Sequence[Line]:
        """How many things there are in the folder."""
        words = f" {plural(len(self.rows), 'row')} · files of this machine: no network is needed" if len(self.rows) else " "
        return [(Piece(words, "dim"),)]

    def on_mount(self) -> None:
        """Reads the folder."""
        self.set_focus(self.query_one("#tree"))
        self.call_after_refresh(self.do_refresh)
        self.tui.visited(self)

    async def all_entries(self) -> AsyncIterator[Sequence[TreeEntry]]:
        """All files below the folder."""
        files = entries_below(self.root)
        while found := await asyncio.to_thread(lambda: list(islice(files, _AT_ONCE))):
            yield found

    def do_refresh(self) -> None:
        """Reads the folder again; what is unfolded stays so, and the cursor on its file."""
        entry = self.entry()
        self.clear_filter()
        self.paths = PathFilter()
        self.rows.model.forget()
        self.run_worker(self._read_all(entry.path if entry else ""), exclusive=True, exit_on_error=False)

    async def _read_all(self, under_cursor: str) -> None:
        await self._read("")
        for folder in self.rows.model.unfolded:
            if self.rows.model.row_of(folder) is not None:
                await self._read(folder)
        row = self.rows.model.row_of(under_cursor) if under_cursor else None
        if row is not None and self.is_mounted:
            self.query_one("#tree", LineList).move_to(row)

    async def _read(self, folder: str) -> None:
        try:
            found = await asyncio.to_thread(entries_in, self.root, folder)
        except OSError as error:
            words = f"{folder or self.root} can't be read: {error.strerror or error}"
            self.rows.model.set_note(folder, words)
            self.rows.why_empty = words
            self.say(words, "error")
        else:
            self.rows.model.add_children(folder, found, complete=True)
            self.rows.why_empty = "This folder is empty. @ goes to another place."
        if self.is_mounted:
            self.query_one("#tree", LineList).reload()
            self.draw_frame()

    def why_not_enter(self) -> str:
        """There must be something."""
        return "" if self.entry() else "There is nothing here."

    why_not_unfold = why_not_copy = why_not_enter

    def do_unfold(self) -> None:
        """Unfolds a folder; opens a file."""
        entry = self.entry()
        if entry is None or not entry.is_folder:
            self.do_enter()
            return
        folder = self.rows.model.unfold(self.query_one("#tree", LineList).cursor)
        self.query_one("#tree", LineList).reload()
        if folder is not None:
            self.run_worker(self._read(folder), exit_on_error=False)

    def do_enter(self) -> None:
        """Opens a file in the inspector, or a folder by unfolding it."""
        entry = self.entry()
        if entry is None:
            return
        if entry.is_folder:
            tree = self.query_one("#tree", LineList)
            if self.rows.model.row(tree.cursor).unfolded:
                self.do_fold()
            else:
                self.do_unfold()
        elif can_open(entry):
            self.tui.inspect_file(str(self.root / entry.path))
        else:
            self.say(f"{entry.name} is no file that can be looked into: NWB, HDF5 and Zarr are.", "warn")

    def do_check_files(self) -> None:
        """Opens the upload wizard with this folder; one that is under way stays as it is."""
        from dandi_tui.dataset.contribution import Contribution
        from dandi_tui.screens.upload import open_upload
        from dandi_tui.screens.upload_work import UploadWork

        work = self.tui.upload_work = self.tui.upload_work or UploadWork(Contribution())
        other = bool(work.now.sources) and str(self.root) not in work.now.sources
        if not work.now.sources:
            work.take_sources([str(self.root)])
        open_upload(self.tui)
        if other:
            self.tui.pane.say("another upload is under way here: A lays it aside, a adds a folder to it")

    def do_copy(self) -> None:
        """Copies the path."""
        if entry := self.entry():
            self.tui.copy_text(one_line(str(self.root / entry.path)))
