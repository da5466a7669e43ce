"""Step 1: which folders; what was found there by kind and size, as it is found; what was left unfinished, to be taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dandi_tui.dataset.contribution import Contribution, Step
from dandi_tui.dataset.kept_contributions import forget, kept, recent_sources
from dandi_tui.dataset.listing import short
from dandi_tui.screens.folder_picker import FolderPicker
from dandi_tui.screens.upload import MOVES, UploadPane
from dandi_tui.screens.upload_work import UploadWork, pane_for
from dandi_tui.text import clip, clip_middle, number, pad, plural, safe, size
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

_STEPS = {
    Step.SOURCE: "at its source", Step.CHECK: "being checked", Step.PLAN: "at its plan", Step.TARGET: "without a Dandiset", Step.SEND: "being sent",
    Step.NEXT: "sent",
}  # fmt: skip


class _Rows:
    """Sources, then what was found by kind; before a source is chosen, what was left unfinished."""

    def __init__(self, pane: SourcePane) -> None:
        self.pane = pane
        self.kept: list[Contribution] = []

    def __len__(self) -> int:
        work = self.pane.work
        return len(work.now.sources) + len(work.tally.counts()) if work.now.sources else len(self.kept)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        work, signs = self.pane.work, self.pane.tui.signs
        pointer = Piece(signs.cursor if cursor else " ", "", True)
        if not work.now.sources:
            return (pointer, *self._unfinished(self.kept[row], cells))
        if row < len(work.now.sources):
            return (pointer, Piece(" " + clip_middle(safe(short(work.now.sources[row])), cells - 4), "folder"))
        one = work.tally.counts()[row - len(work.now.sources)]
        return (pointer, Piece(pad(f"   {safe(one.kind)}", 38)), Piece(pad(number(one.files), 12, right=True)), Piece(pad(size(one.size), 12, right=True)))

    @staticmethod
    def _unfinished(one: Contribution, cells: int) -> Line:
        words = f"{_STEPS[one.step]}{f', to {one.dandiset}' if one.dandiset else ''}"
        room = max(12, cells - len(words) - 6)
        return (Piece(" " + pad(clip_middle(safe(short(one.sources[0])), room), room), "folder"), Piece("  " + words, "dim", True))

    def empty(self, cells: int) -> Sequence[Line]:
        return [(Piece(" " + clip("No folder is chosen yet: a chooses one; a Dandiset's own folder will do too.", cells - 2), "dim"),)]


class SourcePane(UploadPane):
    """Which folders."""

    STEP = Step.SOURCE
    ACTIONS: ClassVar[tuple[str, ...]] = ("take", "add_source", "next_step", "remove", "start_over", "out", *MOVES)

    def __init__(self, work: UploadWork) -> None:
        super().__init__(work)
        self.rows = _Rows(self)

    def actions(self) -> Sequence[str]:
        """Taking up stands there only where something was left."""
        left = self.rows.kept and not self.work.now.sources
        return self.ACTIONS if left else [name for name in self.ACTIONS if name != "take"]

    def facts(self) -> Sequence[tuple[str, str]]:
        """What was found so far."""
        work = self.work
        if not work.now.sources:
            return [("Taken up again with Enter, or a new one with a:" if self.rows.kept else "A folder with NWB files, to be checked, named and sent.", "dim")]
        more = "" if work.counted else ", still looking…"
        where = ": a Dandiset's folder, organized already" if work.now.organized else ""
        return [(f"{number(work.tally.nwb)} NWB files, {plural(work.tally.files, 'file')} in all, {size(work.tally.size)}{more}{where}", "")]

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield LineList(self.rows, id="sources")

    def begin(self) -> None:
        """Looks for what was left, or counts what there is."""
        if not self.work.now.sources:
            self.rows.kept = kept(30)
            self.redraw()
        else:
            self._count()

    def _count(self) -> None:
        self.run_worker(self.work.count(self.redraw), group="count", exclusive=True, exit_on_error=False)

    # Actions

    def do_take(self) -> None:
        """Takes up what was left, at the step where it was left."""
        chosen = self.rows.kept[self.query_one(LineList).cursor]
        self.tui.upload_work = UploadWork(chosen)
        self.app.switch_screen(pane_for(self.tui.upload_work, chosen.step))

    def do_add_source(self) -> None:
        """Asks for a folder or file."""
        start = self.work.now.sources[-1].rpartition("/")[0] + "/" if self.work.now.sources else "~/"

        def chosen(path: str | None) -> None:
            if path is not None:
                self._take_sources([*self.work.now.sources, path])

        recent = [path for path in recent_sources() if path not in self.work.now.sources]
        self.app.push_screen(FolderPicker("Folder with NWB files", start, recent=recent), chosen)

    def _take_sources(self, sources: Sequence[str]) -> None:
        again = self.work.take_sources(sources)
        self.redraw()
        if again:
            self.say("taken up again: what was decided of these files before holds")
        self._count()

    def why_not_remove(self) -> str:
        """There must be something to remove."""
        here = self.query_one(LineList).cursor
        rows = len(self.work.now.sources) or len(self.rows.kept)
        return "" if here < rows else "Only a folder can be removed from this list."

    def do_remove(self) -> None:
        """Takes a folder off the list, or forgets what was left; no file is touched."""
        here = self.query_one(LineList).cursor
        if not self.work.now.sources:
            forget(self.rows.kept.pop(here))
            self.redraw()
            return
        left = [one for at, one in enumerate(self.work.now.sources) if at != here]
        if left:
            self._take_sources(left)
        else:
            self.do_start_over()

    def do_start_over(self) -> None:
        """Lays this one aside, for another; it stays in the list."""
        self.tui.upload_work = UploadWork(Contribution())
        self.app.switch_screen(pane_for(self.tui.upload_work, Step.SOURCE))
