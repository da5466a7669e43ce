"""My Dandisets: those that I own, starred, or may see embargoed; those with problems first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from dandi_tui.api.query import DandisetQuery
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.filtered import FilteredList
from dandi_tui.screens.owning import OwnerActions
from dandi_tui.text import ago, clip, number, pad, plural, safe, width
from dandi_tui.widgets.filter_line import filter_line
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import Line, Piece, highlighted
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.api.models import Dandiset, VersionInfo

VIEWS = {
    "mine": (DandisetQuery(mine=True, embargoed=True, ordering="-modified"), "You own no Dandisets yet: N registers one."),
    "starred": (DandisetQuery(starred=True, embargoed=True, ordering="-modified"), "You starred none yet: S stars a Dandiset."),
    "embargoed": (DandisetQuery(mine=True, embargoed=True, ordering="-modified"), "None of your Dandisets is embargoed."),
}
_ORDER = ("Invalid", "Publishing", "Validating", "Pending", "Valid", "Published")
_AT_ONCE = 4


class MineRow:
    """A Dandiset with what is wrong with it, as far as that is known."""

    def __init__(self, one: Dandiset) -> None:
        self.one = one
        self.problems: int | None = None
        self.until = ""

    def take(self, info: VersionInfo) -> None:
        """Takes the draft's record."""
        self.problems = len(info.version_validation_errors) + len(info.asset_validation_errors)
        access = info.metadata.get("access")
        first = access[0] if isinstance(access, list) and access and isinstance(access[0], dict) else {}
        self.until = str(first.get("embargoedUntil") or "")

    @property
    def name(self) -> str:
        """The draft's name, else the Dandiset's."""
        return self.one.draft_version.name if self.one.draft_version else self.one.name

    @property
    def status(self) -> str:
        """The draft's state."""
        return self.one.draft_version.status if self.one.draft_version else ""

    @property
    def words(self) -> str:
        """The state in words: problems first."""
        if self.problems:
            return plural(self.problems, "problem")
        return {"Valid": "valid", "Published": "as published", "Invalid": "invalid"}.get(self.status, self.status.lower())

    def weight(self) -> tuple[int, int]:
        """Where it stands: those with problems first."""
        return (0 if self.problems else 1, _ORDER.index(self.status) if self.status in _ORDER else len(_ORDER))


class _Rows:
    def __init__(self, pane: MinePane) -> None:
        self.pane = pane
        self.all: list[MineRow] = []
        self.shown: list[MineRow] = []
        self.pattern = Pattern.parse("")
        self.why_empty = "Asking the archive…"

    def take(self, rows: list[MineRow], why_empty: str) -> None:
        """Shows other rows, those with problems first."""
        self.all, self.why_empty = rows, why_empty
        self.sort()

    def sort(self) -> None:
        """Puts those with problems first."""
        self.all.sort(key=MineRow.weight)
        self._narrowed()

    def narrow(self, text: str) -> None:
        """Shows those that a filter leaves, by number and name."""
        self.pattern = Pattern.parse(text)
        self._narrowed()

    def _narrowed(self) -> None:
        self.shown = [one for one in self.all if self.pattern.matches(f"{one.one.identifier} {one.name}")]

    def __len__(self) -> int:
        return len(self.shown)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        one, signs = self.shown[row], self.pane.tui.signs
        record = one.one
        published = record.most_recent_published_version
        version = published.version if published else "never published"
        tail = f" {pad(f'until {one.until}' if one.until and record.embargo_status != 'OPEN' else version, 16)}"
        state = signs.lock if record.embargo_status != "OPEN" else signs.star if record.is_starred else " "
        room = max(10, cells - 48)
        name = clip(f"{record.identifier} {safe(one.name)}", room)
        return (
            Piece(signs.cursor if cursor else " ", "", True),
            Piece("!" if one.problems else " ", "bad", True),
            *highlighted(name, self.pattern.positions(name)),
            Piece(pad("", room - width(name)), "", True),
            Piece(f" {state}", "star", True),
            Piece(pad(f" {one.words}", 16), "bad" if one.problems or one.status == "Invalid" else "dim", True),
            Piece(tail, "dim", True),
            Piece(pad(ago(record.modified).removesuffix(" ago"), 11, right=True), "dim", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        why = f"None of the {number(len(self.all))} listed fits the filter; Esc takes it away." if self.all else self.why_empty
        return prose_lines(why, cells)


class MinePane(FilteredList, OwnerActions):
    """My Dandisets, in three views."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "into", "register", "filter", "switch", "edit_metadata", "problems", "publish", "owners", "star", "delete", "unembargo", "unfinished", "out",
        "refresh", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.view = "mine"
        self.rows = _Rows(self)

    def crumbs(self) -> Sequence[str]:
        """What is listed."""
        return ["DANDI", "my Dandisets", self.view]

    def head(self, cells: int) -> Sequence[Line]:
        """The views, and how many need something."""
        views = [Piece(f" [{name}]" if name == self.view else f" {name} ", "title" if name == self.view else "dim") for name in VIEWS]
        wrong = sum(bool(one.problems) for one in self.rows.shown)
        of_all = f" of {number(len(self.rows.all))}" if len(self.rows) < len(self.rows.all) else ""
        words = f"   {number(len(self.rows))}{of_all} listed" + (f", {plural(wrong, 'one', 'of them')} with problems" if wrong else "")
        return [(*views, Piece(words, "dim"))]

    def body(self) -> Iterable[Widget]:
        """The Dandisets and their filter."""
        yield LineList(self.rows, id="mine")
        yield filter_line("letters of number or name")

    def on_mount(self) -> None:
        """Lets the keys move in the list."""
        self.set_focus(self.query_one(LineList))

    def on_screen_resume(self) -> None:
        """Asks anew whenever somebody comes here."""
        self.do_refresh()

    def do_refresh(self) -> None:
        """Asks the archive again."""
        self.run_worker(self._load(), group="mine", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        rows = self.query_one(LineList)
        if not self.tui.has_key:
            self.rows.take([], "Log in to see your Dandisets: I.")
            rows.reload()
            return
        query, empty = VIEWS[self.view]
        kept = self.chosen()
        try:
            client = await self.tui.client()
            found = [one async for one in client.dandisets(query, page_size=200)]
        except DandiTuiError as error:
            self.rows.why_empty = f"{error.what}. r tries again."
            rows.reload()
            self.say_error(error)
            return
        if self.view == "embargoed":
            found = [one for one in found if one.embargo_status != "OPEN"]
        self.rows.take([MineRow(one) for one in found], empty)
        self._show(kept.one.identifier if kept else "")
        await self._look_closer()

    async def _look_closer(self) -> None:
        """Asks each draft what is wrong with it: the list does not tell of files."""
        gate = asyncio.Semaphore(_AT_ONCE)
        client = await self.tui.client()

        async def look(row: MineRow) -> None:
            async with gate:
                try:
                    row.take(await client.version_info(row.one.identifier, "draft"))
                except DandiTuiError:
                    return

        await asyncio.gather(*(look(row) for row in self.rows.all))
        chosen = self.chosen()
        self.rows.sort()
        self._show(chosen.one.identifier if chosen else "")

    def _show(self, identifier: str) -> None:
        places = [row.one.identifier for row in self.rows.shown]
        self.query_one(LineList).reload(cursor=places.index(identifier) if identifier in places else 0)
        self.draw_frame()

    def chosen(self) -> MineRow | None:
        """The Dandiset under the cursor."""
        at = self.query_one(LineList).cursor
        return self.rows.shown[at] if at < len(self.rows.shown) else None

    # Actions

    def narrow(self, text: str) -> None:
        """Shows those that the filter leaves."""
        self.rows.narrow(text)

    def owned_id(self) -> str:
        """The Dandiset under the cursor."""
        row = self.chosen()
        return row.one.identifier if row else ""

    def owned_changed(self) -> None:
        """Asks again."""
        self.do_refresh()

    def owned_deleted(self) -> None:
        """Asks again."""
        self.do_refresh()

    def why_not_into(self) -> str:
        """There may be none."""
        return "" if self.owned_id() else "None is chosen: Esc takes the filter away." if self.rows.all else self.rows.why_empty

    why_not_problems = why_not_into

    def do_into(self) -> None:
        """Opens the draft."""
        from dandi_tui.screens.dandiset import DandisetPane

        self.app.push_screen(DandisetPane(self.owned_id(), "draft"))

    def on_line_list_clicked(self) -> None:
        """A click on the cursor's row opens it."""
        self.perform("into")

    def do_problems(self) -> None:
        """What is wrong, by file and field."""
        from dandi_tui.screens.problems import ProblemsPane

        self.app.push_screen(ProblemsPane(self.owned_id(), "draft"))

    def do_switch(self) -> None:
        """Shows the next view."""
        names = list(VIEWS)
        self.view = names[(names.index(self.view) + 1) % len(names)]
        self.rows.take([], "Asking the archive…")
        self.query_one(LineList).reload(cursor=0)
        self.do_refresh()
