"""Step 5: what would be added, replaced or left there; sent by the worker, which goes on when this screen or program is left."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from dandi_tui.api.rights import why_locked
from dandi_tui.dataset.contribution import Step
from dandi_tui.dataset.listing import short
from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.menu import Choice
from dandi_tui.screens.page import PagePane, prose
from dandi_tui.screens.streaming import in_thread, settle
from dandi_tui.screens.transfer_rows import about_file
from dandi_tui.screens.upload import MOVES, UploadPane
from dandi_tui.screens.upload_send_rows import SendRows, job_words
from dandi_tui.text import number, plural, size, width
from dandi_tui.transfer.board import Board, FileRow
from dandi_tui.transfer.contribution_sending import assets_there, changed_since, job_of, keep_record, local_files, record_of, schema_words
from dandi_tui.transfer.model import JobState, JobView, State
from dandi_tui.transfer.upload_comparison import WORDS, compare, counted
from dandi_tui.transfer.upload_plan import check_owner
from dandi_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dandi_tui.screens.upload_work import UploadWork
    from dandi_tui.transfer.model import FileView

_LOOK_SECONDS = 0.5
_EXISTING = {
    "refresh": "replace files that differ, unless the archive's are newer", "overwrite": "replace files that differ", "skip": "leave files that are there",
    "force": "replace all",
}  # fmt: skip


class SendPane(UploadPane):
    """Sending."""

    STEP = Step.SEND
    ACTIONS: ClassVar[tuple[str, ...]] = ("send", "into", "pause", "retry", "next_step", "existing", "with_errors", "cancel", "refresh", "out", *MOVES)

    def __init__(self, work: UploadWork) -> None:
        super().__init__(work)
        self.rows = SendRows(self)
        self._busy = ""
        self._locked = ""
        self._schema = ""
        self._record = ""
        self._drawn: JobView | None = None

    @property
    def job(self) -> JobView | None:
        """The job, where it was sent and is still known to the worker."""
        return self.tui.link.board.jobs.get(self.work.now.job) if self.work.now.job else None

    def board(self) -> Board:
        """The board with this job alone."""
        mine, whole = Board(), self.tui.link.board
        if job := self.job:
            mine.jobs = {job.id: job}
            mine.files = {one: file for one, file in whole.files.items() if file.job == job.id}
        return mine

    def facts(self) -> Sequence[tuple[str, str]]:
        """What would be done; or how far it is."""
        if self._busy:
            return [(self._busy, "")]
        if job := self.job:
            return [(job_words(job), "bad" if job.count(State.FAILED) else "")]
        found = counted(self.rows.compared)
        if not found:
            return [(f"to {self.work.now.dandiset}", "")]
        words = ", ".join(f"{number(count)} {WORDS[outcome]}" for outcome, count in found.items())
        to, then = f"to {self.work.now.dandiset}", "" if self._locked else " Enter sends."
        whole = f"{to}: {words}.{then}"
        lines = [(whole, "")] if width(whole) <= self.size.width - 2 else [(f"{to}.{then}", ""), (words, "")]
        return [*lines, *((one, "warn") for one in (self._locked, self._schema) if one)]

    def body(self) -> Iterable[Widget]:
        """The files."""
        yield LineList(self.rows, id="sending")

    def begin(self) -> None:
        """Looks what is there; a job that was sent is shown as it stands."""
        self.set_interval(_LOOK_SECONDS, self._look)
        self.run_worker(self._compare(), group="compare", exclusive=True, exit_on_error=False)

    def redraw(self) -> None:
        """Draws the list and the frame again."""
        self.rows.take()
        super().redraw()

    async def _compare(self, *, look_again: bool = False) -> None:
        if self.work.now.job:
            await self._find_job()
            if self.job:
                self.redraw()
                return
        self._busy = "looking at the files, and at what the draft has…"
        self.redraw()
        try:
            await self.work.look(self.draw_frame, again=look_again)
            now, checkup = self.work.now, self.work.checkup
            files = await in_thread(lambda: local_files(now, checkup))
            client = await self.tui.client()
            dandiset = await check_owner(client, now.dandiset)
            self._record = await record_of(client, now)
            self._locked, self._schema = why_locked(dandiset), schema_words(await client.info())
            count = dandiset.draft_version.asset_count if dandiset.draft_version else 0
            there = await assets_there(client, now.dandiset, files, count)
            compared = await in_thread(lambda: compare(files, there, now.existing))
            self.rows.show(compared)
            settle()
            self.rows.why_empty = "There is nothing to send."
        except DandiTuiError as error:
            self.rows.compared, self.rows.why_empty = [], f"r tries again: {error.what}."
            self.say_error(error)
        except OSError as error:
            self.rows.compared, self.rows.why_empty = [], f"r tries again: {error}"
            self.say(str(error), "error")
        finally:
            self._busy = ""
            self.redraw()

    async def _find_job(self) -> None:
        """Attaches to the worker, which knows of a job that was sent in another sitting."""
        import asyncio

        try:
            await self.tui.link.ready()
        except DandiTuiError as error:
            self.say_error(error)
            return
        for _ in range(20):
            if self.job:
                return
            await asyncio.sleep(0.1)

    def _look(self) -> None:
        if not self.is_current or not self.work.now.job:
            return
        self.query_one(LineList).redraw_differing(self.rows.take())
        if self.job != self._drawn:
            self._drawn = self.job
            self.draw_frame()

    # Actions

    def why_not_send(self) -> str:
        """There must be something to send, and nothing under way."""
        if self._busy:
            return self._busy
        if self.job is not None and not self.job.over:
            return "It is being sent."
        if self._locked:
            return f"r looks again. {self._locked}"
        if self.job is not None:
            return "It was sent: n goes on, R tries again what failed, r looks again what differs."
        return "" if any(one.outcome in {"add", "replace", "same"} for one in self.rows.compared) else "There is nothing to send."

    def do_send(self) -> None:
        """Hands the files to the worker."""
        self.run_worker(self._send(), group="send", exclusive=True, exit_on_error=False)

    async def _send(self) -> None:
        self._busy = "handing over to the worker…"
        self.draw_frame()
        compared = self.rows.compared
        if changed := await in_thread(lambda: changed_since(compared)):
            await self._compare(look_again=True)
            self.say(f"{plural(len(changed), 'file')} changed meanwhile, {changed[0]} first: nothing was sent; look, then Enter", "warn")
            return
        spec, files = job_of(self.work.now, self.tui.instance, compared)
        try:
            keep_record(self.work.now, self._record)
            job = await self.tui.link.submit(spec, files)
        except DandiTuiError as error:
            self.say_error(error)
            return
        except OSError as error:
            self.say(f"dandiset.yaml can't be written: {error}", "error")
            return
        finally:
            self._busy = ""
        self.work.change(self.work.now.but(job=job))
        self.say("sending: it goes on when you leave or quit; 3 comes back here")
        self._look()

    def why_not_into(self) -> str:
        """A file must be under the cursor."""
        here = self.query_one(LineList).cursor
        if self.rows.sent:
            return (
                ""
                if here < len(self.rows) and isinstance(self.rows.transfer.rows[here], FileRow)
                else "There is no file under the cursor; 2 lists all transfers."
            )
        return "" if self.rows.compared else "There is no file under the cursor."

    def do_into(self) -> None:
        """All that is known of the file under the cursor: what stands in its way, what can be done, its log."""
        here = self.query_one(LineList).cursor
        if not self.rows.sent:
            one = self.rows.compared[here]
            words = f"{one.file.path}\n{short(one.file.place)}\n{size(one.file.size)}\n\n{WORDS[one.outcome]}{f': {one.reason}' if one.reason else ''}"
            self.app.push_screen(PagePane("A file to be sent", {"file": prose(words)}))
        elif isinstance(row := self.rows.transfer.rows[here], FileRow):
            self.run_worker(self._show_log(row.file), group="log", exclusive=True, exit_on_error=False)

    async def _show_log(self, file: FileView) -> None:
        try:
            log = await (await self.tui.link.ready()).log(file.id)
        except DandiTuiError as error:
            self.say_error(error)
            return
        lines = [(f"{datetime.fromtimestamp(line.time).astimezone():%d %b %H:%M:%S}", line.words) for line in log]
        self.app.push_screen(PagePane("A file that is sent", {"log": prose(about_file(file, lines))}))

    def why_not_next_step(self) -> str:
        """It must be sent."""
        if self.work.now.job and self.job is not None and not self.job.over:
            return "It is still being sent."
        return super().why_not_next_step()

    def why_not_pause(self) -> str:
        """Only what goes on can be paused."""
        return "" if self.job is not None and not self.job.over else "Nothing is being sent."

    why_not_cancel = why_not_pause

    def do_pause(self) -> None:
        """Pauses, or goes on."""
        if self.job:
            self._steer("resume" if self.job.state is JobState.PAUSED else "pause")

    def do_cancel(self) -> None:
        """Ends sending; what was sent stays."""
        self._steer("cancel")

    def why_not_retry(self) -> str:
        """Something must have failed."""
        return "" if self.job is not None and self.job.count(State.FAILED, State.CANCELLED) else "Nothing failed."

    def do_retry(self) -> None:
        """Tries the file under the cursor again, or all that failed."""
        here = self.query_one(LineList).cursor
        row = self.rows.transfer.rows[here] if here < len(self.rows.transfer.rows) else None
        self._steer("retry", files=[row.file.id] if isinstance(row, FileRow) and row.file.state is State.FAILED else [])

    def _steer(self, action: str, files: Sequence[int] = ()) -> None:
        job = self.work.now.job

        async def steered() -> None:
            try:
                await (await self.tui.link.ready()).steer(action, jobs=[] if files else [job], files=files)
            except DandiTuiError as error:
                self.say_error(error)

        self.run_worker(steered(), exit_on_error=False)

    def do_existing(self) -> None:
        """What to do where the draft has a file."""

        def chosen(mode: str) -> None:
            self.work.change(self.work.now.but(existing=mode, job=0))
            self.begin()

        choices = [Choice(mode, f"{mode}: {words}") for mode, words in _EXISTING.items()]
        self.tui.choose("Where the draft has a file", choices, chosen, current=self.work.now.existing)

    def do_with_errors(self) -> None:
        """Sends files with errors too, or not."""
        self.work.change(self.work.now.but(with_errors=not self.work.now.with_errors, job=0))
        self.say(
            "files with errors are sent too: they stand in the way of publishing" if self.work.now.with_errors else "files with errors are not sent", "warn"
        )
        self.do_refresh()

    def why_not_refresh(self) -> str:
        """Not while it is being sent."""
        return "It is being sent." if self.job is not None and not self.job.over else ""

    why_not_existing = why_not_with_errors = why_not_refresh

    def do_refresh(self) -> None:
        """Looks again at the files and the draft, for another sending."""
        self.unsay()
        self.work.change(self.work.now.but(job=0))
        self._drawn = None
        self.run_worker(self._compare(look_again=True), group="compare", exclusive=True, exit_on_error=False)
