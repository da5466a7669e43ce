"""The journal's tables, and the steps from each version of them to the next. Steps are only ever added."""

from __future__ import annotations

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        spec BLOB NOT NULL,
        state TEXT NOT NULL,
        place REAL NOT NULL,
        jobs INTEGER NOT NULL,
        rate INTEGER NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        remedy TEXT NOT NULL DEFAULT '',
        created REAL NOT NULL,
        ended REAL NOT NULL DEFAULT 0
    );
    CREATE TABLE files (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        job INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
        place REAL NOT NULL,
        spec BLOB NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        state TEXT NOT NULL,
        phase TEXT NOT NULL DEFAULT '',
        bytes INTEGER NOT NULL DEFAULT 0,
        reason TEXT NOT NULL DEFAULT '',
        remedy TEXT NOT NULL DEFAULT '',
        due REAL NOT NULL DEFAULT 0,
        facts BLOB NOT NULL DEFAULT x''
    );
    CREATE INDEX files_by_state ON files (job, state, place);
    CREATE TABLE parts (
        file INTEGER NOT NULL REFERENCES files(id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        size INTEGER NOT NULL,
        etag TEXT NOT NULL,
        PRIMARY KEY (file, number)
    ) WITHOUT ROWID;
    CREATE TABLE log (
        file INTEGER NOT NULL REFERENCES files(id) ON DELETE CASCADE,
        time REAL NOT NULL,
        words TEXT NOT NULL
    );
    CREATE INDEX log_by_file ON log (file, time);
    CREATE TABLE limits (jobs INTEGER NOT NULL, rate INTEGER NOT NULL);
    """,
    """
    ALTER TABLE files ADD COLUMN need TEXT NOT NULL DEFAULT '';
    """,
)

VERSION = len(STEPS)
