"""What is told of a file and its objects, in words: subject, counts, attributes, how bytes lie."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dandi_tui.text import number, size, width
from dandi_tui.widgets.line import Line, Piece

if TYPE_CHECKING:
    from dandi_tui.nwb.model import Described, FileFacts, Glance, Overview

_TELLING = ("units", "trials", "electrodes", "intracellular_electrodes", "imaging_planes", "acquisition", "processing", "devices")


def counted(count: int, name: str) -> str:
    """A count with its noun: `1 device`, `16 electrodes`."""
    return f"{number(count)} {name.removesuffix('s') if count == 1 else name}"


def held(facts: FileFacts, dot: str, cells: int) -> str:
    """What the file holds, as counts: as many as there is room for, those first that tell files apart."""
    counts = facts.session["counts"]
    words, between = "", f" {dot} "
    for name in sorted(counts, key=lambda one: _TELLING.index(one) if one in _TELLING else len(_TELLING)):
        longer = f"{words}{between if words else ''}{counted(counts[name], name.replace('_', ' '))}" if counts[name] else words
        if width(longer) <= cells:
            words = longer
    return words


def subject_words(subject: dict[str, Any]) -> str:
    """The subject in a line: species, name, sex, age."""
    sex = {"M": "male", "F": "female", "O": "other", "U": "sex unknown"}.get(str(subject.get("sex")), str(subject.get("sex") or ""))
    parts = [subject.get("species"), subject.get("subject_id"), sex, subject.get("age")]
    return ", ".join(str(part) for part in parts if part) or "no subject"


def described_facts(described: Described) -> list[tuple[str, str]]:
    """How a dataset's bytes lie, and attributes with their values."""
    one = described.listed
    facts = []
    if one.chunks:
        facts.append(("chunks", "×".join(map(str, one.chunks)) + (f", {', '.join(described.filters)}" if described.filters else "")))
    if described.storage is not None:
        ratio = f", {described.logical / described.storage:.2g}:1" if described.logical and described.storage and described.filters else ""
        facts.append(("stored", f"{size(described.storage)}{ratio}" + (f" of {size(described.logical)}" if ratio and described.logical else "")))
    if described.external:
        facts.append(("outside", "; ".join(described.external)))
    return facts + [(attribute.name, attribute.words) for attribute in described.attributes]


def glance_facts(glance: Glance) -> list[tuple[str, str]]:
    """What an object is, with what is odd of it first."""
    return [("odd", glance.reason), *glance.facts]


def page_lines(page: Overview, cells: int) -> list[Line]:
    """A file on one page: sections of facts."""
    from dandi_tui.screens.preview import labelled

    lines: list[Line] = []
    for heading, facts in page.sections:
        lines += [(), (Piece(f" {heading}", "title"),)] if lines else [(Piece(f" {heading}", "title"),)]
        lines += [(Piece("   "), *line) for line in labelled(facts, cells - 4)]
    return lines


def date_words(stamp: str) -> str:
    """A date and time of day, to the minute; what is none as it stands."""
    try:
        return datetime.fromisoformat(stamp.strip()).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return re.sub(r"(?<=\d)T(?=\d)", " ", stamp[:16])
