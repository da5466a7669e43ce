"""What the disk has against a plan, asked before anything is done: may it be written, is there room, is all still as scanned."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.dataset.plan_model import Plan, Problem
from dandi_tui.text import plural, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dandi_tui.dataset.plan_model import Move


def checked(plan: Plan) -> Plan:
    """The plan, with what the disk has against it among its problems; a dry run needs no right to write."""
    found = list(_problems(plan))
    if plan.mode == "dry":
        found = [msgspec.structs.replace(one, severity="warning") if one.id in {"read-only", "no-room"} else one for one in found]
    return msgspec.structs.replace(plan, problems=(*plan.problems, *found))


def choose_mode(source: str, folder: str) -> str:
    """The cheapest of symbolic links, hard links and copies that works from a file to a folder that is there or will be made."""
    near = nearest_folder(folder)
    trial = os.path.join(near, f".dandi-tui.{os.getpid()}.organizing")
    for mode, link in (("symlink", os.symlink), ("hardlink", os.link)):
        try:
            link(os.path.abspath(source), trial)
        except OSError:
            continue
        os.unlink(trial)
        return mode
    return "copy"


def nearest_folder(path: str) -> str:
    """The nearest folder that is there, from a path up."""
    here = os.path.abspath(path)
    while not os.path.isdir(here):
        here = os.path.dirname(here)
    return here


def _problems(plan: Plan) -> Iterator[Problem]:
    moves = [move for move in plan.moves if not move.same]
    if plan.mode == "simulate" and os.path.lexists(plan.root):
        hint = "Give another folder, or use symlink to add to this one."
        yield Problem(severity="error", id="target-there", message=f"mode simulate makes its folder itself, and {plan.root} is there", hint=hint)
    if not moves:
        return
    yield from _target(plan)
    yield from _ways(plan, moves)
    yield from _sources(plan, moves)
    yield from _devices(plan, moves)


def _target(plan: Plan) -> Iterator[Problem]:
    near = nearest_folder(plan.root)
    if os.path.lexists(plan.root) and not os.path.isdir(plan.root):
        yield Problem(severity="error", id="target", message=f"{plan.root} is no folder", hint="Give the folder of the Dandiset.")
    elif not os.access(near, os.W_OK | os.X_OK):
        yield Problem(
            severity="error", id="read-only", message=f"{near} can't be written to", hint="Choose another target, or ask for the right to write there."
        )


def _ways(plan: Plan, moves: list[Move]) -> Iterator[Problem]:
    """Folders on the way that are files, or links that lead out of the Dandiset."""
    real = os.path.realpath(plan.root)
    folders: dict[str, list[str]] = {}
    for move in moves:
        folders.setdefault(move.destination.rpartition("/")[0], []).append(move.source)
    for folder, sources in folders.items():
        place = os.path.join(plan.root, folder)
        if os.path.lexists(place) and not os.path.isdir(place):
            message = f"{folder} in the Dandiset is a file, and a folder must be there"
            yield Problem(severity="error", id="target", message=message, hint="Move it away first.", files=tuple(sources))
        elif not os.path.realpath(place).startswith(f"{real.rstrip('/')}/") and folder:
            message = f"{folder} in the Dandiset is a link that leads out of it"
            yield Problem(severity="error", id="outside", message=message, hint="Put a folder in its place.", files=tuple(sources))
        elif os.path.isdir(place) and not os.access(place, os.W_OK | os.X_OK):
            yield Problem(
                severity="error", id="read-only", message=f"{place} can't be written to", hint="Ask for the right to write there.", files=tuple(sources)
            )


def _sources(plan: Plan, moves: list[Move]) -> Iterator[Problem]:
    changed = tuple(move.source for move in moves if _changed(move))
    if changed:
        message = "it changed since being scanned" if len(changed) == 1 else f"{len(changed):,} files changed since being scanned"
        yield Problem(severity="error", id="changed", message=message, hint="Scan again, when nothing writes to them any more.", files=changed)
    taken = [one.source for move in moves for one in move.media] if plan.media_mode == "move" else []
    folders: dict[str, list[str]] = {}
    for source in [*(move.source for move in moves), *taken] if plan.mode == "move" else taken:
        folders.setdefault(os.path.dirname(os.path.abspath(source)), []).append(source)
    for folder, sources in folders.items():
        if not os.access(folder, os.W_OK | os.X_OK):
            hint = "Copy or link instead (-f copy, -f symlink), or ask for the right to write there."
            yield Problem(
                severity="error", id="read-only", message=f"{folder} can't be written to, so nothing can be moved out of it", hint=hint, files=tuple(sources)
            )
    unreadable = tuple(move.source for move in moves if not os.access(move.source, os.R_OK)) if plan.mode in {"copy", "move"} else ()
    if unreadable:
        message = "it may not be read" if len(unreadable) == 1 else f"{len(unreadable):,} files may not be read"
        yield Problem(severity="error", id="unreadable", message=message, hint="Ask for the right to read them.", files=unreadable)


def _changed(move: Move) -> bool:
    try:
        found = os.stat(move.source)
    except OSError:
        return True
    return not move.store and (found.st_size, found.st_mtime_ns) != (move.size, move.mtime)


def _devices(plan: Plan, moves: list[Move]) -> Iterator[Problem]:
    """Second names across file systems, and room for copies."""
    here = os.stat(nearest_folder(plan.root)).st_dev
    away = {move.source for move in moves if _device(move.real) not in {here, None}}
    if plan.mode == "hardlink" and away:
        message = f"{plural(len(away), 'file is', 'files are')} on another file system than {plan.root}: there can be no second name for them there"
        hint = "Use -f copy, or -f symlink."
        yield Problem(severity="error", id="other-file-system", message=message, hint=hint, files=tuple(sorted(away)))
    media_away = {one.source for move in moves for one in move.media if _device(one.source) not in {here, None}}
    if plan.media_mode == "hardlink" and media_away:
        message = f"{plural(len(media_away), 'video or picture is', 'videos and pictures are')} on another file system than {plan.root}"
        hint = "Use --media-files-mode copy or symlink."
        yield Problem(severity="error", id="other-file-system", message=message, hint=hint, files=tuple(sorted(media_away)))
    yield from _room(plan, moves, away, media_away)


def _room(plan: Plan, moves: list[Move], away: set[str], media_away: set[str]) -> Iterator[Problem]:
    copied = [move for move in moves if plan.mode == "copy" or (plan.mode == "move" and (move.source in away or move.media))]
    needed = sum(move.size for move in copied)
    for move in moves:
        for one in move.media:
            if plan.media_mode == "copy" or (plan.media_mode == "move" and one.source in media_away):
                needed += _size(one.source)
    if not needed:
        return
    room = os.statvfs(nearest_folder(plan.root))
    free = room.f_bavail * room.f_frsize
    if needed > free:
        # Copies within one file system may share their blocks; across two they can't.
        certain = any(move.source in away for move in copied)
        message = f"copies take {size(needed)}, and {size(free)} are free in the target"
        yield Problem(severity="error" if certain else "warning", id="no-room", message=message, hint="Make room, or use -f symlink.")


def _device(path: str) -> int | None:
    try:
        return os.stat(path).st_dev
    except OSError:
        return None


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
