"""A contribution's plan: made of what was found and decided, and carried out — files put in their places, values filled in.

`planned` and `after` decide; `carry_out` does, file by file, and can be done again: what is in its place stays there, and what
was renamed or taken out meanwhile is taken away from where it was.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.dataset.applying import apply, undo
from dandi_tui.dataset.checkup import with_fills
from dandi_tui.dataset.mend import mend_all
from dandi_tui.dataset.plan import make_plan
from dandi_tui.dataset.plan_model import Mode, OrganizeOptions, Plan
from dandi_tui.dataset.preflight import checked
from dandi_tui.dataset.run_log import Done, RunLog, Step, new_log, runs
from dandi_tui.dataset.steps import mark_of
from dandi_tui.dataset.target_folder import look_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from dandi_tui.dataset.contribution import Contribution, Values
    from dandi_tui.dataset.mend import Mended
    from dandi_tui.dataset.plan_model import Move
    from dandi_tui.dataset.scan import ScannedFile
    from dandi_tui.dataset.target_folder import TargetFolder


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one file: `problem` is empty where it stands in its place, filled in; `along` are the paths of what it refers to."""

    source: str
    destination: str
    problem: str = ""
    along: tuple[str, ...] = ()


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is not to stand where it was put before: it was taken away from there; or it stays, and why."""

    source: str
    destination: str
    stays: str = ""


def options_of(contribution: Contribution) -> OrganizeOptions:
    """The options of organizing that a contribution's decisions mean: files that can't go on are set aside."""
    mode: Mode = contribution.mode  # type: ignore[assignment]
    return OrganizeOptions(
        mode=mode, required=contribution.required, stable=contribution.stable, invalid="warn", update_external_file_paths=contribution.media,
        media_mode="copy" if contribution.media else None, renames=contribution.renames, left_out=frozenset(contribution.left_out),
    )  # fmt: skip


def planned(contribution: Contribution, files: Iterable[ScannedFile], target: TargetFolder, *, moved: Collection[str] = ()) -> Plan:
    """The plan: where each file goes. What was put in its place by this contribution before stays there.

    Args:
        contribution: What was decided.
        files: What was scanned.
        target: The folder as it is.
        moved: Sources that are gone, since the files were moved into their places: these stay there.
    """
    mine = {path: source for source, path in contribution.placed.items() if path in target.files}
    theirs = {path for source in mine.values() for path in contribution.along.get(source, ())}
    others = msgspec.structs.replace(target, files={path: real for path, real in target.files.items() if path not in mine and path not in theirs})
    held = {source: contribution.placed[source] for source in moved if source in contribution.placed}
    options = msgspec.structs.replace(options_of(contribution), renames={**contribution.renames, **held})
    plan = make_plan(with_fills(files, contribution.fills), options, others)
    return msgspec.structs.replace(plan, moves=tuple(_standing(move, contribution, mine, held) for move in plan.moves))


def _standing(move: Move, contribution: Contribution, mine: Mapping[str, str], held: Collection[str]) -> Move:
    """A move, with nothing left to do where the file stands in its place with all that goes along."""
    if move.source in held:
        return msgspec.structs.replace(move, same=True, media=())
    there = mine.get(move.destination) == move.source
    along = contribution.along.get(move.source, ())
    return msgspec.structs.replace(move, same=True) if there and all(one.destination in along for one in move.media) else move


def plan_now(contribution: Contribution, files: Iterable[ScannedFile], *, moved: Collection[str] = ()) -> Plan:
    """The plan against the folder as it is now, with what the disk has against it; looks at the disk."""
    return checked(planned(contribution, files, look_at(contribution.folder), moved=moved))


def superseded(contribution: Contribution, plan: Plan) -> dict[str, str]:
    """Files that are not to stand where they were put before, since they were renamed or taken out: source → the path until now."""
    moves, out = {move.source: move for move in plan.moves}, set(contribution.left_out)
    found = {}
    for source, path in contribution.placed.items():
        move = moves.get(source)
        if source in out or (move is not None and not (move.same and move.destination == path)):
            found[source] = path
    return found


def carry_out(contribution: Contribution, plan: Plan) -> Iterator[Placed | TakenBack]:
    """Takes away what is not to stay where it is, puts files in their places, then writes the values that were filled in.

    Raises:
        OrganizeError: The plan may not be done.
    """
    if not plan.refused:
        yield from _taken_back(contribution, superseded(contribution, plan))
    there: dict[str, str] = {}
    along = {move.source: tuple(media.destination for media in move.media) for move in plan.moves}
    with new_log(plan.root) as log:
        for one in apply(plan, log):
            if one.status == "failed":
                yield Placed(source=one.source, destination=one.destination, problem=one.message or "it could not be put there")
                continue
            there[os.path.join(plan.root, one.destination)] = one.source
            if one.source not in contribution.fills:
                yield Placed(source=one.source, destination=one.destination, along=along.get(one.source, ()))
    work = {place: contribution.fills[source] for place, source in there.items() if source in contribution.fills}
    for mended in _mended(contribution.folder, work) if work else ():
        destination = os.path.relpath(mended.path, plan.root)
        source = there[mended.path]
        yield Placed(source=source, destination=destination, problem=mended.problem, along=along.get(source, ()))


def _taken_back(contribution: Contribution, places: Mapping[str, str]) -> Iterator[TakenBack]:
    """Takes files away from where they were put, by the logs that tell how they came there; what else touched stays."""
    there = {path: source for source, path in places.items() if os.path.lexists(os.path.join(contribution.folder, path))}
    told: dict[str, str] = {}
    for log, _ in runs(contribution.folder) if there else ():
        told |= {one.destination: one.message for one in undo(log, there.keys() - told)}
        if len(told) == len(there):
            break
    for path, source in there.items():
        yield TakenBack(source=source, destination=path, stays=told.get(path, "no log tells how it came there"))


def _mended(folder: str, work: Mapping[str, Values]) -> Iterator[Mended]:
    """Writes values into files in their places, and tells the logs, so that these files can be taken back as they are now."""
    logged = _logged(folder, work)
    for one in mend_all(work):
        if not one.problem and one.path in logged:
            _told(*logged[one.path], changed=bool(one.changes))
        yield one


def _told(path: Path, number: int, steps: tuple[Step, ...], *, changed: bool) -> None:
    """Tells a log that a file is as it is now by what was filled in; a link that is none any more was filled in by a sitting that was killed."""
    last, linked = steps[-1], steps[-1].action in {"symlink", "hardlink"}
    mark = mark_of(last.destination)
    if changed or (linked and mark != last.mark):
        with RunLog(path) as log:
            log.write(Done(number, (*steps[:-1], Step("copy" if linked else last.action, last.source, last.destination, mark))))


def _logged(folder: str, places: Collection[str]) -> dict[str, tuple[Path, int, tuple[Step, ...]]]:
    """How files came to their places: the log, the number of the move in it, its steps. What was moved is the only one, and is not among them."""
    found: dict[str, tuple[Path, int, tuple[Step, ...]]] = {}
    for path, told in runs(folder):
        for number, steps in told.done.items():
            if steps and steps[-1].destination in places and not steps[-1].action.endswith("move"):
                found.setdefault(steps[-1].destination, (path, number, steps))
    return found


def after(contribution: Contribution, results: Iterable[Placed | TakenBack]) -> Contribution:
    """The contribution after it was carried out: which files stand where."""
    placed, along = dict(contribution.placed), dict(contribution.along)
    for one in results:
        if isinstance(one, TakenBack):
            along.pop(one.source, None)
            if not one.stays and placed.get(one.source) == one.destination:
                del placed[one.source]
        elif not one.problem:
            placed[one.source] = one.destination
            if one.along:
                along[one.source] = one.along
    return contribution.but(placed=placed, along=along, applied=True)


def to_send(contribution: Contribution, assets: Iterable[str]) -> dict[str, str]:
    """The files that are to be sent: path in the Dandiset → local path.

    Args:
        contribution: What was decided.
        assets: Of a folder that is organized already, its files.
    """
    out = set(contribution.left_out)
    if contribution.organized:
        return {os.path.relpath(path, contribution.folder): path for path in sorted(assets) if path not in out}
    sent = {path: source for source, path in sorted(contribution.placed.items()) if source not in out}
    paths = [one for path, source in sent.items() for one in (path, *contribution.along.get(source, ()))]
    return {path: os.path.join(contribution.folder, path) for path in paths}
