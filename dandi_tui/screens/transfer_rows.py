"""The rows of the transfers workspace, drawn."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dandi_tui.dataset.listing import short
from dandi_tui.screens.transfer_names import Names
from dandi_tui.text import clip, clip_middle, duration, pad, plural, safe, size, width
from dandi_tui.transfer.board import FileRow, JobRow, Row, Standing, SumRow
from dandi_tui.transfer.model import JobState, State
from dandi_tui.widgets.line import Line, Piece
from dandi_tui.widgets.lines import prose_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.transfer.board import Board
    from dandi_tui.transfer.model import FileView, JobView
    from dandi_tui.widgets.look import Signs

_BARS = (14, 10, 6)
"""Cells of a bar; the widest that leaves room for the names."""
_SIZE, _SPEED = 8, 10
_PROGRESS = 4 + 1 + _SIZE + 1 + _SPEED
_SUM_WORDS = {
    State.QUEUED: "queued", State.DONE: "done", State.SKIPPED: "skipped", State.CANCELLED: "cancelled",
    State.PAUSED: "more paused", State.WAITING: "more waiting", State.FAILED: "more failed",
}  # fmt: skip


class TransferRows:
    """The rows.

    Args:
        board: What is shown.
        signs: The signs to draw with.
    """

    def __init__(self, board: Callable[[], Board], signs: Callable[[], Signs]) -> None:
        self._board, self._signs = board, signs
        self.standing = Standing()
        self.why_empty = ""
        self._names, self._widest, self._widest_stopped = Names(()), 0, 0

    @property
    def rows(self) -> list[Row]:
        """What was taken last."""
        return self.standing.rows

    def take(self) -> list[int] | None:
        """Takes the board as it is now; the rows that differ, or None where they are others altogether."""
        before, self.standing = self.rows, self._board().standing()
        differing = self._differing(before)
        if differing is None or any(_runs(before[at]) != _runs(self.rows[at]) for at in differing):
            files = [row.file for row in self.rows if isinstance(row, FileRow)]
            self._names = Names(file.path for file in files)
            self._widest_stopped = self._names.widest(file.path for file in files)
            widest = self._names.widest(file.path for file in files if file.state is State.RUNNING)
            if widest != self._widest:
                self._widest = widest
                return None
        return differing

    def place_of(self, row: Row) -> int | None:
        """Where a row stands by now: its job, its file, or the number of its files in a state."""
        key = _key(row)
        return next((at for at, one in enumerate(self.rows) if _key(one) == key), None)

    def _differing(self, before: list[Row]) -> list[int] | None:
        if len(before) != len(self.rows):
            return None
        differing = []
        for at, (old, new) in enumerate(zip(before, self.rows, strict=True)):
            if isinstance(old, FileRow) and isinstance(new, FileRow):
                # There may be very many of them, and hardly any has changed: the same file is mostly the same object.
                if old.file is new.file:
                    continue
                if old.file.id != new.file.id:
                    return None
                if old.file != new.file:
                    differing.append(at)
            elif _key(old) != _key(new):
                return None
            elif old != new:
                differing.append(at)
        return differing

    def __len__(self) -> int:
        return len(self.rows)

    def line(self, row: int, cells: int, *, cursor: bool) -> Line:
        """One row: a job's head, a file, or how many files are in a state."""
        this = self.rows[row]
        pointer = Piece(self._signs().cursor if cursor else " ", "", True)
        match this:
            case JobRow(job=job):
                return (pointer, *self._job(job, cells - 1))
            case FileRow(file=file):
                return (pointer, *self._file(file, cells - 1))
            case SumRow():
                return (pointer, *self._sum(this))

    def _job(self, job: JobView, cells: int) -> Line:
        signs = self._signs()
        way = signs.to if job.kind == "download" else signs.back
        tail = clip(_job_words(job, signs.dot), cells * 2 // 3)
        room = cells - width(tail) - 6
        title = safe(job.title) if job.kind == "download" else f"upload {safe(job.title)}"
        title = clip(title, max(room // 2, room - width(f" {way} {safe(short(job.root))}")))
        name = f"{title} {way} {clip_middle(safe(short(job.root)), max(1, room - width(f'{title} {way} ')))}"
        filler = signs.rule * max(1, cells - width(name) - width(tail) - 5)
        style = "bad" if job.state is JobState.PAUSED and job.reason else "dim"
        return (Piece(f"{signs.rule} ", "dim", True), Piece(name, "title"), Piece(f" {filler} ", "dim", True), Piece(tail, style, True))

    def _file(self, file: FileView, cells: int) -> Line:
        signs = self._signs()
        sign, style = {
            State.RUNNING: (signs.running, ""), State.FAILED: ("!", "bad"), State.WAITING: ("~", "warn"), State.PAUSED: ("=", "dim"),
        }.get(file.state, (" ", ""))  # fmt: skip
        if file.state is not State.RUNNING:
            return (Piece(f" {sign} ", style, True), *self._stopped(file, cells - 4, style))
        bar = self._bar(cells)
        tail = f" {self._bar_of(file, bar)}{_progress(file)} "
        room = max(8, cells - 3 - width(tail))
        return (Piece(f" {sign} ", style, True), Piece(pad(self._names.fitted(file.path, room), room)), Piece(tail, "dim", True))

    def _stopped(self, file: FileView, cells: int, style: str) -> Line:
        """A file that does not run: its name, and why."""
        words = " ".join(part for part in (_when(file), reason_of(file)) if part) or file.state.value
        room = max(12, min(self._widest_stopped, max(cells // 2, cells - width(words) - 2)))
        return (Piece(pad(self._names.fitted(file.path, room), room)), Piece(" " + clip(safe(words), max(4, cells - room - 2)), style, True))

    def _bar(self, cells: int) -> int:
        """Cells of the bars, the same for all rows: fewer, or none, where names need them."""
        spare = cells - 3 - 1 - _PROGRESS - 1 - self._widest - 1
        return next((bar for bar in _BARS if bar <= spare), 0)

    def _bar_of(self, file: FileView, bar: int) -> str:
        if not bar:
            return ""
        full = int(_share(file) * bar)
        return self._signs().full * full + self._signs().empty * (bar - full) + " "

    def _sum(self, row: SumRow) -> Line:
        signs = self._signs()
        sign, style = {
            State.QUEUED: (signs.queued, "dim"), State.DONE: (signs.yes, "good"), State.FAILED: ("!", "bad"),
            State.CANCELLED: (signs.no, "dim"), State.WAITING: ("~", "warn"),
        }.get(row.state, ("=", "dim"))  # fmt: skip
        words = f"{plural(row.count, 'file')} {_SUM_WORDS[row.state]}"
        return (Piece(f" {sign} ", style, True), Piece(pad(words, 40)), Piece(pad(size(row.size), 12, right=True), "dim", True))

    def empty(self, cells: int) -> Sequence[Line]:
        """Why there are none, and what to press."""
        words = self.why_empty or "Nothing is being transferred. Mark Dandisets, folders or files, and press d."
        return prose_lines(words, cells)


def _runs(row: Row) -> bool:
    return isinstance(row, FileRow) and row.file.state is State.RUNNING


def _key(row: Row) -> tuple[object, ...]:
    match row:
        case JobRow(job=job):
            return ("job", job.id)
        case FileRow(file=file):
            return ("file", file.id)
        case SumRow(job=job, state=state):
            return ("sum", job.id, state)


def _job_words(job: JobView, dot: str) -> str:
    """How a job stands."""
    share = f"{100 * job.bytes // job.total} % of {size(job.total)}" if job.total else plural(sum(job.counts.values()), "file")
    if job.state is JobState.PAUSED:
        return f"paused at {share}{f' {dot} {safe(job.reason)}' if job.reason else ''}"
    if job.over:
        failed = job.count(State.FAILED)
        return f"{'cancelled' if job.state is JobState.CANCELLED else 'ended'}{f', {failed} failed' if failed else ''} {dot} {size(job.bytes)}"
    return f"{share} {dot} {duration(job.left)} left" if job.left is not None else share


def _share(file: FileView) -> float:
    return min(1.0, file.bytes / file.total) if file.total else 0.0


def _progress(file: FileView) -> str:
    """How far a file that runs is: share, size and speed; words of what is done with it take the place of as many of them as they need."""
    speed = file.phase or (f"{size(file.rate)}/s" if file.rate else "")
    words = pad(speed, _SPEED, right=True)
    if width(speed) > _SPEED + 1 + _SIZE:
        return pad(speed, _PROGRESS, right=True)
    if width(speed) > _SPEED:
        return f"{_share(file):4.0%} {pad(speed, _SIZE + 1 + _SPEED, right=True)}"
    return f"{_share(file):4.0%} {pad(size(file.total), _SIZE, right=True)} {words}"


def reason_of(file: FileView) -> str:
    """Why a file does not go on, without its place, which the row begins with."""
    place, _, why = file.reason.partition(f"{file.path}: ")
    return why if why and (not place or place.startswith("/")) else file.reason


def _when(file: FileView) -> str:
    if file.state is not State.WAITING or not file.due:
        return ""
    # In steps, so that an idle screen stays still.
    left = max(0.0, file.due - time.time())
    return "soon:" if left < 15 else f"in {duration(left - left % 15)}:"


def about_file(file: FileView, lines: Sequence[tuple[str, str]]) -> str:
    """All that is known of a file, in words: where it stands, why, what to do, and its log."""
    parts = [file.path, "", f"{file.state.value}, {size(file.bytes)} of {size(file.total)}"]
    if file.reason:
        parts.append(file.reason)
    if file.remedy:
        parts.append(file.remedy)
    parts += ["", *(f"{when}  {words}" for when, words in lines)] if lines else ["", "Nothing went wrong with it so far."]
    return "\n".join(parts)
