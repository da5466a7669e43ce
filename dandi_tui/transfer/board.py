"""What a watcher knows: how jobs and their files stand, kept up by what the worker tells, as rows to be shown."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.transfer.model import FileView, JobState, JobView, Limits, State

if TYPE_CHECKING:
    from dandi_tui.transfer.frames import Changed

SINGLY = (State.RUNNING, State.PAUSED, State.WAITING, State.FAILED)
"""States whose files are shown one by one; those of the others as one line with their number."""
_ID = attrgetter("id")
_SUMMED = (State.QUEUED, State.DONE, State.SKIPPED, State.CANCELLED)


class JobRow(msgspec.Struct, frozen=True):
    """The head of a job."""

    job: JobView


class FileRow(msgspec.Struct, frozen=True):
    """One file."""

    job: JobView
    file: FileView


class SumRow(msgspec.Struct, frozen=True):
    """All files of a job that are in a state; of a state that is shown singly, those that are not told one by one."""

    job: JobView
    state: State
    count: int
    size: int


Row = JobRow | FileRow | SumRow


class Standing(msgspec.Struct, frozen=True):
    """How all stands at one moment.

    Attributes:
        rows: Each job's head, its files that run, wait or failed, and the numbers of the others.
        counts: Files by state, over all jobs.
        rates: Bytes a second by kind of job, of those that go on.
        limits: What holds over all jobs.
        notices: What a person should know of the journal.
        going: Whether any job goes on by itself.
    """

    rows: list[Row] = []
    counts: dict[State, int] = {}
    rates: dict[str, float] = {}
    limits: Limits = Limits()
    notices: list[str] = []
    going: bool = False


class Board:
    """Jobs in their order, and of their files those that need an eye."""

    def __init__(self) -> None:
        self.jobs: dict[int, JobView] = {}
        self.files: dict[int, FileView] = {}
        self.notices: list[str] = []
        self.silence = ""
        """That the worker does not answer, in words; empty while it does."""
        self.limits = Limits()
        self._told: set[int] = set()

    def ended_unseen(self, number: int) -> JobView | None:
        """A job that was handed over here and ended so soon that no change told of it; once."""
        job = self.jobs.get(number)
        if job is None or job.state is not JobState.ENDED or number in self._told:
            return None
        self._told.add(number)
        return job

    def take(self, changed: Changed) -> list[JobView]:
        """Takes what the worker tells; the jobs that ended with it."""
        before = self.jobs
        if changed.first:
            self.jobs, self.files = {}, {}
        if changed.notices is not None or changed.first:
            self.notices = list(changed.notices or ())
        self.limits = changed.limits or self.limits
        for number in changed.gone:
            self.jobs.pop(number, None)
        ended = []
        for job in changed.jobs:
            former = before.get(job.id)
            was_going = not former.over if former is not None else not changed.first
            if job.state is JobState.ENDED and was_going and job.id not in self._told:
                self._told.add(job.id)
                ended.append(job)
            elif job.state is not JobState.ENDED:
                self._told.discard(job.id)
            self.jobs[job.id] = job
        for file in changed.files:
            if file.state in SINGLY:
                self.files[file.id] = file
            else:
                self.files.pop(file.id, None)
        if changed.gone or changed.first:
            known = self.jobs
            self.files = {number: file for number, file in self.files.items() if file.job in known}
        return ended

    def rows(self) -> list[Row]:
        """What is shown: each job's head, its files that run, wait or failed, and the numbers of the others."""
        by_job: dict[int, dict[State, list[FileView]]] = {number: {state: [] for state in SINGLY} for number in self.jobs}
        for file in self.files.values():
            if (singly := by_job.get(file.job)) is not None:
                singly[file.state].append(file)
        rows: list[Row] = []
        for job in self.jobs.values():
            singly = by_job[job.id]
            rows.append(JobRow(job))
            for files in singly.values():
                files.sort(key=_ID)
                rows += [FileRow(job, file) for file in files]
            rows += _sums(job, singly)
        return rows

    def standing(self) -> Standing:
        """How all stands now."""
        rates: dict[str, float] = {}
        for job in self.going:
            rates[job.kind] = rates.get(job.kind, 0.0) + job.rate
        counts = {state: self.count(state) for state in State}
        return Standing(self.rows(), counts, rates, self.limits, [*([self.silence] if self.silence else []), *self.notices], bool(self.going))

    def count(self, *states: State, kind: str = "") -> int:
        """Files in any of these states, over all jobs or those of a kind."""
        return sum(job.count(*states) for job in self.jobs.values() if kind in {"", job.kind})

    @property
    def going(self) -> list[JobView]:
        """Jobs that go on by themselves."""
        return [job for job in self.jobs.values() if job.state is JobState.ACTIVE]

    def under_way(self, kind: str) -> int:
        """Files of a kind that are not done yet, in jobs that go on by themselves."""
        return sum(job.unfinished for job in self.going if job.kind == kind)


def _sums(job: JobView, told: dict[State, list[FileView]]) -> list[Row]:
    rows: list[Row] = []
    for state in (State.PAUSED, State.WAITING, State.FAILED, *_SUMMED):
        singly = told.get(state, [])
        rest = job.count(state) - len(singly)
        if rest > 0:
            size = max(0, job.sizes.get(state, 0) - sum(file.total for file in singly))
            rows.append(SumRow(job, state, rest, size))
    return rows
