"""An object of an HDF5 file with its attributes, and how its bytes lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py

from dandi_tui.nwb.datatypes import filters_of
from dandi_tui.nwb.hdf5 import object_at, shown_name, words_of
from dandi_tui.nwb.model import Attribute, Described, Listed

if TYPE_CHECKING:
    from dandi_tui.nwb.hdf5_nodes import Hdf5Contents

_MOST = 1000


def describe(contents: Hdf5Contents, path: str, listed: Listed) -> Described:
    """An object's attributes, and how a dataset's bytes lie.

    Raises:
        FileError: There is none.
    """
    found = object_at(contents.file, path)
    attributes = [_attribute(contents, found, name) for name in list(found.attrs)[:_MOST]]
    if not isinstance(found, h5py.Dataset):
        return Described(listed=listed, attributes=attributes)
    try:
        storage = int(found.id.get_storage_size())
        logical = found.id.get_space().get_simple_extent_npoints() * found.id.get_type().get_size()
    except (OSError, RuntimeError, ValueError, TypeError):
        return Described(listed=listed, attributes=attributes)
    outside = [str(one[0]) for one in found.external or []]
    if found.is_virtual:
        outside += [f"{one.file_name}:{one.dset_name}" for one in found.virtual_sources()[:20]]
    names = [name for _, name in filters_of(found)]
    return Described(listed=listed, attributes=attributes, storage=storage, logical=logical, filters=names, external=outside)


def _attribute(contents: Hdf5Contents, found: Any, name: str) -> Attribute:  # noqa: ANN401
    try:
        held = h5py.h5a.open(found.id, name.encode("utf-8", "surrogateescape"))
        if held.get_storage_size() > 2**20:
            return Attribute(shown_name(name), "", f"{held.get_storage_size()} bytes: not read")
        value = found.attrs[name]
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, UnicodeDecodeError) as error:
        return Attribute(shown_name(name), "", f"can't be read: {words_of(error)}")
    if isinstance(value, h5py.Empty):
        return Attribute(shown_name(name), str(value.dtype), "empty")
    return Attribute(shown_name(name), str(getattr(value, "dtype", "string")), contents.cell(value))
