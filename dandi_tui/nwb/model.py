"""What is told of a file: its objects, its session, its values in words. Frozen structs that pass between processes."""

from __future__ import annotations

from typing import Any

import msgspec


class FileError(Exception):
    """A file, or a place in it, can't be read; the words say why and what can be done."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An object, or a name that leads to one.

    Attributes:
        path: Its path in the file, beginning with `/`.
        kind: `group`, `dataset`, `datatype`, `link` (soft or external, not followed) or `unreadable`.
        neurodata_type: Its type by its own attribute.
        namespace: The namespace of the type.
        shape: Lengths of its dimensions; empty for one value, None for none.
        dtype: `int16`, `float32`, `string`, `bool`, `reference`, `compound`, …
        chunks: Lengths of a chunk; None where the data are contiguous.
        compression: The compressing filter; None without.
        attributes: How many attributes it has.
        target: The path that a link leads to, or the first path of an object that is reached again.
        link: `soft` or `external`, of a link.
        file: The file that an external link names.
        reason: Why it can't be read.
        members: How many names a group holds, where they were counted.
    """

    path: str
    kind: str
    neurodata_type: str | None = None
    namespace: str | None = None
    shape: list[int] | None = None
    dtype: str | None = None
    chunks: list[int] | None = None
    compression: str | None = None
    attributes: int = 0
    target: str | None = None
    link: str | None = None
    file: str | None = None
    reason: str | None = None
    members: int | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Traffic(msgspec.Struct, frozen=True):
    """What reading took: requests and bytes that crossed the network, and bytes that stood in the cache already."""

    requests: int = 0
    bytes: int = 0
    cached: int = 0


class Price(msgspec.Struct, frozen=True):
    """What a read would take: requests, bytes, and seconds at the rate that was measured."""

    requests: int
    bytes: int
    seconds: float


class FileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A file at a glance: `session` holds the session's and subject's fields and `counts` of what there is.

    `elsewhere` tells of an index how many of its references lead to which origin that may not be asked.
    """

    format: str
    size: int
    nwb_version: str | None
    session: dict[str, Any]
    elsewhere: dict[str, int] = {}


class Attribute(msgspec.Struct, frozen=True):
    """An attribute: its name, type and value in words."""

    name: str
    dtype: str
    words: str


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """An object with its attributes, how a dataset's bytes lie, and what the file's specifications say of its type."""

    listed: Listed
    attributes: list[Attribute]
    storage: int | None = None
    logical: int | None = None
    filters: list[str] = []
    external: list[str] = []
    ancestry: list[str] = []
    documentation: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a dataset or of a DynamicTable: from row `start` on, of `total`.

    Attributes:
        columns: Their names.
        rows: A text a column.
        start: The first row given.
        total: How many rows there are.
        notes: What does not fit, and where in further dimensions the rows stand.
        shape: All lengths of a dataset; empty of a table.
        regions: Of columns whose values are rows of another table, that table's path.
    """

    columns: list[str]
    rows: list[list[str]]
    start: int
    total: int
    notes: list[str] = []
    shape: list[int] = []
    regions: dict[str, str] = {}


class ExactTable(msgspec.Struct, frozen=True, kw_only=True):
    """Rows as programs take them: as `Table`, but numbers as numbers and lists as lists."""

    columns: list[str]
    rows: list[list[Any]]
    start: int
    total: int
    notes: list[str] = []
    shape: list[int] = []
    regions: dict[str, str] = {}


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """What an object is at a glance.

    Attributes:
        family: Which family of types it belongs to.
        words: In short, for a line of the tree.
        facts: At more length, each with its name.
        views: How it can be looked at; the first is what opening it shows.
        reason: What is odd of it; empty where nothing is.
    """

    family: str
    words: str = ""
    facts: list[tuple[str, str]] = []
    views: list[str] = []
    reason: str = ""


class Overview(msgspec.Struct, frozen=True):
    """A file on one page: sections of facts."""

    sections: list[tuple[str, list[tuple[str, str]]]]


class Exported(msgspec.Struct, frozen=True):
    """What was written: how many rows, to which file."""

    rows: int
    file: str
