"""A pane with the assets of a version as a tree: folders loaded as they are unfolded, marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.filtered_tree import FilteredTree
from dandi_tui.screens.tree_rows import TreeRows
from dandi_tui.widgets.line import Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.tree_model import TreeEntry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from dandi_tui.api.models import Asset, FolderEntry


def tree_entry(found: FolderEntry) -> TreeEntry:
    """An entry of the folder view, as the tree has it."""
    asset_id = found.asset.asset_id if found.asset else ""
    return TreeEntry(found.path, found.is_folder, found.aggregate_files, found.aggregate_size, asset_id)


class AssetTreePane(FilteredTree):
    """The files of a version of a Dandiset.

    Args:
        dandiset_id: Six digits.
        version: `draft` or a number; None until it is known which one is meant.
        path: A folder or file to go to; "" is the root.
        inside: An object in that file to go to.
    """

    def __init__(self, dandiset_id: str, version: str | None, path: str, inside: str = "") -> None:
        super().__init__()
        self.dandiset_id = dandiset_id
        self.version = version
        self.wanted, self.wanted_inside = path, inside
        self.rows = TreeRows(lambda: self.tui.signs)

    def rule_label(self) -> Sequence[Piece]:
        """What is marked in other Dandisets, since actions take that too."""
        elsewhere = len(self.tui.marks) > len(self.rows.model.marks)
        return [Piece(f"marked: {self.tui.marks.words()}", "mark")] if elsewhere else ()

    # Folders

    async def load_folder(self, folder: str) -> None:
        """Asks for what is in a folder; its note says why where that fails."""
        client = await self.tui.client()
        try:
            async for page in client.folder(self.dandiset_id, self.version or "draft", folder).pages():
                self.rows.model.add_children(folder, [tree_entry(entry) for entry in page], complete=False)
                self._tree_changed()
            self.rows.model.add_children(folder, [], complete=True)
        except DandiTuiError as error:
            self.rows.model.set_note(folder, f"{error.what}: r tries again")
            raise
        finally:
            self._tree_changed()
        here = "This version has no files yet" + (": 3 uploads some." if self.version == "draft" else ".")
        self.rows.why_empty = here if not folder else "This folder is empty; ← goes back."
        self._tree_changed()

    async def load_unfolded(self, under_cursor: str) -> None:
        """Asks for what is in the folders that were unfolded before, and puts the cursor where it was, unless it was moved since."""
        model = self.rows.model
        for folder in model.unfolded:
            if model.row_of(folder) is not None and not model.knows(folder):
                await self.load_folder(folder)
        row = model.row_of(under_cursor) if under_cursor else None
        tree = self.query_one("#tree", LineList)
        if row is not None and tree.cursor == 0:
            tree.move_to(row)

    def _tree_changed(self) -> None:
        if self.is_mounted:
            tree = self.query_one("#tree", LineList)
            tree.reload()

    async def go_to_wanted(self) -> None:
        """Goes to the folder or file that the pane was opened with."""
        wanted, self.wanted = self.wanted, ""
        if not wanted:
            return
        client = await self.tui.client()
        place = await client.at_path(self.dandiset_id, self.version or "draft", wanted)
        if place.asset:
            self.open_asset(place.asset.asset_id, place.asset.path, at=self.wanted_inside)
        else:
            self._zoom(wanted)

    def _zoom(self, folder: str) -> None:
        self.clear_filter()
        self.rows.model.zoom(folder)
        self.query_one("#tree", LineList).reload(cursor=0)
        self.draw_frame()
        if not self.rows.model.knows(folder):
            self.run_worker(self.load_folder(folder), exit_on_error=False)

    async def all_entries(self) -> AsyncIterator[Sequence[TreeEntry]]:
        """All files of the version, a page at a time."""
        client = await self.tui.client()
        async for page in client.assets(self.dandiset_id, self.version or "draft").pages():
            yield [_from_asset(asset) for asset in page]

    # Actions

    def do_fold_out(self) -> None:
        """Out of a folder that is the place, else out of the Dandiset."""
        root = self.rows.model.root
        if root:
            self.rows.model.zoom(root.rpartition("/")[0])
            self.query_one("#tree", LineList).reload(cursor=self.rows.model.row_of(root) or 0)
            self.draw_frame()
            if not self.rows.model.knows(self.rows.model.root):
                self._zoom(self.rows.model.root)
        else:
            self.tui.go_out()

    def do_unfold(self) -> None:
        """Unfolds a folder; opens a file."""
        entry = self.entry()
        tree = self.query_one("#tree", LineList)
        if entry and entry.is_folder:
            folder = self.rows.model.unfold(tree.cursor)
            self._tree_changed()
            if folder is not None:
                self.run_worker(self.load_folder(folder), exit_on_error=False)
        elif entry:
            self.open_asset(entry.asset_id, entry.path)

    def do_enter(self) -> None:
        """Makes a folder the place, or opens a file."""
        entry = self.entry()
        if entry and entry.is_folder:
            self._zoom(entry.path)
        elif entry:
            self.open_asset(entry.asset_id, entry.path)

    def open_asset(self, asset_id: str, path: str, *, at: str = "") -> None:
        """Opens the inside of an NWB file, at an object of it; another file's page."""
        if path.lower().endswith((".nwb", ".nwb.zarr", ".nwb.lindi.json", ".nwb.lindi.tar")):
            self.tui.inspect_asset(asset_id, path, self.dandiset_id, self.version, at=at)
            return
        from dandi_tui.screens.asset import AssetPane

        self.app.push_screen(AssetPane(asset_id, path, self.dandiset_id, self.version))

    # Marks

    def take_marks(self) -> None:
        """Takes the marks that this version has in the archive's."""
        self.rows.model.marks = self.tui.marks.within(self.dandiset_id, self.version or "draft")

    def _marked(self) -> None:
        self.tui.marks.put(self.dandiset_id, self.version or "draft", self.rows.model.marks)
        self.query_one("#tree").refresh()
        self.draw_frame()

    def do_mark(self) -> None:
        """Marks, and moves down."""
        tree = self.query_one("#tree", LineList)
        if self.entry():
            self.rows.model.toggle_mark(tree.cursor)
            tree.move(1)
            self._marked()

    def do_invert(self) -> None:
        """Inverts the marks of the first level."""
        self.rows.model.invert_marks()
        self._marked()

    def why_not_unmark(self) -> str:
        """There may be no marks."""
        return "" if len(self.tui.marks) else "Nothing is marked."

    def do_unmark(self) -> None:
        """Takes all marks away, those in other Dandisets too."""
        self.tui.marks.clear()
        self.marks_changed()

    def marks_changed(self) -> None:
        """Draws the marks."""
        self.take_marks()
        self.query_one("#tree").refresh()
        self.draw_frame()

    def on_screen_resume(self) -> None:
        """Takes marks that were made or taken away elsewhere."""
        self.take_marks()
        for tree in self.query("#tree"):
            tree.refresh()
        self.draw_frame()


def _from_asset(asset: Asset) -> TreeEntry:
    return TreeEntry(asset.path, is_folder=False, files=1, size=asset.size, asset_id=asset.asset_id)
