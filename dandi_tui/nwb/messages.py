"""What the screen's side asks of the reader process, and what it answers: msgpack frames, each after its length in four bytes."""

from __future__ import annotations

import struct
from typing import IO, Any

import msgspec

from dandi_tui.nwb.model import Price, Traffic

LARGEST_FRAME = 64 * 2**20


class Open(msgspec.Struct, frozen=True, tag=True):
    """Opens a file. Answers `FileFacts`.

    Attributes:
        source: A path; an address; or, of a Zarr store, an address with `{key}` where keys stand.
        headers: Sent to the address's own origin alone; of an index of this machine, to the first of `origins` alone.
        key: What names the content for ever, as the id of a blob; empty where nothing does.
        folder: Where what was read is kept on disk; empty: nowhere.
        documents: Keys of a Zarr store's metadata documents, where none are consolidated.
        index: An address of a reference index (LINDI) of the file, by which its structure is read; empty: none.
        origins: Further origins, as `https://host`, that an index's references may lead to.
        size: Bytes, where these are known beforehand.
    """

    source: str
    headers: dict[str, str] = {}
    key: str = ""
    folder: str = ""
    documents: list[str] = []
    index: str = ""
    origins: list[str] = []
    size: int = 0


class Children(msgspec.Struct, frozen=True, tag=True):
    """The members of a group. Answers a list of `Listed`."""

    path: str


class Walk(msgspec.Struct, frozen=True, tag=True):
    """All objects below a path, in several answers of a list of `Listed` each; `limit` ends it."""

    path: str
    depth: int | None = None
    limit: int = 1_000_000


class Describe(msgspec.Struct, frozen=True, tag=True):
    """An object with its attributes; `documented`: with the words of the file's specifications too. Answers `Described`."""

    path: str
    documented: bool = False


class Rows(msgspec.Struct, frozen=True, tag=True):
    """Rows of a dataset or table; `at` is the place in dimensions beyond two. Answers `Table`."""

    path: str
    start: int = 0
    count: int = 100
    column: int = 0
    columns: int = 50
    at: list[int] = []
    paid: bool = False


class ExactRows(msgspec.Struct, frozen=True, tag=True):
    """Rows of a dataset with all its dimensions, or of a table, for programs. Answers `ExactTable`."""

    path: str
    start: int = 0
    count: int = 100
    paid: bool = False


class Window(msgspec.Struct, frozen=True, tag=True):
    """A window of a series. Answers `Trace`."""

    path: str
    start: float | None = None
    stop: float | None = None
    columns: int = 160
    first: int = 0
    channels: int = 1
    paid: bool = False


class Spikes(msgspec.Struct, frozen=True, tag=True):
    """Spikes of a unit, around the times of a column (`PATH/COLUMN`) or over the session; `by` a column beside it, in groups. Answers `Raster`."""

    path: str
    unit: int = 0
    align: str = ""
    by: str = ""
    before: float = -0.5
    after: float = 1.0
    bins: int = 60
    paid: bool = False


class AllSpikes(msgspec.Struct, frozen=True, tag=True):
    """Spikes of many units in a window of the session. Answers `Population`."""

    path: str
    first: int = 0
    count: int = 64
    start: float | None = None
    stop: float | None = None
    bins: int = 60
    paid: bool = False


class Timed(msgspec.Struct, frozen=True, tag=True):
    """What of the file lives in time. Answers `Catalogue`."""

    path: str = "/"


class Segments(msgspec.Struct, frozen=True, tag=True):
    """A channel of a series around the times of a column (`PATH/COLUMN`); `by` a column beside it, in groups. Answers `Aligned`."""

    path: str
    align: str
    by: str = ""
    channel: int = 0
    before: float = -0.5
    after: float = 1.0
    columns: int = 120
    paid: bool = False


class Conditions(msgspec.Struct, frozen=True, tag=True):
    """The columns by which the times of a column (`PATH/COLUMN`) can be grouped. Answers a list of `Condition`."""

    align: str
    paid: bool = False

    @property
    def path(self) -> str:
        """The column of times."""
        return self.align


class Places(msgspec.Struct, frozen=True, tag=True):
    """A series of coordinates in a window of time. Answers `Way`."""

    path: str
    start: float | None = None
    stop: float | None = None
    paid: bool = False


class _OfObjects(msgspec.Struct, frozen=True):
    """A question about several objects."""

    paths: list[str]

    @property
    def path(self) -> str:
        """The first of them."""
        return self.paths[0] if self.paths else "/"


class Extents(_OfObjects, frozen=True, tag=True):
    """From when to when objects reach. Answers `Shared` without values."""

    paid: bool = False


class Together(_OfObjects, frozen=True, tag=True):
    """Objects in one window of time. Answers `Shared`."""

    start: float | None = None
    stop: float | None = None
    columns: int = 120
    paid: bool = False

    def extents(self) -> Extents:
        """The question of how far the same objects reach."""
        return Extents(self.paths, self.paid)


class Sweeps(msgspec.Struct, frozen=True, tag=True):
    """Intracellular recordings by sweep. Answers a list of `Sweep`."""

    path: str = "/"


class Glances(_OfObjects, frozen=True, tag=True):
    """What objects are at a glance; `fully`: with all facts. Answers `Glance` by path."""

    fully: bool = False


class AsPage(msgspec.Struct, frozen=True, tag=True):
    """The file on one page. Answers `Overview`."""

    path: str = "/"


class Export(msgspec.Struct, frozen=True, tag=True):
    """Writes rows to a file, CSV or NPY by its ending. Answers `Exported`."""

    path: str
    target: str
    start: int = 0
    stop: int | None = None
    at: list[int] = []
    paid: bool = False


class Picture(msgspec.Struct, frozen=True, tag=True):
    """A frame, thinned to at most `wide` × `high` pixels; `together`: all masks of a segmentation as one. Answers `Frame`.

    With a `form` (`png`, `sixel`) it is told as such bytes, at most so many as `most`, in place of levels.
    """

    path: str
    index: int = 0
    wide: int = 80
    high: int = 40
    together: bool = False
    form: str = ""
    most: int = 2**18
    paid: bool = False


class Histogram(msgspec.Struct, frozen=True, tag=True):
    """How a dataset's numbers are spread. Answers `Spread`."""

    path: str
    bins: int = 60
    paid: bool = False


Request = (
    Open | Children | Walk | Describe | Rows | ExactRows | Window | Spikes | AllSpikes | Picture | Histogram | Timed | Segments | Conditions | Places
    | Extents | Together | Sweeps | Glances | AsPage | Export
)  # fmt: skip
STRUCTURAL = (Open, Children, Walk, Describe, Timed, Sweeps, Glances, AsPage)
"""Questions whose answers are short and stay true as long as the content does."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: the result, or words for why there is none, with the price where it is one; `more` where further answers follow."""

    result: msgspec.Raw = msgspec.Raw(b"\xc0")
    words: str = ""
    more: bool = False
    traffic: Traffic = Traffic()
    price: Price | None = None


def write_frame(stream: IO[bytes], message: Any) -> None:  # noqa: ANN401 (any of the structs above)
    """Writes a message."""
    data = msgspec.msgpack.encode(message)
    stream.write(struct.pack(">I", len(data)) + data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes:
    """Reads a message's bytes; empty at the end of the stream, or where the length can be none of ours."""
    head = stream.read(4)
    if len(head) < 4:
        return b""
    (length,) = struct.unpack(">I", head)
    if length > LARGEST_FRAME:
        return b""
    data = stream.read(length)
    return data if len(data) == length else b""
