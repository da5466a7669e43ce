"""Looking at the journal where no worker runs: nothing is started by it, and nothing goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.transfer.home import Lock, has_orders, home_dir, journal_path
from dandi_tui.transfer.live import LiveJob
from dandi_tui.transfer.model import Limits
from dandi_tui.transfer.orders import open_journal

if TYPE_CHECKING:
    from dandi_tui.transfer.journal import Journal
    from dandi_tui.transfer.model import Coming, FileView, JobView, LogLine


def jobs() -> list[JobView]:
    """All jobs, in their order.

    Raises:
        BlockingIOError: A worker holds the journal: ask it.
    """
    with _Reading() as journal:
        return [LiveJob(row, journal.tally(row.id)).view() for row in journal.jobs()] if journal else []


def limits() -> Limits:
    """What holds over all jobs.

    Raises:
        BlockingIOError: A worker holds the journal: ask it.
    """
    with _Reading() as journal:
        found = journal.limits() if journal else None
    return Limits(jobs=found[0], rate=found[1]) if found else Limits()


def files(job: int) -> list[FileView]:
    """All files of a job.

    Raises:
        BlockingIOError: A worker holds the journal: ask it.
    """
    with _Reading() as journal:
        return [row.view() for row in journal.files(job)] if journal else []


def coming(root: str) -> list[Coming]:
    """What downloads would bring at or below a folder, once a worker runs.

    Raises:
        BlockingIOError: A worker holds the journal: ask it.
    """
    with _Reading() as journal:
        return journal.coming(root) if journal else []


def log(file: int) -> list[LogLine]:
    """A file's log.

    Raises:
        BlockingIOError: A worker holds the journal: ask it.
    """
    with _Reading() as journal:
        return journal.log(file) if journal else []


class _Reading:
    """The journal, held while it is read; None where there is none."""

    def __enter__(self) -> Journal | None:
        self._lock: Lock | None = None
        self._journal: Journal | None = None
        if journal_path().exists() or has_orders(home_dir()):
            self._lock = Lock(home_dir())
            try:
                self._journal = open_journal(home_dir())
            except BaseException:
                self._lock.release()
                raise
        return self._journal

    def __exit__(self, *_: object) -> None:
        if self._journal:
            self._journal.close()
        if self._lock:
            self._lock.release()
