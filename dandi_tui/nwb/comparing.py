"""What differs between two files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dandi_tui.nwb.model import FileFacts, Listed

_COMPARED = ("kind", "neurodata_type", "namespace", "shape", "dtype", "target")


class Change(msgspec.Struct, frozen=True):
    """A place where both files hold something, and not the same: what differs, of each."""

    path: str
    left: dict[str, Any]
    right: dict[str, Any]


class Differences(msgspec.Struct, frozen=True):
    """What one file has and the other lacks, and what differs in places that both have."""

    only_left: list[str]
    only_right: list[str]
    changed: list[Change]


def differences(left: tuple[FileFacts, Mapping[str, Listed]], right: tuple[FileFacts, Mapping[str, Listed]]) -> Differences:
    """What differs between the objects and the session's fields of two files."""
    ours, theirs = left[1], right[1]
    changed = []
    for path in sorted(ours.keys() & theirs.keys()):
        one, other = (msgspec.to_builtins(side[path]) for side in (ours, theirs))
        names = [name for name in _COMPARED if one[name] != other[name]]
        if names:
            changed.append(Change(path, {name: one[name] for name in names}, {name: other[name] for name in names}))
    changed += _of_sessions(left[0].session, right[0].session)
    return Differences(sorted(ours.keys() - theirs.keys()), sorted(theirs.keys() - ours.keys()), changed)


def _of_sessions(one: dict[str, Any], other: dict[str, Any]) -> list[Change]:
    """Fields of the session that differ; of the subject, each by itself."""
    found = []
    for name in sorted(one.keys() | other.keys()):
        ours, theirs = one.get(name), other.get(name)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            parts = [part for part in sorted(ours.keys() | theirs.keys()) if ours.get(part) != theirs.get(part)]
            found += [Change(f"session: {name} {part}", {part: ours.get(part)}, {part: theirs.get(part)}) for part in parts]
        elif ours != theirs:
            found.append(Change(f"session: {name}", {name: ours}, {name: theirs}))
    return found
