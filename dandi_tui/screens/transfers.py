"""Transfers: jobs with their files, what each came to, and everything to steer them. The worker does them, not this screen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.notice import Notice
from dandi_tui.screens.page import PagePane, prose
from dandi_tui.screens.pane import Pane
from dandi_tui.screens.transfer_limits import Limiting, rate_words
from dandi_tui.screens.transfer_places import place_choices, place_title, place_words
from dandi_tui.screens.transfer_rows import TransferRows, about_file, reason_of
from dandi_tui.text import clip, duration, plural, safe, size
from dandi_tui.transfer.board import FileRow, JobRow, SumRow
from dandi_tui.transfer.model import PLACE, JobState, State
from dandi_tui.widgets.line import Line, Piece, spread
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.transfer.board import Board, Row
    from dandi_tui.transfer.model import FileView, JobView

_DRAW_SECONDS = 0.5


def paused_words(action: str, name: str, files: int = 0) -> str:
    """What was paused, or goes on: a file, or a job with so many files that are not done."""
    shown = clip(safe(name), 32)
    if action == "pause":
        return f"{shown} is paused: {plural(files, 'file')} wait{'s' if files == 1 else ''}; p lets them go on" if files else f"{shown} is paused"
    return f"{shown} goes on: {plural(files, 'file')}" if files else f"{shown} goes on"


class TransfersPane(Pane):
    """The workspace of transfers."""

    ACTIONS: ClassVar[tuple[str, ...]] = (
        "out", "pause", "cancel", "retry", "limits", "file_log", "clear", "sooner", "later", "up", "down", "page_up", "page_down",
        "half_up", "half_down", "first", "last",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.rows = TransferRows(lambda: self.board, lambda: self.tui.signs)
        self._stale = False

    def crumbs(self) -> Sequence[str]:
        """The workspace."""
        return ["Transfers"]

    def head(self, cells: int) -> Sequence[Line]:
        """How many files are in which state, and how fast all goes, at the moment that the rows are of; what a person should know of the journal."""
        standing = self.rows.standing
        states = (State.RUNNING, State.QUEUED, State.WAITING, State.PAUSED, State.FAILED, State.SKIPPED, State.DONE)
        counts = [f"{standing.counts[state]:,} {state.value}" for state in states if standing.counts.get(state)]
        words = ", ".join(counts) or "nothing"
        speed = "".join(
            f"{size(rate)}/s {sign} "
            for kind, sign in (("download", self.tui.signs.down), ("upload", self.tui.signs.up))
            if (rate := standing.rates.get(kind, 0.0)) > 0
        )
        if speed and standing.limits.rate:
            speed += f"(limit {rate_words(standing.limits.rate)}) "
        lines = [spread([Piece(" " + clip(words, cells - 2), "dim")], [Piece(speed)], cells)]
        notes = [*standing.notices, *([self.tui.ending] if self.tui.ending and standing.going else [])]
        return lines + [(Piece(" " + clip(note, cells - 2), "warn"),) for note in notes[:2]]

    def rule_label(self) -> Sequence[Piece]:
        """Why what is under the cursor does not go on, and what to do; else that leaving does no harm."""
        if words := self._remedy():
            return [Piece(safe(words), "warn")]
        return [Piece("these go on when you quit", "dim")] if self.rows.standing.going else ()

    def body(self) -> Iterable[Widget]:
        """The rows."""
        self.rows.take()
        yield LineList(self.rows, id="transfers")

    @property
    def board(self) -> Board:
        """What is known."""
        return self.tui.link.board

    def on_mount(self) -> None:
        """Looks twice a second whether something has changed, and draws only what differs."""
        rows = self.query_one(LineList)
        self.set_focus(rows)
        self.rows.take()
        rows.reload()
        self.set_interval(_DRAW_SECONDS, self._draw)

    def changed(self) -> None:
        """The board has changed."""
        self._stale = True

    def _draw(self) -> None:
        if not self._stale or not self.is_current:
            return
        self._stale = False
        self._take()
        self.draw_frame()

    def _take(self) -> None:
        """Takes what there is; the cursor stays with its file or job, since keys act on what stands under it."""
        rows, under = self.query_one(LineList), self._row()
        differing = self.rows.take()
        at = self.rows.place_of(under) if under is not None and differing is None else None
        if at is None:
            rows.redraw_differing(differing)
        else:
            rows.reload(cursor=at)

    def on_line_list_cursor_moved(self) -> None:
        """Tells of the row under the cursor."""
        self.draw_frame()

    # What is under the cursor

    def _remedy(self) -> str:
        match self._row():
            case FileRow(file=file) if file.state in {State.FAILED, State.WAITING, State.PAUSED}:
                return file.remedy or reason_of(file)
            case JobRow(job=job) if job.remedy and job.state is JobState.PAUSED:
                return job.remedy
            case _:
                return ""

    def _row(self) -> Row | None:
        at = self.query_one(LineList).cursor
        return self.rows.rows[at] if at < len(self.rows.rows) else None

    def why_not_pause(self) -> str:
        """Something must be there that goes on or is paused."""
        match self._row():
            case None:
                return "There is nothing to pause."
            case FileRow(file=file):
                return "" if file.state is not State.FAILED else "This file has failed; R tries it again."
            case row:
                return "" if not row.job.over else "This transfer has ended."

    def do_pause(self) -> None:
        """Pauses the file or job under the cursor, or lets it go on."""
        match self._row():
            case FileRow(job=job, file=file) if job.state is JobState.ACTIVE:
                action = "resume" if file.state is State.PAUSED else "pause"
                self._steer(action, files=[file.id], done=paused_words(action, file.path.rpartition("/")[2]))
            case None:
                return
            case row:
                goes_on = row.job.state is JobState.PAUSED or (isinstance(row, SumRow) and row.state is State.PAUSED)
                action = "resume" if goes_on else "pause"
                self._steer(action, jobs=[row.job.id], done=paused_words(action, row.job.title, row.job.unfinished))

    def why_not_cancel(self) -> str:
        """What has ended can't be cancelled."""
        row = self._row()
        if row is None:
            return "There is nothing to cancel."
        return "This transfer has ended." if row.job.over else ""

    def do_cancel(self) -> None:
        """Cancels the file under the cursor; a whole job only after asking."""
        row = self._row()
        if isinstance(row, FileRow):
            self._steer("cancel", files=[row.file.id], done="cancelled; what has arrived stays, R goes on from it")
        elif row is not None:
            job, words = row.job, f"{plural(row.job.unfinished, 'file')} of {row.job.title} will not be transferred. What has arrived stays."

            def answered(yes: bool | None) -> None:
                if yes:
                    self._steer("cancel", jobs=[job.id], done="cancelled; what has arrived stays, R goes on from it")

            self.app.push_screen(Notice("Cancel this transfer?", words, yes=("c", "cancel it")), answered)

    def why_not_retry(self) -> str:
        """There must be something that failed or was cancelled."""
        row = self._row()
        again = row is not None and row.job.count(State.FAILED, State.CANCELLED, State.WAITING)
        return "" if again else "Nothing here has failed."

    def do_retry(self) -> None:
        """Tries the file, or all of the job that failed, again; what has arrived is not fetched again."""
        row = self._row()
        if row is not None:
            single = isinstance(row, FileRow) and row.file.state in {State.FAILED, State.WAITING}
            self.run_worker(self._retry(row.job, row.file if single and isinstance(row, FileRow) else None), exit_on_error=False)

    async def _retry(self, job: JobView, file: FileView | None) -> None:
        try:
            transfers = await self.tui.link.ready()
            touched = await transfers.steer("retry", [] if file else [job.id], [file.id] if file else [])
            failed = await transfers.files(job.id, [State.FAILED])
        except DandiTuiError as error:
            self.say_error(error)
            return
        asking = [one for one in failed if one.need == PLACE and (file is None or one.id == file.id)]
        if touched:
            self.say(f"{plural(touched, 'file')} tried again, from what has arrived")
        if asking:
            words = place_title(asking)
            self.tui.choose(words, place_choices(job), lambda word: self._said(word, job, file, len(asking)))
        elif not touched:
            self.say("nothing to try again: what the plan refused stays refused; make a new download of it", "warn")

    def _said(self, word: str, job: JobView, file: FileView | None, count: int) -> None:
        """Does what was said of what stands where files belong."""
        self._steer(word, jobs=[] if file else [job.id], files=[file.id] if file else [], done=place_words(word, count))

    def why_not_sooner(self) -> str:
        """Something must be there to be moved."""
        return "" if self._row() else "There is nothing to move."

    why_not_later = why_not_sooner

    def do_sooner(self) -> None:
        """Moves the job up among the jobs."""
        self._move_job("up")

    def do_later(self) -> None:
        """Moves the job down among the jobs."""
        self._move_job("down")

    def _move_job(self, action: str) -> None:
        if row := self._row():
            self._steer(action, jobs=[row.job.id])

    def why_not_clear(self) -> str:
        """Something must have ended."""
        return "" if any(job.over for job in self.board.jobs.values()) else "Nothing has ended yet."

    def do_clear(self) -> None:
        """Takes jobs that have ended off the list; the files stay."""
        self._steer("clear", jobs=[job.id for job in self.board.jobs.values() if job.over])

    def _steer(self, action: str, *, jobs: Sequence[int] = (), files: Sequence[int] = (), done: str = "") -> None:
        async def steer() -> None:
            try:
                touched = await (await self.tui.link.ready()).steer(action, jobs, files)
            except DandiTuiError as error:
                self.say_error(error)
                return
            if done and touched:
                self.say(done)
            else:
                self.unsay()

        self.run_worker(steer(), exit_on_error=False)

    def do_limits(self) -> None:
        """Asks what is to be limited, and how."""
        row = self._row()
        # The rows may be half a second old.
        job = self.board.jobs.get(row.job.id) if row is not None else None
        Limiting(self, job if job is not None and not job.over else None).ask()

    # The log

    def why_not_file_log(self) -> str:
        """There must be a row."""
        return "" if self._row() else "There is nothing to be read."

    def do_file_log(self) -> None:
        """The log of the file under the cursor, or the files that the row counts."""
        match self._row():
            case FileRow(file=file):
                self.run_worker(self._file_page(file.id, file.job), exit_on_error=False)
            case SumRow(job=job, state=state):
                self.run_worker(self._files_page(job.id, [state], f"{job.title}: {state.value}"), exit_on_error=False)
            case JobRow(job=job):
                self.run_worker(self._files_page(job.id, [], job.title), exit_on_error=False)

    async def _file_page(self, number: int, job: int) -> None:
        try:
            log = await (await self.tui.link.ready()).log(number)
        except DandiTuiError as error:
            self.say_error(error)
            return
        file = self.board.files.get(number)
        if file is not None:
            lines = [(f"{datetime.fromtimestamp(line.time).astimezone():%d %b %H:%M:%S}", line.words) for line in log]
            self.app.push_screen(PagePane("Transfer of a file", {"log": prose(about_file(file, lines))}))

    async def _files_page(self, job: int, states: list[State], title: str) -> None:
        try:
            files = await (await self.tui.link.ready()).files(job, states)
        except DandiTuiError as error:
            self.say_error(error)
            return
        view = self.board.jobs.get(job)
        head = f"{view.reason} {view.remedy}\n\n" if view and view.reason else ""
        if view and view.ended and not states:
            head = f"{view.kind} of {plural(sum(view.counts.values()), 'file')}, took {duration(view.ended - view.created)}\n\n"
        lines = [f"{file.state.value:9} {size(file.total):>9}  {file.path}{f'  {file.reason} {file.remedy}' if file.reason else ''}" for file in files]
        self.app.push_screen(PagePane(title, {"files": prose(head + "\n".join(lines))}))
