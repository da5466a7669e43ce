"""A file at a glance: the session's and the subject's own words, and counts of what the file holds."""

from __future__ import annotations

import math
from typing import Any

from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.node import Contents, Dataset, Group

_FIELDS = ("identifier", "session_description", "session_start_time", "timestamps_reference_time")
_GENERAL = (
    "experimenter", "institution", "lab", "session_id", "experiment_description", "keywords", "notes", "protocol", "pharmacology",
    "related_publications", "surgery", "virus", "stimulus", "slices", "data_collection",
)  # fmt: skip
_LONGEST = 100_000


def value_of(contents: Contents, path: str) -> Any:  # noqa: ANN401 (text, a number, a list of texts, or None)
    """A small dataset's value as text or a list of texts; None where there is none, or another thing."""
    try:
        found = contents.at(path)
        if not isinstance(found, Dataset) or found.shape is None or math.prod(found.shape) > 1000:
            return None
        return plain(found.read(()))
    except (FileError, ValueError, TypeError, UnicodeDecodeError):
        return None


def _of_general(contents: Contents, name: str) -> Any:  # noqa: ANN401
    """A field of /general; people and keywords stay a list where they are one."""
    value = value_of(contents, f"/general/{name}")
    if value is None or name not in {"experimenter", "keywords"} or isinstance(value, list):
        return value
    return [value] if contents.dataset(f"/general/{name}").shape else value


def plain(value: Any) -> Any:  # noqa: ANN401
    """A value as text; an array as a list, of one value as that value."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")[:_LONGEST]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, list):
        return plain(value[0]) if len(value) == 1 else [plain(one) for one in value]
    return value[:_LONGEST] if isinstance(value, str) else str(value)


def members_of(contents: Contents, path: str, kind: str = "") -> list[str]:
    """The names in a group; with `kind`, of objects of that type alone."""
    try:
        group = contents.at(path)
        if not isinstance(group, Group):
            return []
        names = group.names()
        return [name for name in names if _is_a(group, name, kind)] if kind else names
    except FileError:
        return []


def _is_a(group: Group, name: str, kind: str) -> bool:
    found = group.get(name)
    return found is not None and found.neurodata_type == kind


def rows_at(contents: Contents, path: str) -> int:
    """How many rows the table at a path has; 0 where there is none."""
    found = contents.find(f"{path}/id")
    return found.rows if isinstance(found, Dataset) else 0


def nwb_version(contents: Contents) -> str | None:
    """The version that the file names: an attribute since NWB 2, a dataset before."""
    root = contents.find("/")
    found = (root.text("nwb_version")[:256] if root else "") or value_of(contents, "/nwb_version")
    return found if isinstance(found, str) else None


def session_of(contents: Contents) -> dict[str, Any]:
    """The session's fields, the subject's, and counts; a field that is absent or no text is None."""
    contents.ahead(["/"])
    contents.ahead(["/general", "/intervals"])
    facts: dict[str, Any] = {name: value_of(contents, f"/{name}") for name in _FIELDS}
    facts["nwb_version"] = nwb_version(contents)
    facts["subject"] = _subject(contents)
    for name in _GENERAL:
        if (value := _of_general(contents, name)) is not None:
            facts[name] = value
    facts["counts"] = {
        "devices": len(members_of(contents, "/general/devices")),
        "electrodes": rows_at(contents, "/general/extracellular_ephys/electrodes"),
        "intracellular_electrodes": len(members_of(contents, "/general/intracellular_ephys", "IntracellularElectrode")),
        "imaging_planes": len(members_of(contents, "/general/optophysiology", "ImagingPlane")),
        "acquisition": len(members_of(contents, "/acquisition")),
        "processing": len(members_of(contents, "/processing")),
        "units": rows_at(contents, "/units"),
        "trials": rows_at(contents, "/intervals/trials"),
    }
    return facts


def _subject(contents: Contents) -> dict[str, Any] | None:
    names = members_of(contents, "/general/subject")
    found = {name: value_of(contents, f"/general/subject/{name}") for name in names}
    kept = {name: value for name, value in found.items() if value is not None}
    return kept or None
