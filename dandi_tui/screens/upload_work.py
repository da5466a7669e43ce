"""A contribution while it is worked on: what was decided, kept on the disk at each change, and what runs behind the steps."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dandi_tui.dataset.asset_files import find_dandiset
from dandi_tui.dataset.carrying_out import Placed, TakenBack, after, carry_out, plan_now
from dandi_tui.dataset.checkup import Checkup, look, looked_into
from dandi_tui.dataset.contribution import Contribution, Standing, Step, begin, leave_out, why_not_leave, with_sources
from dandi_tui.dataset.kept_contributions import forget, keep, kept_of
from dandi_tui.dataset.taking_up import stand_ins, taken_up
from dandi_tui.dataset.tally import Tally, sized
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.streaming import batches, in_thread, settle
from dandi_tui.transfer.upload_plan import dandiset_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.dataset.plan_model import Plan
    from dandi_tui.screens.upload import UploadPane


class UploadWork:
    """One contribution at work.

    Args:
        contribution: What was decided so far.
    """

    def __init__(self, contribution: Contribution) -> None:
        self._begin(contribution)

    def _begin(self, contribution: Contribution) -> None:
        self.now = contribution
        self.tally = Tally()
        self.counted = False
        self.checkup = Checkup()
        self.plan: Plan | None = None
        self.results: list[Placed] = []
        self.taken_back: list[TakenBack] = []
        self.fault = ""
        self._looked = False

    def change(self, contribution: Contribution) -> None:
        """Takes decisions, and keeps them; where they can't be kept, work goes on all the same."""
        self.now = contribution
        with suppress(OSError, ValueError):
            keep(contribution)

    def take_sources(self, sources: Sequence[str]) -> bool:
        """Begins with sources, or with others; a folder of a Dandiset is organized already.

        What was decided before of the same sources holds, and what was decided of those that stay.

        Returns:
            Whether these very sources were worked on before.
        """
        root = dandiset_folder(sources)
        number = ""
        if root is not None:
            with suppress(DandiTuiError):
                number = dandiset_of(root)
        begun, before = begin(sources, organized=str(root) if root else "", dandiset=number), self.now
        known = kept_of(begun)
        again = known is not None and (known.organized, known.organized and known.folder) == (begun.organized, begun.organized and begun.folder)
        if known is not None and again:
            begun = known.but(step=Step.SOURCE)
        elif before.sources and not before.organized and not begun.organized:
            begun = with_sources(before, begun.sources)
            with suppress(OSError, ValueError):
                forget(before)
        self._begin(begun)
        self.change(self.now)
        return again

    async def count(self, changed: Callable[[], None]) -> None:
        """Counts what there is under the sources, as it is found."""
        self.tally, self.counted = Tally(), False
        now = self.now
        async for batch in batches(lambda: sized(looked_into(now.sources, stand_ins(now)))):
            self.tally.take(batch)
            changed()
        self.counted = True
        changed()

    async def look(self, changed: Callable[[], None], *, again: bool = False) -> None:
        """Reads and checks all files, as they come; once, unless asked for again."""
        if self._looked and not again:
            return
        self._looked, self.checkup, self.plan = True, Checkup(), None
        settle()
        try:
            now, moved = await self._take_up()
            async for batch in batches(lambda: look(now.sources, organized=now.organized, folder=now.folder, stand_ins=moved)):
                self.checkup.take(batch)
                changed()
            self.checkup.complete = True
            settle()
        except OSError as error:
            self.fault = f"{error.strerror or error}: {error.filename or ''}"
        finally:
            self._looked = self.checkup.complete
        changed()

    async def _take_up(self) -> tuple[Contribution, dict[str, str]]:
        """Finds what was put in its place before the program ended early, and what stands for sources that were moved."""
        before = self.now
        found = await in_thread(lambda: taken_up(before))
        if found is not before and self.now is before:
            self.change(found)
        moved = await in_thread(lambda: stand_ins(self.now))
        self.checkup = Checkup(moved)
        return self.now, moved

    async def make_plan(self) -> Plan:
        """The plan as decided now; in a thread, since it looks at the disk."""
        contribution, files, moved = self.now, self.checkup.nwb(), self.checkup.stand_ins.keys()
        self.plan = await in_thread(lambda: plan_now(contribution, files, moved=moved))
        settle()
        return self.plan

    async def apply(self, changed: Callable[[], None]) -> None:
        """Carries the plan out.

        Raises:
            OrganizeError: It may not be done.
            OSError: The disk refuses.
        """
        contribution, plan = self.now, self.plan
        assert plan is not None  # noqa: S101 (a plan stands before it is applied)
        self.results, self.taken_back = [], []
        try:
            async for batch in batches(lambda: carry_out(contribution, plan)):
                self.results += [one for one in batch if isinstance(one, Placed)]
                self.taken_back += [one for one in batch if isinstance(one, TakenBack)]
                changed()
        finally:
            self.change(after(self.now, [*self.taken_back, *self.results]))
            self._moved(plan)

    def _moved(self, plan: Plan) -> None:
        """Keeps which files stand for their sources now; those that went back are looked at anew."""
        back = {one.source for one in self.taken_back if not one.stays} & self.checkup.stand_ins.keys()
        if back:
            self._looked = False
        if plan.mode == "move":
            stood = {move.source for move in plan.moves if move.same}
            done = {one.source: one.destination for one in self.results if not one.problem and one.source not in stood}
            self.checkup.stand_ins |= {source: str(Path(plan.root) / path) for source, path in done.items()}

    def leave_out(self, files: Sequence[str]) -> None:
        """Takes files out, or back in."""
        self.change(leave_out(self.now, files))

    def standing(self) -> Standing:
        """What is known of the files at this moment."""
        counts = self.checkup.counts(self.now)
        nwb = counts.found or self.tally.nwb
        waiting = 0 if self.checkup.complete else max(nwb - counts.checked, int(not nwb))
        return Standing(nwb=nwb, waiting=waiting if self.now.step is not Step.SOURCE or not self.counted else 0, usable=counts.usable, plan=self.plan)

    def why_not_next(self, step: Step) -> str:
        """Why the next step can't be taken."""
        return why_not_leave(self.now, step, self.standing())


def dandiset_folder(sources: Sequence[str]) -> Path | None:
    """The folder of the Dandiset that all sources stand in; None where there is none."""
    roots = {find_dandiset(path if path.is_dir() else path.parent) for path in map(Path, sources)}
    return roots.pop() if len(roots) == 1 else None


def pane_for(work: UploadWork, step: Step) -> UploadPane:
    """The pane of a step."""
    from dandi_tui.screens.upload_check import CheckPane
    from dandi_tui.screens.upload_next import NextPane
    from dandi_tui.screens.upload_plan import PlanPane
    from dandi_tui.screens.upload_send import SendPane
    from dandi_tui.screens.upload_source import SourcePane
    from dandi_tui.screens.upload_target import TargetPane

    made: dict[Step, type[UploadPane]] = {
        Step.SOURCE: SourcePane, Step.CHECK: CheckPane, Step.PLAN: PlanPane, Step.TARGET: TargetPane, Step.SEND: SendPane, Step.NEXT: NextPane,
    }  # fmt: skip
    return made[step](work)
