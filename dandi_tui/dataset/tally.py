"""How many files of which kind there are under some folders, and how large they are, as they are found."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from dandi_tui.dataset.cache import identity_of
from dandi_tui.dataset.scan import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_KINDS = {"nwb": "NWB", "zarr": "Zarr", "video": "videos", "image": "pictures", "unreadable": "folders that may not be looked into"}
_ORDER = tuple(_KINDS.values())


class Sized(NamedTuple):
    """A file that was found: what it is called by, how large it is in bytes, whether it is an NWB file."""

    kind: str
    size: int
    is_nwb: bool


class KindCount(NamedTuple):
    """Files of one kind."""

    kind: str
    files: int
    size: int


def sized(sources: Sequence[str]) -> Iterator[Sized]:
    """The files under some folders with their sizes; of a Zarr store, that of all its files."""
    for found in walk(sources):
        yield Sized(_KINDS.get(found.kind) or _by_suffix(found.path), _size(found.path, found.kind), found.kind in {"nwb", "zarr"})


def _by_suffix(path: str) -> str:
    suffix = os.path.splitext(path)[1].lower()
    return suffix if 1 < len(suffix) <= 10 else "other files"


def _size(path: str, kind: str) -> int:
    if kind == "zarr":
        known = identity_of(path)
        return known.size if known else 0
    try:
        return os.stat(path).st_size if kind != "unreadable" else 0
    except OSError:
        return 0


class Tally:
    """Counts by kind."""

    def __init__(self) -> None:
        self.nwb = 0
        self._files: dict[str, int] = {}
        self._sizes: dict[str, int] = {}

    def take(self, found: Iterable[Sized]) -> None:
        """Takes files that were found."""
        for one in found:
            self.nwb += one.is_nwb
            self._files[one.kind] = self._files.get(one.kind, 0) + 1
            self._sizes[one.kind] = self._sizes.get(one.kind, 0) + one.size

    def counts(self) -> list[KindCount]:
        """Kinds with their numbers: those that are uploaded first, then by size."""
        found = [KindCount(kind, self._files[kind], self._sizes[kind]) for kind in self._files]
        return sorted(found, key=lambda one: (_ORDER.index(one.kind) if one.kind in _ORDER else len(_ORDER), -one.size, one.kind))

    @property
    def files(self) -> int:
        """All files."""
        return sum(self._files.values())

    @property
    def size(self) -> int:
        """Bytes of all."""
        return sum(self._sizes.values())
