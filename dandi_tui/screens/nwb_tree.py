"""The inside of an NWB file as a tree: its objects are read as they are unfolded, and what they are once the cursor rests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from dandi_tui.nwb.model import FileError, FileFacts, Glance, Listed
from dandi_tui.nwb.reader import Reader
from dandi_tui.screens.elsewhere import elsewhere_words, with_origins
from dandi_tui.screens.notice import Notice
from dandi_tui.screens.nwb_facts import date_words, described_facts, glance_facts, held, subject_words
from dandi_tui.screens.nwb_rows import NwbRows, key_of, shape_words
from dandi_tui.screens.preview import labelled
from dandi_tui.screens.tree_pane import TreePane
from dandi_tui.text import clip, plural, safe, size, width
from dandi_tui.widgets.line import Line, Piece, spread
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines, rule

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from textual.timer import Timer
    from textual.widget import Widget

    from dandi_tui.api.targets import Target
    from dandi_tui.nwb.messages import Open
    from dandi_tui.nwb.model import Described
    from dandi_tui.screens.pane import Pane

T = TypeVar("T")
_WAIT = 0.3
"""Seconds after which a wait is said."""
_REST = 0.15


class Origin:
    """Where a file is: how it is opened, and what people call it.

    Args:
        crumbs: The place, level by level.
        source: Where its bytes are; asked for when it is opened.
        uri: The place as `dandi://…` or a path; empty where it has none.
        more: Opens the page of what the archive knows of it; None for files of this machine.
        target: The file in the archive; None for files of this machine.
    """

    def __init__(
        self,
        crumbs: Sequence[str],
        source: Callable[[], Awaitable[Open]],
        *,
        uri: str = "",
        more: Callable[[], None] | None = None,
        target: Target | None = None,
    ) -> None:
        self.crumbs, self.source, self.uri, self.more, self.target = crumbs, source, uri, more, target


class NwbTreePane(TreePane[NwbRows]):
    """A file's page and tree.

    Args:
        origin: Where the file is.
        at: The object to go to at once; empty for the file as a whole.
    """

    def __init__(self, origin: Origin, *, at: str = "") -> None:
        super().__init__()
        self.origin = origin
        self.wanted = at
        self.facts: FileFacts | None = None
        self.reader: Reader | None = None
        self.rows = NwbRows(lambda: self.tui.signs)
        self._described: dict[str, Described] = {}
        self.agreed: list[str] = []
        """Origins that an index may lead to, as the person agreed."""
        self._asking = 0
        self._glancing: Timer | None = None

    def crumbs(self) -> Sequence[str]:
        """The file."""
        return list(self.origin.crumbs)

    def place(self) -> str:
        """The file."""
        return self.origin.uri

    def left_at(self) -> str:
        """The object under the cursor; the file where the cursor is on its first one still."""
        one = self.chosen()
        moved = one is not None and self.query_one("#tree", LineList).cursor > 0
        return self.address_of(one) if one and moved else self.place()

    def address_of(self, one: Listed) -> str:
        """An object's address, by which it is opened again: `FILE::/path`; empty where the file has none."""
        return f"{self.origin.uri}::{one.path}" if self.origin.uri else ""

    def head(self, cells: int) -> Sequence[Line]:
        """Version, size and traffic; who; what it holds."""
        if self.facts is None:
            return [(Piece(" "),)] * 3
        facts, session = self.facts, self.facts.session
        kept = " kept from before" if self.reader and self.reader.traffic.cached and not self.reader.traffic.requests else ""
        traffic = self.reader.traffic if self.reader else None
        streamed = f" streamed: {plural(traffic.requests, 'request')}, {size(traffic.bytes)}" if traffic and traffic.requests else kept
        form = "" if facts.format == "hdf5" else f" · {facts.format}"
        what = f" NWB {facts.nwb_version or 'version not said'}{form} · {size(facts.size)}{streamed}"
        begun = date_words(str(session.get("session_start_time") or ""))
        who = f" {safe(subject_words(session.get('subject') or {}))}"
        counts = held(facts, "·", cells - width(who) - 4)
        about = safe(session.get("session_description") or session.get("identifier") or "")
        return [
            spread([Piece(safe(what))], [Piece(safe(begun) + " ", "dim")], cells),
            (Piece(clip(who + (f" · {counts}" if counts else ""), cells - 1)),),
            (Piece(" " + clip(about, cells - 2), "dim"),),
        ]

    def body(self) -> Iterable[Widget]:
        """A rule and the tree."""
        yield Lines(self._tree_rule, id="files-rule")
        yield LineList(self.rows, id="tree")

    def _tree_rule(self, cells: int) -> Sequence[Line]:
        marks = f"{plural(len(self.rows.marks), 'mark')}: p shows them together" if self.rows.marks else ""
        return [rule(cells, self.tui.signs.rule, [Piece("inside", "title")], marks)]

    def preview(self, cells: int) -> Sequence[Line]:
        """The object under the cursor: what it is, its attributes."""
        one = self.chosen()
        if one is None:
            return []
        facts = [("path", one.path), ("type", one.neurodata_type or one.kind), ("data", "" if one.kind == "group" else shape_words(one))]
        if glance := self.rows.glances.get(one.path):
            facts += glance_facts(glance)
        if described := self._described.get(one.path):
            facts += described_facts(described)
        return labelled(facts, cells)

    def fetch_preview(self) -> None:
        """Reads the attributes of the object under the cursor."""
        one = self.chosen()
        if one and one.kind in {"group", "dataset"} and one.path not in self._described:
            self.run_worker(self._describe(one.path), group="preview", exclusive=True, exit_on_error=False)

    async def _describe(self, path: str) -> None:
        try:
            self._described[path] = await self.ask(lambda reader: reader.describe(path))
        except FileError:
            return
        self.query_one("#preview", Lines).draw_again()

    # Reading

    def on_mount(self) -> None:
        """Opens the file."""
        self.set_focus(self.query_one("#tree"))
        self.call_after_refresh(self.do_refresh)

    def on_unmount(self) -> None:
        """Ends the reader."""
        if self.reader:
            self.reader.close()

    async def ask(self, question: Callable[[Reader], T], *, pane: Pane | None = None) -> T:
        """Asks the reader, beside the screen.

        Args:
            question: What is asked.
            pane: Where a wait is said; None: it need not be.

        Raises:
            FileError: With the reason.
        """
        if self.reader is None:
            raise FileError("the file is not open")
        waiting = (Piece("Reading… ", "dim"), Piece("Esc stops it", "dim"))
        timer = pane.set_timer(_WAIT, lambda: pane.show_wait(waiting)) if pane and pane.is_mounted else None
        self._asking += pane is not None
        try:
            return await asyncio.to_thread(question, self.reader)
        finally:
            self._asking -= pane is not None
            if timer is not None and pane is not None:
                timer.stop()
                pane.end_wait(waiting)
            self.draw_frame()

    def stop(self) -> bool:
        """Stops the read that is under way; whether there was one."""
        if self._asking and self.reader:
            self.reader.stop()
            return True
        return False

    def do_refresh(self) -> None:
        """Opens the file anew; what is unfolded stays so, and the cursor on its object."""
        one = self.chosen()
        self.wanted = self.wanted or (one.path if one else "")
        self.run_worker(self._load(), group="file", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        from dandi_tui.errors import DandiTuiError

        if self.reader:
            self.reader.close()
        self.rows.why_empty = "Opening the file…"
        self.rows.model.forget()
        self.rows.glances.clear()
        self._described.clear()
        try:
            source = await self.origin.source()
            self.reader = Reader(await with_origins(self.tui, source, self.agreed) if self.agreed else source)
            self.facts = await self.ask(lambda reader: reader.facts(), pane=self)
            self.tui.visited(self)
            await self._read_group("/")
            for folder in self.rows.model.unfolded:
                if self.rows.model.row_of(folder) is not None and not self.rows.model.knows(folder):
                    await self._read_group("/" + folder)
            if wanted := self.wanted:
                self.wanted = ""
                await self.reveal(wanted)
            elif "acquisition" in self.rows.listed:
                await self._unfold("acquisition")
            await self._offer_elsewhere()
        except (DandiTuiError, FileError) as error:
            self.rows.why_empty = f"{str(error).rstrip('.')}{'' if str(error).endswith('?') else '.'} Press r to try again, ← to go back."
            self._failed(str(error))

    async def _offer_elsewhere(self) -> None:
        """Asks whether an index's references may be followed to where they lead."""
        found = self.facts.elsewhere if self.facts else {}
        if not found or self.agreed or not self.is_mounted:
            return
        if not await self.app.push_screen_wait(Notice("Its values lie elsewhere", elsewhere_words(found), yes=("y", "read them from there"))):
            self.say("Its structure alone is shown; r asks again.", "warn")
            return
        self.agreed = list(found)
        before, self.reader = self.reader, Reader(await with_origins(self.tui, await self.origin.source(), self.agreed))
        if before:
            before.close()
        self.rows.glances.clear()
        self._glance_soon()

    def _failed(self, words: str) -> None:
        self.say(words, "error")
        if len(words) > self.size.width - 6 and self.is_current:
            self.app.push_screen(Notice("What went wrong", words))
        self._changed()

    async def _read_group(self, path: str) -> None:
        try:
            members = await self.ask(lambda reader: reader.children(path), pane=self)
        except FileError as error:
            self.rows.model.set_note(key_of(path), f"{error}")
            self._failed(str(error))
        else:
            self.rows.take(path, members)
            self.rows.why_empty = "There is nothing in this file."
            self._changed()

    async def _unfold(self, key: str) -> None:
        row = self.rows.model.row_of(key)
        folder = self.rows.model.unfold(row) if row is not None else None
        self._changed()
        if folder is not None:
            await self._read_group("/" + folder)

    def _changed(self) -> None:
        if self.is_mounted:
            self.query_one("#tree", LineList).reload()
            self.draw_frame()

    # At a glance

    def on_line_list_cursor_moved(self) -> None:
        """Asks what the objects on the screen are, once the cursor rests."""
        super().on_line_list_cursor_moved()
        if self._glancing:
            self._glancing.stop()
        self._glancing = self.set_timer(_REST, self._glance_soon)

    def _glance_soon(self) -> None:
        self.run_worker(self._glance_rows(), group="glances", exclusive=True, exit_on_error=False)

    async def _glance_rows(self) -> None:
        shown = self.query_one("#tree", LineList).state.shown
        paths = self.rows.unglanced(row for row in shown if row < len(self.rows))
        if not paths or self.reader is None:
            return
        try:
            self.rows.glances |= await self.ask(lambda reader: reader.glances(paths))
        except FileError as error:
            self.rows.glances |= {path: Glance(family="object", reason=str(error)) for path in paths}
        if self.is_mounted:
            self.query_one("#tree", LineList).refresh()
            self.draw_frame()

    async def glance(self, one: Listed, *, fully: bool = False) -> Glance:
        """What an object is.

        Raises:
            FileError: The reader failed.
        """
        known = self.rows.glances.get(one.path)
        if known is None or fully:
            found = await self.ask(lambda reader: reader.glances([one.path], fully=fully), pane=self)
            known = self.rows.glances[one.path] = found[one.path]
        return known

    # Moving in the tree

    def chosen(self) -> Listed | None:
        """The object under the cursor."""
        entry = self.entry()
        return self.rows.listed.get(entry.path) if entry else None

    def do_peel(self) -> None:
        """A read that is under way, a message, then this place."""
        if not self.stop() and not self.unsay():
            self.tui.go_out()

    async def reveal(self, path: str) -> bool:
        """Goes to an object: unfolds the groups above it and puts the cursor on it; whether it is there."""
        parts = key_of(path).split("/")
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            row = self.rows.model.row_of(above)
            if row is not None and not self.rows.model.row(row).unfolded:
                await self._unfold(above)
        row = self.rows.model.row_of("/".join(parts))
        if row is None:
            self.say(f"There is no {path} in this file.", "warn")
            return False
        self.query_one("#tree", LineList).reload(cursor=row)
        return True
