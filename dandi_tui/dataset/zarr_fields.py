"""What a name is made of, read from a Zarr store's metadata documents and the few small texts that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.file_fields import MOST_MEDIA, SAMPLE, SAMPLE_FIELDS, FileFields, MediaObject, plain, start_digits
from dandi_tui.nwb.model import FileError

if TYPE_CHECKING:
    from dandi_tui.nwb.model import Listed
    from dandi_tui.nwb.zarr_store import ZarrStore


def fields_of_store(store: ZarrStore) -> FileFields:
    """The organizing fields of a store; of one that is no NWB file, its `problem`."""
    version = _attribute(store, "/", "nwb_version")
    if version is None:
        return FileFields(format="zarr", problem="it names no NWB version: it is a Zarr store, but no NWB file")
    listed = list(store.walk())
    types = [one.neurodata_type for one in listed if one.kind == "group" and one.neurodata_type]
    devices = [one.path for one in listed if one.kind == "group" and one.path.rpartition("/")[0] == "/general/devices"]
    probes = [_attribute(store, path, "probe_id") or _text(store, f"{path}/probe_id") for path in devices]
    start = _text(store, "/session_start_time")
    sample: dict[str, Any] = {name: _text(store, f"/{SAMPLE}/{name}") for name in SAMPLE_FIELDS}
    return FileFields(
        format="zarr", nwb_version=version, identifier=_text(store, "/identifier"), object_id=_attribute(store, "/", "object_id"),
        subject_id=_text(store, "/general/subject/subject_id"), session_id=_text(store, "/general/session_id"),
        session_start=start_digits(start), session_start_time=start, probe_ids=tuple(one for one in probes if one is not None),
        types=tuple(sorted(set(types))), subjects=types.count("Subject"), media=_videos(store, listed), **sample,
    )  # fmt: skip


def _videos(store: ZarrStore, listed: list[Listed]) -> tuple[MediaObject, ...]:
    found = []
    for one in listed:
        if one.kind == "dataset" and one.name == "external_file" and (one.shape or [0])[0] <= MOST_MEDIA:
            series = one.path.rpartition("/")[0]
            references = tuple(store.texts(one.path, MOST_MEDIA))
            known, organized = _attribute(store, series, "object_id") or "", series.rpartition("/")[0] == "/acquisition"
            found.append(MediaObject(place=series, object_id=known, kind="video", references=references, organized=organized))
    return tuple(found)


def _text(store: ZarrStore, path: str) -> str | None:
    try:
        return store.texts(path, 1)[0] if store.listed(path).kind == "dataset" else None
    except (FileError, IndexError):
        return None


def _attribute(store: ZarrStore, path: str, name: str) -> str | None:
    try:
        return plain(store.attributes(path).get(name))
    except FileError:
        return None
