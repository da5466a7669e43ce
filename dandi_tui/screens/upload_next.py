"""Step 6: the archive's own validation as it comes in, what is missing before publishing, where the draft is, and publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.api.targets import Target, web_url
from dandi_tui.dataset.contribution import Step
from dandi_tui.errors import DandiTuiError
from dandi_tui.owning.publishing import Draft, settled
from dandi_tui.screens.check_rows import CheckRows
from dandi_tui.screens.upload import MOVES, UploadPane
from dandi_tui.text import plural
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.screens.upload_work import UploadWork


class NextPane(UploadPane):
    """What comes next."""

    STEP = Step.NEXT
    ACTIONS: ClassVar[tuple[str, ...]] = ("into", "publish", "edit_metadata", "copy", "refresh", "start_over", "out", *MOVES)

    def __init__(self, work: UploadWork) -> None:
        super().__init__(work)
        self.rows = CheckRows(lambda: self.draft, lambda: self.tui.signs)
        self.draft: Draft | None = None

    def facts(self) -> Sequence[tuple[str, str]]:
        """How the draft stands, and its address."""
        if self.draft is None:
            return [(f"The draft of {self.work.now.dandiset}", "")]
        waits = sum(one.state == "waits" for one in self.draft.checks)
        blocks = sum(one.state == "blocks" for one in self.draft.checks)
        state = "ready to be published: P" if self.draft.is_ready else f"{plural(blocks, 'problem')}" if blocks else "the archive is validating"
        waiting = f", {waits} awaited" if waits and blocks else ""
        return [(f"{self.work.now.dandiset}: {plural(self.draft.info.asset_count, 'file')}; {state}{waiting}", ""), (self._address(), "dim")]

    def _target(self) -> Target:
        return Target("dandiset", None, self.tui.instance.api_url, self.work.now.dandiset, "draft")

    def _address(self) -> str:
        return web_url(self._target(), self.tui.instance) or f"{self.tui.instance.api_url}/dandisets/{self.work.now.dandiset}/"

    def body(self) -> Iterable[Widget]:
        """The checks."""
        yield LineList(self.rows, id="next")

    def begin(self) -> None:
        """Watches the draft until it is validated."""
        self.run_worker(self._watch(), group="watch", exclusive=True, exit_on_error=False)

    def on_screen_resume(self) -> None:
        """Looks again: something may have been mended."""
        if self.draft is not None:
            self.begin()

    async def _watch(self) -> None:
        try:
            async for draft in settled(await self.tui.client(), self.work.now.dandiset):
                before, self.draft = self.draft, draft
                if before != draft:
                    self.redraw()
        except DandiTuiError as error:
            self.rows.why_empty = f"r asks again: {error.what}."
            self.say_error(error)
            self.redraw()

    # Actions

    def do_into(self) -> None:
        """The draft's page, at the file that the check is about."""
        from dandi_tui.screens.dandiset import DandisetPane

        here = self.query_one(LineList).cursor
        path = self.draft.checks[here].path if self.draft and here < len(self.draft.checks) else ""
        self.app.push_screen(DandisetPane(self.work.now.dandiset, "draft", path=path))

    def do_publish(self) -> None:
        """What stands in the way, and doing it."""
        from dandi_tui.screens.publish import PublishPane

        self.app.push_screen(PublishPane(self.work.now.dandiset))

    def do_edit_metadata(self) -> None:
        """The form of the Dandiset's metadata."""
        from dandi_tui.screens.describe import MetadataPane

        self.app.push_screen(MetadataPane(self.work.now.dandiset))

    def do_copy(self) -> None:
        """The draft's address and names."""
        from dandi_tui.screens.copying import copy_place

        copy_place(self.tui, self._target(), self.draft.info.metadata if self.draft else None)

    def do_refresh(self) -> None:
        """Asks again."""
        self.unsay()
        self.begin()

    def do_start_over(self) -> None:
        """Another contribution; this one stays in the list."""
        from dandi_tui.dataset.contribution import Contribution
        from dandi_tui.screens.upload_work import UploadWork, pane_for

        self.tui.upload_work = UploadWork(Contribution())
        self.app.switch_screen(pane_for(self.tui.upload_work, Step.SOURCE))
