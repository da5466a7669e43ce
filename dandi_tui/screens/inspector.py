"""The inside of an NWB file: an object is opened by what it is, shown in all views that it has, found, told of, compared and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.errors import DandiTuiError
from dandi_tui.nwb.model import FileError, Glance, Listed
from dandi_tui.screens.copying import open_with_place
from dandi_tui.screens.menu import Ask, Choice
from dandi_tui.screens.nwb_copying import object_forms
from dandi_tui.screens.nwb_facts import described_facts, glance_facts, page_lines
from dandi_tui.screens.nwb_rows import key_of, shape_words
from dandi_tui.screens.nwb_tree import NwbTreePane
from dandi_tui.screens.nwb_views import PLOTS, ROWS, VIEWS, pane_of
from dandi_tui.screens.page import PagePane
from dandi_tui.screens.preview import labelled
from dandi_tui.widgets.line import Piece
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_FOUND = 20_000


class InspectorPane(NwbTreePane):
    """A file's page and tree, and all ways to look at its objects.

    Args:
        origin: Where the file is.
        at: The object to go to at once; empty for the file as a whole.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "enter", "unfold", "find", "plot", "table", "views", "about", "timeline", "file_page", "copy", "mark", "metadata", "download",
        "open_with", "problems", "compare", "unmark", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last", "fold",
        "bookmark", "refresh",
    )  # fmt: skip

    def do_unfold(self) -> None:
        """Unfolds a group; opens anything else."""
        entry = self.entry()
        if entry and entry.is_folder:
            self.run_worker(self._unfold(entry.path), exit_on_error=False)
        else:
            self.do_enter()

    def do_enter(self) -> None:
        """Opens an object by what it is: a series as traces, a table as rows, another group by unfolding."""
        if one := self.chosen():
            self.run_worker(self._enter(one), group="enter", exclusive=True, exit_on_error=False)

    async def _enter(self, one: Listed) -> None:
        if one.kind == "link" or one.target:
            await self._follow(one)
        elif one.kind in {"group", "dataset"}:
            try:
                glance = await self.glance(one)
            except FileError as error:
                self._failed(str(error))
                return
            await self._look(glance.views[0] if glance.views else "tree" if one.kind == "group" else "values", one)
        else:
            self.say(one.reason or "This can't be opened.", "warn")

    async def _look(self, view: str, one: Listed) -> None:
        """Shows an object in a view."""
        if view == "tree":
            await self.reveal(one.path)
            await self._unfold(key_of(one.path))
        elif view == "histogram":
            from dandi_tui.screens.histogram import show_histogram

            await show_histogram(self.tui.pane, self, f"{one.path}/data" if one.kind == "group" else one.path)
        elif made := pane_of(view, self, one):
            self.app.push_screen(made)

    def open_view(self, view: str, one: Listed) -> None:
        """Shows an object in a view."""
        self.run_worker(self._look(view, one), exit_on_error=False)

    async def _follow(self, one: Listed) -> None:
        if one.link == "external" or (one.link == "zarr_link" and one.file not in {".", "", None}):
            self.say(f"It leads into another file, {one.file}, which is not opened.", "warn")
        elif one.target and (one.target.startswith("/") or one.link is None):
            await self.reveal(one.target)
        else:
            await self.reveal(f"{one.path.rpartition('/')[0]}/{one.target}")

    async def go_to(self, path: str, *, row: int = 0) -> None:
        """Goes to an object that another one refers to, and opens a table at the row that is meant."""
        while self.tui.screen_stack and self.tui.screen is not self:
            self.app.pop_screen()
        if not await self.reveal(path):
            return
        one = self.rows.listed.get(key_of(path))
        if one is None or not row:
            return
        from dandi_tui.screens.table import TablePane

        self.app.push_screen(TablePane(self, one, row=row))

    # Views

    def why_not_plot(self) -> str:
        """There must be something."""
        return "" if self.rows.marks or self.chosen() else "There is nothing here."

    why_not_table = why_not_about = why_not_copy = why_not_views = why_not_mark = why_not_plot

    def why_not_timeline(self) -> str:
        """The file must be open."""
        return "" if self.facts else "The file is not open."

    why_not_file_page = why_not_compare = why_not_timeline

    def do_mark(self) -> None:
        """Marks an object to be shown together with others."""
        if one := self.chosen():
            self.rows.marks ^= {one.path}
            tree = self.query_one("#tree", LineList)
            tree.redraw_row(tree.cursor)
            tree.move(1)
            self.draw_frame()

    def do_unmark(self) -> None:
        """Takes all marks away."""
        self.rows.marks.clear()
        self.query_one("#tree", LineList).refresh()
        self.draw_frame()

    def do_plot(self) -> None:
        """Draws the marked objects on one axis, else the one under the cursor."""
        from dandi_tui.screens.together import TogetherPane

        if self.rows.marks:
            self.app.push_screen(TogetherPane(self, sorted(self.rows.marks)))
        else:
            self._open_first(PLOTS, "There is nothing to draw of it.")

    def do_table(self) -> None:
        """Shows values as rows."""
        self._open_first(ROWS, "It has no values of its own.")

    def _open_first(self, wanted: Sequence[str], otherwise: str) -> None:
        """Opens the first of some views that an object has."""

        async def opened(one: Listed) -> None:
            try:
                views = (await self.glance(one)).views
            except FileError as error:
                self._failed(str(error))
                return
            found = next((view for view in views if view in wanted), None)
            if found:
                await self._look(found, one)
            else:
                self.say(otherwise, "warn")

        if one := self.chosen():
            self.run_worker(opened(one), group="enter", exclusive=True, exit_on_error=False)

    def do_views(self) -> None:
        """All ways to look at the object."""
        if one := self.chosen():
            self.choose_view(one)

    def choose_view(self, one: Listed) -> None:
        """Lets the person choose how to look at an object."""

        async def chosen() -> None:
            try:
                views = (await self.glance(one)).views
            except FileError as error:
                self._failed(str(error))
                return
            choices = [Choice(view, VIEWS[view].name, note=VIEWS[view].note) for view in views if view in VIEWS]
            self.tui.choose(f"Look at {one.name} as", choices, lambda view: self.open_view(view, one))

        self.run_worker(chosen(), exit_on_error=False)

    def do_timeline(self) -> None:
        """All that lives in time, on one axis."""
        from dandi_tui.screens.timeline import TimelinePane

        self.app.push_screen(TimelinePane(self))

    def do_file_page(self) -> None:
        """The file on one page."""
        self.run_worker(self._file_page(), exit_on_error=False)

    async def _file_page(self) -> None:
        try:
            page = await self.ask(lambda reader: reader.page(), pane=self)
        except FileError as error:
            self._failed(str(error))
            return
        self.app.push_screen(PagePane(self.origin.crumbs[-1], {"file": lambda cells: page_lines(page, cells)}))

    def do_compare(self) -> None:
        """Asks for another file, and shows what differs."""
        from dandi_tui.screens.compare import ComparePane

        def answered(text: str | None) -> None:
            if text:
                self.app.push_screen(ComparePane(self, text))

        self.app.push_screen(Ask("Compare with: a path, an address, dandi://…"), answered)

    def do_about(self) -> None:
        """What it is, attributes and how the bytes lie, as a page."""
        if one := self.chosen():
            self.run_worker(self._about(one), exit_on_error=False)

    async def _about(self, one: Listed) -> None:
        try:
            described = await self.ask(lambda reader: reader.describe(one.path, documented=True), pane=self)
            glance = await self.glance(one, fully=True) if one.kind in {"group", "dataset"} else Glance(family="object")
        except FileError as error:
            self._failed(str(error))
            return
        kinds = f" {self.tui.signs.into} ".join(described.ancestry) or one.kind
        facts = [
            ("path", one.path),
            ("type", kinds),
            ("means", described.documentation),
            ("namespace", one.namespace or ""),
            ("data", "" if one.kind == "group" else shape_words(one)),
        ]
        facts += glance_facts(glance) + described_facts(described)
        facts = list(dict.fromkeys(facts))
        self.app.push_screen(PagePane(one.path, {"about": lambda cells: [(Piece(" "), *line) for line in labelled(facts, cells - 2)]}))

    def why_not_metadata(self) -> str:
        """Only an archive knows more of a file."""
        return "" if self.origin.more else "This file is of this machine: i shows what it says of itself."

    def do_metadata(self) -> None:
        """What the archive knows of the file."""
        if self.origin.more:
            self.origin.more()

    def why_not_problems(self) -> str:
        """The archive looks at its own files."""
        return "" if self.origin.more else "The archive does not know this file: v in its folder checks files of this machine."

    def do_problems(self) -> None:
        """What the archive finds wrong with the file, and how to mend it."""
        self.do_metadata()

    def why_not_download(self) -> str:
        """Only files of an archive are elsewhere."""
        return "" if self.origin.target else "This file is of this machine already."

    def do_download(self) -> None:
        """Downloads the file."""
        from dandi_tui.screens.downloading import ask_download

        if self.origin.target:
            ask_download(self.tui, [self.origin.target], self.origin.crumbs[-1])

    def why_not_open_with(self) -> str:
        """Viewers read from an archive."""
        return "" if self.origin.target else "Viewers read files of an archive; this one is of this machine."

    def do_open_with(self) -> None:
        """Addresses of viewers for the file."""
        if self.origin.target:
            open_with_place(self.tui, self.origin.target, size=self.facts.size if self.facts else 0)

    def why_not_unmark(self) -> str:
        """There may be no marks."""
        return "" if self.rows.marks else "Nothing is marked."

    def do_find(self) -> None:
        """Finds an object of the whole file by its name or neurodata type."""

        def go(path: str) -> None:
            self.run_worker(self.reveal(path), exit_on_error=False)

        self.tui.choose_from("Find among the file's objects", self._objects, go)

    async def _objects(self) -> list[Choice]:
        try:
            found = await self.ask(lambda reader: list(reader.walk(limit=_MOST_FOUND)), pane=self)
        except FileError as error:
            self._failed(str(error))
            return []
        return [Choice(one.path, f"{one.path}  {one.neurodata_type or ''}".rstrip(), note=shape_words(one)) for one in found]

    def do_copy(self) -> None:
        """Copies the object's place, a command, or the Python that opens it."""
        if one := self.chosen():
            self.copy_object(one)

    def copy_object(self, one: Listed) -> None:
        """Copies an object in a form of choice."""

        async def forms() -> list[Choice]:
            try:
                source = await self.origin.source()
            except DandiTuiError as error:
                self.say_error(error)
                return []
            key = self.tui.instance.key_variable if source.headers else ""
            return object_forms(one, source.source, self.origin.uri, key=key, form=self.facts.format if self.facts else "hdf5")

        self.tui.choose_from("Copy as", forms, self.tui.copy_text)
