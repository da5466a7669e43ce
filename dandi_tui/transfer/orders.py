"""Orders: what each unfinished job was asked to do, in a file beside the journal, from which a lost journal is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.transfer.home import has_orders, journal_in
from dandi_tui.transfer.journal import Journal
from dandi_tui.transfer.model import REBUILT, FileSpec, JobSpec, JobState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Order(msgspec.Struct, frozen=True):
    """A job and all its files."""

    spec: JobSpec
    files: list[FileSpec]


def _path(folder: Path, job: int) -> Path:
    return folder / "orders" / f"{job}.msgpack"


def keep_order(folder: Path, job: int, order: Order) -> None:
    """Writes an order beside the journal."""
    path = _path(folder, job)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_bytes(msgspec.msgpack.encode(order))
    beside.replace(path)


def drop_order(folder: Path, job: int) -> None:
    """Takes the order of a job that ended away."""
    _path(folder, job).unlink(missing_ok=True)


def drop_others(folder: Path, jobs: Iterable[int]) -> None:
    """Takes orders away whose jobs the journal does not have: nobody was told that they were taken."""
    known = {str(job) for job in jobs}
    for path in folder.glob("orders/*.msgpack"):
        if path.stem not in known:
            path.unlink(missing_ok=True)


def open_journal(folder: Path) -> Journal:
    """Opens the journal of a folder; one that was lost or damaged is made again from the orders, and its notice says so.

    Raises:
        TransferError: It can't be opened.
    """
    journal = Journal(journal_in(folder))
    if journal.never_used and has_orders(folder):
        again = rebuild(journal, folder)
        notice = journal.notice or f"The journal of transfers in {folder} was gone."
        journal.notice = f"{notice} {again} of its jobs were made again, and go on from what is on the disk." if again else notice
    return journal


def rebuild(journal: Journal, folder: Path) -> int:
    """Makes the unfinished jobs of a lost journal again; how many.

    What lies on the disk is found by the jobs themselves: files that are whole, and partial data with their labels.
    """
    found = sorted(folder.glob("orders/*.msgpack"), key=lambda path: int(path.stem) if path.stem.isdigit() else 0)
    made = []
    journal.begin()
    for path in found:
        try:
            order = msgspec.msgpack.decode(path.read_bytes(), type=Order)
        except (OSError, msgspec.MsgspecError):
            continue
        job = journal.add_job(order.spec, JobState.ACTIVE)
        journal.add_files(job, order.files)
        journal.mark_rebuilt(job, REBUILT)
        made.append((path, job, order))
    journal.commit()
    for path, _, _ in made:
        path.unlink(missing_ok=True)
    for _, job, order in made:
        keep_order(folder, job, order)
    return len(made)
