"""The list of Dandisets: search, filters, sort; each row one Dandiset."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.containers import Horizontal
from textual.widgets import Input

from dandi_tui.api.query import ORDERINGS, DandisetQuery, suggestions
from dandi_tui.api.targets import Target
from dandi_tui.errors import DandiTuiError, NotLoggedInError
from dandi_tui.screens.copying import copy_place, open_with_place
from dandi_tui.screens.menu import Choice
from dandi_tui.screens.pane import Pane
from dandi_tui.text import clip, number, pad, plural, safe, size
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import Line, Piece, highlighted
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.api.models import Dandiset

_FLAGS = {
    "draft": "drafts: those never published too",
    "empty": "empty: those without files too",
    "mine": "mine: only those that I own",
    "starred": "starred: only those that I starred",
    "embargoed": "embargoed: those that I may see too",
}


class DandisetRows:
    """The Dandisets found, narrowed by the filter, as rows."""

    def __init__(self, pane: BrowsePane) -> None:
        self.pane = pane
        self.found: list[Dandiset] = []
        self.shown: list[Dandiset] = []
        self.marks: set[str] = set()
        self.pattern = Pattern.parse("")
        self.why_empty = "Asking the archive…"

    def clear(self, why: str) -> None:
        """Forgets what was found."""
        self.found, self.shown, self.why_empty = [], [], why

    def add(self, some: list[Dandiset]) -> None:
        """Takes a page of the list."""
        self.found += some
        self.shown += [one for one in some if self._fits(one)]

    def narrow(self, text: str) -> None:
        """Shows only what fits the filter."""
        self.pattern = Pattern.parse(text)
        self.shown = [one for one in self.found if self._fits(one)]

    def _fits(self, one: Dandiset) -> bool:
        return self.pattern.matches(f"{one.identifier} {one.name}")

    def __len__(self) -> int:
        return len(self.shown)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """Mark, number, name, version, size, files."""
        one, signs = self.shown[row], self.pane.tui.signs
        version = one.shown
        problems = version is not None and version.status == "Invalid"
        mark = signs.mark if one.identifier in self.marks else " "
        state = signs.lock if one.embargo_status != "OPEN" else signs.star if one.is_starred else " "
        label = "" if version is None else "draft" if version.is_draft else version.version
        room = max(8, cells - 43)
        text = clip(f"{one.identifier} {safe(one.name)}", room + 7)
        hits = self.pattern.positions(text)
        name = highlighted(text, hits)
        tail = [
            Piece(
                " " * max(0, room + 7 - sum(len(p.text) for p in name)) if text.isascii() else pad("", room + 7 - _cells(text)),
                "",
                True,
            ),
            Piece(state, "star", True),
            Piece(pad(label, 14), "dim", True),
            Piece("!" if problems else " ", "bad", True),
            Piece(pad(size(version.size) if version else "", 9, right=True), "", True),
            Piece(pad(number(version.asset_count) if version else "", 8, right=True), "", True),
        ]
        return (Piece(signs.cursor if cursor else " ", "", True), Piece(mark, "mark", True), *name, *tail)

    def empty(self, cells: int) -> Sequence[Line]:
        """Why there is nothing, and what to press."""
        if self.found:
            return [(Piece(f" None of the {number(len(self.found))} found fits the filter; Esc takes it away.", "dim"),)]
        return [(Piece(" " + clip(self.why_empty, cells - 2), "dim"),)]


def _cells(text: str) -> int:
    from dandi_tui.text import width

    return width(text)


class BrowsePane(Pane):
    """The workspace's first level."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "into", "filter", "search", "mark", "download", "copy", "sort", "flags", "up", "down", "page_up", "page_down",
        "half_up", "half_down", "first", "last", "invert", "unmark", "open_with", "metadata", "problems", "refresh",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.query_asked = DandisetQuery(ordering="-modified")
        self.rows = DandisetRows(self)
        self.count: int | None = None
        self.fault = ""

    def crumbs(self) -> Sequence[str]:
        """The archive's first level."""
        return ["DANDI", "Dandisets"]

    def body(self) -> Iterable[Widget]:
        """The search line, its help, the list."""
        label = Lines(lambda _cells: [(Piece(" search: ", "dim"),)], id="search-label")
        field = Input(id="search", compact=True, placeholder="words, species:mouse, owner:… (Tab)", select_on_focus=False)
        field.cursor_blink = False
        yield Horizontal(label, field, Lines(self._found, id="found"), id="search-line")
        yield Lines(self._below_search, id="search-help")
        yield LineList(self.rows, id="dandisets")
        filter_field = Input(id="filter", compact=True, placeholder="filter", select_on_focus=False)
        filter_field.cursor_blink = False
        yield filter_field

    def _found(self, cells: int) -> Sequence[Line]:
        words = "" if self.count is None else f"{number(self.count)} found · {ORDERINGS.get(self.query_asked.ordering, '')}"
        return [(Piece(pad(clip(words, cells - 1), cells - 1, right=True), "dim"),)]

    def _below_search(self, cells: int) -> Sequence[Line]:
        if self.fault:
            return [(Piece(" " + clip(self.fault, cells - 2), "error"),)]
        field = self.query_one("#search", Input)
        names = suggestions(field.value) if field.has_focus else []
        if names:
            return [(Piece(" " + clip("  ".join(names), cells - 2), "key"),)]
        return [rule(cells, self.tui.signs.rule)]

    def on_mount(self) -> None:
        """Asks for the list once the screen stands."""
        self.query_one("#dandisets").focus()
        self.call_after_refresh(self.ask)

    # Asking

    def ask(self) -> None:
        """Asks the archive for the list anew."""
        self.fault, self.count = "", None
        self.rows.clear("Asking the archive…  Esc to stop")
        self.query_one("#dandisets", LineList).reload(cursor=0)
        self.run_worker(self._load(), group="list", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        rows = self.query_one("#dandisets", LineList)
        try:
            pages = (await self.tui.client()).dandisets(self.query_asked, page_size=200)
            self.count = await pages.count()
            async for page in pages.pages():
                self.rows.add(page)
                rows.grown()
                self.draw_frame()
        except DandiTuiError as error:
            self._failed(error)
        else:
            asked = bool(self.query_asked.search)
            self.rows.why_empty = (
                "Nothing found: Tab changes the search, f what is listed." if asked else "The archive lists no Dandisets; f changes what is listed."
            )
            rows.refresh()

    def _failed(self, error: DandiTuiError) -> None:
        self.fault = error.said if error.said and self.query_asked.search else ""
        self.rows.why_empty = "Tab mends the search." if self.fault else f"{error.what}. Press r to try again."
        if not self.fault:
            self.say_error(error)
        if isinstance(error, NotLoggedInError):
            self.rows.why_empty = "This needs an API key; f changes what is listed."
        self.query_one("#dandisets", LineList).refresh()
        self.draw_frame()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list at each letter of the filter; suggests operators at each of the search."""
        if event.input.id == "filter":
            self.rows.narrow(event.value)
            self.query_one("#dandisets", LineList).reload(cursor=0)
        else:
            self.fault = ""
            self.draw_frame()
            self.set_timer(0.4, lambda: self._search_if_same(event.value))

    def _search_if_same(self, value: str) -> None:
        field = self.query_one("#search", Input)
        half_typed = bool(suggestions(value)) or value.endswith(":") or value.count('"') % 2 == 1
        if field.value == value != self.query_asked.search and not half_typed:
            self._search(value)

    def _search(self, value: str) -> None:
        self.query_asked = msgspec.structs.replace(self.query_asked, search=value)
        self.ask()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Goes on in the list."""
        if event.input.id == "search" and event.value != self.query_asked.search:
            self._search(event.value)
        self.query_one("#dandisets").focus()
        self.draw_frame()

    # Actions

    def chosen(self) -> Dandiset | None:
        """The Dandiset under the cursor."""
        rows = self.query_one("#dandisets", LineList)
        return self.rows.shown[rows.cursor] if self.rows.shown else None

    def moving_list(self) -> LineList | None:
        """The list of Dandisets."""
        return self.query_one("#dandisets", LineList)

    def why_not_into(self) -> str:
        """There may be nothing to open."""
        return "" if self.rows.shown else "There is no Dandiset here."

    why_not_mark = why_not_download = why_not_copy = why_not_open_with = why_not_metadata = why_not_problems = why_not_into

    def do_into(self) -> None:
        """Opens the Dandiset."""
        from dandi_tui.screens.dandiset import DandisetPane

        if isinstance(self.focused, Input):
            return
        if one := self.chosen():
            self.app.push_screen(DandisetPane(one.identifier, None))

    def on_line_list_clicked(self) -> None:
        """A click on the cursor's row opens it."""
        self.do_into()

    def do_out(self) -> None:
        """From the search back to the list; there is nothing further out."""
        if isinstance(self.focused, Input):
            self.query_one("#dandisets").focus()
        else:
            self.tui.go_out()

    def do_peel(self) -> None:
        """Message, filter, search field, running question: one at a time."""
        field = self.query_one("#filter", Input)
        if self.has_class("filtering"):
            field.value = ""
            self.remove_class("filtering")
            self.query_one("#dandisets").focus()
        elif isinstance(self.focused, Input):
            self.query_one("#dandisets").focus()
        elif not self.unsay():
            self.workers.cancel_group(self, "list")
        self.draw_frame()

    def do_search(self) -> None:
        """Between the search field and the list; completes an operator that is half typed."""
        field = self.query_one("#search", Input)
        names = suggestions(field.value) if field.has_focus else []
        if names:
            head = field.value[: len(field.value) - len(field.value.split()[-1])]
            field.value = head + names[0]
            field.cursor_position = len(field.value)
        elif field.has_focus:
            self.query_one("#dandisets").focus()
        else:
            field.focus()
        self.draw_frame()

    def do_filter(self) -> None:
        """Filters what was found, as one types."""
        self.add_class("filtering")
        self.query_one("#filter").focus()

    def do_mark(self) -> None:
        """Marks, and moves down."""
        if one := self.chosen():
            self.rows.marks ^= {one.identifier}
            rows = self.query_one("#dandisets", LineList)
            rows.redraw_row(rows.cursor)
            rows.move(1)
            self.draw_frame()

    def do_invert(self) -> None:
        """Inverts the marks among the rows shown."""
        self.rows.marks ^= {one.identifier for one in self.rows.shown}
        self.query_one("#dandisets").refresh()

    def do_unmark(self) -> None:
        """Takes all marks away."""
        self.rows.marks.clear()
        self.query_one("#dandisets").refresh()

    def do_sort(self) -> None:
        """Asks for the order, then for the list in it."""

        def sorted_by(value: str) -> None:
            self.query_asked = msgspec.structs.replace(self.query_asked, ordering=value)
            self.ask()

        choices = [Choice(key, words) for key, words in ORDERINGS.items()]
        self.tui.choose("Sort", choices, sorted_by, current=self.query_asked.ordering)

    def do_flags(self) -> None:
        """Turns one of the filters on or off."""

        def turned(name: str) -> None:
            value = not getattr(self.query_asked, name)
            self.query_asked = msgspec.structs.replace(self.query_asked, **{name: value})
            self.ask()

        signs = self.tui.signs
        reason = "" if self.tui.me else "needs an API key"
        choices = [
            Choice(
                name,
                f"{signs.yes if getattr(self.query_asked, name) else ' '} {words}",
                reason=reason if name in {"mine", "starred", "embargoed"} else "",
            )
            for name, words in _FLAGS.items()
        ]
        self.tui.choose("List which Dandisets", choices, turned)

    def do_refresh(self) -> None:
        """Asks again."""
        self.ask()

    def _targets(self) -> list[Target]:
        one = self.chosen()
        names = sorted(self.rows.marks) or ([one.identifier] if one else [])
        api = self.tui.instance.api_url
        return [Target("dandiset", None, api, name) for name in names]

    def do_download(self) -> None:
        """Downloads the marks, else the Dandiset under the cursor."""
        from dandi_tui.screens.transfers import ask_download

        ask_download(self.tui, self._targets(), plural(len(self._targets()), "Dandiset"))

    def do_copy(self) -> None:
        """Copies the Dandiset under the cursor in a form of choice."""
        copy_place(self.tui, self._targets()[0])

    def do_open_with(self) -> None:
        """Addresses of viewers for the Dandiset under the cursor."""
        open_with_place(self.tui, self._targets()[0], size=0)

    def _open_then(self, action: str) -> None:
        from dandi_tui.screens.dandiset import DandisetPane

        if one := self.chosen():
            self.app.push_screen(DandisetPane(one.identifier, None, then=action))

    def do_metadata(self) -> None:
        """The metadata of the Dandiset under the cursor."""
        self._open_then("metadata")

    def do_problems(self) -> None:
        """What the archive finds wrong with the Dandiset under the cursor."""
        self._open_then("problems")
