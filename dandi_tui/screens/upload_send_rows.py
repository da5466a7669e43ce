"""The rows of sending: what would be done with each file; once they are sent, how each stands with the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.screens.transfer_rows import TransferRows
from dandi_tui.text import clip, clip_middle, duration, pad, plural, safe, size, width
from dandi_tui.transfer.model import JobState, JobView, State
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.screens.upload_send import SendPane
    from dandi_tui.transfer.upload_comparison import Compared

_SIGNS = {"add": ("+", "good"), "replace": ("~", "warn"), "same": ("=", "dim"), "keep": ("=", "dim"), "refuse": ("!", "bad")}


class SendRows:
    """Before sending, the comparison; then the job's files."""

    def __init__(self, pane: SendPane) -> None:
        self.pane = pane
        self.compared: list[Compared] = []
        self._widest = 0
        self.why_empty = "Looking what is there…"
        self.transfer = TransferRows(pane.board, lambda: pane.tui.signs)
        self.sent = False

    def show(self, compared: list[Compared]) -> None:
        """Takes what would be done with each file: those that are not sent stand first."""
        self.compared = sorted(compared, key=lambda one: one.outcome != "refuse")
        widths = sorted(width(safe(one.file.path)) for one in compared)
        self._widest = widths[len(widths) * 9 // 10] if widths else 0

    def take(self) -> list[int] | None:
        """Takes the job as it stands: the rows that differ, or None where they are others altogether."""
        before, self.sent = self.sent, self.pane.job is not None
        differing = self.transfer.take()
        return differing if before == self.sent else None

    def __len__(self) -> int:
        return len(self.transfer) if self.sent else len(self.compared)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """A file and what would be done with it; or as the worker has it."""
        if self.sent:
            return self.transfer.line(row, cells, cursor=cursor)
        one = self.compared[row]
        sign, style = _SIGNS[one.outcome]
        room = max(16, min(self._widest, cells * 3 // 5))
        tail = one.reason or size(one.file.size)
        return (
            Piece(self.pane.tui.signs.cursor if cursor else " ", "", True),
            Piece(f"{sign} ", style, True),
            Piece(pad(clip_middle(safe(one.file.path), room), room)),
            Piece("  " + clip(safe(tail), max(4, cells - room - 6)), style if one.outcome == "refuse" else "dim", True),
        )

    def empty(self, cells: int) -> Sequence[Line]:
        """Why there are none."""
        return prose_lines(self.why_empty, cells)


def job_words(job: JobView) -> str:
    """How far sending is, or what came of it."""
    done, failed, skipped = job.count(State.DONE), job.count(State.FAILED), job.count(State.SKIPPED)
    parts = [f"{plural(done, 'file')} sent"] + ([f"{skipped} there already"] if skipped else []) + ([f"{failed} failed"] if failed else [])
    words = ", ".join(parts)
    if job.state is JobState.PAUSED:
        return f"Paused: {words}. {job.reason} {job.remedy}".strip()
    if job.over:
        return f"{'Cancelled' if job.state is JobState.CANCELLED else 'Sent'}: {words}, {size(job.bytes)}. n goes on."
    left = f", {duration(job.left)} left" if job.left is not None else ""
    return f"Sending: {words} of {sum(job.counts.values())}, {size(job.bytes)} of {size(job.total)}, {size(job.rate)}/s{left}"
