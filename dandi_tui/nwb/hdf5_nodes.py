"""An HDF5 file's objects as the views read them: values checked before they are read, and never from outside the file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import h5py
from h5py import h5a, h5r

from dandi_tui.nwb.costs import byte_spans
from dandi_tui.nwb.datatypes import filters_of, missing_filter
from dandi_tui.nwb.hdf5 import child, header_addresses, names_of, object_at, shown_name, words_of
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.node import Contents, Dataset, Group, Node, child_path
from dandi_tui.nwb.words import value_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.nwb.ranges import RemoteFile

LARGEST_CHUNK = 64 * 2**20
_LARGEST_ATTRIBUTE = 2**20
_MOST_AHEAD = 200
_SMALL = 4096
_TROUBLE = (OSError, RuntimeError, ValueError, TypeError, KeyError, MemoryError, NotImplementedError, OverflowError)


class Hdf5Contents(Contents):
    """The objects of an HDF5 file.

    Args:
        file: The file.
        remote: Its bytes, where these are far away.
    """

    def __init__(self, file: h5py.File, remote: RemoteFile | None = None) -> None:
        self.file, self.remote = file, remote
        self.is_remote = remote is not None
        self.paid = False

    def at(self, path: str) -> Node:
        """The object at a path, through links within the file."""
        return self.wrapped(object_at(self.file, path), path)

    def wrapped(self, found: Any, path: str) -> Node:  # noqa: ANN401 (a group, dataset or named datatype)
        """An object of the library as the views know it.

        Raises:
            FileError: It is a named datatype, which has no values.
        """
        if isinstance(found, h5py.Group):
            return Hdf5Group(self, found, path)
        if isinstance(found, h5py.Dataset):
            return Hdf5Dataset(self, found, path)
        raise FileError(f"{path} is a datatype, and has no values")

    def cell(self, value: Any) -> str:  # noqa: ANN401
        """One value in words; a reference as the path of what it leads to."""
        return value_words(value, self._referred)

    def _referred(self, value: Any) -> str | None:  # noqa: ANN401
        if not isinstance(value, (h5py.Reference, h5py.RegionReference)):
            return None
        path = self.path_of(value)
        return f"→ {path}" if path else "→ nothing" if not value else "→ an object that is not there"

    def path_of(self, reference: Any) -> str | None:  # noqa: ANN401
        """The path of what a reference leads to; None where that is nothing."""
        if not reference:
            return None
        try:
            name = h5r.get_name(reference, self.file.id)
        except _TROUBLE:
            return None
        return shown_name(name.decode("utf-8", "surrogateescape")) if name else None

    def ahead(self, groups: Sequence[str]) -> None:
        """Brings the headers of groups' members side by side, and then where these go on."""
        if self.remote is None:
            return
        found = [one for one in (self._group_at(path) for path in groups) if one is not None]
        self.remote.prefetch_indexes([h5py.h5o.get_info(one.id).addr for one in found])
        headers: list[int] = []
        for one in found:
            try:
                headers += header_addresses(one, names_of(one)[:_MOST_AHEAD])
            except _TROUBLE:
                continue
        self.remote.prefetch_indexes(headers)
        self.remote.prefetch([place for one in found for place in _small_values(one)])

    def _group_at(self, path: str) -> h5py.Group | None:
        try:
            found = object_at(self.file, path)
        except FileError:
            return None
        return found if isinstance(found, h5py.Group) else None


def _small_values(group: h5py.Group) -> list[int]:
    """Where the values of a group's small datasets begin, as far as their headers are at hand."""
    places = []
    try:
        for name in names_of(group)[:_MOST_AHEAD]:
            found = child(group, name, name, count=False)[1]
            if isinstance(found, h5py.Dataset) and not found.chunks and (offset := found.id.get_offset()) is not None:
                size = found.id.get_storage_size()
                places += [offset] if size <= _SMALL else [offset, offset + size - 1] if name == "timestamps" else []
    except _TROUBLE:
        return places
    return places


class _Attributes(Node):
    """What groups and datasets have in common."""

    _contents: Hdf5Contents
    _found: Any

    def attribute(self, name: str) -> Any:  # noqa: ANN401
        """An attribute's value; None where there is none, it is very large, or can't be read."""
        try:
            key = name.encode("utf-8", "surrogateescape")
            if not h5a.exists(self._found.id, key) or h5a.open(self._found.id, key).get_storage_size() > _LARGEST_ATTRIBUTE:
                return None
            value = self._found.attrs[name]
        except (*_TROUBLE, UnicodeDecodeError):
            return None
        return None if isinstance(value, h5py.Empty) else value

    def leads_to(self, name: str) -> str | None:
        """The path of the object that an attribute refers to."""
        value = self.attribute(name)
        return self._contents.path_of(value) if isinstance(value, h5py.Reference) else None


class Hdf5Group(_Attributes, Group):
    """A group."""

    def __init__(self, contents: Hdf5Contents, found: h5py.Group, path: str) -> None:
        self._contents, self._found, self.path = contents, found, path

    def names(self) -> list[str]:
        """The names in it."""
        try:
            return names_of(self._found)
        except _TROUBLE as error:
            raise FileError(f"what is in {self.path} can't be listed: {words_of(error)}") from error

    def get(self, name: str) -> Node | None:
        """What a name leads to, through links within the file."""
        if name.encode("utf-8", "surrogateescape") not in self._found.id:
            return None
        path = child_path(self.path, name)
        listed, found = child(self._found, name, path, count=False)
        try:
            if listed.link == "soft":
                found = object_at(self._contents.file, path)
            return self._contents.wrapped(found, path) if found is not None else None
        except FileError:
            return None


class Hdf5Dataset(_Attributes, Dataset):
    """A dataset."""

    def __init__(self, contents: Hdf5Contents, found: h5py.Dataset, path: str) -> None:
        self._contents, self._found, self.path = contents, found, path
        space = found.id.get_space()
        self.shape = None if space.get_simple_extent_type() == h5py.h5s.NULL else tuple(space.get_simple_extent_dims())
        self._expected = False

    @property
    def dtype(self) -> Any:  # noqa: ANN401
        """The NumPy type of its values.

        Raises:
            FileError: NumPy has none.
        """
        try:
            return self._found.dtype
        except _TROUBLE as error:
            raise FileError(f"its type can't be read: {words_of(error)}") from error

    @property
    def is_numbers(self) -> bool:
        """Whether it is an array of numbers or truth values."""
        kinds = (h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.ENUM)
        return bool(self.shape) and self._found.id.get_type().get_class() in kinds and self.dtype.kind in "iufb"

    def check(self) -> None:
        """Refuses values that lie outside the file, or can't be decoded, or come in chunks too large.

        Raises:
            FileError: With the reason.
        """
        found = self._found
        if found.external:
            raise FileError(f"its bytes lie in other files ({', '.join(str(one[0]) for one in found.external[:3])}), which are not opened")
        if found.is_virtual:
            raise FileError("it is made of parts of other datasets and files, which are not opened")
        if words := missing_filter(filters_of(found)):
            raise FileError(words)
        if found.chunks and math.prod(found.chunks) * found.id.get_type().get_size() > LARGEST_CHUNK:
            raise FileError(f"one chunk takes {math.prod(found.chunks) * found.id.get_type().get_size() // 2**20} MiB: too much to read for a look")

    def read(self, where: Any) -> Any:  # noqa: ANN401
        """A slice, checked first, its price too."""
        self.check()
        if not self._expected:
            self._expect([where])
        try:
            return self._found[where]
        except _TROUBLE as error:
            raise FileError(f"these values can't be read: {words_of(error)}") from error

    def expect(self, wheres: Sequence[Any]) -> None:
        """Is told of reads that follow."""
        self.check()
        self._expect(wheres)
        self._expected = True

    def _expect(self, wheres: Sequence[Any]) -> None:
        remote = self._contents.remote
        if remote is None:
            return
        try:
            spans = [span for where in wheres for span in byte_spans(self._found, where)]
        except _TROUBLE:
            return
        remote.expect(spans, paid=self._contents.paid)
