"""A contribution: from folders with NWB files to assets in a draft, step by step, and what was decided on the way.

A `Contribution` is what is kept between two sittings: decisions alone, no results, since results come again from the files
(and the cache of what was read). The functions here say which step follows and why one can't be taken yet. No disk, no clock.
"""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.dataset.plan_model import Plan
from dandi_tui.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Step(StrEnum):
    """The steps, in their order."""

    SOURCE = "source"
    CHECK = "check"
    PLAN = "plan"
    TARGET = "target"
    SEND = "send"
    NEXT = "next"


STEPS = tuple(Step)
MODES = ("symlink", "copy", "move", "hardlink")
Values = dict[str, str | list[str]]
"""Field → value, as `mend_fields.checked_value` gives it."""


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided so far.

    Attributes:
        sources: The folders and files that it begins with, absolute.
        step: The step that was left.
        organized: Whether the source is a Dandiset's folder already, so that nothing is to be planned.
        folder: The folder that the files are organized into, absolute; the source itself where that is organized.
        applied: Whether the plan was carried out.
        mode: How files come there: symlink, copy, move, hardlink.
        required: Fields that enter every name where they have a value.
        stable: Whether fields that names in the folder have enter further names too.
        media: Whether videos and pictures go along, and references to them are changed.
        renames: Paths that a person chose: source → path in the Dandiset.
        left_out: Files that a person took out.
        fills: Values that were filled in: source → field → value. They are written into the organized files, never into sources.
        placed: Where files were put: source → path in the Dandiset.
        along: Where videos and pictures were put that go along with a file: its source → their paths.
        api_url: The archive that the Dandiset is in.
        dandiset: The Dandiset's number; empty while none is chosen.
        existing: What is done where the draft has an asset at the path: refresh, overwrite, skip, force.
        with_errors: Whether files with errors are sent too.
        job: The number of its transfer; 0 before it.
    """

    sources: tuple[str, ...] = ()
    step: Step = Step.SOURCE
    organized: bool = False
    folder: str = ""
    applied: bool = False
    mode: str = "symlink"
    required: tuple[str, ...] = ()
    stable: bool = False
    media: bool = False
    renames: dict[str, str] = {}
    left_out: tuple[str, ...] = ()
    fills: dict[str, Values] = {}
    placed: dict[str, str] = {}
    along: dict[str, tuple[str, ...]] = {}
    api_url: str = ""
    dandiset: str = ""
    existing: str = "refresh"
    with_errors: bool = False
    job: int = 0

    def but(self, **changes: object) -> Contribution:
        """The same, but for some fields."""
        return msgspec.structs.replace(self, **changes)


def begin(sources: Sequence[str], *, organized: str = "", dandiset: str = "", api_url: str = "") -> Contribution:
    """A new contribution.

    Args:
        sources: Folders and files, as they were given.
        organized: The Dandiset's folder that they stand in; empty where they stand in none.
        dandiset: The Dandiset's number that the folder names.
        api_url: The archive that the folder names.
    """
    given = tuple(dict.fromkeys(os.path.abspath(source) for source in sources))
    if organized:
        return Contribution(sources=given, organized=True, folder=organized, dandiset=dandiset, api_url=api_url, applied=True)
    return Contribution(sources=given, folder=beside(given[0]) if given else "")


def with_sources(contribution: Contribution, sources: Sequence[str]) -> Contribution:
    """The same contribution with other sources: what was decided of files that are under them holds, and files of others are taken out.

    Args:
        contribution: What was decided; its files are not organized already.
        sources: Folders and files, absolute.
    """
    below = tuple(f"{source.rstrip('/')}/" for source in sources)

    def mine(path: str) -> bool:
        return path in sources or path.startswith(below)

    usual = bool(contribution.sources) and contribution.folder == beside(contribution.sources[0]) and not contribution.placed
    out = {path for path in contribution.left_out if mine(path)} | {path for path in contribution.placed if not mine(path)}
    return contribution.but(
        sources=tuple(sources), folder=beside(sources[0]) if usual else contribution.folder, left_out=tuple(sorted(out)),
        renames={path: new for path, new in contribution.renames.items() if mine(path)},
        fills={path: values for path, values in contribution.fills.items() if mine(path)}, applied=False, job=0,
    )  # fmt: skip


def beside(source: str) -> str:
    """The folder that files are organized into where nothing else is said: beside the source."""
    folder, name = os.path.split(source.rstrip("/") or "/")
    return os.path.join(folder, f"{name.removesuffix('.nwb') or 'files'}-organized")


def steps_of(contribution: Contribution) -> tuple[Step, ...]:
    """The steps that this contribution goes through."""
    return tuple(step for step in STEPS if not (contribution.organized and step is Step.PLAN))


def step_after(contribution: Contribution, step: Step) -> Step | None:
    """The step after one; None after the last."""
    steps = steps_of(contribution)
    at = steps.index(step) + 1
    return steps[at] if at < len(steps) else None


def step_before(contribution: Contribution, step: Step) -> Step | None:
    """The step before one; None before the first."""
    steps = steps_of(contribution)
    at = steps.index(step) - 1
    return steps[at] if at >= 0 else None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the files at this moment, as far as it decides whether a step can be taken.

    Attributes:
        nwb: NWB files that were found and not taken out.
        waiting: Files that are still to be looked at.
        usable: Files that could go on.
        plan: The plan; None before there is one.
    """

    nwb: int = 0
    waiting: int = 0
    usable: int = 0
    plan: Plan | None = None


def why_not_leave(contribution: Contribution, step: Step, standing: Standing) -> str:  # noqa: PLR0911 (one answer a step)
    """Why the step after this one can't be taken yet; empty where it can."""
    match step:
        case Step.SOURCE:
            if not contribution.sources:
                return "No folder is chosen yet: type its path, or choose one of the list."
            return "" if standing.nwb or standing.waiting else "No NWB files were found there."
        case Step.CHECK:
            if standing.waiting:
                return f"{plural(standing.waiting, 'file is', 'files are')} still to be read."
            return "" if standing.usable else "No file can go on: mend what is named here first."
        case Step.PLAN:
            return _why_not_apply(standing.plan)
        case Step.TARGET:
            return "" if contribution.dandiset else "No Dandiset is chosen yet."
        case Step.SEND:
            return "" if contribution.job else "Nothing was sent yet: Enter sends."
    return "This is the last step."


def _why_not_apply(plan: Plan | None) -> str:
    if plan is None:
        return "The plan is not made yet."
    if plan.refused:
        first = plan.errors[0]
        return f"{first.message}: {first.hint}" if first.hint else first.message
    return "" if plan.moves else "The plan is empty: no file can be named."


def fill_in(contribution: Contribution, values: Mapping[str, Values]) -> Contribution:
    """Takes values for fields of files: source → field → value; an empty value takes one back.

    A file that is moved would be changed itself, so files that are filled in are not moved.
    """
    fills = dict(contribution.fills)
    for source, given in values.items():
        merged = {name: value for name, value in {**fills.get(source, {}), **given}.items() if value}
        if merged:
            fills[source] = merged
        else:
            fills.pop(source, None)
    mode = "copy" if fills and contribution.mode == "move" else contribution.mode
    return contribution.but(fills=fills, mode=mode, applied=False)


def leave_out(contribution: Contribution, files: Iterable[str]) -> Contribution:
    """Takes files out, or back in where all of them are out."""
    asked, before = list(files), set(contribution.left_out)
    after = before - set(asked) if before.issuperset(asked) else before | set(asked)
    return contribution.but(left_out=tuple(sorted(after)), applied=False)


def why_not_mode(contribution: Contribution, mode: str) -> str:
    """Why files can't be organized in a mode; empty where they can."""
    if contribution.fills and mode == "move":
        return "filled in: sources stay"
    if contribution.media and mode not in {"copy", "move"}:
        return "videos go by copy or move"
    return ""
