"""A contribution's plan: made of what was found and decided, and carried out — files put in their places, values filled in.

`planned` and `after` decide; `carry_out` does, file by file, and can be done again: what is in its place stays there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.dataset.applying import apply
from dandi_tui.dataset.checkup import with_fills
from dandi_tui.dataset.mend import mend_all
from dandi_tui.dataset.plan import make_plan
from dandi_tui.dataset.plan_model import Mode, OrganizeOptions, Plan
from dandi_tui.dataset.preflight import checked
from dandi_tui.dataset.run_log import new_log
from dandi_tui.dataset.target_folder import look_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dandi_tui.dataset.contribution import Contribution
    from dandi_tui.dataset.scan import ScannedFile
    from dandi_tui.dataset.target_folder import TargetFolder


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one file: `problem` is empty where it stands in its place, filled in; `along` are the paths of what it refers to."""

    source: str
    destination: str
    problem: str = ""
    along: tuple[str, ...] = ()


def options_of(contribution: Contribution) -> OrganizeOptions:
    """The options of organizing that a contribution's decisions mean: files that can't go on are set aside."""
    mode: Mode = contribution.mode  # type: ignore[assignment]
    return OrganizeOptions(
        mode=mode, required=contribution.required, stable=contribution.stable, invalid="warn", update_external_file_paths=contribution.media,
        media_mode="copy" if contribution.media else None, renames=contribution.renames, left_out=frozenset(contribution.left_out),
    )  # fmt: skip


def planned(contribution: Contribution, files: Iterable[ScannedFile], target: TargetFolder) -> Plan:
    """The plan: where each file goes. What was put in its place by this contribution before stays there.

    Args:
        contribution: What was decided.
        files: What was scanned.
        target: The folder as it is.
    """
    mine = {path: source for source, path in contribution.placed.items() if path in target.files}
    others = msgspec.structs.replace(target, files={path: real for path, real in target.files.items() if path not in mine})
    plan = make_plan(with_fills(files, contribution.fills), options_of(contribution), others)
    moves = tuple(msgspec.structs.replace(move, same=True) if mine.get(move.destination) == move.source else move for move in plan.moves)
    return msgspec.structs.replace(plan, moves=moves)


def plan_now(contribution: Contribution, files: Iterable[ScannedFile]) -> Plan:
    """The plan against the folder as it is now, with what the disk has against it; looks at the disk."""
    return checked(planned(contribution, files, look_at(contribution.folder)))


def carry_out(contribution: Contribution, plan: Plan) -> Iterator[Placed]:
    """Puts files in their places, then writes the values that were filled in; one result a file.

    Raises:
        OrganizeError: The plan may not be done.
    """
    there: dict[str, str] = {}
    along = {move.source: tuple(media.destination for media in move.media) for move in plan.moves}
    with new_log() as log:
        for one in apply(plan, log):
            if one.status == "failed":
                yield Placed(source=one.source, destination=one.destination, problem=one.message or "it could not be put there")
                continue
            there[os.path.join(plan.root, one.destination)] = one.source
            if one.source not in contribution.fills:
                yield Placed(source=one.source, destination=one.destination, along=along.get(one.source, ()))
    work = {place: contribution.fills[source] for place, source in there.items() if source in contribution.fills}
    for mended in mend_all(work) if work else ():
        destination = os.path.relpath(mended.path, plan.root)
        source = there[mended.path]
        yield Placed(source=source, destination=destination, problem=mended.problem, along=along.get(source, ()))


def after(contribution: Contribution, results: Iterable[Placed]) -> Contribution:
    """The contribution after it was carried out: which files stand where."""
    done = [one for one in results if not one.problem]
    placed = {**contribution.placed, **{one.source: one.destination for one in done}}
    along = {**contribution.along, **{one.source: one.along for one in done if one.along}}
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
