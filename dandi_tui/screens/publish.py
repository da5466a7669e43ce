"""Publishing: what stands in the way, each to be gone to; release notes; the states until the version and its DOI are there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from dandi_tui.api.ownership import LONGEST_NOTES
from dandi_tui.api.rights import as_administrator, why_not_change
from dandi_tui.errors import DandiTuiError
from dandi_tui.owning import publishing
from dandi_tui.screens.asking import Write
from dandi_tui.screens.check_rows import CheckRows
from dandi_tui.screens.notice import Notice
from dandi_tui.screens.opening import show_asset
from dandi_tui.screens.pane import Pane
from dandi_tui.screens.preview import in_full
from dandi_tui.text import clip, plural, safe
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList
from dandi_tui.widgets.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.api.models import Owner
    from dandi_tui.api.readiness import Check
    from dandi_tui.owning.publishing import Draft, Released

_WHOLE_HEIGHT = 4


class PublishPane(Pane):
    """The checklist of a draft, and its publishing.

    Args:
        dandiset_id: Six digits.
    """

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "into", "publish", "notes", "edit_metadata", "refresh", "out", "up", "down", "page_up", "page_down", "half_up", "half_down", "first",
        "last", "copy",
    )  # fmt: skip

    def __init__(self, dandiset_id: str) -> None:
        super().__init__()
        self.dandiset_id = dandiset_id
        self.draft: Draft | None = None
        self.owners: list[Owner] = []
        self.notes = ""
        self.state = ""
        self.released: Released | None = None
        self.before: str | None = None
        self.rows = CheckRows(lambda: self.draft, lambda: self.tui.signs)

    def crumbs(self) -> Sequence[str]:
        """The Dandiset's draft."""
        return ["DANDI", f"{self.dandiset_id} draft", "publish"]

    def head(self, cells: int) -> Sequence[Line]:
        """What it is, what comes of it, the release notes."""
        name = safe(self.draft.info.name) if self.draft else ""
        return [(Piece(" " + clip(name or "Asking the archive…", cells - 2), "title"),), *self._told(cells)]

    def _told(self, cells: int) -> list[Line]:
        if self.released:
            doi = f" · doi:{self.released.doi}" if self.released.doi else " · its DOI is still to come"
            return [(Piece(clip(f" Published as {self.released.version}{doi}", cells), "good"),), self._notes_line(cells)]
        if self.state:
            return [(Piece(clip(f" {self.state}", cells), "warn"),), self._notes_line(cells)]
        if self.draft is None:
            return [(Piece(" "),), (Piece(" "),)]
        ready = self.draft.is_ready
        words = "Ready: P publishes it as a version with a DOI, which stays as it is for good." if ready else f"Not yet: {publishing.why_not(self.draft)}"
        return [(Piece(clip(f" {safe(words)}", cells), "good" if ready else "bad"),), self._notes_line(cells)]

    def _notes_line(self, cells: int) -> Line:
        notes = " ".join(self.notes.split())
        return (Piece(" release notes: ", "dim"), Piece(clip(safe(notes) or "none yet (e writes some)", max(8, cells - 17)), "" if notes else "dim"))

    def body(self) -> Iterable[Widget]:
        """The checklist, and the line under the cursor in full, with its remedy."""
        yield LineList(self.rows, id="checks")
        yield Lines(self._whole, height=_WHOLE_HEIGHT, id="check-whole")

    def _whole(self, cells: int) -> Sequence[Line]:
        one = self.check()
        if one is None or one.state == "good":
            return ()
        return in_full(f"{one.path}: {one.words}" if one.path else one.words, one.remedy, cells, _WHOLE_HEIGHT)

    def on_line_list_cursor_moved(self) -> None:
        """Shows the line under the cursor in full."""
        super().on_line_list_cursor_moved()
        self.query_one("#check-whole", Lines).draw_again()

    def on_mount(self) -> None:
        """Asks for the draft."""
        self.set_focus(self.query_one(LineList))

    def on_screen_resume(self) -> None:
        """Looks again when somebody comes back from mending something."""
        if not self.state:
            self.do_refresh()

    def do_refresh(self) -> None:
        """Asks the archive again, and goes on asking while something is awaited."""
        self.run_worker(self._load(), group="draft", exclusive=True, exit_on_error=False)

    async def _load(self) -> None:
        try:
            client = await self.tui.client()
            self.owners = await client.owners(self.dandiset_id)
            async for draft in publishing.settled(client, self.dandiset_id, self.tui.watch_pause):
                self._show(draft)
                if draft.info.status == "Publishing":
                    self.run_worker(self._watch(), group="watch", exclusive=True, exit_on_error=False)
                    return
        except DandiTuiError as error:
            self.rows.why_empty = f"{error.what}. r tries again, ← goes back."
            self.query_one(LineList).reload()
            self.say_error(error)

    def _show(self, draft: Draft) -> None:
        if self.is_mounted:
            self.draft = draft
            self.query_one(LineList).reload()
            self.draw_frame()

    # Going to what is to be mended

    def check(self) -> Check | None:
        """The line under the cursor."""
        return self.rows.checks[self.query_one(LineList).cursor] if len(self.rows) else None

    def why_not_into(self) -> str:
        """Some lines lead nowhere."""
        one = self.check()
        if self.released:
            return ""
        return "" if one and (one.path or one.field or "embargoed" in one.words or "uploads" in one.words) else "This line leads nowhere."

    def do_into(self) -> None:
        """Goes to the field, the file, the embargo; after publishing, to the version."""
        from dandi_tui.screens.dandiset import DandisetPane
        from dandi_tui.screens.describe import MetadataPane

        one = self.check()
        if self.released:
            self.app.push_screen(DandisetPane(self.dandiset_id, self.released.version))
        elif one and one.path:
            self.run_worker(show_asset(self.tui, self.dandiset_id, "draft", one.path), group="go", exclusive=True, exit_on_error=False)
        elif one and one.field:
            self.app.push_screen(MetadataPane(self.dandiset_id, one.field))
        elif one:
            from dandi_tui.screens.embargo import EmbargoPane

            self.app.push_screen(EmbargoPane(self.dandiset_id))

    def on_line_list_clicked(self) -> None:
        """A click on the cursor's row goes there."""
        self.perform("into")

    def do_edit_metadata(self) -> None:
        """The metadata editor."""
        from dandi_tui.screens.describe import MetadataPane

        self.app.push_screen(MetadataPane(self.dandiset_id))

    # Publishing

    def do_notes(self) -> None:
        """Writes release notes."""

        def answered(text: str | None) -> None:
            if text is not None:
                self.notes = text
                self.draw_frame()

        help_words = "What is new in this version, for those who used the last one."
        self.app.push_screen(Write("Release notes", self.notes, help=help_words, longest=LONGEST_NOTES), answered)

    def why_not_notes(self) -> str:
        """After publishing they can't change."""
        return "The version is published: its notes can't change." if self.released else ""

    def why_not_publish(self) -> str:
        """What stands in the way."""
        if self.released:
            return "It is published."
        if self.draft is None:
            return "The draft is not there yet."
        if reason := why_not_change(self.tui.me, self.owners, self.draft.info.dandiset):
            return reason
        if self.state:
            return "It is being published."
        if len(self.notes) > LONGEST_NOTES:
            return f"The release notes are longer than {LONGEST_NOTES:,} characters."
        return "" if self.draft.is_ready else f"Not yet: {publishing.why_not(self.draft)}."

    def do_publish(self) -> None:
        """Asks once more, then publishes."""
        if self.draft is None:
            return
        info = self.draft.info
        lines = [f"«{info.name}», {plural(info.asset_count, 'file')}: it becomes a version with a DOI that can't be changed or deleted."]
        lines.append("Release notes go with it." if self.notes else "There are no release notes (Esc, then e writes some).")
        if as_administrator(self.tui.me, self.owners):
            lines.append("You are no owner: you do this as an administrator.")

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._publish(), group="publish", exclusive=True, exit_on_error=False)

        self.app.push_screen(Notice(f"Publish {self.dandiset_id}?", "\n".join(lines), yes=("P", "publish")), answered)

    async def _publish(self) -> None:
        self._is("asking the archive to publish it…")
        try:
            await publishing.publish(await self.tui.client(), self.dandiset_id, self.notes)
        except DandiTuiError as error:
            self._is("")
            self.say_error(error)
            return
        await self._watch()

    async def _watch(self) -> None:
        """Tells the states until the version and its DOI are there; it goes on at the archive, whether it is watched or not."""
        try:
            client = await self.tui.client()
            async for info in publishing.watch(client, self.dandiset_id, self.tui.watch_pause):
                self._is(f"{info.status.lower()}… it goes on by itself if you leave" if info.status != "Published" else "published")
            for _ in range(5):
                self.released = await publishing.newest(client, self.dandiset_id)
                if self.released is None or self.released.doi:
                    break
                await asyncio.sleep(self.tui.watch_pause)
            self._show(await publishing.look(client, self.dandiset_id))
        except DandiTuiError as error:
            self.say_error(error)
        else:
            if self.released:
                self.tui.pane.say(f"{self.dandiset_id} is published as {self.released.version}", "good")
        self._is("")

    def _is(self, state: str) -> None:
        self.state = state
        self.draw_frame()

    def why_not_copy(self) -> str:
        """There is no version yet."""
        return "" if self.released else "There is no version yet."

    def do_copy(self) -> None:
        """Copies the new version in a form of choice, its citation among them."""
        from dandi_tui.api.targets import Target
        from dandi_tui.screens.copying import copy_place

        if self.released:
            copy_place(self.tui, Target("dandiset", None, self.tui.instance.api_url, self.dandiset_id, self.released.version))
