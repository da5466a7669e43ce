"""A file on one page: session, times, people, subject, devices, what was recorded from, and counts of what it holds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.families import glance
from dandi_tui.nwb.model import FileError, Overview
from dandi_tui.nwb.node import Contents, Group
from dandi_tui.nwb.session import session_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dandi_tui.nwb.model import Listed

_TIMES = ("session_start_time", "timestamps_reference_time")
_PEOPLE = ("experimenter", "lab", "institution", "related_publications")
_PLACES = (
    ("/general/devices", "devices"), ("/general/extracellular_ephys", "electrodes"), ("/general/intracellular_ephys", "electrodes"),
    ("/general/optophysiology", "planes"), ("/general/optogenetics", "stimulation"),
)  # fmt: skip
_MOST = 24


def overview(contents: Contents, objects: Iterable[Listed], ancestry: Callable[[str], list[str]]) -> Overview:
    """The page of a file.

    Args:
        contents: The file.
        objects: All its objects, to be counted by type.
        ancestry: The types that a type is one of.
    """
    session = session_of(contents)
    subject = session.pop("subject") or {}
    counts = session.pop("counts")
    people = [(name.replace("_", " "), _words(session.pop(name, None))) for name in _PEOPLE]
    times = [(name.replace("_", " "), _words(session.pop(name, None))) for name in _TIMES]
    rest = [(name.replace("_", " "), _words(value)) for name, value in session.items()]
    holds = [(name.replace("_", " "), f"{count:,}") for name, count in counts.items() if count]
    kinds = Counter(one.neurodata_type for one in objects if one.neurodata_type and not one.target)
    named = [(kind, f"{count:,}") for kind, count in kinds.most_common() if "VectorData" not in ancestry(kind) and kind != "ElementIdentifiers"]
    sections = [
        ("session", [*rest, *times]),
        ("people", people),
        ("subject", [(name.replace("_", " "), _words(value)) for name, value in subject.items()]),
        *_apparatus(contents, ancestry),
        ("holds", holds),
        ("types", named[:40]),
    ]
    kept = [(name, [(label, words) for label, words in facts if words]) for name, facts in sections]
    return Overview([(name, facts) for name, facts in kept if facts])


def _apparatus(contents: Contents, ancestry: Callable[[str], list[str]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Devices, electrodes and planes, each in a line."""
    found: dict[str, list[tuple[str, str]]] = {}
    contents.ahead([path for path, _ in _PLACES])
    for path, heading in _PLACES:
        group = contents.find(path)
        try:
            members = [one for _, one in group.members()][:_MOST] if isinstance(group, Group) else []
        except FileError:
            continue
        for one in members:
            if isinstance(one, Group):
                told = glance(contents, one.path, ancestry(one.neurodata_type))
                found.setdefault(heading, []).append((one.name, told.words or told.reason or one.neurodata_type or "a group"))
    return list(found.items())


def _words(value: Any) -> str:  # noqa: ANN401
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value) if value else ""
