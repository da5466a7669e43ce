"""The embedded archive's memory: an SQLite file, and a folder of bytes beside it. One module a kind of thing."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dandi_tui.demo.store.schema import SCHEMA, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Record = TypeVar("Record", bound=msgspec.Struct)
Value = str | int | bytes | None
# How files begin that are still being received; those of a server that ended are removed.
COMING = "coming-"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class StoreError(Exception):
    """The data folder can't be used; the message says why."""


class Store:
    """The archive's data folder. It is used by one thread at a time.

    Args:
        root: The folder; made when it isn't there.

    Raises:
        StoreError: The folder can't be written, or is of another version of this program.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._inserts: dict[str, str] = {}
        try:
            (root / "blobs").mkdir(parents=True, exist_ok=True)
            (root / "zarr").mkdir(exist_ok=True)
            (root / "uploads").mkdir(exist_ok=True)
            for left in (root / "uploads").glob(f"{COMING}*"):
                left.unlink()
            self._db = sqlite3.connect(root / "archive.sqlite3", isolation_level=None, check_same_thread=False)
            self._check_version()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{root} can't be used as a data folder: {error}") from error
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA case_sensitive_like=OFF")

    def _check_version(self) -> None:
        found = self.number("PRAGMA user_version")
        if found == 0:
            self._db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
        elif found != SCHEMA_VERSION:
            which = "a newer" if found > SCHEMA_VERSION else "an older"
            raise StoreError(f"{self.root} holds an archive of {which} version of dandi-tui. Name another folder.")

    def close(self) -> None:
        """Lets the file go."""
        self._db.close()

    def rows(self, query: str, *values: Value) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._db.execute(query, values).fetchall()

    def records(self, kind: type[Record], query: str, *values: Value) -> list[Record]:
        """All rows of a query whose columns are the fields of `kind`, in their order."""
        return [kind(*row) for row in self._db.execute(query, values)]

    def record(self, kind: type[Record], query: str, *values: Value) -> Record | None:
        """The first row of such a query."""
        row = self._db.execute(query, values).fetchone()
        return kind(*row) if row else None

    def number(self, query: str, *values: Value) -> int:
        """The one number that a query gives; 0 when it gives none."""
        row = self._db.execute(query, values).fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    def has(self, query: str, *values: Value) -> bool:
        """Whether a query gives anything."""
        return self._db.execute(query, values).fetchone() is not None

    def run(self, query: str, *values: Value) -> None:
        """Changes something."""
        self._db.execute(query, values)

    def insert(self, table: str, rows: Iterable[tuple[Value, ...]]) -> None:
        """Adds whole rows to a table, in the order of its columns."""
        if table not in self._inserts:
            marks = ", ".join("?" for _ in self.rows(f"PRAGMA table_info({table})"))
            self._inserts[table] = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 (our own names)
        self._db.executemany(self._inserts[table], rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is changed inside holds, or nothing does."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def setting(self, name: str) -> str:
        """A value of the archive itself; empty when it was never set."""
        found = self.rows("SELECT value FROM setting WHERE name = ?", name)
        return str(found[0][0]) if found else ""

    def set_setting(self, name: str, value: str) -> None:
        """Keeps a value of the archive itself."""
        self.run("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, value)

    def blob_path(self, blob_id: str) -> Path:
        """Where the bytes of a blob are."""
        checked = _checked(blob_id)
        return self.root / "blobs" / checked[:3] / checked[3:6] / checked

    def part_path(self, upload_id: str, number: int) -> Path:
        """Where a part of an upload waits for the others."""
        return self.root / "uploads" / f"{_checked(upload_id)}.{number}"

    def zarr_path(self, zarr_id: str) -> Path:
        """The folder of a Zarr's files."""
        return self.root / "zarr" / _checked(zarr_id)

    def zarr_file_path(self, zarr_id: str, key: str) -> Path:
        """Where the bytes of a file of a Zarr are.

        Raises:
            ValueError: The key would leave the Zarr's folder.
        """
        parts = key.split("/")
        if any(part in {"", ".", ".."} for part in parts):
            raise ValueError(f"not a key: {key!r}")
        return self.zarr_path(zarr_id).joinpath(*parts)


def _checked(identifier: str) -> str:
    if not _ID.fullmatch(identifier):
        raise ValueError(f"not an id: {identifier!r}")
    return identifier


def select(kind: type[msgspec.Struct], table: str) -> str:
    """The start of a query that gives records of a kind.

    Args:
        kind: Whose fields are columns of the table.
        table: The table and its short name, as `asset a`.
    """
    short = table.rpartition(" ")[2]
    return f"SELECT {', '.join(f'{short}.{name}' for name in kind.__struct_fields__)} FROM {table}"  # noqa: S608 (our own names)


def folded(text: str) -> str:
    """Text without case and accents, as searching compares it."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))
