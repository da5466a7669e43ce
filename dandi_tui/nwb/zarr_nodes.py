"""A Zarr store's objects as the views read them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.node import Contents, Dataset, Group, Node, child_path
from dandi_tui.nwb.reference_keys import ReferenceKeys, external_link
from dandi_tui.nwb.words import value_words
from dandi_tui.nwb.zarr_codecs import MOST_CHUNK
from dandi_tui.nwb.zarr_store import ZarrStore, referred, referred_path, soft_target

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_HOPS = 64
_MOST_AHEAD = 200
_SMALL = 4096


class ZarrContents(Contents):
    """The objects of a store.

    Args:
        store: The store.
    """

    def __init__(self, store: ZarrStore) -> None:
        self.store = store
        self.is_remote = store.keys.is_remote
        self.paid = False

    def at(self, path: str) -> Node:
        """The object at a path, through links within the store."""
        here = "/"
        parts = [part for part in path.split("/") if part]
        for _ in range(_MOST_HOPS):
            target = soft_target(self.store.attributes(here)) if here != "/" else None
            if target is not None:
                here, parts = "/", [part for part in target.split("/") if part] + parts
            elif not parts:
                return self._node(here, path)
            elif self.store.keys.has(there := child_path(here, parts[0])):
                here, parts = there, parts[1:]
            else:
                here, parts = "/", self._followed(here, parts, path)
        raise FileError(f"there is no {path} in this file, or its links go round in a ring")

    def _followed(self, here: str, parts: list[str], path: str) -> list[str]:
        """The parts of a path from the top, through a link of a group."""
        link = next((one for one in self.store.links(here) if one.name == parts[0]), None)
        if link is None:
            raise FileError(f"there is no {path} in this store")
        if link.file not in {".", "", None}:
            raise FileError(f"{path} leads into another store, {link.file}: it is not opened")
        return [part for part in (link.target or "").split("/") if part] + parts[1:]

    def _node(self, here: str, path: str) -> Node:
        listed = self.store.listed(here)
        if listed.kind == "group":
            return ZarrGroup(self, here, path)
        if listed.kind == "dataset":
            return ZarrDataset(self, here, path)
        raise FileError(f"{path} can't be read: {listed.reason}")

    def ahead(self, groups: Sequence[str]) -> None:
        """Brings the values of groups' small arrays side by side."""
        if not self.is_remote:
            return
        keys: list[str] = []
        for path in groups:
            group = self.find(path)
            for _, one in group.members() if isinstance(group, ZarrGroup) else ():
                keys += one.only_key() if isinstance(one, ZarrDataset) else []
        with suppress(FileError):
            list(self.store.keys.many(keys[:_MOST_AHEAD], MOST_CHUNK))

    def cell(self, value: Any) -> str:  # noqa: ANN401
        """One value in words."""
        return value_words(value, referred)


class _Attributes(Node):
    _contents: ZarrContents
    _place: str

    def attribute(self, name: str) -> Any:  # noqa: ANN401
        """An attribute's value; None where there is none."""
        try:
            found = self._contents.store.attributes(self._place).get(name)
        except FileError:
            return None
        return found

    def leads_to(self, name: str) -> str | None:
        """The path of the object that an attribute refers to."""
        return referred_path(self.attribute(name))


class ZarrGroup(_Attributes, Group):
    """A group."""

    def __init__(self, contents: ZarrContents, place: str, path: str) -> None:
        self._contents, self._place, self.path = contents, place, path or "/"

    def names(self) -> list[str]:
        """The names in it, those of links too."""
        store = self._contents.store
        return sorted({*store.keys.names(self._place), *(one.name for one in store.links(self._place))})

    def get(self, name: str) -> Node | None:
        """What a name leads to."""
        try:
            found = self._contents.at(child_path(self._place, name))
        except FileError:
            return None
        found.path = child_path(self.path, name)
        return found


class ZarrDataset(_Attributes, Dataset):
    """An array; one that stands for a single value has no dimensions."""

    def __init__(self, contents: ZarrContents, place: str, path: str) -> None:
        self._contents, self._place, self.path = contents, place, path
        self._array = contents.store.array(place)
        attributes = contents.store.attributes(place)
        self._single = self._array.shape == [1] and (attributes.get("zarr_dtype") == "scalar" or attributes.get("_SCALAR") is True)
        self.shape = () if self._single else tuple(self._array.shape)
        self._references = attributes.get("zarr_dtype") == "object"
        self._expected = False

    @property
    def holds_references(self) -> bool:
        """Whether its values lead to other objects, as hdmf-zarr notes it."""
        return self._references

    def _other(self) -> Dataset | None:
        """The HDF5 dataset that its values stay in; None where they are its own."""
        link = external_link(self._contents.store.attributes(self._place))
        if link is None:
            return None
        keys = self._contents.store.keys
        if not isinstance(keys, ReferenceKeys):
            raise FileError(f"its values stay in another file, {link['url'][:200]}, which is not opened")
        contents = keys.hdf5(link["url"])
        contents.paid = self._contents.paid
        found = contents.at(link["name"])
        if not isinstance(found, Dataset) or found.shape != self.shape:
            raise FileError(f"{link['name'][:200]} of {link['url'][:200]} is not the array that the index says")
        return found

    @property
    def dtype(self) -> Any:  # noqa: ANN401
        """The NumPy type of its values."""
        return self._array.dtype

    def read(self, where: Any) -> Any:  # noqa: ANN401
        """A slice."""
        if other := self._other():
            return other.read(where)
        if self._single:
            return self._array.read(0)
        return self._array.read(where, paid=self._contents.paid or self._expected)

    def only_key(self) -> list[str]:
        """The key of its chunk, where it has one small one alone."""
        if external_link(self._contents.store.attributes(self._place)):
            return []
        small = self._single or (len(self._array.shape) <= 1 and self._array.bytes_a_chunk <= _SMALL)
        keys = self._array.keys_of(0 if self._single else ()) if small else []
        return keys if len(keys) == 1 else []

    def expect(self, wheres: Sequence[Any]) -> None:
        """Is told of reads that follow."""
        if other := self._other():
            other.expect(wheres)
            return
        if not self._single and self.shape:
            self._array.expect(wheres, paid=self._contents.paid)
            self._expected = True
