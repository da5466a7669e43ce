"""What is known of the files of a contribution as it comes in: what they hold, what is wrong with them, brought together by problem.

`Checkup` is fed by `look`, and answers without going through all findings again, so that it is as quick with 10,000 files.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.dataset.cache import Cache
from dandi_tui.dataset.findings import Finding, Severity
from dandi_tui.dataset.mend_rules import Fillable, Rule, values_for
from dandi_tui.dataset.scan import ScannedFile, scan
from dandi_tui.dataset.standings import Counts, Standings, settled_by
from dandi_tui.dataset.validate import ALL_LAYERS, Checked, validate
from dandi_tui.dataset.validate_file import CONTENT_LAYERS
from dandi_tui.dataset.validate_stages import JUDGE, warm_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dandi_tui.dataset.contribution import Contribution, Values

NAMED_BY = {"subject.subject_id": "subject_id", "session_id": "session_id"}
"""Fields that may be filled in and that names are made of: as mending calls them → as scanning does."""
_FIRST = 100
"""How many files are looked up to see whether there will be something to judge, so that pynwb is loaded while all are scanned."""


def look(
    sources: Sequence[str], *, organized: bool, folder: str = "", stand_ins: Mapping[str, str] | None = None, jobs: int | None = None
) -> Iterator[ScannedFile | Checked]:
    """Reads what names are made of in each file, then checks each; results as they come.

    Args:
        sources: Folders and files.
        organized: Whether they stand in a Dandiset's folder: its layout is checked too then.
        folder: The folder that files are organized into: what stands there is no source of its own.
        stand_ins: Sources that are gone → files that stand for them, which are looked at in their place, and told by the sources' paths.
        jobs: Processes of this machine; None: as many as there are processors.
    """
    layers = ALL_LAYERS if organized else CONTENT_LAYERS
    known_as = {place: source for source, place in (stand_ins or {}).items()}
    given = looked_into(sources, stand_ins or {})
    within = f"{folder}/" if folder and not organized else ""
    judges = JUDGE.workers(jobs)
    try:
        with Cache() as cache:
            for file in scan(given, cache=cache, jobs=jobs):
                if file.number < _FIRST:
                    warm_up(judges, file.path, CONTENT_LAYERS, cache)
                if file.path in known_as or not (within and file.path.startswith(within)):
                    yield msgspec.structs.replace(file, path=known_as.get(file.path, file.path))
            for checked in validate(given, layers=layers, cache=cache, jobs=jobs, judges=judges):
                if source := known_as.get(checked.path):
                    yield _known_as(checked, source)
                elif not (within and checked.path.startswith(within)):
                    yield checked
    finally:
        judges.shutdown(cancel_futures=True)


def looked_into(sources: Sequence[str], stand_ins: Mapping[str, str]) -> list[str]:
    """The folders and files that are looked into: sources that are gone altogether are not, where others stand for them."""
    return [*(source for source in sources if not stand_ins or os.path.lexists(source)), *stand_ins.values()]


def _known_as(checked: Checked, source: str) -> Checked:
    return msgspec.structs.replace(checked, path=source, findings=[msgspec.structs.replace(one, path=source) for one in checked.findings])


class Group(msgspec.Struct, kw_only=True):
    """One kind of problem: its words, and the findings by file."""

    id: str
    severity: Severity
    message: str
    hint: str
    field: str
    files: dict[str, list[Finding]] = {}

    def settled(self, contribution: Contribution) -> int:
        """Of how many files it needs no eye any more: they were left out, or the field that settles it was filled in."""
        gone = {path for path in contribution.left_out if path in self.files}
        if self.field:
            gone |= {path for path, values in contribution.fills.items() if self.field in values and path in self.files}
        return len(gone)


class Checkup:
    """What is known so far.

    Args:
        stand_ins: Sources that were moved → the files that stand for them.
    """

    def __init__(self, stand_ins: Mapping[str, str] | None = None) -> None:
        self.stand_ins = dict(stand_ins or {})
        self.files: dict[str, ScannedFile] = {}
        self.findings: dict[str, list[Finding]] = {}
        self.assets: set[str] = set()
        self.complete = False
        self._groups: dict[str, Group] = {}
        self._standings = Standings(self.files, self.findings)

    def take(self, found: Iterable[ScannedFile | Checked]) -> None:
        """Takes what came."""
        for one in found:
            if isinstance(one, Checked):
                self._take_checked(one)
            else:
                self.files[one.path] = one
            self._standings.news((one.path,))

    def _take_checked(self, checked: Checked) -> None:
        if checked.is_asset:
            self.assets.add(checked.path)
        self.findings.setdefault(checked.path, []).extend(checked.findings)
        for one in checked.findings:
            group = self._groups.get(one.id)
            if group is None:
                group = self._groups[one.id] = Group(id=one.id, severity=one.severity, message=one.message, hint=one.hint, field=one.field, files={})
            group.severity = max(group.severity, one.severity)
            if one.message != group.message:
                group.message = in_common(group.message, one.message)
            group.files.setdefault(one.path, []).append(one)

    def groups(self, *, at_least: Severity = Severity.HINT) -> list[Group]:
        """Kinds of problems, the gravest first, then those in most files."""
        found = [one for one in self._groups.values() if one.severity >= at_least]
        return sorted(found, key=lambda one: (-one.severity, -len(one.files), one.id))

    def nwb(self) -> list[ScannedFile]:
        """The NWB files, in the order of the walk."""
        return sorted((one for one in self.files.values() if one.is_nwb), key=lambda one: one.number)

    def counts(self, contribution: Contribution) -> Counts:
        """How the files stand, with what was decided."""
        return self._standings.counts(contribution)

    def errors(self, path: str, contribution: Contribution) -> list[Finding]:
        """What has to be mended in a file, without what a value that was filled in settles."""
        filled = contribution.fills.get(path, {})
        return [one for one in self.findings.get(path, ()) if one.blocks and not settled_by(one, filled)]

    def why_not_fill(self, path: str) -> str:
        """Why nothing can be written into a file; empty where it can."""
        if path in self.stand_ins:
            return "It was moved, so there is no other: u in the plan takes it back first"
        return "It can't be read, so nothing can be filled in: x leaves it out" if path in self.files and self.files[path].fields is None else ""

    def place(self, path: str) -> str:
        """Where a file is that is known by its source: where it was moved to."""
        return self.stand_ins.get(path, path)

    def fillable(self, path: str) -> Fillable:
        """A file as rules of filling in see it."""
        fields = self.files[path].fields if path in self.files else None
        return Fillable(path=path, subject_id=(fields.subject_id or "") if fields else "")


def in_common(one: str, other: str) -> str:
    """What two messages of one problem have in common, in whole words; the first, where that says too little."""
    words: list[str] = []
    for here, there in zip(one.split(), other.split(), strict=False):
        if here != there:
            break
        words.append(here)
    if len(words) < 2:
        return one
    whole, colon, begun = " ".join(words).rpartition(": ")
    return (whole if colon and len(begun.split()) < 3 else " ".join(words)).rstrip(":,;.")


def with_fills(files: Iterable[ScannedFile], fills: Mapping[str, Values]) -> list[ScannedFile]:
    """The files as they will be once the values are written: names are made of what was filled in too."""
    return [_filled(one, fills[one.path]) if one.path in fills else one for one in files]


def _filled(file: ScannedFile, values: Values) -> ScannedFile:
    if file.fields is None:
        return file
    known = {NAMED_BY[name]: value for name, value in values.items() if name in NAMED_BY}
    return msgspec.structs.replace(file, fields=msgspec.structs.replace(file.fields, **known)) if known else file


def fills_by(rules: Sequence[Rule], checkup: Checkup, files: Iterable[str]) -> dict[str, Values]:
    """What rules say of some files: source → field → value."""
    found = {path: values_for(checkup.fillable(path), rules) for path in files}
    return {path: values for path, values in found.items() if values}
