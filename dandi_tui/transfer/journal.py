"""The journal: jobs, their files, the parts of these; the one truth of what was done. One a host and state folder.

SQLite with a rollback journal, since write-ahead logging is not safe on NFS; opened for this process alone. A journal that
is damaged is set aside, never repaired in place, and its jobs are made again from the orders that lie beside it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.errors import TransferError
from dandi_tui.transfer.failures import PLACE_REMEDY
from dandi_tui.transfer.model import PLACE, REBUILT, Coming, FileSpec, FileView, JobSpec, JobState, LogLine, State
from dandi_tui.transfer.schema import STEPS, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

KEPT_SECONDS = 30 * 86_400.0
KEPT_JOBS = 200
_LOG_LINES = 200


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the journal has it."""

    id: int
    spec: JobSpec
    state: JobState
    jobs: int
    rate: int
    reason: str
    remedy: str
    created: float
    ended: float


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file as the journal has it; `facts` are what its transfer must know to go on, as its own module wrote them."""

    id: int
    job: int
    spec: FileSpec
    state: State
    phase: str
    there: int
    reason: str
    remedy: str
    due: float
    facts: bytes
    need: str

    def view(self) -> FileView:
        """As it is told to whoever watches."""
        return FileView(
            id=self.id, job=self.job, path=shown_path(self.spec), state=self.state, phase=self.phase, bytes=self.there,
            total=self.spec.size, reason=self.reason, remedy=self.remedy, due=self.due, need=self.need,
        )  # fmt: skip


def shown_path(spec: FileSpec) -> str:
    """How a file is called on screens: where it comes to lie."""
    return spec.path if spec.place.startswith("/") else spec.place


class Journal:
    """An open journal. Its methods wait for the disk: not for the event loop's thread.

    Args:
        path: The file.

    Raises:
        TransferError: It was written by a newer version of the program, or can't be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notice = ""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise TransferError(f"the journal of transfers can't be opened: {error}", subject=str(path), remedy=remedy_of(error)) from error
            self._set_aside(error)
            self._open()

    def _open(self) -> None:
        self._base = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
        try:
            self._prepare()
        except BaseException:
            self._base.close()
            raise

    def _prepare(self) -> None:
        base = self._base
        for words in ("locking_mode = EXCLUSIVE", "journal_mode = TRUNCATE", "synchronous = FULL", "foreign_keys = ON"):
            base.execute(f"PRAGMA {words}")
        found = base.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        version = base.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise TransferError("the journal of transfers was written by a newer version of dandi-tui", subject=str(self.path), remedy="Use that version.")
        for number, step in enumerate(STEPS[version:], version + 1):
            base.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")
        self.path.chmod(0o600)

    def _set_aside(self, error: Exception) -> None:
        aside = self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}")
        self.path.replace(aside)
        for end in ("-journal", "-wal", "-shm"):
            beside = self.path.with_name(self.path.name + end)
            if beside.exists():
                beside.replace(aside.with_name(aside.name + end))
        self.notice = f"The journal of transfers was damaged ({error}); it was set aside as {aside}."

    @property
    def never_used(self) -> bool:
        """Whether no job was ever written to it."""
        return self._base.execute("SELECT 1 FROM sqlite_sequence WHERE name = 'jobs'").fetchone() is None

    def close(self) -> None:
        """Lets go of the file."""
        self._base.close()

    # Transactions

    def begin(self) -> None:
        """Begins a transaction."""
        self._base.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Writes the transaction to the disk."""
        self._base.execute("COMMIT")

    def rollback(self) -> None:
        """Forgets the transaction."""
        if self._base.in_transaction:
            self._base.execute("ROLLBACK")

    # Jobs

    def add_job(self, spec: JobSpec, state: JobState = JobState.ARRIVING) -> int:
        """A new job, the last in order; its number."""
        row = (msgspec.msgpack.encode(spec), state, spec.jobs, spec.rate, time.time())
        sql = "INSERT INTO jobs (spec, state, place, jobs, rate, created) SELECT ?, ?, coalesce(max(place), 0) + 1, ?, ?, ? FROM jobs"
        return int(self._base.execute(sql, row).lastrowid or 0)

    def add_files(self, job: int, specs: Iterable[FileSpec]) -> None:
        """More files of a job, behind those that it has."""
        (start,) = self._base.execute("SELECT coalesce(max(place), 0) FROM files WHERE job = ?", (job,)).fetchone()
        rows = ((job, start + at, *_first_row(spec)) for at, spec in enumerate(specs, 1))
        sql = "INSERT INTO files (job, place, spec, path, size, state, reason, remedy, need) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._base.executemany(sql, rows)

    def set_job(self, job: int, **columns: Any) -> None:  # noqa: ANN401 (any column)
        """Sets columns of a job."""
        self._set("jobs", job, columns)

    def _set(self, table: str, row: int, columns: dict[str, Any]) -> None:
        names = ", ".join(f"{name} = ?" for name in columns)
        self._base.execute(f"UPDATE {table} SET {names} WHERE id = ?", (*columns.values(), row))  # noqa: S608 (names of columns are ours)

    def jobs(self) -> list[JobRow]:
        """All jobs in their order."""
        rows = self._base.execute("SELECT id, spec, state, jobs, rate, reason, remedy, created, ended FROM jobs ORDER BY place, id")
        return [_job(row) for row in rows]

    def job(self, job: int) -> JobRow | None:
        """One job."""
        sql = "SELECT id, spec, state, jobs, rate, reason, remedy, created, ended FROM jobs WHERE id = ?"
        row = self._base.execute(sql, (job,)).fetchone()
        return _job(row) if row else None

    def order(self, jobs: Sequence[int]) -> None:
        """Puts the jobs into this order."""
        self._base.executemany("UPDATE jobs SET place = ? WHERE id = ?", ((at, job) for at, job in enumerate(jobs)))

    def remove_jobs(self, jobs: Iterable[int]) -> None:
        """Forgets jobs with all that belongs to them."""
        self._base.executemany("DELETE FROM jobs WHERE id = ?", ((job,) for job in jobs))

    def old_jobs(self) -> list[int]:
        """Ended jobs that need not be kept: those of long ago, and all but the last some hundred."""
        rows = self._base.execute("SELECT id, ended FROM jobs WHERE state IN ('ended', 'cancelled') ORDER BY ended DESC").fetchall()
        long_ago = time.time() - KEPT_SECONDS
        return [job for at, (job, ended) in enumerate(rows) if at >= KEPT_JOBS or ended < long_ago]

    def vacuum(self) -> None:
        """Gives room back to the disk where much of the file is empty."""
        pages, free = (self._base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
        if free > 1000 and free * 2 > pages:
            with suppress(sqlite3.Error):
                # It takes room of its own on the disk; where there is none, the file is used as it is.
                self._base.execute("VACUUM")

    # Files

    def tally(self, job: int) -> dict[State, tuple[int, int, int]]:
        """For each state, how many files of a job are in it, their bytes that are there, and their sizes."""
        sql = "SELECT state, count(*), sum(bytes), sum(size) FROM files WHERE job = ? GROUP BY state"
        return {State(state): (count, there, size) for state, count, there, size in self._base.execute(sql, (job,))}

    def files(self, job: int, states: Sequence[State] = (), *, offset: int = 0, limit: int = -1) -> list[FileRow]:
        """Files of a job in its order."""
        among = f"AND state IN ({','.join('?' * len(states))})" if states else ""
        sql = f"SELECT {_FILE} FROM files WHERE job = ? {among} ORDER BY place, id LIMIT ? OFFSET ?"  # noqa: S608 (only our words)
        return [_file(row) for row in self._base.execute(sql, (job, *states, limit, offset))]

    def coming(self, root: str, after: int = 0, limit: int = -1) -> list[Coming]:
        """What downloads that go on are bringing at or below a folder, by the files' numbers."""
        jobs = {row.id: row.spec for row in self.jobs() if row.state is JobState.ACTIVE and row.spec.kind == "download" and related(row.spec.root, root)}
        sql = f"""SELECT id, job, spec FROM files WHERE job IN ({",".join("?" * len(jobs))}) AND id > ?
            AND state IN ('queued', 'running', 'waiting') ORDER BY id LIMIT ?"""  # noqa: S608 (only our words)
        found = []
        for number, job, packed in self._base.execute(sql, (*jobs, after, limit)):
            spec = msgspec.msgpack.decode(packed, type=FileSpec)
            found.append(Coming(number, job, f"{os.path.realpath(jobs[job].root)}/{spec.place}", spec.asset_id or spec.document or ""))
        return found

    def file(self, file: int) -> FileRow | None:
        """One file."""
        row = self._base.execute(f"SELECT {_FILE} FROM files WHERE id = ?", (file,)).fetchone()  # noqa: S608
        return _file(row) if row else None

    def set_file(self, file: int, **columns: Any) -> None:  # noqa: ANN401
        """Sets columns of a file."""
        self._set("files", file, columns)

    def move_files(self, job: int, states: Sequence[State], to: State) -> int:
        """Brings all files of a job that are in one of the states into another, but not those that need more than that; how many."""
        among = ",".join("?" * len(states))
        sql = f"UPDATE files SET state = ?, reason = '', remedy = '', due = 0 WHERE job = ? AND need = '' AND state IN ({among})"  # noqa: S608
        return self._base.execute(sql, (to, job, *states)).rowcount

    def may_replace(self, row: FileRow) -> None:
        """From here on a file takes the place of what stands there."""
        spec = msgspec.structs.replace(row.spec, replace=True)
        # What a journal that was made again supposes of the place no longer holds.
        facts = b"" if row.facts == REBUILT else row.facts
        self.set_file(row.id, spec=msgspec.msgpack.encode(spec), facts=facts)

    def mark_rebuilt(self, job: int, facts: bytes) -> None:
        """Marks the files of a job that was made again."""
        self._base.execute("UPDATE files SET facts = ? WHERE job = ?", (facts, job))

    def first_file(self, file: int) -> None:
        """Puts a file before all others of its job."""
        self._base.execute("UPDATE files SET place = (SELECT min(o.place) - 1 FROM files o WHERE o.job = files.job) WHERE id = ?", (file,))

    def resume(self) -> None:
        """After a start: what ran is queued again, since nobody is at it; jobs that were never handed over whole are forgotten."""
        self._base.execute("DELETE FROM jobs WHERE state = 'arriving'")
        self._base.execute("UPDATE files SET state = 'queued' WHERE state = 'running'")
        # The clock may have jumped: nothing waits longer than it would have.
        self._base.execute("UPDATE files SET state = 'queued', due = 0 WHERE state = 'waiting'")

    # Parts, log, limits

    def parts(self, file: int) -> dict[int, tuple[int, str]]:
        """The parts that the archive has accepted: size and ETag by number."""
        rows = self._base.execute("SELECT number, size, etag FROM parts WHERE file = ?", (file,))
        return {number: (size, etag) for number, size, etag in rows}

    def add_part(self, file: int, number: int, size: int, etag: str) -> None:
        """A part was accepted."""
        self._base.execute("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)", (file, number, size, etag))

    def drop_parts(self, file: int) -> None:
        """The parts count for nothing any more."""
        self._base.execute("DELETE FROM parts WHERE file = ?", (file,))

    def note(self, file: int, words: str) -> None:
        """A line for a file's log; only the last some hundred are kept."""
        self._base.execute("INSERT INTO log VALUES (?, ?, ?)", (file, time.time(), words))
        sql = "DELETE FROM log WHERE rowid IN (SELECT rowid FROM log WHERE file = ? ORDER BY rowid DESC LIMIT -1 OFFSET ?)"
        self._base.execute(sql, (file, _LOG_LINES))

    def log(self, file: int) -> list[LogLine]:
        """A file's log, the oldest first."""
        return [LogLine(*row) for row in self._base.execute("SELECT time, words FROM log WHERE file = ? ORDER BY rowid", (file,))]

    def limits(self) -> tuple[int, int] | None:
        """Files side by side and bytes a second over all jobs, where somebody set them."""
        row = self._base.execute("SELECT jobs, rate FROM limits").fetchone()
        return (row[0], row[1]) if row else None

    def set_limits(self, jobs: int, rate: int) -> None:
        """Sets the limits over all jobs."""
        self._base.execute("DELETE FROM limits")
        self._base.execute("INSERT INTO limits VALUES (?, ?)", (jobs, rate))


def related(one: str, other: str) -> bool:
    """Whether a folder is another, or within it, or the other way round."""
    first, second = (f"{os.path.realpath(folder)}/" for folder in (one, other))
    return first.startswith(second) or second.startswith(first)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is wrong, and not only the way to it: a full disk, missing rights, another process that holds it."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def remedy_of(error: sqlite3.Error) -> str:
    """What to do where the journal can't be opened or written."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return "Make room on its disk; transfers go on from it."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return "Have its folder made writable, or choose another: DANDI_TUI_STATE_DIR."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "Another program has it open: end that one."
        case sqlite3.SQLITE_IOERR:
            return "Its disk fails; what it has is kept."
        case _:
            return ""


_FILE = "id, job, spec, state, phase, bytes, reason, remedy, due, facts, need"


def _first_row(spec: FileSpec) -> tuple[bytes, str, int, State, str, str, str]:
    state = {"skip": State.SKIPPED, "refuse": State.FAILED, "ask": State.FAILED}.get(spec.verdict, State.QUEUED)
    remedy, need = (PLACE_REMEDY, PLACE) if spec.verdict == "ask" else ("", "")
    return msgspec.msgpack.encode(spec), shown_path(spec), spec.size, state, spec.reason if state is not State.QUEUED else "", remedy, need


def _job(row: tuple[Any, ...]) -> JobRow:
    number, spec, state, jobs, rate, reason, remedy, created, ended = row
    return JobRow(
        id=number, spec=msgspec.msgpack.decode(spec, type=JobSpec), state=JobState(state), jobs=jobs, rate=rate, reason=reason,
        remedy=remedy, created=created, ended=ended,
    )  # fmt: skip


def _file(row: tuple[Any, ...]) -> FileRow:
    number, job, spec, state, phase, there, reason, remedy, due, facts, need = row
    return FileRow(
        id=number, job=job, spec=msgspec.msgpack.decode(spec, type=FileSpec), state=State(state), phase=phase, there=there,
        reason=reason, remedy=remedy, due=due, facts=bytes(facts), need=need,
    )  # fmt: skip


def unfinished(path: Path) -> bool:
    """Whether a journal that no worker holds has jobs that would go on."""
    if not path.exists():
        return False
    try:
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0.2)
        try:
            return base.execute("SELECT 1 FROM jobs WHERE state = 'active' LIMIT 1").fetchone() is not None
        finally:
            base.close()
    except sqlite3.Error:
        return True
