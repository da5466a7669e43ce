"""Doing what a plan says: one file after another, each whole or not at all, logged before and after."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.dataset.placing import part_name, remove
from dandi_tui.dataset.run_log import Begun, Done, Emptied, Ended, Folder, Run, RunLog, Step, Told, Undone, read_log
from dandi_tui.dataset.steps import do_step, mark_of, stands, take_back
from dandi_tui.errors import DandiTuiError, OrganizeError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from dandi_tui.dataset.plan_model import Move, Plan

_HOPELESS = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENODEV))


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one file.

    Attributes:
        number: Its place among the plan's moves.
        source: The file.
        destination: Its path in the Dandiset.
        status: `done`, `skipped` (it stood there already) or `failed`; `planned` where nothing was to be done, or is done any more.
        message: Why, where there is something to say.
    """

    number: int
    source: str
    destination: str
    status: str
    message: str = ""


def run_of(plan: Plan, *, in_place: bool = False) -> Run:
    """What a plan sets out to do, with absolute paths."""
    absolute = os.path.isabs(plan.root) or any(os.path.isabs(move.source) for move in plan.moves)
    moves = tuple(
        msgspec.structs.replace(
            move, source=os.path.abspath(move.source), parts=(),
            media=tuple(msgspec.structs.replace(one, source=os.path.abspath(one.source)) for one in move.media),
        )
        for move in plan.moves
    )  # fmt: skip
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return Run(
        root=os.path.abspath(plan.root), mode=plan.mode, media_mode=plan.media_mode, started=started, absolute_links=absolute, in_place=in_place,
        moves=moves,
    )  # fmt: skip


def apply(plan: Plan, log: RunLog, *, in_place: bool = False, told: Callable[[int, int], None] | None = None) -> Iterator[Applied]:
    """Does what a plan says; one result a file, as they are done.

    Stop taking results, and no further file is touched; the log lets the run go on.

    Args:
        plan: What is to be done; it is not refused, and its mode is not `dry`.
        log: Where it is written down.
        in_place: Whether folders of the Dandiset that are left empty go.
        told: Is told while files are copied: the number of the move, and bytes since it was last told.

    Raises:
        OrganizeError: The plan may not be done.
    """
    if plan.refused or plan.mode == "dry":
        raise OrganizeError("this plan is not to be done: " + "; ".join(one.message for one in plan.errors[:3]))
    run = run_of(plan, in_place=in_place)
    log.write(run)
    shown = [move.source for move in plan.moves]
    for one in _Work(run, log, told).all(range(len(run.moves)), resuming=frozenset()):
        yield msgspec.structs.replace(one, source=shown[one.number])


def resume(path: Path, *, told: Callable[[int, int], None] | None = None) -> Iterator[Applied]:
    """Goes on with a run that ended early, or whose failures were mended; results of what was left.

    Raises:
        OrganizeError: The log can't be read.
    """
    state = read_log(path)
    left = [number for number in range(len(state.run.moves)) if number not in state.done]
    with RunLog(path) as log:
        yield from _Work(state.run, log, told).all(left, resuming=state.begun)


def undo(path: Path, only: Collection[str] | None = None) -> Iterator[Applied]:
    """Takes a run back, the last file first, as far as nothing else touched what it did; status `done` means taken back.

    Args:
        path: Its log.
        only: Paths in the Dandiset: these files alone; None: all.

    Raises:
        OrganizeError: The log can't be read.
    """
    state = read_log(path)
    with RunLog(path) as log:
        for place in state.emptied if only is None else ():
            with suppress(OSError):
                os.makedirs(place, exist_ok=True)
        for number in sorted(state.done, reverse=True):
            if only is None or state.run.moves[number].destination in only:
                yield _undone(state, number, log)
        for place in reversed(state.folders):
            with suppress(OSError):
                os.rmdir(place)


def _undone(state: Told, number: int, log: RunLog) -> Applied:
    move = state.run.moves[number]
    told = {"number": number, "source": move.source, "destination": move.destination}
    try:
        for step in reversed(state.done[number]):
            take_back(step, move.media)
    except (OSError, DandiTuiError) as error:
        return Applied(status="failed", message=_words(error), **told)  # type: ignore[arg-type]
    log.write(Undone(number))
    return Applied(status="done", **told)  # type: ignore[arg-type]


class _Work:
    """A run while it is done."""

    def __init__(self, run: Run, log: RunLog, told: Callable[[int, int], None] | None) -> None:
        self._run, self._log = run, log
        self._told = told or (lambda _number, _count: None)
        self._mode = "symlink" if run.mode == "simulate" else run.mode
        self._left_from: set[str] = set()

    def all(self, numbers: range | list[int], *, resuming: frozenset[int] | set[int]) -> Iterator[Applied]:
        failed = 0
        for number in numbers:
            move = self._run.moves[number]
            told = {"number": number, "source": move.source, "destination": move.destination}
            if move.same:
                yield Applied(status="skipped", message="it stands there already", **told)  # type: ignore[arg-type]
                continue
            try:
                self._one(number, move, resuming=number in resuming)
            except (OSError, DandiTuiError) as error:
                failed += 1
                yield Applied(status="failed", message=_words(error), **told)  # type: ignore[arg-type]
                if isinstance(error, OSError) and error.errno in _HOPELESS:
                    break
                continue
            yield Applied(status="done", **told)  # type: ignore[arg-type]
        self._clear()
        self._log.write(Ended(failed))

    def _one(self, number: int, move: Move, *, resuming: bool) -> None:
        self._log.write(Begun(number))
        steps: list[Step] = []
        under_way: tuple[str, str, str] | None = None
        try:
            for action, source, destination in self._steps(move):
                self._make_folders(os.path.dirname(destination))
                under_way = None if os.path.lexists(destination) else (action, source, destination)
                steps.append(self._step(number, move, action, source, destination, resuming=resuming))
                under_way = None
        except BaseException as error:
            # What stops the program may come between the last act of a step and the word that it is done.
            if under_way and not isinstance(error, (OSError, DandiTuiError)) and stands(*under_way):
                steps.append(Step(*under_way, mark_of(under_way[2])))
            self._take_back(number, move, steps)
            raise
        self._log.write(Done(number, tuple(steps)))
        self._left_from.add(os.path.dirname(move.source))

    def _steps(self, move: Move) -> list[tuple[str, str, str]]:
        """Action, source and destination of each step: the media first, so that the NWB file refers to nothing that is not there."""
        found = [(self._run.media_mode, one.source, os.path.join(self._run.root, one.destination)) for one in move.media]
        rewritten = {"copy": "rewrite", "move": "rewrite-move"}
        action = rewritten[self._mode] if move.media else self._mode
        return [*found, (action, move.source, os.path.join(self._run.root, move.destination))]

    def _step(self, number: int, move: Move, action: str, source: str, destination: str, *, resuming: bool) -> Step:
        if resuming:
            remove(part_name(destination))
            if stands(action, source, destination):
                return Step(action, source, destination, mark_of(destination))
        media = move.media if action in {"rewrite", "rewrite-move"} else ()
        return do_step(action, source, destination, told=lambda count: self._told(number, count), link_text=self._link_text(source, destination), media=media)

    def _link_text(self, source: str, destination: str) -> str:
        folder = os.path.dirname(destination)
        if self._run.absolute_links or os.path.realpath(folder) != folder or os.path.realpath(os.path.dirname(source)) != os.path.dirname(source):
            return source
        return os.path.relpath(source, folder)

    def _take_back(self, number: int, move: Move, steps: list[Step]) -> None:
        """Takes back what was done of a move that failed; what can't be is left to be gone on with."""
        with suppress(OSError, DandiTuiError):
            for step in reversed(steps):
                take_back(step, move.media)
            self._log.write(Undone(number))

    def _make_folders(self, folder: str) -> None:
        missing = []
        while not os.path.isdir(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for path in reversed(missing):
            os.mkdir(path)
            self._log.write(Folder(path))

    def _clear(self) -> None:
        """Removes folders of the Dandiset that moving in place left empty."""
        if not self._run.in_place or self._mode != "move":
            return
        for folder in sorted(self._left_from, reverse=True):
            if folder != self._run.root:
                with suppress(OSError):
                    os.rmdir(folder)
                    self._log.write(Emptied(folder))


def _words(error: OSError | DandiTuiError) -> str:
    if isinstance(error, DandiTuiError):
        return str(error)
    if error.errno == errno.EXDEV:
        return "its file system is another than the target's, so it can have no second name there: copy or link it (-f copy, -f symlink)"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "there is no room left in the target"
    if error.errno == errno.EROFS:
        return "the file system can't be written to"
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{where}"
