"""The board: a job's end is told once, however soon it came."""

from __future__ import annotations

import pytest

from dandi_tui.transfer.board import Board
from dandi_tui.transfer.frames import Changed
from dandi_tui.transfer.model import JobState, JobView


def _job(state: JobState) -> JobView:
    return JobView(id=1, kind="download", title="x", root="/x", api_url="http://x/api", state=state)


@pytest.mark.parametrize("former", [[], [JobState.ACTIVE]])
def test_a_job_that_ends_is_told_once(former: list[JobState]) -> None:
    board = Board()
    for state in former:
        board.take(Changed(jobs=[_job(state)]))
    assert [job.id for job in board.take(Changed(jobs=[_job(JobState.ENDED)]))] == [1]
    assert board.take(Changed(jobs=[_job(JobState.ENDED)])) == []
    assert board.ended_unseen(1) is None


def test_what_had_ended_before_one_looked_is_told_only_to_who_handed_it_over() -> None:
    board = Board()
    assert board.take(Changed(jobs=[_job(JobState.ENDED)], first=True)) == []
    found = board.ended_unseen(1)
    assert found is not None
    assert found.id == 1
    assert board.ended_unseen(1) is None
