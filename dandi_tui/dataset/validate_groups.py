"""Findings brought together: by problem, for one remedy for many files; or by file."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.dataset.findings import Finding, Layer, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of problem, and where it was found.

    Attributes:
        id: What kind.
        severity: The gravest that it was found with.
        message: Its words: of the one finding, or the first of many.
        same_message: Whether all findings have these words.
        hint: How to mend it.
        layer: Who says so.
        field: The field that settles it when filled in; empty where none does.
        files: Files → findings there, in the order of their names.
    """

    id: str
    severity: Severity
    message: str
    same_message: bool
    hint: str
    layer: Layer
    field: str
    files: dict[str, list[Finding]]

    @property
    def count(self) -> int:
        """How many findings."""
        return sum(map(len, self.files.values()))


def by_problem(findings: Iterable[Finding]) -> list[Problem]:
    """The kinds of problems, the gravest first, then those in most files."""
    kinds: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        kinds[one.id].append(one)
    return sorted(map(_problem, kinds.values()), key=lambda one: (-one.severity, -len(one.files), one.id))


def _problem(found: list[Finding]) -> Problem:
    files: dict[str, list[Finding]] = defaultdict(list)
    for one in sorted(found, key=lambda one: (one.path, one.location)):
        files[one.path].append(one)
    first = found[0]
    return Problem(
        id=first.id,
        severity=max(one.severity for one in found),
        message=first.message,
        same_message=len({one.message for one in found}) == 1,
        hint=first.hint,
        layer=first.layer,
        field=first.field,
        files=dict(files),
    )


def by_file(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Files by name, with their findings, the gravest first."""
    files: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        files[one.path].append(one)
    return {path: sorted(files[path], key=lambda one: (-one.severity, one.id, one.location)) for path in sorted(files)}


def at_least(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    """Those that are as grave, or graver."""
    return [one for one in findings if one.severity >= severity]
