"""The upload wizard's frame: the steps on the top line, next and back, and what every step can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.dataset.contribution import Step, step_after, step_before, steps_of
from dandi_tui.dataset.listing import short
from dandi_tui.screens.pane import Pane
from dandi_tui.screens.upload_work import UploadWork, pane_for
from dandi_tui.text import clip
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.app import DandiTuiApp

MOVES = ("up", "down", "page_up", "page_down", "half_up", "half_down", "first", "last")
_WORDS = {Step.SOURCE: "source", Step.CHECK: "check", Step.PLAN: "plan", Step.TARGET: "target", Step.SEND: "send", Step.NEXT: "publish"}


class UploadPane(Pane):
    """A step of the wizard.

    Args:
        work: The contribution.
    """

    STEP: ClassVar[Step]

    def __init__(self, work: UploadWork) -> None:
        super().__init__()
        self.work = work

    def crumbs(self) -> Sequence[str]:
        """The workspace."""
        return ["Upload", _WORDS[self.STEP]]

    def head(self, cells: int) -> Sequence[Line]:
        """The steps, the present one marked; the source and how things stand."""
        pieces: list[Piece] = [Piece(" ")]
        for number, step in enumerate(steps_of(self.work.now), 1):
            here = step is self.STEP
            pieces += [Piece(f"[{number} {_WORDS[step]}]" if here else f" {number} {_WORDS[step]} ", "title" if here else "dim"), Piece(" ")]
        return [tuple(pieces), *((Piece(" " + clip(words, cells - 2), style),) for words, style in self.facts())]

    def facts(self) -> Sequence[tuple[str, str]]:
        """Lines that say how things stand, each with its style."""
        return ()

    def source_words(self) -> str:
        """The sources, short."""
        sources = self.work.now.sources
        more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
        return (short(sources[0]) + more) if sources else ""

    def on_mount(self) -> None:
        """Keeps that this step is the present one, and begins."""
        self.set_focus(self.query_one(LineList))
        if self.work.now.step is not self.STEP:
            self.work.change(self.work.now.but(step=self.STEP))
        self.call_after_refresh(self.begin)

    def begin(self) -> None:
        """What the step does at once."""

    def redraw(self) -> None:
        """Draws the list and the frame again, after anything they tell of has changed."""
        if self.is_mounted:
            self.query_one(LineList).reload()
            self.draw_frame()

    # From step to step

    def why_not_next_step(self) -> str:
        """What is still to be done here."""
        return self.work.why_not_next(self.STEP)

    def do_next_step(self) -> None:
        """Goes on to the next step."""
        following = step_after(self.work.now, self.STEP)
        if following is not None:
            self.app.switch_screen(pane_for(self.work, following))

    def do_out(self) -> None:
        """Goes back to the step before; from the first one, out."""
        before = step_before(self.work.now, self.STEP)
        if before is None:
            self.tui.go_out()
        else:
            self.app.switch_screen(pane_for(self.work, before))


def open_upload(app: DandiTuiApp) -> None:
    """Opens the wizard at the step where it stands."""
    from dandi_tui.dataset.contribution import Contribution

    if isinstance(app.pane, UploadPane):
        return
    app.upload_work = app.upload_work or UploadWork(Contribution())
    app.push_screen(pane_for(app.upload_work, app.upload_work.now.step))


async def offer(app: DandiTuiApp) -> None:
    """Says at the start which contribution was left unfinished last; `3` lists all of them."""
    import asyncio

    from dandi_tui.dataset.kept_contributions import kept

    latest = next((one for one in await asyncio.to_thread(kept) if one.step is not Step.NEXT), None)
    if latest is not None and not isinstance(app.pane, UploadPane) and not app.pane.message:
        app.pane.say(f"3 takes up again the unfinished upload of {short(latest.sources[0])}")
