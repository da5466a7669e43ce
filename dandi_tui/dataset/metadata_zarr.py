"""What an NWB file in Zarr says of itself: from its metadata documents, and the few values that are needed."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.metadata_facts import GENERAL_FIELDS, LISTS, SAMPLE_FIELDS, SAMPLE_GROUP, SESSION_FIELDS, SUBJECT_FIELDS, NwbFacts
from dandi_tui.dataset.metadata_span import Times
from dandi_tui.dataset.neurodata_types import SERIES, TABLES
from dandi_tui.nwb.model import FileError, Listed
from dandi_tui.nwb.zarr_store import ZarrStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MOST_OBJECTS = 200_000
_MOST_TEXTS = 10_000
_FAILURES = (FileError, OSError, ValueError, TypeError, IndexError, KeyError, OverflowError)


def facts_of_store(path: Path) -> NwbFacts | None:
    """Reads what the asset metadata needs; None where the store is no NWB file."""
    store = ZarrStore(path)
    try:
        version = store.attributes("/").get("nwb_version")
    except FileError:
        return None
    if not isinstance(version, str):
        return None
    types, times, unreadable = _walk(store)
    subject = {name: _text(store, f"/general/subject/{name}") for name in SUBJECT_FIELDS}
    sample = {name: _text(store, f"/general/{SAMPLE_GROUP}/{name}") for name in SAMPLE_FIELDS}
    return NwbFacts(
        nwb_version=version,
        fields=_fields(store),
        subject=_present(subject) if store.listed("/general/subject").kind == "group" else None,
        age_reference=_age_reference(store),
        sample=_present(sample),
        types=sorted(types),
        span=times.span(),
        unreadable=unreadable,
    )


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _fields(store: ZarrStore) -> dict[str, Any]:
    found: dict[str, Any] = {name: _text(store, f"/{name}") for name in SESSION_FIELDS}
    for name in GENERAL_FIELDS:
        found[name] = (_texts if name in LISTS else _text)(store, f"/general/{name}")
    return _present(found)


def _texts(store: ZarrStore, path: str) -> list[str] | None:
    try:
        rows = (store.listed(path).shape or [1])[0]
        values = store.values(path, 0, min(rows, _MOST_TEXTS)).reshape(-1).tolist()
    except _FAILURES:
        return None
    return [text for value in values if (text := _plain(value)) is not None]


def _plain(value: Any) -> str | None:  # noqa: ANN401
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value if isinstance(value, str) else None


def _text(store: ZarrStore, path: str) -> str | None:
    found = _texts(store, path)
    return found[0] if found and len(found) == 1 else None


def _age_reference(store: ZarrStore) -> str:
    try:
        return str(store.attributes("/general/subject/age").get("reference", "")).lower()
    except FileError:
        return ""


class _Array:
    """Values of an array, read as they are asked for."""

    def __init__(self, store: ZarrStore, path: str, shape: Sequence[int]) -> None:
        self._store, self._path = store, path
        self.shape = tuple(shape)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401
        if isinstance(index, slice):
            return self._store.values(self._path, 0, self.shape[0])
        if isinstance(index, tuple):  # a scalar, which hdmf-zarr stores as an array of one
            return self._store.values(self._path, 0, 1).reshape(-1)[0]
        if hasattr(index, "tolist"):
            return [self[at] for at in index.tolist()]
        return self._store.values(self._path, index, index + 1).reshape(-1)[0]


class _Group:
    """A group as the gathering of times needs it; links are followed within the store."""

    def __init__(self, store: ZarrStore, path: str) -> None:
        self._store, self._path = store, path

    def dataset(self, name: str) -> _Array | None:
        path = f"{self._path}/{name}"
        found = self._store.listed(path)
        for _ in range(10):
            if found.kind == "dataset":
                return _Array(self._store, path, found.shape or [])
            target = self._link(path)
            if target is None:
                return None
            path, found = target, self._store.listed(target)
        return None

    def _link(self, path: str) -> str | None:
        group, _, name = path.rpartition("/")
        found = next((one for one in self._store.walk(group or "/", depth=1) if one.kind == "link" and one.name == name), None)
        return found.target if found is not None and found.file in {".", ""} and (found.target or "").startswith("/") else None

    def attribute(self, dataset: str, name: str) -> Any:  # noqa: ANN401
        try:
            found = self._store.attributes(f"{self._path}/{dataset}").get(name)
        except FileError:
            return None
        return found if isinstance(found, int | float) else None

    def columns(self) -> Sequence[str]:
        found = self._store.attributes(self._path).get("colnames")
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _walk(store: ZarrStore) -> tuple[set[str], Times, list[tuple[str, str]]]:
    types: set[str] = set()
    times = Times()
    unreadable = []
    for one in itertools.islice(store.walk(), _MOST_OBJECTS):
        if one.path.startswith("/specifications"):
            continue
        if one.kind == "unreadable":
            unreadable.append((one.path, one.reason or ""))
        elif one.kind == "group" and one.neurodata_type:
            types.add(one.neurodata_type)
            _add_times(store, one, times)
    return types, times, unreadable


def _add_times(store: ZarrStore, one: Listed, times: Times) -> None:
    try:
        if one.neurodata_type in SERIES:
            times.add_series(_Group(store, one.path))
        elif one.neurodata_type in TABLES:
            times.add_table(_Group(store, one.path))
    except _FAILURES:
        return
