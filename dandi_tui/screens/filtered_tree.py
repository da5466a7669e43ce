"""A tree of files with an order and a filter over all paths, those in folders that are not loaded too."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING

from textual.widgets import Input

from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.menu import Choice
from dandi_tui.screens.tree_pane import TreePane
from dandi_tui.screens.tree_rows import TreeRows
from dandi_tui.text import number, plural
from dandi_tui.widgets.filter_line import filter_line
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines, rule
from dandi_tui.widgets.path_filter import PathFilter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.widgets.tree_model import TreeEntry

_ORDERS = {"name": "by name", "size": "largest first", "files": "most files first"}


class FilteredTree(TreePane[TreeRows]):
    """A pane with such a tree."""

    def __init__(self) -> None:
        super().__init__()
        self.paths = PathFilter()

    @abstractmethod
    def all_entries(self) -> AsyncIterator[Sequence[TreeEntry]]:
        """All files in the order of their paths, some at a time.

        Raises:
            DandiTuiError: They can't be had.
        """

    def body(self) -> Iterable[Widget]:
        """A rule, the tree, the filter."""
        yield Lines(self._files_rule, id="files-rule")
        yield LineList(self.rows, id="tree")
        yield filter_line("letters of any path")

    def _files_rule(self, cells: int) -> Sequence[Line]:
        marks, order = len(self.rows.model.marks), self.rows.model.order
        words = Piece("" if order == "name" else f", {_ORDERS[order]}", "dim")
        return [rule(cells, self.tui.signs.rule, [Piece("files", "title"), words, Piece(f"  {plural(marks, 'mark')}" if marks else "", "mark")])]

    def do_sort(self) -> None:
        """Asks for the order of what is in each folder."""

        def sorted_by(order: str) -> None:
            entry, tree = self.entry(), self.query_one("#tree", LineList)
            self.rows.model.sort_by(order)
            tree.reload(cursor=(self.rows.model.row_of(entry.path) if entry else None) or 0)
            self.draw_frame()

        self.tui.choose("Sort", [Choice(order, words) for order, words in _ORDERS.items()], sorted_by, current=self.rows.model.order)

    def why_not_sort(self) -> str:
        """What a filter left stands in the order of its paths."""
        return "Esc takes the filter away first." if self.has_class("filtering") else ""

    def do_filter(self) -> None:
        """Filters all paths, loading them behind."""
        self.add_class("filtering")
        self.set_focus(self.query_one("#filter"))
        if not self.paths.asked:
            self.paths.asked = True
            self.run_worker(self._load_all(), group="all", exclusive=True, exit_on_error=False)

    async def _load_all(self) -> None:
        try:
            async for found in self.all_entries():
                self.paths.add(found)
                self.say(f"{number(len(self.paths))} paths loaded…")
                self._filter_grown()
        except DandiTuiError as error:
            self.paths.asked = False
            self.say_error(error)
            return
        self.paths.complete = True
        self.say(f"{plural(len(self.paths), 'path')} loaded")
        self._filter_grown()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters at each letter."""
        if not self.has_class("filtering"):
            return
        self.rows.pattern = Pattern.parse(event.value)
        self.rows.why_empty = "Looking…"
        self.rows.model.show_matches(self.paths.start(self.rows.pattern))
        self.query_one("#tree", LineList).reload(cursor=0)
        self._filter_grown()

    def _filter_grown(self) -> None:
        if self.rows.pattern:
            self.run_worker(self._narrow(), group="filter", exclusive=True, exit_on_error=False)

    async def _narrow(self) -> None:
        tree = self.query_one("#tree", LineList)
        while self.paths.look():
            tree.grown()
            await asyncio.sleep(0)
        tree.grown()
        self._to_first_match(tree)
        if self.paths.complete:
            self.rows.why_empty = "No path matches; Backspace takes letters back."
            self.say(f"{number(self.paths.found)} of {plural(len(self.paths), 'path')}")
        if not len(self.rows):
            tree.reload()

    def _to_first_match(self, tree: LineList) -> None:
        """Puts the cursor on the first file, below its folders, where it was not moved yet."""
        matches = self.rows.model.matches
        if matches is not None and tree.cursor == 0:
            tree.move_to(matches.first_file)

    def clear_filter(self) -> None:
        """Shows the folders again."""
        if self.has_class("filtering"):
            self.query_one("#filter", Input).value = ""
            self.rows.pattern = Pattern.parse("")
            self.rows.model.show_matches(None)
            self.remove_class("filtering")
            self.set_focus(self.query_one("#tree"))

    def on_input_submitted(self) -> None:
        """Goes on in what the filter left."""
        self.set_focus(self.query_one("#tree"))

    def do_peel(self) -> None:
        """The filter, a message, then this place."""
        if self.has_class("filtering"):
            self.clear_filter()
            self.query_one("#tree", LineList).reload(cursor=0)
            self.unsay()
        elif not self.unsay():
            self.do_fold_out()
