"""The archive's words about a field, put at the place that they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.describe.checks import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dandi_tui.describe.tree import Path


def placed(field: str, document: dict[str, Any]) -> Path:
    """The path of a field as the archive names it: `license.0`, `contributor.2.Person.name`, `metadata.name`; as far as it leads."""
    steps = [step for step in field.split(".") if step]
    if steps and steps[0] == "metadata" and "metadata" not in document:
        steps = steps[1:]
    path: list[str | int] = []
    value: Any = document
    for step in steps:
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
            path.append(int(step))
        elif isinstance(value, dict) and step in value:
            value = value[step]
            path.append(step)
        elif isinstance(value, dict) and step[:1].isupper():
            continue
        else:
            if isinstance(value, dict):
                path.append(step)
            break
    return tuple(path)


def from_archive(told: Iterable[tuple[str, str]], document: dict[str, Any]) -> list[Problem]:
    """What the archive said, as problems of the form: pairs of a field and a message."""
    return [Problem(_to_missing(placed(field, document), message), message, source="archive") for field, message in told]


def _to_missing(path: Path, message: str) -> Path:
    """A message of the record about a field that is missing belongs to that field: `'email' is a required property`."""
    name, found, _ = message.removeprefix("'").partition("' is a required property")
    return (*path, name) if found and message.startswith("'") else path
