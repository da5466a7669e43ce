"""Speed and time left, from what arrives and not from what was there."""

from __future__ import annotations

import pytest

from dandi_tui.api.instances import find_instance
from dandi_tui.transfer.journal import JobRow
from dandi_tui.transfer.live import LiveJob
from dandi_tui.transfer.model import FileSpec, JobSpec, JobState, State
from dandi_tui.transfer.rate import Rate


def test_what_was_there_before_counts_for_nothing() -> None:
    rate = Rate(10**12, 0.0)
    rate.take(10**12 + 50, 5.0)
    assert rate.per_second() == 10
    assert rate.left(100) == 10


def test_nothing_is_told_too_early_or_while_nothing_comes() -> None:
    rate = Rate(0, 0.0)
    rate.take(10**9, 0.1)
    assert rate.left(10) is None
    for second in range(1, 40):
        rate.take(10**9, float(second))
    assert rate.per_second() == 0
    assert rate.left(10) is None


class _Running:
    """A file under way, as a job looks at it."""

    def __init__(self, size: int) -> None:
        self.moved = self.told = self.there = 0
        self.total, self.phase, self.speed = size, "", None
        self.spec = FileSpec(path="a", place="/a", size=size)


def _job(queued: int, size: int, **more: int) -> LiveJob:
    spec = JobSpec(kind="upload", instance=find_instance("dandi"), root="/", title="x")
    row = JobRow(id=1, spec=spec, state=JobState.ACTIVE, jobs=4, rate=0, reason="", remedy="", created=0.0, ended=0.0)
    tally = {State.QUEUED: (queued, 0, queued * size)}
    return LiveJob(row, {**tally, **{State(state): (count, 0, count * size) for state, count in more.items()}})


def test_time_left_is_told_from_how_fast_files_are_settled_where_most_need_not_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten of a thousand files a second are found to be there already, one is sent at a tenth of its size a second."""
    now, size = 100.0, 10_000_000
    monkeypatch.setattr("dandi_tui.transfer.live.time.monotonic", lambda: now)
    job, sent = _job(1000, size), _Running(size)
    job.moved(State.QUEUED, State.RUNNING, 0, size)
    job.running[1] = sent  # type: ignore[assignment]
    job.measure()
    for _ in range(20):
        now += 1.0
        sent.moved += size // 10
        sent.there = min(size, sent.moved)
        for _ in range(10):
            job.moved(State.QUEUED, State.RUNNING, 0, size)
            job.moved(State.RUNNING, State.SKIPPED, 0, size)
        job.measure()
        left = job.view().left
        assert left is None or left < 200, left
    left = job.view().left
    assert left is not None
    assert 60 < left < 120
    assert job.view().rate == pytest.approx(size / 10)
    # Once no more are found there, what is left must be sent.
    for _ in range(70):
        now += 1.0
        sent.moved += size // 10
        job.measure()
    left = job.view().left
    assert left is not None
    assert left > 7000


def test_files_that_the_plan_skipped_count_for_nothing_in_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now, size = 100.0, 10_000_000
    monkeypatch.setattr("dandi_tui.transfer.live.time.monotonic", lambda: now)
    job, sent = _job(1, size, skipped=10_000), _Running(size)
    job.moved(State.QUEUED, State.RUNNING, 0, size)
    job.running[1] = sent  # type: ignore[assignment]
    job.measure()
    for _ in range(5):
        now += 1.0
        sent.moved = sent.there = sent.moved + size // 10
        job.measure()
    assert job.view().left == pytest.approx(5.0)
    assert (job.view().bytes, job.view().total) == (size // 2, size)


def test_only_the_last_seconds_count() -> None:
    rate = Rate(0, 0.0)
    for second in range(1, 101):
        rate.take(second * 100 if second <= 50 else 5000 + (second - 50) * 10, float(second))
    assert rate.per_second() == 10
