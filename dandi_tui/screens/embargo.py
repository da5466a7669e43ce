"""An embargoed Dandiset: unfinished uploads listed and cleared, and its opening to all, watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.api.rights import why_not_own, why_not_unembargo
from dandi_tui.errors import DandiTuiError
from dandi_tui.owning import publishing
from dandi_tui.screens.asking import confirm_name
from dandi_tui.screens.pane import Pane
from dandi_tui.text import ago, clip, pad, plural, size
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.api.models import Dandiset, Owner
    from dandi_tui.api.ownership import UnfinishedUpload

_STATES = {"OPEN": "It is open to all.", "EMBARGOED": "It is embargoed: only owners see it.", "UNEMBARGOING": "It is being opened; that may take long."}


class _Rows:
    def __init__(self, pane: EmbargoPane) -> None:
        self.pane = pane
        self.uploads: list[UnfinishedUpload] = []
        self.why_empty = "Asking the archive…"

    def __len__(self) -> int:
        return len(self.uploads)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        one = self.uploads[row]
        return (
            Piece(self.pane.tui.signs.cursor if cursor else " ", "", True),
            Piece(pad(size(one.size), 10, right=True)),
            Piece(f"  begun {pad(ago(one.created), 16)}"),
            Piece(clip(f"  {one.etag}", max(4, cells - 36)), "dim", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        return prose_lines(self.why_empty, cells)


class EmbargoPane(Pane):
    """Unfinished uploads of a Dandiset, and its embargo.

    Args:
        dandiset_id: Six digits.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "unembargo", "drop_uploads", "out", "refresh", "up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last",
    )  # fmt: skip

    def __init__(self, dandiset_id: str) -> None:
        super().__init__()
        self.dandiset_id = dandiset_id
        self.dandiset: Dandiset | None = None
        self.owners: list[Owner] = []
        self.rows = _Rows(self)

    def crumbs(self) -> Sequence[str]:
        """The Dandiset."""
        return ["DANDI", self.dandiset_id, "embargo and uploads"]

    def head(self, cells: int) -> Sequence[Line]:
        """Its state, and what stands in the way."""
        if self.dandiset is None:
            return [(Piece(" "),), (Piece(" "),)]
        words = f"{plural(len(self.rows), 'unfinished upload')}: while there are any, it can't be opened; x drops them all" if len(self.rows) else ""
        return [(Piece(clip(f" {_STATES.get(self.dandiset.embargo_status, '')}", cells)),), (Piece(clip(f" {words}", cells), "dim"),)]

    def body(self) -> Iterable[Widget]:
        """The uploads."""
        yield LineList(self.rows, id="uploads")

    def on_mount(self) -> None:
        """Asks for them."""
        self.set_focus(self.query_one(LineList))
        self.do_refresh()

    def do_refresh(self) -> None:
        """Asks the archive again."""
        self.run_worker(self._load(), group="uploads", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        try:
            client = await self.tui.client()
            self.dandiset = await client.dandiset(self.dandiset_id)
            self.owners = await client.owners(self.dandiset_id)
            if not why_not_own(self.tui.me, self.owners):
                self.rows.uploads = [one async for one in client.ownership.unfinished_uploads(self.dandiset_id)]
                self.rows.why_empty = "No unfinished uploads."
            else:
                self.rows.why_empty = "Owners alone see unfinished uploads."
        except DandiTuiError as error:
            self.rows.why_empty = f"{error.what}. r tries again, ← goes back."
            self.say_error(error)
        self.query_one(LineList).reload()
        self.draw_frame()
        if self.dandiset and self.dandiset.embargo_status == "UNEMBARGOING":
            self.run_worker(self._watch(), group="watch", exclusive=True, exit_on_error=False)

    def why_not_drop_uploads(self) -> str:
        """There may be none."""
        if self.dandiset is None:
            return "It is not there yet."
        return why_not_own(self.tui.me, self.owners) or ("" if len(self.rows) else "There are no unfinished uploads.")

    def do_drop_uploads(self) -> None:
        """Drops all unfinished uploads, once the number was typed."""
        words = f"{plural(len(self.rows), 'unfinished upload')} will be dropped, whoever began them; those that still run will fail."
        confirm_name(self.tui, "Drop unfinished uploads", words, self.dandiset_id, lambda: self._act("clear"))

    def why_not_unembargo(self) -> str:
        """Unfinished uploads stand in its way."""
        if self.dandiset is None:
            return "It is not there yet."
        if reason := why_not_unembargo(self.tui.me, self.owners, self.dandiset):
            return reason
        return f"{plural(len(self.rows), 'unfinished upload')} must be finished or dropped first." if len(self.rows) else ""

    def do_unembargo(self) -> None:
        """Opens it to all, once the number was typed."""
        words = "All its files will be open to all, for ever; it may take days. Until it is done nothing in it can change. Owners get a mail."
        confirm_name(self.tui, f"Open {self.dandiset_id} to all", words, self.dandiset_id, lambda: self._act("open"))

    def _act(self, what: str) -> None:
        self.run_worker(self._acted(what), group="act", exclusive=True, exit_on_error=False)

    async def _acted(self, what: str) -> None:
        try:
            client = await self.tui.client()
            if what == "clear":
                await client.ownership.clear_uploads(self.dandiset_id)
                self.say("dropped", "good")
                await self._load()
            else:
                await client.ownership.unembargo(self.dandiset_id)
                await self._watch()
        except DandiTuiError as error:
            self.say_error(error)

    async def _watch(self) -> None:
        try:
            async for one in publishing.watch_opening(await self.tui.client(), self.dandiset_id, self.tui.watch_pause):
                self.dandiset = one
                self.say("open to all" if one.embargo_status == "OPEN" else "being opened… it goes on by itself if you leave", "good")
        except DandiTuiError as error:
            self.say_error(error)
