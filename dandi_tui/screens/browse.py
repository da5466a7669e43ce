"""The first level: the Dandisets that there are, and what can be done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.widgets import Input

from dandi_tui.api.summary import DandisetSummary, summarize
from dandi_tui.api.targets import Target, dandi_uri
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.copying import copy_place, copy_places, open_with_place
from dandi_tui.screens.dandiset_list import DandisetListPane
from dandi_tui.screens.owning import OwnerActions
from dandi_tui.screens.places import Place
from dandi_tui.screens.preview import dandiset_lines
from dandi_tui.screens.remembering import toggle_bookmark
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.widgets.line import Line


_MOST_TOLD = 64


class BrowsePane(DandisetListPane, OwnerActions):
    """The workspace's first level.

    Args:
        covered: Another pane is opened above it at once: nothing is asked before that one is left.
        search: The search to begin with.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "into", "filter", "search", "mark", "download", "copy", "sort", "flags", "up", "down", "page_up", "page_down",
        "half_up", "half_down", "first", "last", "invert", "unmark", "open_with", "metadata", "describe", "problems", "bookmark", "register",
        "edit_metadata", "owners", "publish", "star", "delete", "unembargo", "unfinished", "refresh",
    )  # fmt: skip

    def __init__(self, *, covered: bool = False, search: str = "") -> None:
        super().__init__(covered=covered, search=search)
        self._told: dict[str, DandisetSummary] = {}

    def crumbs(self) -> Sequence[str]:
        """The archive's first level."""
        return ["DANDI", "Dandisets"]

    # Beside the list

    def preview(self, cells: int) -> Sequence[Line]:
        """The Dandiset under the cursor."""
        one = self.chosen()
        return dandiset_lines(one, self._told.get(one.identifier), cells) if one else []

    def fetch_preview(self) -> None:
        """Asks for the metadata of the Dandiset under the cursor."""
        one = self.chosen()
        if one and one.shown and one.identifier not in self._told:
            self.run_worker(self._tell(one.identifier, one.shown.version), group="preview", exclusive=True, exit_on_error=False)

    async def _tell(self, identifier: str, version: str) -> None:
        try:
            metadata = await (await self.tui.client()).version_metadata(identifier, version)
        except DandiTuiError:
            return
        if len(self._told) >= _MOST_TOLD:
            self._told.clear()
        self._told[identifier] = summarize(metadata)
        self.query_one("#preview", Lines).draw_again()

    # Actions

    def why_not_into(self) -> str:
        """There may be nothing to open."""
        return "" if self.rows.shown else "There is no Dandiset here."

    why_not_mark = why_not_copy = why_not_open_with = why_not_metadata = why_not_describe = why_not_problems = why_not_bookmark = why_not_into

    def do_into(self) -> None:
        """Opens the Dandiset."""
        from dandi_tui.screens.dandiset import DandisetPane

        if isinstance(self.focused, Input):
            return
        one = self.chosen()
        if one and self.tui.has_key:
            self._go(DandisetPane(one.identifier, None))
        elif one:
            self.app.push_screen(DandisetPane(one.identifier, None))

    def on_line_list_clicked(self) -> None:
        """A click on the cursor's row opens it."""
        self.do_into()

    # Owning

    def owned_id(self) -> str:
        """The Dandiset under the cursor."""
        one = self.chosen()
        return one.identifier if one else ""

    def owned_changed(self) -> None:
        """Asks for that one again, in its place."""
        self.run_worker(self.look_again(self.owned_id()), group="again", exclusive=True, exit_on_error=False)

    def owned_deleted(self) -> None:
        """Asks again."""
        self.do_refresh()

    def do_mark(self) -> None:
        """Marks, and moves down."""
        if one := self.chosen():
            self.tui.marks.dandisets ^= {one.identifier}
            rows = self.query_one("#dandisets", LineList)
            rows.redraw_row(rows.cursor)
            rows.move(1)
            self.draw_frame()

    def do_invert(self) -> None:
        """Inverts the marks among the rows shown."""
        self.tui.marks.dandisets ^= {one.identifier for one in self.rows.shown}
        self.query_one("#dandisets").refresh()
        self.draw_frame()

    def why_not_unmark(self) -> str:
        """There may be no marks."""
        return "" if len(self.tui.marks) else "Nothing is marked."

    def do_unmark(self) -> None:
        """Takes all marks away, those within Dandisets too."""
        self.tui.marks.clear()
        self.marks_changed()

    def marks_changed(self) -> None:
        """Draws the marks."""
        self.query_one("#dandisets").refresh()
        self.draw_frame()

    def _target(self) -> Target | None:
        one = self.chosen()
        return Target("dandiset", None, self.tui.instance.api_url, one.identifier) if one else None

    def why_not_download(self) -> str:
        """There may be nothing to download."""
        return "" if self.rows.shown or len(self.tui.marks) else "There is no Dandiset here."

    def do_download(self) -> None:
        """Downloads the marks, else the Dandiset under the cursor."""
        from dandi_tui.screens.downloading import ask_download

        marks, target = self.tui.marks, self._target()
        if len(marks):
            ask_download(self.tui, marks.targets(self.tui.instance.api_url), marks.words())
        elif target:
            ask_download(self.tui, [target], f"Dandiset {target.dandiset_id}")

    def do_copy(self) -> None:
        """Copies the marks, else the Dandiset under the cursor, in a form of choice."""
        if len(self.tui.marks) > 1:
            copy_places(self.tui, self.tui.marks.targets(self.tui.instance.api_url))
        elif target := self._target():
            copy_place(self.tui, target)

    def do_open_with(self) -> None:
        """Addresses of viewers for the Dandiset under the cursor."""
        if target := self._target():
            open_with_place(self.tui, target, size=0)

    def do_bookmark(self) -> None:
        """Bookmarks the Dandiset under the cursor, or takes the bookmark away."""
        one, target = self.chosen(), self._target()
        if one and target:
            toggle_bookmark(self.tui, Place(self.tui.instance.api_url, dandi_uri(target, self.tui.instance), f"{one.identifier} {one.name}"))

    def do_metadata(self) -> None:
        """What the Dandiset under the cursor is, with its metadata raw."""
        from dandi_tui.screens.about import AboutPane

        if one := self.chosen():
            self.app.push_screen(AboutPane(one.identifier, None))

    def do_describe(self) -> None:
        """What the Dandiset under the cursor is, at length."""
        self.do_metadata()

    def do_problems(self) -> None:
        """What the archive finds wrong with the Dandiset under the cursor."""
        from dandi_tui.screens.problems import ProblemsPane

        if one := self.chosen():
            self.app.push_screen(ProblemsPane(one.identifier, None))
