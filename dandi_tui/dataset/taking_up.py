"""What an earlier sitting did to the files of a contribution, found again: it may have ended early, or have moved the sources away."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from dandi_tui.dataset.placing import remove
from dandi_tui.dataset.run_log import runs
from dandi_tui.dataset.steps import mark_of, stands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dandi_tui.dataset.contribution import Contribution
    from dandi_tui.dataset.plan_model import Move
    from dandi_tui.dataset.run_log import Told


def taken_up(contribution: Contribution) -> Contribution:
    """The contribution with what was put in its place before the program ended early; looks at the disk.

    The logs of organizing tell it. Of the one file that was just under way then, what goes along with it is removed where it
    stands there without it.
    """
    if contribution.organized or contribution.applied or not contribution.folder:
        return contribution
    placed, along = dict(contribution.placed), dict(contribution.along)
    for _, told in runs(contribution.folder):
        for move in _found(contribution, told):
            if move.source not in placed:
                placed[move.source] = move.destination
                if move.media:
                    along[move.source] = tuple(one.destination for one in move.media)
    return contribution if placed == contribution.placed else contribution.but(placed=placed, along=along)


def _found(contribution: Contribution, told: Told) -> Iterator[Move]:
    """The files of the contribution that a run put in their places, and that stand there still."""
    sources = tuple(f"{source.rstrip('/')}/" for source in contribution.sources)
    for number, move in enumerate(told.run.moves):
        mine = move.source in contribution.sources or move.source.startswith(sources)
        if not mine or contribution.placed.get(move.source):
            continue
        place = os.path.join(told.run.root, move.destination)
        if number in told.done:
            touched = mark_of(place) != told.done[number][-1].mark if os.path.lexists(place) else True
            if not touched or (move.source in contribution.fills and os.path.lexists(place)):
                yield move
        elif number in told.begun and _finished(move, place, told):
            yield move


def _finished(move: Move, place: str, told: Told) -> bool:
    """Whether a file that was under way when the run ended stands in its place; a file gets its name when it is whole."""
    if os.path.lexists(place):
        with suppress(OSError):
            stands(told.run.mode, move.source, place)
        return True
    for one in move.media:
        media = os.path.join(told.run.root, one.destination)
        with suppress(OSError):
            if told.run.media_mode != "move" and stands(told.run.media_mode, one.source, media):
                remove(media)
    return False


def stand_ins(contribution: Contribution) -> dict[str, str]:
    """Sources that are gone, since they were moved, and the files that stand for them; looks at the disk."""
    if contribution.organized:
        return {}
    places = {source: os.path.join(contribution.folder, path) for source, path in contribution.placed.items()}
    return {source: place for source, place in places.items() if not os.path.lexists(source) and os.path.exists(place)}
