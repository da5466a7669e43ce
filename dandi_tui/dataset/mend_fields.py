"""Fields of an NWB file that a person can fill in: where each stands, what it may say, and how that is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.dataset.ages import parse_age
from dandi_tui.dataset.metadata_facts import parse_time
from dandi_tui.dataset.species import find_species, sex_entry, species_entry, taxon_hint
from dandi_tui.errors import DandiTuiError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 100_000


class MendError(DandiTuiError):
    """A value can't stand in a field, or a file can't be changed."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field.

    Attributes:
        name: As findings name it: `subject.age`.
        label: As a form calls it.
        place: Where it stands in the file.
        example: A value, to show its form.
        many: Whether it is a list; a person parts its values by `;`.
        choices: What it may say, where that is a short list.
    """

    name: str
    label: str
    place: str
    example: str
    many: bool = False
    choices: tuple[str, ...] = ()
    check: Callable[[str], str]


def _text(value: str) -> str:
    return value


def _identifier(value: str) -> str:
    if "/" in value:
        raise ValueError("it becomes part of file names, so it may not have a slash")
    return value


def _age(value: str) -> str:
    age = parse_age(value)
    return f"Gestation {age.duration}" if age.reference == "Gestational" else age.duration


def _sex(value: str) -> str:
    try:
        name = (sex_entry(value) or {}).get("name")
    except ValueError as error:
        raise ValueError(f"{error}; write M, F, O or U") from error
    if name is None:
        raise ValueError("write M, F, O or U")
    return name[0]


def _species(value: str) -> str:
    try:
        species_entry(value)
    except ValueError as error:
        raise ValueError(f"{error}. {taxon_hint(value)}") from error
    found = find_species(value)
    return found.scientific if found else value


def _time(value: str) -> str:
    found = parse_time(value)
    if found is None:
        raise ValueError("it is no time; write it as 2024-05-03T14:30:00+02:00, or a date as 2024-05-03")
    return found.isoformat()


def _past(value: str) -> str:
    text = _time(value)
    if datetime.fromisoformat(text) > datetime.now().astimezone():
        raise ValueError("it lies in the future")
    return text


def _weight(value: str) -> str:
    number, _, unit = value.replace(",", ".").partition(" ")
    if not number.replace(".", "", 1).isdigit() or unit not in {"kg", "g", "mg"}:
        raise ValueError("write a number, a blank, and kg or g: 0.025 kg")
    return f"{number} {unit}"


def _fields() -> tuple[Field, ...]:
    subject, general = "/general/subject", "/general"
    return (
        Field(name="subject.subject_id", label="Subject", place=f"{subject}/subject_id", example="M123", check=_identifier),
        Field(name="subject.species", label="Species", place=f"{subject}/species", example="Mus musculus", check=_species),
        Field(name="subject.sex", label="Sex", place=f"{subject}/sex", example="F", choices=("M", "F", "O", "U"), check=_sex),
        Field(name="subject.age", label="Age", place=f"{subject}/age", example="P90D", check=_age),
        Field(name="subject.date_of_birth", label="Date of birth", place=f"{subject}/date_of_birth", example="2024-05-03", check=_past),
        Field(name="subject.weight", label="Weight", place=f"{subject}/weight", example="0.025 kg", check=_weight),
        Field(name="subject.strain", label="Strain", place=f"{subject}/strain", example="C57BL/6J", check=_text),
        Field(name="subject.genotype", label="Genotype", place=f"{subject}/genotype", example="Sst-IRES-Cre/wt", check=_text),
        Field(name="subject.description", label="About the subject", place=f"{subject}/description", example="A mouse of the control group", check=_text),
        Field(name="session_id", label="Session", place=f"{general}/session_id", example="20240503a", check=_identifier),
        Field(name="session_description", label="About the session", place="/session_description", example="Licking for reward", check=_text),
        Field(name="session_start_time", label="Start", place="/session_start_time", example="2024-05-03T14:30:00+02:00", check=_past),
        Field(name="identifier", label="Identifier", place="/identifier", example="a UUID", check=_text),
        Field(name="experimenter", label="Experimenters", place=f"{general}/experimenter", example="Doe, Jane; Roe, Richard", many=True, check=_text),
        Field(name="institution", label="Institution", place=f"{general}/institution", example="University of Somewhere", check=_text),
        Field(name="lab", label="Laboratory", place=f"{general}/lab", example="Doe lab", check=_text),
        Field(name="keywords", label="Keywords", place=f"{general}/keywords", example="decision making; CA1", many=True, check=_text),
        Field(name="experiment_description", label="About the experiment", place=f"{general}/experiment_description", example="Words", check=_text),
        Field(
            name="related_publications", label="Publications", place=f"{general}/related_publications", example="https://doi.org/10.1000/x", many=True,
            check=_text,
        ),
        Field(name="protocol", label="Protocol", place=f"{general}/protocol", example="IACUC 123", check=_text),
        Field(name="notes", label="Notes", place=f"{general}/notes", example="Words", check=_text),
        Field(name="pharmacology", label="Pharmacology", place=f"{general}/pharmacology", example="Words", check=_text),
        Field(name="surgery", label="Surgery", place=f"{general}/surgery", example="Words", check=_text),
        Field(name="virus", label="Viruses", place=f"{general}/virus", example="AAV5-…", check=_text),
    )  # fmt: skip


FIELDS: dict[str, Field] = {field.name: field for field in _fields()}


def checked_value(name: str, value: str) -> str | list[str]:
    """A value as it is written into a file: `90 days` becomes `P90D`, `mouse` becomes `Mus musculus`.

    Args:
        name: The field's: `subject.age`.
        value: As a person typed it; several values are parted by `;`.

    Raises:
        MendError: There is no such field, or the value can't stand in it; the message says why.
    """
    field = FIELDS.get(name)
    if field is None:
        raise MendError("there is no field of this name to be filled in", subject=name, remedy=f"Fields are: {', '.join(FIELDS)}.")
    parts = [part.strip() for part in value.split(";")] if field.many else [value.strip()]
    parts = [part for part in parts if part]
    if not parts:
        raise MendError("it is empty", subject=field.label)
    if len(value) > _LONGEST or any(ord(char) < 32 and char not in "\n\t" for char in value):
        raise MendError("it is too long, or has signs that are no text", subject=field.label)
    try:
        made = [field.check(part) for part in parts]
    except ValueError as error:
        raise MendError(str(error), subject=f"{field.label} {value!r}") from error
    return made if field.many else made[0]


def checked_values(values: Mapping[str, str]) -> dict[str, str | list[str]]:
    """As `checked_value`, of several fields.

    Raises:
        MendError: A value can't stand in its field.
    """
    return {name: checked_value(name, value) for name, value in values.items()}
