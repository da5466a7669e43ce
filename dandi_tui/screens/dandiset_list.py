"""The list of Dandisets as it is asked for: search with its help, order, limits, and the filter over what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from textual.containers import Horizontal
from textual.widgets import Input

from dandi_tui.api.query import ORDERINGS, DandisetQuery, completed, explanation, is_half_typed, last_word, suggestions
from dandi_tui.errors import DandiTuiError, NotLoggedInError
from dandi_tui.screens.dandiset_rows import DandisetRows, columns_rule
from dandi_tui.screens.menu import Choice
from dandi_tui.screens.pane import Pane
from dandi_tui.screens.places import SEARCH
from dandi_tui.text import clip, number, pad, safe, width
from dandi_tui.widgets.filter_line import filter_line
from dandi_tui.widgets.line import Line, Piece, cut
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events
    from textual.widget import Widget

    from dandi_tui.api.models import Dandiset

_FOUND_WIDTH, _ROOMY = 34, 72
"""Cells for how many were found and in which order, and of a terminal that has room for both beside a search."""
_TYPING_RESTS = 0.4
"""Seconds without a key after which the search that stands there is asked for."""
_FLAGS = {
    "draft": "drafts: those never published too",
    "empty": "empty: those without files too",
    "mine": "mine: only those that I own",
    "starred": "starred: only those that I starred",
    "embargoed": "embargoed: those that I may see too",
}


class DandisetListPane(Pane):
    """The Dandisets that a question to the archive finds.

    Args:
        covered: Another pane is opened above it at once: nothing is asked before that one is left.
        search: The search to begin with.
    """

    def __init__(self, *, covered: bool = False, search: str = "") -> None:
        super().__init__()
        self._covered = covered
        self.query_asked = DandisetQuery(search=search, ordering="-modified")
        self.rows = DandisetRows(lambda: self.tui.signs, self.tui.marks)
        self.species: list[str] = []
        self.count: int | None = None
        self.fault = ""
        self._asked = False
        self._kept = ""

    def place(self) -> str:
        """The search, where there is one: it is opened again by the next start."""
        return f"{SEARCH}{self.query_asked.search}" if self.query_asked.search else ""

    def body(self) -> Iterable[Widget]:
        """The search line, its help, the list."""
        label = Lines(lambda _cells: [(Piece(" search: ", "dim"),)], id="search-label")
        field = Input(self.query_asked.search, id="search", compact=True, placeholder="words, species:mouse, owner:… (Tab)", select_on_focus=False)
        field.cursor_blink = False
        yield Horizontal(label, field, Lines(self._found, id="found"), id="search-line")
        yield Lines(self._below_search, id="search-help")
        yield LineList(self.rows, id="dandisets")
        yield filter_line("letters of number or name")

    def _found(self, cells: int) -> Sequence[Line]:
        asked = self.query_asked
        told = [] if self.count is None else [f"{number(self.count)} found", asked.limits, ORDERINGS.get(asked.ordering, "")]
        if cells < _FOUND_WIDTH:
            told = told[:1]
        return [(Piece(pad(clip(" · ".join(filter(None, told)), cells - 1), cells - 1, right=True), "dim"),)]

    def _below_search(self, cells: int) -> Sequence[Line]:
        if self.fault:
            return [(Piece(" " + clip(safe(self.fault), cells - 2), "error"),)]
        field = self.query_one("#search", Input)
        if field.has_focus:
            first, *others = [safe(name) for name in suggestions(field.value, self.species)] or [""]
            if first:
                return [cut((Piece(" Tab ", "dim"), Piece(first, "key"), Piece("  " + "  ".join(others), "dim")), cells - 1)]
            if words := explanation(field.value):
                return [(Piece(" " + clip(words, cells - 2), "dim"),)]
        return [columns_rule(cells, self.tui.signs.rule)]

    def on_resize(self, event: events.Resize) -> None:
        """Leaves room for words where the terminal is narrow."""
        super().on_resize(event)
        self.query_one("#found").styles.width = _FOUND_WIDTH if event.size.width >= _ROOMY else _FOUND_WIDTH // 2

    def rule_label(self) -> Sequence[Piece]:
        """What is marked."""
        return [Piece(f"marked: {self.tui.marks.words()}", "mark")] if len(self.tui.marks) else ()

    def on_mount(self) -> None:
        """Asks for the list once the screen stands."""
        self.set_focus(self.query_one("#dandisets"))

    def on_screen_resume(self) -> None:
        """Asks for the list when it is looked at first; a file of this machine, opened above it, needs no archive."""
        self.query_one("#dandisets").refresh()
        self.draw_frame()
        if self._covered:
            self._covered = False
        elif not self._asked:
            self._asked = True
            self.call_after_refresh(self.ask)

    # Asking

    def ask(self) -> None:
        """Asks the archive for the list anew."""
        self.fault, self.count, self._kept = "", None, ""
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
                self._back_to_kept(rows)
                self.draw_frame()
        except DandiTuiError as error:
            self._failed(error)
        else:
            asked = bool(self.query_asked.search)
            if asked and self.count:
                self.tui.visited(self)
            self.rows.why_empty = (
                "Nothing found. Tab goes between search and list; there f changes what is listed."
                if asked
                else "The archive lists no Dandisets; f changes what is listed."
            )
            rows.refresh()

    def _back_to_kept(self, rows: LineList) -> None:
        """Puts the cursor on the Dandiset that it stood on before the list was asked for again, unless it was moved since."""
        row = self.rows.row_of(self._kept) if self._kept else None
        if row is not None:
            self._kept = ""
            if rows.cursor == 0:
                rows.move_to(row)

    async def look_again(self, identifier: str) -> None:
        """Asks for one Dandiset, and shows it in its place; one that is there no more has the list asked for anew."""
        try:
            one = await (await self.tui.client()).dandiset(identifier)
        except DandiTuiError:
            self.do_refresh()
            return
        self.rows.replace(one)
        self.query_one("#dandisets").refresh()
        self.draw_frame()

    def _failed(self, error: DandiTuiError) -> None:
        self.fault = error.said if error.said and self.query_asked.search else ""
        cut = self.fault if width(safe(self.fault)) > self.size.width - 2 else ""
        self.rows.why_empty = f"{cut} Mend the search: Tab goes there and back.".strip() if self.fault else f"{error.what}. Press r to try again."
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
            self.set_timer(_TYPING_RESTS, lambda: self._search_if_same(event.value))

    def _search_if_same(self, value: str) -> None:
        if self.query_one("#search", Input).value != value:
            return
        if last_word(value).startswith("species:"):
            self.run_worker(self._ask_species(last_word(value).partition(":")[2].strip('"')), group="species", exclusive=True, exit_on_error=False)
        if value != self.query_asked.search and not is_half_typed(value):
            self.search_for(value)

    async def _ask_species(self, typed: str) -> None:
        try:
            self.species = await (await self.tui.client()).species(typed)
        except DandiTuiError:
            return
        self.query_one("#search-help", Lines).draw_again()

    def search_for(self, words: str) -> None:
        """Asks the archive for what a search finds."""
        self.query_asked = msgspec.structs.replace(self.query_asked, search=words)
        field = self.query_one("#search", Input)
        if field.value != words:
            field.value = words
        self.ask()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Goes on in the list."""
        if event.input.id == "search" and event.value != self.query_asked.search:
            self.search_for(event.value)
        self.set_focus(self.query_one("#dandisets"))
        self.draw_frame()

    # Search, filter, order

    def chosen(self) -> Dandiset | None:
        """The Dandiset under the cursor."""
        rows = self.query_one("#dandisets", LineList)
        return self.rows.shown[rows.cursor] if self.rows.shown else None

    def moving_list(self) -> LineList | None:
        """The list of Dandisets."""
        return self.query_one("#dandisets", LineList)

    def do_out(self) -> None:
        """From the search back to the list; there is nothing further out."""
        if isinstance(self.focused, Input):
            self.set_focus(self.query_one("#dandisets"))
        else:
            self.tui.go_out()

    def do_peel(self) -> None:
        """Message, filter, search field, running question, search: one at a time."""
        if self.has_class("filtering"):
            self.query_one("#filter", Input).value = ""
            self.remove_class("filtering")
            self.set_focus(self.query_one("#dandisets"))
        elif isinstance(self.focused, Input):
            self.set_focus(self.query_one("#dandisets"))
        elif not self.unsay() and not self._stop_asking() and self.query_asked.search:
            self.search_for("")
        self.draw_frame()

    def _stop_asking(self) -> bool:
        """Stops the question that is under way; whether there was one."""
        if not self.workers.cancel_group(self, "list"):
            return False
        self.rows.why_empty = "Stopped. r asks the archive again."
        self.query_one("#dandisets").refresh()
        return True

    def do_search(self) -> None:
        """Between the search field and the list; takes the first suggestion where there is one."""
        field = self.query_one("#search", Input)
        found = suggestions(field.value, self.species) if field.has_focus else []
        if found:
            field.value = completed(field.value, found[0])
            field.cursor_position = len(field.value)
        elif field.has_focus:
            self.set_focus(self.query_one("#dandisets"))
        else:
            self.set_focus(field)
        self.draw_frame()

    def typing_keys(self) -> Sequence[tuple[str, str]]:
        """In the search, what Tab does, too."""
        field = self.query_one("#search", Input)
        if not field.has_focus:
            return super().typing_keys()
        return (("tab", "complete" if suggestions(field.value, self.species) else "to the list"), *super().typing_keys())

    def do_filter(self) -> None:
        """Filters what was found, as one types."""
        self.add_class("filtering")
        self.set_focus(self.query_one("#filter"))

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
        """Asks again; the cursor stays on its Dandiset."""
        one = self.chosen()
        self.ask()
        self._kept = one.identifier if one else ""
