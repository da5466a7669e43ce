"""How the files of a contribution stand, kept up as results and decisions come, so that each look costs the same with 10,000 files."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dandi_tui.dataset.contribution import Contribution, Values
    from dandi_tui.dataset.findings import Finding
    from dandi_tui.dataset.scan import ScannedFile


class State(StrEnum):
    """How one NWB file stands."""

    LEFT_OUT = "left out"
    NAMELESS = "can't be named"
    NAMELESS_UNCHECKED = "can't be named, not checked yet"
    UNCHECKED = "not checked yet"
    TO_MEND = "to mend"
    GOOD = "good"


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many files stand how.

    Attributes:
        found: NWB files that were not taken out.
        checked: Of these, those whose content was checked.
        good: Checked and without errors.
        to_mend: Checked and with errors.
        aside: Those that no name can be made for.
        left_out: NWB files that were taken out.
        usable: Those that can go on.
    """

    found: int = 0
    checked: int = 0
    good: int = 0
    to_mend: int = 0
    aside: int = 0
    left_out: int = 0
    usable: int = 0


class Standings:
    """Where each NWB file stands, and how many stand where.

    Args:
        files: What was scanned: path → file. Kept by whoever made it.
        findings: What was found wrong: path → findings; a file that is not among them is not checked yet.
    """

    def __init__(self, files: Mapping[str, ScannedFile], findings: Mapping[str, Sequence[Finding]]) -> None:
        self._files, self._findings = files, findings
        self._states: dict[str, State] = {}
        self._often: Counter[State] = Counter()
        self._fills: Mapping[str, Values] = {}
        self._left_out: tuple[str, ...] = ()
        self._out: frozenset[str] = frozenset()

    def news(self, paths: Iterable[str]) -> None:
        """Takes that something new is known of some files."""
        for path in paths:
            file = self._files.get(path)
            if file is None or not file.is_nwb:
                continue
            before = self._states.get(path)
            state = self._states[path] = self._state(file)
            if state is not before:
                self._often[state] += 1
                if before is not None:
                    self._often[before] -= 1

    def counts(self, contribution: Contribution) -> Counts:
        """How many files stand how, with what was decided."""
        self._decide(contribution)
        often = self._often
        found = sum(often.values()) - often[State.LEFT_OUT]
        unchecked = often[State.UNCHECKED] + often[State.NAMELESS_UNCHECKED]
        aside = often[State.NAMELESS] + often[State.NAMELESS_UNCHECKED]
        return Counts(
            found=found, checked=found - unchecked, good=often[State.GOOD], to_mend=often[State.TO_MEND], aside=aside, left_out=often[State.LEFT_OUT],
            usable=found - aside,
        )  # fmt: skip

    def _decide(self, contribution: Contribution) -> None:
        """Looks again at the files that decisions differ for since the last time."""
        before, now = self._fills, contribution.fills
        if before is now and self._left_out == contribution.left_out:
            return
        out = frozenset(contribution.left_out)
        differing = out ^ self._out
        if before is not now:
            differing |= {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
        self._fills, self._left_out, self._out = now, contribution.left_out, out
        self.news(differing)

    def _state(self, file: ScannedFile) -> State:
        if file.path in self._out:
            return State.LEFT_OUT
        filled = self._fills.get(file.path, {})
        findings = self._findings.get(file.path)
        if not can_be_named(file, filled):
            return State.NAMELESS_UNCHECKED if findings is None else State.NAMELESS
        if findings is None:
            return State.UNCHECKED
        return State.TO_MEND if any(one.blocks and not settled_by(one, filled) for one in findings) else State.GOOD


def settled_by(finding: Finding, filled: Mapping[str, object]) -> bool:
    """Whether fields that were filled in settle a problem."""
    return bool(finding.field) and finding.field in filled


def can_be_named(file: ScannedFile, filled: Mapping[str, object]) -> bool:
    """Whether a file can go on: it can be read, and has a subject, be it filled in."""
    fields = file.fields
    if file.problem or fields is None or fields.external_links:
        return False
    return bool(fields.subject_id or "subject.subject_id" in filled)
