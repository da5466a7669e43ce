"""What an NWB file in HDF5 says of itself: each group visited once, no other file ever opened."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import h5py
from h5py import h5g, h5l, h5o

from dandi_tui.dataset.metadata_facts import GENERAL_FIELDS, LISTS, SAMPLE_FIELDS, SAMPLE_GROUP, SESSION_FIELDS, SUBJECT_FIELDS, NwbFacts
from dandi_tui.dataset.metadata_span import Times
from dandi_tui.dataset.neurodata_types import SERIES, TABLES
from dandi_tui.nwb.hdf5 import object_at, shown_name, text_attribute, words_of
from dandi_tui.nwb.hdf5_nodes import Hdf5Contents
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.session import plain
from dandi_tui.nwb.specifications import Specifications

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_FAILURES = (OSError, RuntimeError, ValueError, TypeError, KeyError, IndexError, OverflowError, NotImplementedError, FileError)
_MOST_CHUNK = 64 * 2**20
_MOST_VALUES = 10_000
_MOST_GROUPS = 200_000


def facts_of(file: h5py.File) -> NwbFacts:
    """Reads what the asset metadata needs."""
    walk = _Walk(file)
    walk.run()
    subject = _group(file, "general/subject")
    return NwbFacts(
        nwb_version=text_attribute(file, "nwb_version") or _text(file, "nwb_version"),
        fields=_fields(file),
        subject=None if subject is None else _present({name: _text(subject, name) for name in SUBJECT_FIELDS}),
        age_reference=_age_reference(subject),
        sample=_present({name: _text(_group(file, f"general/{SAMPLE_GROUP}"), name) for name in SAMPLE_FIELDS}),
        probe_ids=_probe_ids(file),
        types=sorted(walk.types),
        span=walk.times.span(),
        external_links=walk.external_links,
        unreadable=walk.unreadable,
        no_times=walk.no_times,
    )


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _fields(file: h5py.File) -> dict[str, Any]:
    found: dict[str, Any] = {name: _text(file, name) for name in SESSION_FIELDS}
    general = _group(file, "general")
    for name in GENERAL_FIELDS:
        found[name] = _texts(general, name) if name in LISTS else _text(general, name)
    return _present(found)


def _group(file: h5py.File, path: str) -> h5py.Group | None:
    try:
        found = object_at(file, path)
    except _FAILURES:
        return None
    return found if isinstance(found, h5py.Group) else None


def safe_dataset(group: h5py.Group | None, name: str) -> h5py.Dataset | None:
    """A dataset whose values are in this file and can be read in a small bite; through soft links within the file too."""
    if group is None:
        return None
    try:
        key = name.encode()
        if not group.id.links.exists(key):
            return None
        hard = group.id.links.get_info(key).type == h5l.TYPE_HARD
        found = group[name] if hard else object_at(group.file, f"{group.name}/{name}")
        if not isinstance(found, h5py.Dataset) or found.shape is None or found.external or found.is_virtual:
            return None
        large = found.chunks and math.prod(found.chunks) * found.dtype.itemsize > _MOST_CHUNK
    except _FAILURES:
        return None
    return None if large else found


def _value(group: h5py.Group | None, name: str) -> Any:  # noqa: ANN401
    found = safe_dataset(group, name)
    try:
        return None if found is None or found.size > _MOST_VALUES else plain(found[()])
    except _FAILURES:
        return None


def _text(group: h5py.Group | None, name: str) -> str | None:
    """A dataset as one text; an array of one value counts as that value, as MatNWB once wrote its texts."""
    value = _value(group, name)
    return value if isinstance(value, str) else None


def _texts(group: h5py.Group | None, name: str) -> list[str] | None:
    value = _value(group, name)
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str)]
    return [value] if isinstance(value, str) else None


def _age_reference(subject: h5py.Group | None) -> str:
    age = safe_dataset(subject, "age")
    return (text_attribute(age, "reference") or "").lower() if age is not None else ""


def _probe_ids(file: h5py.File) -> list[str]:
    """The ids of devices that have one, in the order of their names."""
    devices = _group(file, "general/devices")
    found = []
    for name in devices if devices is not None else ():
        device = _group(file, f"general/devices/{name}")
        try:
            value = None if device is None else device.attrs["probe_id"] if "probe_id" in device.attrs else _value(device, "probe_id")
        except _FAILURES:
            continue
        if value is not None and isinstance(text := plain(value), str):
            found.append(text)
    return found


class _Series:
    """A group as the gathering of times needs it."""

    def __init__(self, group: h5py.Group) -> None:
        self._group = group

    def dataset(self, name: str) -> Any:  # noqa: ANN401
        return safe_dataset(self._group, name)

    def attribute(self, dataset: str, name: str) -> Any:  # noqa: ANN401
        found = safe_dataset(self._group, dataset)
        return None if found is None else found.attrs.get(name)

    def columns(self) -> Sequence[str]:
        found = plain(self._group.attrs.get("colnames", []))
        return [found] if isinstance(found, str) else [one for one in found if isinstance(one, str)]


class _Walk:
    """Visits each group once, without recursion: files may be deep, or their groups may contain each other."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        self._specifications: Specifications | None = None
        self._kinds: dict[str, str] = {}
        self.types: set[str] = set()
        self.times = Times()
        self.external_links: list[str] = []
        self.unreadable: list[tuple[str, str]] = []
        self.no_times: list[tuple[str, str]] = []

    def run(self) -> None:
        root = self._file["/"]
        seen = {_address(root.id)}
        waiting = [(root.id, "")]
        for _ in range(_MOST_GROUPS):
            if not waiting:
                return
            group, path = waiting.pop()
            self._visit(group, path)
            for name in self._groups_in(group, path):
                if path or name != b"specifications":
                    self._open(group, name, path, seen, waiting)

    def _open(self, group: h5g.GroupID, name: bytes, path: str, seen: set[Any], waiting: list[tuple[h5g.GroupID, str]]) -> None:
        here = f"{path}/{shown_name(name.decode('utf-8', 'surrogateescape'))}"
        try:
            found = h5o.open(group, name)
            address = _address(found)
        except _FAILURES as error:
            self.unreadable.append((here, words_of(error)))
            return
        if address not in seen:
            seen.add(address)
            waiting.append((found, here))

    def _groups_in(self, group: h5g.GroupID, path: str) -> Iterator[bytes]:
        """Names that lead to groups; links into other files are noted."""
        links: list[tuple[bytes, int]] = []
        take: Callable[[bytes, Any], None] = lambda name, info: links.append((name, info.type))  # noqa: E731
        try:
            group.links.iterate(take, info=True)
        except _FAILURES as error:
            self.unreadable.append((path or "/", words_of(error)))
        for name, kind in sorted(links):
            if kind == h5l.TYPE_EXTERNAL:
                self.external_links.append(f"{path}/{shown_name(name.decode('utf-8', 'surrogateescape'))}")
            elif kind == h5l.TYPE_HARD and self._is_group(group, name, path):
                yield name

    def _is_group(self, group: h5g.GroupID, name: bytes, path: str) -> bool:
        try:
            return bool(h5o.get_info(group, name).type == h5o.TYPE_GROUP)
        except _FAILURES as error:
            self.unreadable.append((f"{path}/{shown_name(name.decode('utf-8', 'surrogateescape'))}", words_of(error)))
            return False

    def _visit(self, identifier: h5g.GroupID, path: str) -> None:
        group = h5py.Group(identifier)
        kind = text_attribute(group, "neurodata_type")
        if kind is None or (kind == "NWBFile" and not path):
            return
        self.types.add(kind)
        family = self._family(kind, group)
        try:
            if family == "series":
                self.times.add_series(_Series(group))
            elif family == "table":
                self.times.add_table(_Series(group))
        except _FAILURES as error:
            self.no_times.append((path, words_of(error)))

    def _family(self, kind: str, group: h5py.Group) -> str:
        """Whether a type is a series or a table; of an extension's type, its specification in the file says it."""
        if kind in SERIES:
            return "series"
        if kind in TABLES:
            return "table"
        if kind not in self._kinds:
            self._kinds[kind] = self._inherited(kind) if _may_have_times(group) else ""
        return self._kinds[kind]

    def _inherited(self, kind: str) -> str:
        if self._specifications is None:
            self._specifications = Specifications(Hdf5Contents(self._file))
        chain = self._specifications.ancestry(kind)
        found = itertools.chain(("series" for one in chain if one in SERIES), ("table" for one in chain if one in TABLES))
        return next(found, "")


def _may_have_times(group: h5py.Group) -> bool:
    names = group.id.links
    return "colnames" in group.attrs or names.exists(b"timestamps") or names.exists(b"starting_time")


def _address(identifier: Any) -> tuple[int, int]:  # noqa: ANN401
    info = h5o.get_info(identifier)
    return info.fileno, info.addr
