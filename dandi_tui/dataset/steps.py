"""The steps that a move is made of: each can be done, told from not done, and taken back while nothing else touched it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dandi_tui.dataset.cache import identity_of
from dandi_tui.dataset.external_files import rewrite_references
from dandi_tui.dataset.placing import copied, hard_linked, moved, part_name, placed, remove, remove_original, same_content, symlinked
from dandi_tui.dataset.plan_model import MediaMove
from dandi_tui.dataset.run_log import Step
from dandi_tui.errors import ExistsError, OrganizeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def mark_of(path: str) -> str:
    """What tells whether a file was touched: where a link leads, or bytes, time of change and inode."""
    if os.path.islink(path):
        return f"-> {os.readlink(path)}"
    return str(identity_of(path))


def do_step(action: str, source: str, destination: str, *, told: Callable[[int], None], link_text: str = "", media: Sequence[MediaMove] = ()) -> Step:
    """Does one step.

    Args:
        action: As of `Step`.
        source: What is placed.
        destination: Where.
        told: Is told of bytes that were copied.
        link_text: Where a symbolic link leads.
        media: References to change in the copy.

    Raises:
        OSError: The system refuses; nothing was changed.
        OrganizeError: The same, in words.
        ExistsError: Something is in its place.
    """
    _make_way(action, source, destination)
    if action == "symlink":
        symlinked(link_text, destination)
    elif action == "hardlink":
        hard_linked(source, destination)
    elif action == "move" and os.lstat(source).st_dev == os.stat(os.path.dirname(destination)).st_dev:
        moved(source, destination)
    else:
        _copy(action, source, destination, told, media)
    return Step(action, source, destination, mark_of(destination))


def _make_way(action: str, source: str, destination: str) -> None:
    """Removes a link that stands in the place of the very file that is moved there."""
    if action == "move" and os.path.islink(destination) and not os.path.islink(source) and os.path.realpath(destination) == os.path.realpath(source):
        os.unlink(destination)


def _copy(action: str, source: str, destination: str, told: Callable[[int], None], media: Sequence[MediaMove]) -> None:
    if action == "move" and os.path.islink(source):
        moved(source, destination)
        return
    part = part_name(destination)
    copied(source, part, told)
    try:
        # The original goes only when what stands for it was read back from the disk.
        if action in {"move", "rewrite-move"} and not same_content(source, part):
            raise OrganizeError("the copy differs from it; the original is kept", subject=source, remedy="The disk or network may be failing.")
        if media:
            rewrite_references(part, media)
        placed(part, destination)
    except BaseException:
        remove(part)
        raise
    if action in {"move", "rewrite-move"} and os.path.isdir(source):
        remove(source)
    elif action in {"move", "rewrite-move"}:
        remove_original(source, destination)


def stands(action: str, source: str, destination: str) -> bool:
    """Whether a step that was begun was done to its end; what is left of a move is finished."""
    if not os.path.lexists(destination):
        return False
    if not os.path.lexists(source):
        return action in {"move", "rewrite-move"}
    same = {
        "symlink": lambda: os.path.islink(destination) and os.path.realpath(destination) == os.path.realpath(source),
        "hardlink": lambda: os.path.isdir(source) or os.path.samefile(source, destination),
        "copy": lambda: not os.path.isdir(source) and same_content(source, destination),
        "move": lambda: not os.path.isdir(source) and not os.path.islink(destination) and same_content(source, destination),
    }
    if action not in same or not same[action]():
        return False
    if action == "move":
        os.unlink(source)
    return True


def take_back(step: Step, media: Sequence[MediaMove] = ()) -> None:
    """Takes a step back.

    Args:
        step: What was done.
        media: References that were changed in the copy.

    Raises:
        OrganizeError: Something else touched the file since; all stays as it is.
        OSError: The system refuses.
    """
    if not os.path.lexists(step.destination):
        raise OrganizeError("it is not there any more", subject=step.destination)
    if mark_of(step.destination) != step.mark:
        raise OrganizeError("it was changed since; it stays as it is", subject=step.destination)
    if step.action in {"move", "rewrite-move"}:
        _move_back(step, media)
        return
    if step.action in {"copy", "hardlink", "rewrite"} and not os.path.lexists(step.source):
        raise OrganizeError("the original is gone, so this may be the only one left; it stays", subject=step.destination)
    remove(step.destination)


def _move_back(step: Step, media: Sequence[MediaMove]) -> None:
    if os.path.lexists(step.source):
        raise ExistsError("something else is where it was before", subject=step.source)
    os.makedirs(os.path.dirname(step.source), exist_ok=True)
    back = [_turned(one) for one in media] if step.action == "rewrite-move" else []
    do_step("rewrite-move" if back else "move", step.destination, step.source, told=lambda _: None, media=back)


def _turned(media: MediaMove) -> MediaMove:
    """The change of a reference, the other way."""
    return MediaMove(
        source=media.destination, destination=media.source, place=media.place, index=media.index, reference=media.rewritten, rewritten=media.reference
    )
