"""The embedded archive's memory: an SQLite file and a folder of blobs."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE user (username TEXT PRIMARY KEY, name TEXT, email TEXT, admin INT, status TEXT, token TEXT UNIQUE);
CREATE TABLE dandiset (identifier TEXT PRIMARY KEY, created TEXT, modified TEXT, embargo_status TEXT);
CREATE TABLE owner (dandiset TEXT, username TEXT, PRIMARY KEY (dandiset, username));
CREATE TABLE star (dandiset TEXT, username TEXT, created INTEGER PRIMARY KEY, UNIQUE (dandiset, username));
CREATE TABLE version (
    id INTEGER PRIMARY KEY, dandiset TEXT, version TEXT, name TEXT, status TEXT, created TEXT, modified TEXT,
    release_notes TEXT, metadata TEXT, words TEXT, errors TEXT, asset_count INT DEFAULT 0, size INT DEFAULT 0,
    UNIQUE (dandiset, version));
CREATE TABLE blob (blob TEXT PRIMARY KEY, etag TEXT, sha256 TEXT, size INT);
CREATE TABLE zarr (zarr TEXT PRIMARY KEY, name TEXT, dandiset TEXT, status TEXT, checksum TEXT, file_count INT, size INT);
CREATE TABLE zarr_file (zarr TEXT, key TEXT, size INT, etag TEXT, modified TEXT, PRIMARY KEY (zarr, key)) WITHOUT ROWID;
CREATE TABLE asset (
    id INTEGER PRIMARY KEY, asset TEXT UNIQUE, path TEXT, blob TEXT, zarr TEXT, size INT, created TEXT, modified TEXT,
    metadata TEXT, status TEXT, errors TEXT);
CREATE TABLE held (version INT, path TEXT, parent TEXT, asset INT, PRIMARY KEY (version, path)) WITHOUT ROWID;
CREATE INDEX held_parent ON held (version, parent, path);
CREATE TABLE folder (version INT, path TEXT, parent TEXT, files INT, size INT, PRIMARY KEY (version, path)) WITHOUT ROWID;
CREATE INDEX folder_parent ON folder (version, parent, path);
"""


class StoreError(Exception):
    """The data folder can't be used; the message says why."""


class Store:
    """The archive's data folder.

    Args:
        root: The folder; made when it isn't there.

    Raises:
        StoreError: The folder can't be written, or is of another version of this program.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            (root / "blobs").mkdir(parents=True, exist_ok=True)
            (root / "zarr").mkdir(exist_ok=True)
            self.db = sqlite3.connect(root / "archive.sqlite3", isolation_level=None)
            found = self.db.execute("PRAGMA user_version").fetchone()[0]
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{root} can't be used as a data folder: {error}") from error
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA synchronous=OFF")
        if found == 0:
            self.db.executescript(_SCHEMA)
            self.db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        elif found != SCHEMA_VERSION:
            raise StoreError(f"{root} was made by another version of this program; name another folder")

    def one(self, query: str, *values: Any) -> sqlite3.Row | None:  # noqa: ANN401 (any SQL value)
        """The first row of a query."""
        row: sqlite3.Row | None = self.db.execute(query, values).fetchone()
        return row

    def all(self, query: str, *values: Any) -> list[sqlite3.Row]:  # noqa: ANN401
        """All rows of a query."""
        return self.db.execute(query, values).fetchall()

    def setting(self, name: str, default: str = "") -> str:
        """A value of the archive itself."""
        row = self.one("SELECT value FROM setting WHERE name=?", name)
        return row["value"] if row else default

    def set_setting(self, name: str, value: str) -> None:
        """Keeps a value of the archive itself."""
        self.db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    def blob_path(self, blob: str) -> Path:
        """Where a blob's bytes are."""
        return self.root / "blobs" / blob[:3] / blob[3:6] / blob

    def zarr_path(self, zarr: str) -> Path:
        """The folder of a Zarr's files."""
        return self.root / "zarr" / zarr


def folded(text: str) -> str:
    """Text without case and accents, as searching compares it."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def document(row: sqlite3.Row, column: str = "metadata") -> Any:  # noqa: ANN401 (any JSON)
    """A JSON column."""
    return json.loads(row[column])


def etag_of(path: Path) -> tuple[str, str, int]:
    """The etag of a file as object stores compute it for parts of 64 MiB, its SHA-256, and its size in bytes."""
    parts: list[bytes] = []
    sha256 = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(64 * 2**20):
            parts.append(hashlib.md5(chunk, usedforsecurity=False).digest())
            sha256.update(chunk)
            size += len(chunk)
    joined = hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
    return f"{joined}-{len(parts)}", sha256.hexdigest(), size
