"""What was found out about files before: kept by task, path, size, modification time and inode, in one small database.

It is a cache: where it can't be read, written or locked, nothing is remembered and nothing fails. A file is looked up by all of
its identity, so one that was changed, replaced or copied over is read again.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from dandi_tui.config import cache_dir

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

MOST_BYTES = 256 * 2**20
_MOST_FILES = 200_000
_WRITE_AFTER = 500
_PATIENCE = 2.0
_SETTLED = 2_000_000_000
_SCHEMA = """
create table if not exists results (
    task text not null, path blob not null, size integer not null, mtime integer not null, inode integer not null,
    used integer not null, data blob not null, primary key (task, path)
) without rowid
"""


class Identity(NamedTuple):
    """What tells a file's content from what it was before: bytes, time of the last change in ns, inode (of a folder: files in it)."""

    size: int
    mtime: int
    inode: int


def identity_of(path: str) -> Identity | None:
    """The identity of a file, or of all files of a folder (a Zarr store); None where there is none.

    Of a folder of more than 200,000 files there is none: looking at all of them would cost more than it spares.
    """
    try:
        found = os.stat(path)
        return _of_folder(path) if stat.S_ISDIR(found.st_mode) else Identity(found.st_size, found.st_mtime_ns, found.st_ino)
    except OSError:
        return None


def _of_folder(path: str) -> Identity | None:
    size = newest = count = 0
    for folder, _, names in os.walk(path):
        for name in names:
            found = os.lstat(f"{folder}/{name}")
            size, newest, count = size + found.st_size, max(newest, found.st_mtime_ns), count + 1
        if count > _MOST_FILES:
            return None
    return Identity(size, newest, count)


def settled(identity: Identity) -> bool:
    """Whether a file was last changed so long ago that a change right now would show in its time."""
    return time.time_ns() - identity.mtime > _SETTLED


class Cache:
    """Results by file. Use it from one thread, as a context manager.

    Args:
        path: The database; None: `files.sqlite` in the cache folder.
        most: Bytes that it may grow to; what was used longest ago goes first.
    """

    def __init__(self, path: Path | None = None, *, most: int = MOST_BYTES) -> None:
        self._most = most
        self._path = path or cache_dir() / "files.sqlite"
        self._waiting: dict[tuple[str, bytes], tuple[Identity, bytes]] = {}
        self._used: list[tuple[str, bytes]] = []
        self._database = _opened(self._path)

    def __enter__(self) -> Self:
        """The cache itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Writes and closes it."""
        self.close()

    def get(self, task: str, path: str, identity: Identity) -> bytes | None:
        """What a task gave for a file as it is now; None where that is not known."""
        key = (task, _name(path))
        if key in self._waiting:
            known, data = self._waiting[key]
            return data if known == identity else None
        if self._database is None:
            return None
        with suppress(sqlite3.Error):
            where = "select data from results where task = ? and path = ? and size = ? and mtime = ? and inode = ?"
            row = self._database.execute(where, (*key, identity.size, identity.mtime, _signed(identity.inode))).fetchone()
            if row is not None:
                self._used.append(key)
                return bytes(row[0])
        return None

    def put(self, task: str, path: str, identity: Identity, data: bytes) -> None:
        """Remembers what a task gave for a file; written with others, some time later."""
        if self._database is None:
            return
        self._waiting[task, _name(path)] = (identity, data)
        if len(self._waiting) >= _WRITE_AFTER:
            self.flush()

    def flush(self) -> None:
        """Writes what waits to be written."""
        if self._database is None or not (self._waiting or self._used):
            return
        now = int(time.time())
        rows = [
            (task, path, known.size, known.mtime, _signed(known.inode), now, data) for (task, path), (known, data) in self._waiting.items()
        ]  # fmt: skip
        with suppress(sqlite3.Error), self._database:
            self._database.executemany("insert or replace into results values (?, ?, ?, ?, ?, ?, ?)", rows)
            self._database.executemany("update results set used = ? where task = ? and path = ?", [(now, *key) for key in self._used])
        self._waiting.clear()
        self._used.clear()

    def close(self) -> None:
        """Writes what waits, makes room where there is too much, and closes the database."""
        self.flush()
        database, self._database = self._database, None
        if database is not None:
            with suppress(sqlite3.Error):
                _make_room(database, self._most)
            database.close()


def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number


def _name(path: str) -> bytes:
    return os.fsencode(os.path.abspath(path))


def _opened(path: Path) -> sqlite3.Connection | None:
    """The database; a broken one is made anew, and where there can be none there is none."""
    for _ in itertools.repeat(None, 2):
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            database = sqlite3.connect(path, timeout=_PATIENCE)
            database.execute("pragma journal_mode = truncate")
            database.execute("pragma synchronous = off")
            database.execute(_SCHEMA)
            database.execute("select task, path, size, mtime, inode, used, data from results limit 1").fetchone()
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError:
            database.close()
            with suppress(OSError):
                path.unlink()
            continue
        except OSError:
            return None
        return database
    return None


def _make_room(database: sqlite3.Connection, most: int) -> None:
    (pages,), (page,) = database.execute("pragma page_count").fetchone(), database.execute("pragma page_size").fetchone()
    if pages * page <= most:
        return
    with database:
        (middle,) = database.execute("select used from results order by used limit 1 offset (select count(*) / 2 from results)").fetchone()
        database.execute("delete from results where used <= ?", (middle,))
    database.execute("vacuum")
