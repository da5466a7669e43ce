"""What HDF5 files and Zarr stores have in common, and what every view reads through: groups, datasets, attributes.

A view knows these classes alone, so that it works on both formats, near and far.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.model import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Node(ABC):
    """An object of a file; `path` is the one that it was reached by."""

    path: str

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @abstractmethod
    def attribute(self, name: str) -> Any:  # noqa: ANN401 (text, a number, an array)
        """An attribute's value; None where there is none, or where it can't be read."""

    @abstractmethod
    def leads_to(self, name: str) -> str | None:
        """The path of the object that an attribute refers to; None where it refers to none."""

    def text(self, name: str) -> str:
        """An attribute that is one text; empty where there is none, or another thing of that name."""
        found = self.attribute(name)
        found = found.flat[0] if getattr(found, "size", 0) == 1 and hasattr(found, "flat") else found
        found = found.decode("utf-8", "replace") if isinstance(found, bytes) else found
        return found if isinstance(found, str) else ""

    def number(self, name: str, default: float) -> float:
        """An attribute that is one finite number; `default` where there is none."""
        try:
            found = float(self.attribute(name))
        except (TypeError, ValueError):
            return default
        return found if math.isfinite(found) else default

    @property
    def neurodata_type(self) -> str:
        """Its type by its own attribute; empty without."""
        return self.text("neurodata_type")[:256]


class Dataset(Node):
    """An array.

    Attributes:
        shape: Lengths of its dimensions; empty for one value, None for none.
    """

    shape: tuple[int, ...] | None

    @property
    @abstractmethod
    def dtype(self) -> Any:  # noqa: ANN401 (a NumPy type)
        """The NumPy type of its values."""

    @abstractmethod
    def read(self, where: Any) -> Any:  # noqa: ANN401 (an array of any type)
        """A slice, by basic indexing: numbers and slices, one for each of the first dimensions.

        Raises:
            FileError: It can't be read, or costs more than was agreed to (`PriceError`).
        """

    def expect(self, wheres: Sequence[Any]) -> None:
        """Is told of reads that follow, so that their price is said first and their bytes come side by side.

        Raises:
            PriceError: Together they cost more than was agreed to.
        """

    @property
    def rows(self) -> int:
        """The length of its first dimension; 0 without."""
        return int(self.shape[0]) if self.shape else 0

    @property
    def is_numbers(self) -> bool:
        """Whether it is an array of numbers or truth values."""
        return bool(self.shape) and self.dtype.kind in "iufb"

    @property
    def holds_references(self) -> bool:
        """Whether its values lead to other objects."""
        return "ref" in (self.dtype.metadata or {})


class Group(Node):
    """A group."""

    @abstractmethod
    def names(self) -> list[str]:
        """The names in it, by name."""

    @abstractmethod
    def get(self, name: str) -> Node | None:
        """What a name leads to, through links within the file; None where there is nothing that can be read."""

    def dataset(self, name: str) -> Dataset | None:
        """The dataset of a name; None where there is none."""
        found = self.get(name)
        return found if isinstance(found, Dataset) else None

    def group(self, name: str) -> Group | None:
        """The group of a name; None where there is none."""
        found = self.get(name)
        return found if isinstance(found, Group) else None

    def members(self) -> Iterator[tuple[str, Node]]:
        """Its names with what they lead to; what can't be read is left out."""
        for name in self.names():
            found = self.get(name)
            if found is not None:
                yield name, found


class Contents(ABC):
    """A file's objects by path."""

    is_remote = False

    @abstractmethod
    def at(self, path: str) -> Node:
        """The object at a path.

        Raises:
            FileError: There is none, or it can't be read.
        """

    @abstractmethod
    def cell(self, value: Any) -> str:  # noqa: ANN401 (a value of an array)
        """One value in words; a reference as the path of what it leads to, after an arrow."""

    def group(self, path: str) -> Group:
        """The group at a path.

        Raises:
            FileError: There is none.
        """
        found = self.at(path)
        if not isinstance(found, Group):
            raise FileError(f"{path} is no group")
        return found

    def dataset(self, path: str) -> Dataset:
        """The dataset at a path.

        Raises:
            FileError: There is none.
        """
        found = self.at(path)
        if not isinstance(found, Dataset):
            raise FileError(f"{path} has no values")
        return found

    def find(self, path: str) -> Node | None:
        """The object at a path; None where there is none that can be read."""
        try:
            return self.at(path)
        except FileError:
            return None

    def ahead(self, groups: Sequence[str]) -> None:  # noqa: B027 (nothing is to be done for what is near)
        """Is told of groups whose members will be looked at."""


def child_path(path: str, name: str) -> str:
    """The path of a name in a group."""
    return f"{path.rstrip('/')}/{name}"
