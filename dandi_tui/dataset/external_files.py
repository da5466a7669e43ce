"""References to videos and pictures in an NWB file, changed in a copy of it that nobody else has yet."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.mend_fields import MendError
from dandi_tui.errors import OrganizeError
from dandi_tui.nwb.model import FileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.dataset.plan_model import MediaMove


def rewrite_references(path: str, media: Sequence[MediaMove]) -> None:
    """Changes the references of an NWB file, in HDF5 or Zarr, to those that its media have now; nothing else in it.

    Raises:
        OrganizeError: A reference is not where it was, or can't be changed.
    """
    import h5py

    if os.path.isdir(path):
        try:
            _rewrite_store(path, media)
        except (MendError, FileError, OSError, ValueError) as error:
            raise OrganizeError(f"its references to other files can't be changed: {error}", subject=path) from error
        return
    try:
        with h5py.File(path, "r+") as file:
            for one in media:
                _rewrite(file, one)
            _rewrite_poses(file, {_comparable(one.reference): one.rewritten for one in media})
        with h5py.File(path, "r") as file:
            for one in media:
                if _read(file, one) != one.rewritten:
                    raise OrganizeError("a reference to another file was written, and reads otherwise", subject=path)
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, IndexError) as error:
        raise OrganizeError(f"its references to other files can't be changed: {error}", subject=path) from error


def _rewrite_store(path: str, media: Sequence[MediaMove]) -> None:
    """The same in a Zarr store of format 2.

    Raises:
        OrganizeError: A reference is not where it was, or the store is of another format.
    """
    from dandi_tui.dataset.mend_zarr import StoreTarget, check
    from dandi_tui.nwb.zarr_store import ZarrStore

    check(Path(path))
    store = StoreTarget(Path(path))
    for one in media:
        place = f"{one.place}/external_file"
        found = store.value(place)
        texts = found if isinstance(found, list) else [] if found is None else [found]
        if texts[one.index : one.index + 1] != [one.reference]:
            raise OrganizeError(f"{one.place} does not refer to {one.reference}: the file was changed", subject=path)
        texts[one.index] = one.rewritten
        store.put(place, texts if isinstance(found, list) else texts[0])
    renames = {_comparable(one.reference): one.rewritten for one in media}
    for pose in [one.path for one in ZarrStore(Path(path)).walk() if one.neurodata_type == "PoseEstimation"]:
        place = f"{pose}/original_videos"
        named = store.value(place)
        if isinstance(named, list) and any(_comparable(text) in renames for text in named):
            store.put(place, [renames.get(_comparable(text), text) for text in named])


def _dataset(file: Any, media: MediaMove) -> Any:  # noqa: ANN401 (h5py's)
    import h5py

    from dandi_tui.nwb.hdf5 import object_at

    found = object_at(file, media.place)
    found = object_at(file, f"{media.place}/external_file") if isinstance(found, h5py.Group) else found
    if found.external or found.is_virtual:
        raise OrganizeError(f"what stands at {media.place} lies in other files, which are not opened", subject=file.filename)
    return found


def _read(file: Any, media: MediaMove) -> str:  # noqa: ANN401
    dataset = _dataset(file, media)
    value = dataset[media.index] if dataset.shape else dataset[()]
    return value.decode() if isinstance(value, bytes) else str(value)


def _rewrite(file: Any, media: MediaMove) -> None:  # noqa: ANN401
    dataset = _dataset(file, media)
    if _read(file, media) != media.reference:
        raise OrganizeError(f"{media.place} refers to {_read(file, media)}, not to {media.reference}: the file was changed", subject=file.filename)
    _set(dataset, media.index, media.rewritten)


def _set(dataset: Any, index: int, text: str) -> None:  # noqa: ANN401
    """Writes one text, into a dataset of texts that grow where the stored length would not hold it."""
    import h5py

    kind = h5py.check_string_dtype(dataset.dtype)
    if kind is not None and kind.length is not None and kind.length < len(text.encode()):
        dataset = _grown(dataset)
    if dataset.shape:
        dataset[index] = text
    else:
        dataset[()] = text


def _grown(dataset: Any) -> Any:  # noqa: ANN401
    """The same dataset with texts of any length."""
    import h5py

    parent, name, attributes = dataset.parent, dataset.name.rpartition("/")[2], dict(dataset.attrs)
    values = dataset.asstr("utf-8", "replace")[()]
    del parent[name]
    made = parent.create_dataset(name, data=values, dtype=h5py.string_dtype())
    for key, value in attributes.items():
        made.attrs[key] = value
    return made


def _comparable(reference: str) -> str:
    return reference.replace("\\", "/")


def _rewrite_poses(file: Any, renames: dict[str, str]) -> None:  # noqa: ANN401
    """Changes the same references where pose estimates repeat them (`original_videos` of ndx-pose)."""
    import h5py

    from dandi_tui.dataset.metadata_hdf5 import safe_dataset
    from dandi_tui.nwb.hdf5 import text_attribute

    found: list[Any] = []

    def look(_: str, one: Any) -> None:  # noqa: ANN401
        if isinstance(one, h5py.Group) and text_attribute(one, "neurodata_type") == "PoseEstimation":
            named = safe_dataset(one, "original_videos")  # never one that is another file's
            found.extend([] if named is None else [named])

    file.visititems(look)
    for dataset in found:
        values = [value.decode() if isinstance(value, bytes) else str(value) for value in dataset[()]] if dataset.shape else []
        for index, value in enumerate(values):
            if new := renames.get(_comparable(value)):
                _set(dataset, index, new)
