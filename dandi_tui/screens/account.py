"""The account: who I am, log in and out, a new key, how to register, and the services that the archive names."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.widgets import Input

from dandi_tui.api.account import standing
from dandi_tui.api.instances import KNOWN, Instance
from dandi_tui.api.keys import Key, checked_key, find_key, forget_key, store_key
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.asking import noted
from dandi_tui.screens.clipboard import one_line
from dandi_tui.screens.menu import Ask
from dandi_tui.screens.notice import Notice
from dandi_tui.screens.pane import Pane
from dandi_tui.screens.signing_in import go_to_archive, take_key
from dandi_tui.text import clip, number, pad, qr_lines, safe, size, wrap
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget

    from dandi_tui.api.models import ArchiveInfo, ArchiveStats

_SERVICES = {"webui": "pages", "jupyterhub": "notebooks", "api": "API"}


class AskSecret(Ask):
    """A question whose answer is not shown as it is typed or pasted."""

    def compose(self) -> ComposeResult:
        """Lays the question, with a field that shows dots."""
        for widget in super().compose():
            if isinstance(widget, Input):
                widget.password = True
            yield widget


class AccountRow(msgspec.Struct, frozen=True):
    """A row: what it is, its words, the text that is copied, the archive that it goes to."""

    name: str
    words: str
    copied: str = ""
    instance: Instance | None = None


class _Rows:
    def __init__(self, pane: AccountPane) -> None:
        self.pane = pane
        self.rows: list[AccountRow] = []

    def __len__(self) -> int:
        return len(self.rows)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        one = self.rows[row]
        here = one.instance is not None and one.instance.api_url == self.pane.tui.instance.api_url
        sign = self.pane.tui.signs.cursor if cursor else " "
        return (
            Piece(sign, "", True),
            Piece(f" {pad(safe(one.name), 22)} ", "title" if here else ""),
            Piece(clip(safe(one.words), cells - 26), "" if one.copied else "dim"),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        return [(Piece(" Asking the archive…", "dim"),)]


class AccountPane(Pane):
    """The account at this archive, keys of others, services."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "into", "log_in", "log_out", "new_key", "registering", "copy", "out", "refresh", "up", "down",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.rows = _Rows(self)
        self.about: ArchiveInfo | None = None
        self.stats: ArchiveStats | None = None
        self.found: dict[str, Key | None] = {}
        self.looked = False

    def crumbs(self) -> Sequence[str]:
        """The archive."""
        return ["DANDI", "account"]

    def head(self, cells: int) -> Sequence[Line]:
        """Who, and what the account may do."""
        me = self.tui.me
        if me is None:
            words = f"Not logged in to {self.tui.instance.name}. L logs in with an API key; G says how to get an account."
            return [(Piece(" " + part),) for part in wrap(words, max(10, cells - 2))]
        who = f"{me.name} ({me.username}), {me.status.lower()}{', administrator' if me.admin else ''}"
        advice = standing(me)
        lines: list[Line] = [(Piece(" " + clip(safe(who), cells - 2), "title"),)]
        return lines + [(Piece(" " + part, "warn"),) for part in (wrap(advice, max(10, cells - 2)) if advice else [])]

    def body(self) -> Iterable[Widget]:
        """Where the key is, archives, services."""
        yield LineList(self.rows, id="account")

    def on_mount(self) -> None:
        """Looks for keys beside the screen; asks what the archive says of itself."""
        self.set_focus(self.query_one(LineList))
        self.do_refresh()

    def do_refresh(self) -> None:
        """Asks again."""
        self.run_worker(self._load(), group="account", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        self._show()
        instances = self._instances()
        keys = await asyncio.to_thread(lambda: [find_key(one, asked_for=one == self.tui.first_instance) for one in instances])
        self.found = {one.api_url: key for one, key in zip(instances, keys, strict=True)}
        self.looked = True
        self._show()
        try:
            client = await self.tui.client()
            self.about, self.stats = await asyncio.gather(client.info(), client.stats())
            if self.tui.has_key:
                self.tui.me = await client.me()
        except DandiTuiError as error:
            self.say_error(error)
        self._show()

    def _instances(self) -> list[Instance]:
        own = self.tui.instance
        return [own, *(one for one in KNOWN if one.api_url != own.api_url and "local" not in one.name)]

    def _show(self) -> None:
        if not self.is_mounted:
            return
        rows = []
        for one in self._instances():
            key = self.found.get(one.api_url)
            here = one.api_url == self.tui.instance.api_url
            own = key.source if key else "elsewhere" if here and self.tui.has_key else ""
            words = f"key from {own}" if own else "no key" if self.looked else "looking for its key…"
            rows.append(AccountRow(one.name, words + (" · this archive" if here else ""), one.web_url or one.api_url, one))
        if self.about:
            for name, service in self.about.services.items():
                if service and service.url:
                    rows.append(AccountRow(_SERVICES.get(name, name), service.url, service.url))
            rows.append(AccountRow("archive version", f"{self.about.version}, schema {self.about.schema_version}"))
        if self.stats:
            words = f"{number(self.stats.dandiset_count)} Dandisets, {number(self.stats.user_count)} users, {size(self.stats.size)}"
            rows.append(AccountRow("archive holds", words))
        self.rows.rows = rows
        self.query_one(LineList).reload()
        self.draw_frame()

    def chosen(self) -> AccountRow | None:
        """The row under the cursor."""
        return self.rows.rows[self.query_one(LineList).cursor] if len(self.rows) else None

    # What may be done

    def why_not_into(self) -> str:
        """Other archives can be gone to."""
        one = self.chosen()
        if one is None or one.instance is None:
            return "y copies this; only archives can be gone to."
        return "You are there." if one.instance.api_url == self.tui.instance.api_url else ""

    def do_into(self) -> None:
        """Goes to another archive, with its own key."""
        one = self.chosen()
        if one and one.instance:
            go_to_archive(self.tui, one.instance, self.found.get(one.instance.api_url))

    def why_not_copy(self) -> str:
        """Some rows have no address."""
        one = self.chosen()
        return "" if one and one.copied else "There is no address here."

    def do_copy(self) -> None:
        """Copies the address."""
        if (one := self.chosen()) and one.copied:
            self.tui.copy_text(one_line(one.copied))

    def do_log_in(self) -> None:
        """Asks for the key, without showing it."""

        def answered(text: str | None) -> None:
            if text is not None:
                self.run_worker(self._log_in(text), group="log-in", exclusive=True, exit_on_error=False)

        address = self.tui.instance.web_url or (self._web_address())
        notes = noted(f"It stands behind your initials on {address}; it is checked, then kept.", self.size.width)
        self.app.push_screen(AskSecret(f"API key of {self.tui.instance.name} (not shown)", notes=notes), answered)

    async def _log_in(self, text: str) -> None:
        from dandi_tui.api.client import ArchiveClient

        try:
            value = checked_key(text)
            self.say("asking the archive whose key it is…")
            async with ArchiveClient(self.tui.instance, value) as client:
                user = await client.me()
            key = await asyncio.to_thread(store_key, self.tui.instance, value)
        except DandiTuiError as error:
            self.say_error(error)
            return
        await take_key(self.tui, key, user)
        where = "in the keyring" if key.source == "keyring" else f"in {key.source}, which you alone can read: there is no keyring"
        self.say(f"logged in as {user.username}; the key is kept {where}", "good")
        self.do_refresh()

    def why_not_log_out(self) -> str:
        """There may be nobody logged in."""
        return "" if self.tui.has_key else "You are not logged in."

    def do_log_out(self) -> None:
        """Forgets the key on this machine, after asking."""
        words = f"The key of {self.tui.instance.name} is forgotten on this machine; at the archive it stays good."

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._log_out(), group="log-out", exclusive=True, exit_on_error=False)

        self.app.push_screen(Notice("Log out?", words, yes=("y", "log out")), answered)

    async def _log_out(self) -> None:
        places = await asyncio.to_thread(forget_key, self.tui.instance)
        left = await asyncio.to_thread(lambda: find_key(self.tui.instance, asked_for=self.tui.instance == self.tui.first_instance))
        await take_key(self.tui, None, None)
        rest = f"; {left.source} is set in your shell, and logs in again at the next start" if left else ""
        self.say(f"logged out{': forgotten from ' + ', '.join(places) if places else ''}{rest}", "good")
        self.do_refresh()

    def why_not_new_key(self) -> str:
        """Approved accounts alone have one."""
        if self.tui.me is None:
            return "Log in first."
        return standing(self.tui.me)

    def do_new_key(self) -> None:
        """Makes a new key; says that the old one ends."""
        words = "The present key ends at once, wherever it is used: in scripts, on other machines, in the dandi client. The new one is kept here."

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._new_key(), group="new-key", exclusive=True, exit_on_error=False)

        self.app.push_screen(Notice("A new API key?", words, yes=("y", "make it")), answered)

    async def _new_key(self) -> None:
        try:
            value = await (await self.tui.client()).account.new_key()
            key = await asyncio.to_thread(store_key, self.tui.instance, value)
        except DandiTuiError as error:
            self.say_error(error)
            return
        await take_key(self.tui, key, self.tui.me)
        self.say(f"the old key has ended; the new one is kept in {key.source}", "good")
        self.do_refresh()

    def _web_address(self) -> str:
        service = self.about.services.get("webui") if self.about else None
        return one_line((service.url if service else None) or self.tui.instance.api_url)

    def do_registering(self) -> None:
        """How to register an account: the address, copied, and as a QR code."""
        from dandi_tui.screens.page import PagePane, prose

        address = self.tui.instance.web_url or self._web_address()
        words = (
            f"{address}\n\n"
            "Log in there with GitHub and answer the questions. Accounts of universities are approved at once, others by hand within two working days. "
            "Then the menu behind your initials shows your API key: copy it, come back, and press L.\n"
        )

        def lines(cells: int) -> list[Line]:
            code: list[Line] = [(Piece(" " + line),) for line in qr_lines(address, ascii_only=self.tui.ascii_only)]
            return [*prose(words)(cells), *code]

        self.tui.copy_text(address)
        self.app.push_screen(PagePane("Register (the address is copied)", {"register": lines}))
