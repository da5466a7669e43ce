"""Owners of a Dandiset: who they are, to be added and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.api.rights import as_administrator, is_owner, why_not_change, why_not_remove_owner
from dandi_tui.errors import DandiTuiError
from dandi_tui.owning.sharing import change_owners
from dandi_tui.screens.asking import AskSuggesting
from dandi_tui.screens.clipboard import one_line
from dandi_tui.screens.notice import Notice
from dandi_tui.screens.pane import Pane
from dandi_tui.text import clip, pad, plural, safe
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.api.models import Dandiset, Owner


class _Rows:
    def __init__(self, pane: OwnersPane) -> None:
        self.pane = pane
        self.owners: list[Owner] = []
        self.why_empty = "Asking the archive…"

    def __len__(self) -> int:
        return len(self.owners)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        one, me = self.owners[row], self.pane.tui.me
        you = " (you)" if me and me.username == one.username else ""
        return (
            Piece(self.pane.tui.signs.cursor if cursor else " ", "", True),
            Piece(f" {pad(safe(one.name or one.username) + you, 28)}"),
            Piece(f" {pad(safe(one.username), 18)}", "identifier"),
            Piece(f" {clip(safe(one.email or ''), max(4, cells - 52))}", "dim", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        return prose_lines(self.why_empty, cells)


class OwnersPane(Pane):
    """The owners of a Dandiset.

    Args:
        dandiset_id: Six digits.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "add_item", "clear_field", "out", "copy", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last", "refresh",
    )  # fmt: skip

    def __init__(self, dandiset_id: str) -> None:
        super().__init__()
        self.dandiset_id = dandiset_id
        self.rows = _Rows(self)
        self.dandiset: Dandiset | None = None
        self._found: dict[str, str] = {}

    def crumbs(self) -> Sequence[str]:
        """The Dandiset."""
        return ["DANDI", self.dandiset_id, "owners"]

    def head(self, cells: int) -> Sequence[Line]:
        """How many, and what they may do."""
        words = f" {plural(len(self.rows), 'owner')}: they may change, publish and share it; mail tells who came or went."
        return [(Piece(clip(words, cells), "dim"),)]

    def body(self) -> Iterable[Widget]:
        """The owners."""
        yield LineList(self.rows, id="owners")

    def on_mount(self) -> None:
        """Asks for them."""
        self.set_focus(self.query_one(LineList))
        self.do_refresh()

    def do_refresh(self) -> None:
        """Asks the archive again."""
        self.run_worker(self._load(), group="owners", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        try:
            client = await self.tui.client()
            self.dandiset = await client.dandiset(self.dandiset_id)
            self._show(await client.owners(self.dandiset_id))
        except DandiTuiError as error:
            self.rows.why_empty = f"{error.what}. r tries again, ← goes back."
            self.query_one(LineList).reload()
            self.say_error(error)

    def _show(self, owners: list[Owner]) -> None:
        self.rows.owners = owners
        self.query_one(LineList).reload()
        self.draw_frame()

    def chosen(self) -> Owner | None:
        """The owner under the cursor."""
        return self.rows.owners[self.query_one(LineList).cursor] if self.rows.owners else None

    def why_not_add_item(self) -> str:
        """Owners and administrators alone may."""
        if not self.rows.owners:
            return "They are not there yet."
        return why_not_change(self.tui.me, self.rows.owners, self.dandiset)

    def why_not_clear_field(self) -> str:
        """Never the last one."""
        return self.why_not_add_item() or why_not_remove_owner(self.rows.owners)

    def why_not_copy(self) -> str:
        """There may be no address."""
        one = self.chosen()
        return "" if one and one.email else "No e-mail address is shown to you."

    def do_copy(self) -> None:
        """Copies the e-mail address."""
        if (one := self.chosen()) and one.email:
            self.tui.copy_text(one_line(one.email))

    def do_add_item(self) -> None:
        """Asks for a user, found by name as one types, and makes them an owner."""

        def answered(text: str | None) -> None:
            if not text or not text.strip():
                return
            meant = self._meant(text.strip())
            if len(meant) > 1:
                self.say(f"{len(meant)} users fit «{text.strip()}»: a, then ↓ chooses one.", "warn")
                return
            self._ask(
                f"{meant[0]} becomes an owner of {self.dandiset_id}, may change and publish it, and gets a mail.", add=self._found.get(meant[0], meant[0])
            )

        question = AskSuggesting("Add an owner", help="Type part of a name or user name; ↓ goes to one that the archive finds.", look_up=self._look_up)
        self.app.push_screen(question, answered)

    def _meant(self, text: str) -> list[str]:
        """The users that were found and that a text may mean; the text itself where it is a user's name, or nobody was found by it."""
        exact = [label for label, name in self._found.items() if text in {label, name}]
        return exact or [label for label in self._found if text.casefold() in label.casefold()] or [text]

    async def _look_up(self, text: str) -> list[str]:
        there = {one.username for one in self.rows.owners}
        users = await (await self.tui.client()).account.find_users(text.strip())
        self._found |= {f"{one.name} ({one.username})": one.username for one in users}
        return [f"{one.name} ({one.username})" for one in users if one.username not in there]

    def do_clear_field(self) -> None:
        """Removes the owner under the cursor, after asking."""
        one, me = self.chosen(), self.tui.me
        if one is None:
            return
        own = me is not None and one.username == me.username
        words = "You remove yourself: you can't change it any more, nor come back by yourself." if own else f"{one.name or one.username} is no owner any more."
        self._ask(words, remove=one.username)

    def _ask(self, words: str, add: str = "", remove: str = "") -> None:
        if as_administrator(self.tui.me, self.rows.owners):
            words += "\nYou are no owner: you do this as an administrator."

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._change(add, remove), group="owners", exclusive=True, exit_on_error=False)

        self.app.push_screen(Notice("Owners", words, yes=("y", "yes")), answered)

    async def _change(self, add: str, remove: str) -> None:
        try:
            owners = await change_owners(await self.tui.client(), self.dandiset_id, [add] if add else [], [remove] if remove else [])
        except DandiTuiError as error:
            self.say_error(error)
            return
        self._show(owners)
        self.say(f"{add} is an owner" if add else f"{remove} is no owner any more", "good")
        if not is_owner(self.tui.me, owners):
            self.draw_frame()
