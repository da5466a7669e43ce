"""A job while the worker has it: its counts, its running files, its speed; what the journal has, in memory."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

from dandi_tui.transfer.failures import KEY_REMEDY
from dandi_tui.transfer.limits import RateLimit
from dandi_tui.transfer.model import ENDED, HASHING, JobState, JobView, State
from dandi_tui.transfer.rate import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dandi_tui.transfer.journal import FileRow, JobRow
    from dandi_tui.transfer.work import Work

_GUSTS_SECONDS = 60.0
"""Files that need not be moved are found one at a time, and may be large."""


class LiveJob:
    """One job.

    Args:
        row: The job as the journal has it.
        tally: For each state, files, bytes there, and sizes.
    """

    def __init__(self, row: JobRow, tally: Mapping[State, tuple[int, int, int]]) -> None:
        self.id, self.spec, self.created = row.id, row.spec, row.created
        self.state, self.reason, self.remedy, self.ended = row.state, row.reason, row.remedy, row.ended
        self.jobs = row.jobs
        self.rate = RateLimit(row.rate)
        self.need = "key" if row.state is JobState.PAUSED and row.remedy == KEY_REMEDY else ""
        self.running: dict[int, Work] = {}
        self.ahead: deque[FileRow] = deque()
        self.may_have_queued = True
        self.tries: dict[int, tuple[float, int]] = {}
        """For files that failed: since when without progress, and how often."""
        self.shared: dict[str, Any] = {"count": sum(numbers[0] for numbers in tally.values())}
        """What the files of an upload share: the assets that the draft has."""
        self.speed: Rate | None = None
        self._settling: tuple[Rate, Rate] | None = None
        self._passed = 0
        self._found_there = 0
        """Bytes of files that ran and need not be moved."""
        self._tally: dict[State, list[int]] = {state: list(numbers) for state, numbers in tally.items()}

    def moved(self, before: State, after: State, there: int, size: int) -> None:
        """A file went from one state to another, with so many of its bytes there."""
        old = self._tally.setdefault(before, [0, 0, 0])
        old[0] -= 1
        old[2] -= size
        old[1] = max(0, old[1] - there) if old[0] else 0
        new = self._tally.setdefault(after, [0, 0, 0])
        new[0] += 1
        new[1] += there if after is not State.RUNNING else 0
        new[2] += size
        if before is State.RUNNING and after is State.SKIPPED:
            self._found_there += size

    def retally(self, tally: Mapping[State, tuple[int, int, int]]) -> None:
        """Takes the journal's counts, after many files were moved at once."""
        self._tally = {state: list(numbers) for state, numbers in tally.items()}
        # Files may have begun to run after the journal was asked.
        running = [len(self.running), 0, sum(work.spec.size for work in self.running.values())]
        before = self._tally.get(State.RUNNING, [0, 0, 0])
        self._tally[State.RUNNING] = running
        queued = self._tally.setdefault(State.QUEUED, [0, 0, 0])
        queued[0] = max(0, queued[0] + before[0] - running[0])
        queued[2] = max(0, queued[2] + before[2] - running[2])
        self.ahead.clear()
        self.may_have_queued = True

    def count(self, state: State) -> int:
        """Files in a state."""
        return self._tally.get(state, [0])[0]

    @property
    def unfinished(self) -> int:
        """Files that have not ended."""
        return sum(self.count(state) for state in State if state not in ENDED)

    @property
    def there(self) -> int:
        """Bytes that are there or were taken."""
        kept = sum(numbers[1] for state, numbers in self._tally.items() if state not in {State.RUNNING, State.SKIPPED})
        return kept + sum(min(work.there, work.total) for work in self.running.values() if work.phase != HASHING)

    @property
    def total(self) -> int:
        """Bytes in all that are to be moved."""
        return sum(numbers[2] for state, numbers in self._tally.items() if state is not State.SKIPPED)

    @property
    def speeding(self) -> bool:
        """Whether a speed is still told."""
        return self.speed is not None

    def measure(self) -> None:
        """Takes how many bytes have moved by now."""
        if not self.running:
            self.speed = self._settling = None
            return
        now = time.monotonic()
        for work in self.running.values():
            self._passed += work.moved - work.told
            work.told = work.moved
            work.speed = work.speed or Rate(work.moved, now)
            work.speed.take(work.moved, now)
        self.speed = self.speed or Rate(self._passed, now)
        self.speed.take(self._passed, now)
        found, settled = self._found_there, self._passed + self._found_there
        self._settling = self._settling or (Rate(found, now, window=_GUSTS_SECONDS), Rate(settled, now, window=_GUSTS_SECONDS))
        self._settling[0].take(found, now)
        self._settling[1].take(settled, now)

    def _left(self, remaining: int) -> float | None:
        """Seconds that the rest will take. While files turn out to be there already, speed says little: how fast files are settled does."""
        if self._settling and self._settling[0].per_second() > 0:
            return self._settling[1].left(remaining)
        return self.speed.left(remaining) if self.speed else None

    def view(self) -> JobView:
        """As it is told to whoever watches."""
        there, total = self.there, self.total
        speed = self.speed if self.state is JobState.ACTIVE else None
        failed = sum(self._tally.get(state, [0, 0, 0])[2] for state in (State.FAILED, State.CANCELLED))
        return JobView(
            id=self.id, kind=self.spec.kind, title=self.spec.title, root=self.spec.root, api_url=self.spec.instance.api_url,
            state=self.state, counts={state: self.count(state) for state in State if self.count(state) > 0},
            sizes={state: self._tally[state][2] for state in State if self.count(state) > 0},
            bytes=min(there, total) if total else there, total=total, rate=speed.per_second() if speed else 0.0,
            left=self._left(max(0, total - failed - there)) if speed else None, jobs=self.jobs, limit=self.rate.rate,
            reason=self.reason, remedy=self.remedy, created=self.created, ended=self.ended,
        )  # fmt: skip
