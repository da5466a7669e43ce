"""What transfers are made of: jobs of files, the states they go through, and how they are told to whoever watches.

`JobSpec` and `FileSpec` say what is to be done and never change once a job is accepted; `JobView` and `FileView` are how
far it is, as the worker tells it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from dandi_tui.api.instances import Instance

DAY = 86_400.0
UPLOADS = 10
"""Files of an upload side by side: small ones wait for answers more than for bytes, and each asks the archive five times."""


MOST_JOBS = 16
"""Files side by side over all jobs, until somebody sets another limit."""
MOST_SIDE_BY_SIDE = 48
"""The highest limit of files side by side that there can be."""


class State(StrEnum):
    """Where a file stands.

    `waiting` files are tried again by themselves at a time that is named; `paused` ones go on when a person says so.
    """

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset((State.DONE, State.SKIPPED, State.FAILED, State.CANCELLED))
"""States that a file stays in by itself."""


HASHING = "hashing"
NAMING = "naming"
CREATING = "creating the asset"
LAST_STEPS = frozenset((NAMING, CREATING))
"""Phases after which a file may be done although nobody could write that down: the next try looks first."""


REBUILT = b"rebuilt"
"""Facts of files whose job was made again after the journal was lost: what stands at their place may be theirs."""


PLACE = "place"
"""What a file needs that failed since another has its place: a person's word whether that one stays."""


class JobState(StrEnum):
    """Where a job stands; `arriving` while its files are still being handed over."""

    ARRIVING = "arriving"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What holds over all jobs.

    Attributes:
        jobs: Files side by side.
        rate: Most bytes a second; 0: none.
    """

    jobs: int = MOST_JOBS
    rate: int = 0


class JobSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is to do.

    Attributes:
        kind: `download` or `upload`.
        instance: The archive.
        root: The folder on this machine, absolute: written to by a download; the Dandiset's folder of an upload.
        title: What the job is called on screens: `000253 draft`.
        dandiset: The Dandiset that an upload goes to; empty for downloads, whose files name their assets.
        existing: For uploads, what is done where the draft has an asset at the path: error, skip, refresh, overwrite, force.
        validation: For uploads, whether files must be valid: require, skip (not looked at), ignore (looked at and told).
        jobs: Files side by side.
        rate: Most bytes a second; 0: as fast as it goes.
        patience: Seconds that a file is tried again without any progress before it counts as failed.
    """

    kind: str
    instance: Instance
    root: str
    title: str
    dandiset: str = ""
    existing: str = "refresh"
    validation: str = "require"
    jobs: int = 6
    rate: int = 0
    patience: float = DAY


class FileSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a job.

    Attributes:
        path: Its path in the Dandiset.
        place: For a download, where below the job's root it belongs; for an upload, the local file or Zarr folder, absolute.
        size: In bytes, as known when the job was made.
        modified: The archive's modification time, seconds since 1970 (downloads).
        asset_id: The asset to bring (downloads).
        zarr: For a download, the Zarr's id; for an upload, any text says that `place` is a Zarr folder.
        document: The text of a file that is made here (`dandiset.yaml`); it has no asset.
        digest: The digest that the archive tells, where it is known already.
        replace: Whether what stands at the place, or the asset at the path, may be replaced.
        verdict: `fetch` or `send`; `skip` and `refuse` are told and not done, and `reason` says why; `ask` is not done before a
            person says whether what stands at the place stays.
        reason: Why the verdict.
        metadata: For an upload, fields that go over those that are read from the file.
    """

    path: str
    place: str
    size: int = 0
    modified: float = 0.0
    asset_id: str = ""
    zarr: str = ""
    document: str | None = None
    digest: str = ""
    replace: bool = False
    verdict: str = "fetch"
    reason: str = ""
    metadata: dict[str, Any] | None = None


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file is.

    Attributes:
        id: Its number in the journal.
        job: Its job's number.
        path: Its path: the place below the root for downloads, the path in the Dandiset for uploads.
        state: Where it stands.
        phase: What is being done: hashing, sending, checking, …; empty while bytes of a download come.
        bytes: Bytes that are there (download) or were taken (upload); while hashing, bytes hashed.
        total: Bytes in all.
        reason: Why it waits, was skipped or failed.
        remedy: What to do about it.
        due: When it is tried again, seconds since 1970; 0 when it doesn't wait.
        need: What trying again alone would not mend: `place`, something else stands there.
        rate: Bytes a second lately.
    """

    id: int
    job: int
    path: str
    state: State
    phase: str = ""
    bytes: int = 0
    total: int = 0
    reason: str = ""
    remedy: str = ""
    due: float = 0.0
    need: str = ""
    rate: float = 0.0


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is.

    Attributes:
        id: Its number.
        kind: `download` or `upload`.
        title: What it is called.
        root: The folder on this machine.
        api_url: The archive.
        state: Where it stands.
        counts: Files by state; states without files are left out.
        sizes: Bytes of the files in each state.
        bytes: Bytes that are there or were taken.
        total: Bytes in all, without those of skipped files.
        rate: Bytes a second lately.
        left: Seconds that the rest will take; None where that can't be told.
        jobs: Files side by side.
        limit: Most bytes a second; 0: none.
        reason: Why it is paused.
        remedy: What to do about it.
        created: When it was made, seconds since 1970.
        ended: When it ended, seconds since 1970; 0 while it has not.
    """

    id: int
    kind: str
    title: str
    root: str
    api_url: str
    state: JobState
    counts: dict[State, int] = {}
    sizes: dict[State, int] = {}
    bytes: int = 0
    total: int = 0
    rate: float = 0.0
    left: float | None = None
    jobs: int = 6
    limit: int = 0
    reason: str = ""
    remedy: str = ""
    created: float = 0.0
    ended: float = 0.0

    def count(self, *states: State) -> int:
        """Files in any of these states."""
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def unfinished(self) -> int:
        """Files that have not ended."""
        return self.count(State.QUEUED, State.RUNNING, State.WAITING, State.PAUSED)

    @property
    def over(self) -> bool:
        """Whether nothing goes on by itself any more."""
        return self.state in {JobState.ENDED, JobState.CANCELLED}


class Coming(msgspec.Struct, frozen=True):
    """A file that a download is bringing to a place on this machine.

    Attributes:
        id: Its number in the journal.
        job: Its job's number.
        place: The place, absolute.
        content: What it will be: the asset's id, or the text of a record.
    """

    id: int
    job: int
    place: str
    content: str


class LogLine(msgspec.Struct, frozen=True):
    """One line of a file's log: when, seconds since 1970, and what happened."""

    time: float
    words: str
