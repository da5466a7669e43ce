"""What a person does to jobs and files: pause, resume, cancel, retry, keep, replace, reorder, limit, clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.errors import UsageError
from dandi_tui.transfer.in_the_way import keep, look_again, replace, waiting_for_a_word
from dandi_tui.transfer.model import MOST_SIDE_BY_SIDE, PLACE, JobState, State
from dandi_tui.transfer.orders import drop_order

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence
    from typing import Any

    from dandi_tui.transfer.engine import Engine
    from dandi_tui.transfer.journal import FileRow, Journal
    from dandi_tui.transfer.live import LiveJob

_GOING = (State.QUEUED, State.RUNNING, State.WAITING)


async def steer(engine: Engine, action: str, jobs: Sequence[int], files: Sequence[int]) -> int:
    """Does an action of `Steer`; how many jobs or files it touched.

    Raises:
        UsageError: There is no such action, job or file.
    """
    if files:
        return await _steer_files(engine, action, files)
    chosen = [_job(engine, number) for number in jobs] or [engine.jobs[number] for number in engine.order]
    if action not in _JOB_ACTIONS:
        raise UsageError(f"there is no action {action} for transfers")
    touched = 0
    for job in chosen:
        touched += await _JOB_ACTIONS[action](engine, job)
    engine.wake()
    return touched


async def limit(engine: Engine, number: int, jobs: int | None, rate: int | None) -> None:
    """Limits a job, or all together for number 0; None leaves a limit as it is.

    Raises:
        UsageError: There is no such job, or the limit makes no sense.
    """
    if (jobs is not None and not 1 <= jobs <= MOST_SIDE_BY_SIDE) or (rate is not None and rate < 0):
        raise UsageError(f"limits are 1 to {MOST_SIDE_BY_SIDE} files side by side, and 0 or more bytes a second")
    if not number:
        engine.most, engine.rate.rate = jobs or engine.most, engine.rate.rate if rate is None else rate
        most, speed = engine.most, engine.rate.rate
        await engine.recorder.do(lambda journal: journal.set_limits(most, speed))
        engine.on_reorder()
    elif (job := engine.jobs.get(number)) is None:
        raise UsageError(f"there is no transfer {number}")
    else:
        job.jobs, job.rate.rate = jobs or job.jobs, job.rate.rate if rate is None else rate
        side, speed = job.jobs, job.rate.rate
        await engine.recorder.do(lambda journal: journal.set_job(number, jobs=side, rate=speed))
        engine.on_change(job, None)
    engine.wake()


def _job(engine: Engine, number: int) -> LiveJob:
    if number not in engine.jobs:
        raise UsageError(f"there is no transfer {number}", remedy="`dandi-tui transfers` lists them.")
    return engine.jobs[number]


async def _move(engine: Engine, job: LiveJob, before: Sequence[State], after: State) -> int:
    """Brings all files of a job from some states into another."""

    def write(journal: Journal) -> tuple[int, Any]:
        return journal.move_files(job.id, before, after), journal.tally(job.id)

    moved, tally = await engine.recorder.do(write)
    job.retally(tally)
    engine.on_change(job, None)
    return moved


async def _tell_files(engine: Engine, job: LiveJob, states: tuple[State, ...], files: Iterable[int] | None = None) -> None:
    """Tells how files stand that were moved at once."""
    chosen = None if files is None else set(files)
    rows = await engine.recorder.do(lambda journal: journal.files(job.id, states))
    for row in rows:
        if chosen is None or row.id in chosen:
            engine.on_change(job, row.view())


async def _refuse_again(engine: Engine, job: LiveJob) -> int:
    """Files that the plan refused stay refused, whatever is tried again; how many."""

    def write(journal: Journal) -> tuple[int, Any]:
        refused = [row for row in journal.files(job.id, (State.QUEUED,)) if row.spec.verdict == "refuse"]
        for row in refused:
            journal.set_file(row.id, state=State.FAILED, reason=row.spec.reason)
        return len(refused), journal.tally(job.id)

    count, tally = await engine.recorder.do(write)
    job.retally(tally)
    return count


async def _pause(engine: Engine, job: LiveJob) -> int:
    if job.state is not JobState.ACTIVE:
        return 0
    await engine.set_state(job, JobState.PAUSED)
    await engine.stop_running(job, State.QUEUED)
    await _move(engine, job, (State.WAITING,), State.QUEUED)
    return 1


async def _resume(engine: Engine, job: LiveJob) -> int:
    files = await _move(engine, job, (State.PAUSED, State.WAITING), State.QUEUED)
    if job.state is not JobState.PAUSED:
        return 1 if files else 0
    job.need = ""
    job.tries.clear()
    await engine.set_state(job, JobState.ACTIVE)
    return 1


async def _cancel(engine: Engine, job: LiveJob) -> int:
    if job.state not in {JobState.ACTIVE, JobState.PAUSED}:
        return 0
    await engine.set_state(job, JobState.CANCELLED)
    await engine.stop_running(job, State.CANCELLED)
    await _move(engine, job, (*_GOING, State.PAUSED), State.CANCELLED)
    await _tell_files(engine, job, (State.CANCELLED,))
    return 1


async def _retry(engine: Engine, job: LiveJob) -> int:
    files = await _move(engine, job, (State.FAILED, State.CANCELLED, State.WAITING), State.QUEUED)
    refused = await _refuse_again(engine, job)
    job.tries.clear()
    if files > refused and job.state is not JobState.ACTIVE:
        await engine.set_state(job, JobState.ACTIVE)
    return files - refused + await look_again(engine, job, await waiting_for_a_word(engine, job))


async def _keep(engine: Engine, job: LiveJob) -> int:
    return await keep(engine, job, await waiting_for_a_word(engine, job))


async def _replace(engine: Engine, job: LiveJob) -> int:
    return await replace(engine, job, await waiting_for_a_word(engine, job))


async def _clear(engine: Engine, job: LiveJob) -> int:
    if job.state not in {JobState.ENDED, JobState.CANCELLED}:
        return 0
    await engine.recorder.do(lambda journal: journal.remove_jobs([job.id]))
    drop_order(engine.folder, job.id)
    del engine.jobs[job.id]
    engine.order.remove(job.id)
    engine.on_gone(job.id)
    return 1


def _moving(place: Callable[[int], int]) -> Callable[[Engine, LiveJob], Coroutine[Any, Any, int]]:
    async def move(engine: Engine, job: LiveJob) -> int:
        before = engine.order.index(job.id)
        engine.order.remove(job.id)
        engine.order.insert(max(0, place(before)), job.id)
        order = list(engine.order)
        await engine.recorder.do(lambda journal: journal.order(order))
        engine.on_reorder()
        return 1

    return move


_JOB_ACTIONS: dict[str, Callable[[Engine, LiveJob], Coroutine[Any, Any, int]]] = {
    "pause": _pause, "resume": _resume, "cancel": _cancel, "retry": _retry, "clear": _clear, "keep": _keep, "replace": _replace,
    "first": _moving(lambda _at: 0), "up": _moving(lambda at: at - 1), "down": _moving(lambda at: at + 1),
}  # fmt: skip


# Single files

_WORDS = {"retry": look_again, "keep": keep, "replace": replace}
_FILE_ACTIONS: dict[str, tuple[tuple[State, ...], State]] = {
    "pause": (_GOING, State.PAUSED),
    "resume": ((State.PAUSED, State.WAITING), State.QUEUED),
    "cancel": ((*_GOING, State.PAUSED), State.CANCELLED),
    "retry": ((State.FAILED, State.CANCELLED, State.WAITING), State.QUEUED),
    "first": ((State.QUEUED,), State.QUEUED),
}


async def _steer_files(engine: Engine, action: str, files: Sequence[int]) -> int:
    if action not in {*_FILE_ACTIONS, *_WORDS}:
        raise UsageError(f"there is no action {action} for single files")
    touched = 0
    for number in files:
        row = await engine.recorder.do(lambda journal, number=number: journal.file(number))  # type: ignore[misc]
        if row is None:
            raise UsageError(f"there is no file {number} in the journal of transfers")
        if row.state is State.FAILED and row.need == PLACE and action in _WORDS:
            touched += await _WORDS[action](engine, _job(engine, row.job), [row])
        elif action in _FILE_ACTIONS:
            touched += await _steer_file(engine, action, row)
    engine.wake()
    return touched


async def _steer_file(engine: Engine, action: str, row: FileRow) -> int:
    job, (before, after) = _job(engine, row.job), _FILE_ACTIONS[action]
    if row.id in job.running:
        if State.RUNNING not in before:
            return 0
        await engine.stop_running(job, after, [row.id])
    elif row.state not in before or (row.spec.verdict == "refuse" and after is State.QUEUED):
        return 0
    else:

        def write(journal: Journal) -> Any:  # noqa: ANN401 (the tally)
            if action == "first":
                journal.first_file(row.id)
            journal.set_file(row.id, state=after, reason="", remedy="", due=0)
            return journal.tally(job.id)

        job.retally(await engine.recorder.do(write))
        await _tell_files(engine, job, (after,), [row.id])
    job.tries.pop(row.id, None)
    if after is State.QUEUED and job.state in {JobState.ENDED, JobState.CANCELLED}:
        await engine.set_state(job, JobState.ACTIVE)
    await engine.end_if_done(job)
    return 1
