"""Step 4: the Dandiset that files go to: one of mine, a new one, or the one that the folder names; what is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.api.query import DandisetQuery
from dandi_tui.api.rights import why_locked, why_not_write
from dandi_tui.dataset.contribution import Step
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.filtered import FilteredList
from dandi_tui.screens.upload import MOVES, UploadPane
from dandi_tui.text import ago, clip, pad, plural, safe, width
from dandi_tui.widgets.filter_line import filter_line
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.api.models import Dandiset
    from dandi_tui.screens.upload_work import UploadWork

_WHEN = 14
"""Cells of the longest way to say when: `59 minutes ago`."""


class _Rows:
    """My Dandisets, those that fit the filter."""

    def __init__(self, pane: TargetPane) -> None:
        self.pane = pane
        self.all: list[Dandiset] = []
        self.shown: list[Dandiset] = []
        self.widest = 0
        self.why_empty = "Asking the archive…"

    def narrow(self, text: str) -> None:
        """Shows those that a filter leaves."""
        pattern = Pattern.parse(text)
        self.widest = max((width(plural(one.draft_version.asset_count, "file")) for one in self.all if one.draft_version), default=0)
        self.shown = [one for one in self.all if pattern.matches(f"{one.identifier} {self._name(one)}")] if text else list(self.all)

    @staticmethod
    def _name(one: Dandiset) -> str:
        return one.draft_version.name if one.draft_version else one.name

    def __len__(self) -> int:
        return len(self.shown)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        one, signs = self.shown[row], self.pane.tui.signs
        chosen = one.identifier == self.pane.work.now.dandiset
        lock = f"{signs.lock} " if one.embargo_status != "OPEN" else "  "
        draft = one.draft_version
        tail = f"{pad(plural(draft.asset_count, 'file'), self.widest, right=True)}  {pad(ago(draft.modified), _WHEN)}" if draft else ""
        room = max(10, cells - 16 - self.widest - 2 - _WHEN)
        return (
            Piece(signs.cursor if cursor else " ", "", True),
            Piece(signs.yes if chosen else " ", "good", True),
            Piece(f"{one.identifier} ", "identifier"),
            Piece(lock, "warn", True),
            Piece(pad(clip(safe(self._name(one)), room), room), "bold" if chosen else ""),
            Piece(f"  {tail}", "dim", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        return prose_lines(self.why_empty, cells)


class TargetPane(FilteredList, UploadPane):
    """The Dandiset."""

    STEP = Step.TARGET
    ACTIONS: ClassVar[tuple[str, ...]] = ("choose_target", "register", "filter", "next_step", "refresh", "out", *MOVES)

    def __init__(self, work: UploadWork) -> None:
        super().__init__(work)
        self.rows = _Rows(self)

    def facts(self) -> Sequence[tuple[str, str]]:
        """What is chosen."""
        now = self.work.now
        if not now.dandiset:
            return [("Which of your Dandisets do the files go to? N registers a new one.", "")]
        named = " (its dandiset.yaml names it)" if now.organized else ""
        return [(f"The files go to the draft of {now.dandiset}{named}: n goes on.", "")]

    def body(self) -> Iterable[Widget]:
        """The list and its filter."""
        yield LineList(self.rows, id="targets")
        yield filter_line("identifier or title")

    def begin(self) -> None:
        """Asks for my Dandisets."""
        self.run_worker(self._load(), group="mine", exclusive=True, exit_on_error=False)

    def on_screen_resume(self) -> None:
        """Asks again: one may have been registered."""
        if self.rows.all:
            self.begin()

    async def _load(self) -> None:
        try:
            client = await self.tui.client()
            if self.tui.me is None and client.has_key:
                self.tui.me = await client.me()
            if reason := why_not_write(self.tui.me):
                self.rows.why_empty = f"{reason} I is the account."
                self.redraw()
                return
            found = [one async for one in client.dandisets(DandisetQuery(mine=True, embargoed=True, ordering="-modified"))]
            self.rows.all = sorted(found, key=lambda one: one.draft_version.modified if one.draft_version else one.modified, reverse=True)
        except DandiTuiError as error:
            self.rows.why_empty = f"r tries again: {error.what}."
            self.say_error(error)
        else:
            self.rows.why_empty = "You own no Dandiset yet: N registers one."
        self.rows.narrow(self.filter_text())
        at = next((row for row, one in enumerate(self.rows.shown) if one.identifier == self.work.now.dandiset), None)
        self.redraw()
        if at is not None:
            self.query_one(LineList).move_to(at)

    # Actions

    def narrow(self, text: str) -> None:
        """Shows those that the filter leaves."""
        self.rows.narrow(text)

    def why_not_choose_target(self) -> str:
        """There must be one, that takes files now."""
        here = self.query_one(LineList).cursor
        if here >= len(self.rows.shown):
            return "There is no Dandiset to choose: N registers one."
        return why_locked(self.rows.shown[here])

    def do_choose_target(self) -> None:
        """Takes the Dandiset under the cursor, and goes on."""
        one = self.rows.shown[self.query_one(LineList).cursor]
        now = self.work.now
        if now.organized and now.dandiset and now.dandiset != one.identifier:
            self.say(f"the folder's dandiset.yaml names {now.dandiset}: files of this folder go there", "warn")
            return
        job = now.job if (now.dandiset, now.api_url) == (one.identifier, self.tui.instance.api_url) else 0
        self.work.change(now.but(dandiset=one.identifier, api_url=self.tui.instance.api_url, job=job))
        self.do_next_step()

    def why_not_register(self) -> str:
        """Approved accounts alone may."""
        return why_not_write(self.tui.me)

    def do_register(self) -> None:
        """A new Dandiset, which is chosen then."""
        from dandi_tui.screens.register import RegisterPane

        self.app.push_screen(RegisterPane(self._registered))

    def _registered(self, identifier: str) -> None:
        now = self.work.now
        if not (now.organized and now.dandiset):
            self.work.change(now.but(dandiset=identifier, api_url=self.tui.instance.api_url, job=0))
        self.say(f"{identifier} is registered, and chosen: n goes on" if self.work.now.dandiset == identifier else f"{identifier} is registered", "good")
        self.begin()

    def do_refresh(self) -> None:
        """Asks again."""
        self.unsay()
        self.begin()
