"""Values as a table: a DynamicTable, or a dataset of any length; only rows on the screen are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from dandi_tui.nwb.messages import Rows
from dandi_tui.nwb.model import FileError, Table
from dandi_tui.screens.exporting import export_rows
from dandi_tui.screens.histogram import show_histogram
from dandi_tui.screens.menu import Ask, Choice
from dandi_tui.screens.nwb_rows import shape_words
from dandi_tui.screens.nwb_view import ViewPane
from dandi_tui.screens.row_references import Reference, references
from dandi_tui.screens.table_rows import PIECE, TableRows
from dandi_tui.text import clip, number, plural, safe, width
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.nwb.model import Listed
    from dandi_tui.screens.inspector import InspectorPane

_MOST_LOADED = 5_000
_COLUMNS = 50


class TablePane(ViewPane[Table]):
    """Values as rows.

    Args:
        inspector: Whose file it is of.
        listed: The dataset or table.
        inside: A member of it that is shown instead.
        row: The row to begin at.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "out", "into", "filter", "go_to_row", "columns_right", "columns_left", "follow", "sort", "slice", "histogram", "export", "views", "up", "down",
        "page_up", "page_down", "half_up", "half_down", "first", "last", "refresh",
    )  # fmt: skip

    def __init__(self, inspector: InspectorPane, listed: Listed, *, inside: str = "", row: int = 0) -> None:
        super().__init__(inspector, listed)
        self.path = f"{listed.path}/{inside}" if inside else listed.path
        self.rows = TableRows(lambda: self.tui.signs, self.want)
        self.beginning, self.column, self.at = row, 0, [0] * 30
        self._wanted: list[int] = []
        self._order = ""

    def crumbs(self) -> Sequence[str]:
        """The file, and the place in it."""
        return [*self.inspector.origin.crumbs, *self.path.strip("/").split("/")]

    def head(self, cells: int) -> Sequence[Line]:
        """Type, rows and columns; what does not fit; the names of the columns."""
        one, found = self.listed, self.shown
        wide = found.shape[1] if found and len(found.shape) > 1 else len(self.rows.columns)
        size = f"{plural(self.rows.total, 'row')} × {wide}{self._order}" if found else shape_words(one)
        words = " · ".join(part for part in (f" {one.neurodata_type or one.dtype or 'table'}", size) if part.strip())
        notes = f"  {'' if found and len(found.shape) > 2 else '! '}{'; '.join(found.notes)}" if found and found.notes else ""
        gap = self.rows.label_width + 3
        return [
            (Piece(clip(safe(words), cells)), Piece(clip(safe(notes), max(0, cells - width(words))), "warn")),
            (Piece(" " * gap + self.rows.cells(self.rows.columns, cells - gap - 1), "title"),),
        ]

    def body(self) -> Iterable[Widget]:
        """A rule and the rows."""
        yield Lines(lambda cells: [rule(cells, self.tui.signs.rule)], id="files-rule")
        yield LineList(self.rows, id="table")

    def on_mount(self) -> None:
        """Reads the first rows."""
        self.set_focus(self.query_one("#table"))
        self.call_after_refresh(self.want, self.beginning // PIECE)

    def want(self, piece: int) -> None:
        """Asks for a piece of the rows; the latest wish is read first."""
        if piece in self._wanted:
            return
        self._wanted.append(piece)
        if len(self._wanted) == 1:
            self.run_worker(self._read(), exit_on_error=False)

    async def _read(self) -> None:
        while self._wanted:
            piece = self._wanted[-1]
            found = await self.asked(self._rows(piece * PIECE, PIECE), lambda reader, request: reader.rows(request))
            if found is None:
                self.rows.why_empty = self.why_empty
                self.rows.pieces[piece] = []
            else:
                self._take(found)
            self._wanted = [one for one in self._wanted if one != piece][-3:]
            self._redraw()

    def _rows(self, start: int, count: int) -> Rows:
        return Rows(self.path, start, count, self.column, _COLUMNS, self.at)

    def _take(self, found: Table) -> None:
        first = self.shown is None
        self.shown = found
        self.rows.take(found)
        if not found.total:
            self.rows.why_empty = "; ".join(found.notes) or "There are no rows."
        if first and self.beginning:
            self.query_one("#table", LineList).reload(cursor=min(self.beginning, max(0, found.total - 1)))

    def _redraw(self) -> None:
        rows = self.query_one("#table", LineList)
        if rows.state.count != len(self.rows):
            rows.reload()
        rows.refresh()
        self.draw_frame()

    def _anew(self) -> None:
        """Reads again: other columns, another slice."""
        self.rows.clear()
        self._order = ""
        rows = self.query_one("#table", LineList)
        rows.reload()
        self.want(rows.cursor // PIECE)

    do_refresh = _anew

    # Actions

    def do_peel(self) -> None:
        """A read, a filter or order, a message, then this place."""
        if self.rows.order is not None:
            self.rows.order, self._order = None, ""
            self.query_one("#table", LineList).reload()
            self.draw_frame()
            return
        super().do_peel()

    def why_not_into(self) -> str:
        """There must be a row."""
        return "" if len(self.rows) else "There is no row here."

    why_not_go_to_row = why_not_export = why_not_follow = why_not_into

    def why_not_filter(self) -> str:
        """There must be rows, and not more than can be looked through."""
        return "" if self.rows.total else "There is no row here."

    why_not_sort = why_not_filter

    def _number(self) -> int:
        """The number in the table of the row under the cursor."""
        return self.rows.number_of(self.query_one("#table", LineList).cursor)

    def do_into(self) -> None:
        """All of one row, as a page; rows of other tables that it refers to are shown with it."""
        self.run_worker(self._row_page(), exit_on_error=False)

    async def _row_page(self) -> None:
        from dandi_tui.screens.page import PagePane
        from dandi_tui.screens.preview import labelled

        at = self._number()
        values = self.rows.row(at)
        if values is None:
            return
        facts = list(zip(self.rows.columns, values, strict=False))
        facts += [(f"{one.column} {one.row}", await self._resolved(one.path, one.row)) for one in self._references(values) if one.row is not None]
        self.app.push_screen(PagePane(f"row {at:,} of {self.path}", {"row": lambda cells: [(Piece(" "), *line) for line in labelled(facts, cells - 2)]}))

    def _references(self, cells: Sequence[str]) -> list[Reference]:
        return references(self.rows.columns, cells, self.shown.regions if self.shown else {})

    async def _resolved(self, path: str, row: int) -> str:
        """A row of another table, in words."""
        try:
            found = await self.inspector.ask(lambda reader: reader.rows(Rows(path, row, 1)), pane=self)
        except FileError as error:
            return str(error)
        values = found.rows[0] if found.rows else []
        return ", ".join(f"{name} {value}" for name, value in zip(found.columns, values, strict=False)) or "no such row"

    def do_follow(self) -> None:
        """Goes to what the row under the cursor refers to."""
        found = [Choice(f"{one.path}\n{one.row or 0}", one.words) for one in self._references(self.rows.row(self._number()) or [])]
        if not found:
            self.say("This row refers to nothing.", "warn")
        elif len(found) == 1:
            self._followed(found[0].value)
        else:
            self.tui.choose("Go to", found, self._followed)

    def _followed(self, value: str) -> None:
        path, _, row = value.partition("\n")
        self.inspector.run_worker(self.inspector.go_to(path, row=int(row)), exit_on_error=False)

    def do_columns_right(self) -> None:
        """The columns to the right."""
        wide = self.shown.shape[1] if self.shown and len(self.shown.shape) > 1 else 0
        if self.rows.first_column + 10 > len(self.rows.columns) and self.column + len(self.rows.columns) < wide:
            self.column += _COLUMNS // 2
            self.rows.first_column = max(0, self.rows.first_column - _COLUMNS // 2 + 1)
            self._anew()
            return
        self._columns_by(1)

    def do_columns_left(self) -> None:
        """The columns to the left."""
        if not self.rows.first_column and self.column:
            self.column -= _COLUMNS // 2
            self.rows.first_column = _COLUMNS // 2 - 1
            self._anew()
            return
        self._columns_by(-1)

    def _columns_by(self, by: int) -> None:
        self.rows.first_column = max(0, min(len(self.rows.columns) - 1, self.rows.first_column + by))
        self.query_one("#table").refresh()
        self.draw_frame()

    def do_go_to_row(self) -> None:
        """Asks for a row, and goes there."""

        def answered(text: str | None) -> None:
            if text and text.replace(",", "").isdigit():
                self.query_one("#table", LineList).move_to(int(text.replace(",", "")))
            elif text:
                self.say(f"{text} is no row's number.", "warn")

        self.app.push_screen(Ask(f"Go to the row (0 – {max(0, self.rows.total - 1):,})"), answered)

    def why_not_slice(self) -> str:
        """There must be more than two dimensions."""
        return "" if self.shown and len(self.shown.shape) > 2 else "These values have no further dimensions."

    def do_slice(self) -> None:
        """Asks for the place in dimensions beyond the second."""
        further = self.shown.shape[2:] if self.shown else []

        def answered(text: str | None) -> None:
            numbers = re.findall(r"\d+", text or "")
            if text and len(numbers) != len(further):
                self.say(f"{plural(len(further), 'number')} are needed: one for each further dimension.", "warn")
            elif text:
                self.at = [min(int(one), length - 1) for one, length in zip(numbers, further, strict=True)]
                self._anew()

        limits = ", ".join(f"0 – {length - 1:,}" for length in further)
        self.app.push_screen(Ask(f"Place in the further dimensions ({limits})", ", ".join(map(str, self.at[: len(further)]))), answered)

    def do_filter(self) -> None:
        """Keeps rows that hold some words."""

        def answered(text: str | None) -> None:
            if text is not None:
                self.run_worker(self._narrow(text), exit_on_error=False)

        part = f", of the first {number(_MOST_LOADED)}" if self.rows.total > _MOST_LOADED else ""
        self.app.push_screen(Ask(f"Show rows that hold{part}"), answered)

    async def _narrow(self, words: str) -> None:
        await self._load()
        self.rows.narrow(words)
        self._order = f" · {plural(len(self.rows), 'row')} with “{words}”" if words else ""
        self.query_one("#table", LineList).reload(cursor=0)
        self.draw_frame()

    async def _load(self) -> None:
        """Reads rows from the beginning, so that they can be looked through."""
        for start in range(0, min(self.rows.total, _MOST_LOADED), 10 * PIECE):
            if all(start // PIECE + at in self.rows.pieces for at in range(min(10, -(-(self.rows.total - start) // PIECE)))):
                continue
            found = await self.asked(self._rows(start, 10 * PIECE), lambda reader, request: reader.rows(request))
            if found is None:
                return
            self.rows.take(found)

    def do_sort(self) -> None:
        """Orders rows by a column, or takes the order away."""
        choices = [Choice("", "as in the file")]
        for at, name in enumerate(self.rows.columns):
            choices += [Choice(f"{at} up", f"{name}, least first"), Choice(f"{at} down", f"{name}, greatest first")]

        def chosen(value: str) -> None:
            self.run_worker(self._sort(value), exit_on_error=False)

        self.tui.choose("Order by", choices, chosen)

    async def _sort(self, value: str) -> None:
        if not value:
            self.rows.order, self._order = None, ""
        else:
            await self._load()
            column, _, way = value.partition(" ")
            self.rows.sort(int(column), backwards=way == "down")
            part = f", the first {number(len(self.rows))}" if len(self.rows) < self.rows.total else ""
            self._order = f" · by {self.rows.columns[int(column)]}{part}"
        self.query_one("#table", LineList).reload(cursor=0)
        self.draw_frame()

    why_not_histogram = why_not_into

    def do_histogram(self) -> None:
        """How the numbers of the first column shown are spread."""
        is_table = self.listed.kind == "group" and self.path == self.listed.path
        path = f"{self.path}/{self.rows.columns[self.rows.first_column]}" if is_table else self.path
        self.run_worker(show_histogram(self, self.inspector, path), exit_on_error=False)

    def do_views(self) -> None:
        """Other ways to look at it."""
        self.inspector.choose_view(self.listed)

    def do_export(self) -> None:
        """Writes all rows, or those that are read around the cursor, as CSV or NPY."""
        start = self._number() // PIECE * PIECE
        near = (start, min(self.rows.total, start + PIECE))
        export_rows(self, self.path, self.at, self.rows.total, near, is_array=bool(self.shown and self.shown.shape))
