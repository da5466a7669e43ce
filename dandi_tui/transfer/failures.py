"""What follows from a failure: try again by itself, pause the job until a person has done something, or give the file up."""

from __future__ import annotations

import errno
import random

import msgspec

from dandi_tui.errors import (
    ArchiveError,
    DandiTuiError,
    ExistsError,
    MovedAwayError,
    NotLoggedInError,
    ServerError,
    UnexpectedAnswerError,
    UnreachableError,
)
from dandi_tui.transfer.model import PLACE

LONGEST_WAIT = 120.0
KEY_REMEDY = "Log in (`dandi-tui login`), then resume."
"""What the journal has of a job that waits for a key, so that the next worker knows it, too."""
PLACE_REMEDY = "R asks whether it stays or is replaced; so do `transfers keep` and `transfers replace`."
_LOCKED = "during unembargo"
"""What the archive says of changes to a Dandiset that is being opened to all; its status is that of any bad request."""
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_PASSING = frozenset((errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENFILE, errno.EMFILE, errno.EAGAIN, errno.EINTR, errno.ENOMEM))


class Verdict(msgspec.Struct, frozen=True):
    """What is done about a failure.

    Attributes:
        act: `again`, `pause` (the whole job) or `fail` (the file).
        reason: What happened, in words.
        remedy: What a person can do.
        need: For `pause`, what is needed: `key`, `room`, or `rights` to write; for `fail`, `place`: something else stands there.
    """

    act: str
    reason: str
    remedy: str = ""
    need: str = ""


def judge(error: BaseException) -> Verdict:
    """What follows from the failure of a file."""
    if isinstance(error, NotLoggedInError):
        return Verdict("pause", words_of(error), KEY_REMEDY, "key")
    if isinstance(error, UnreachableError | ServerError | UnexpectedAnswerError | MovedAwayError):
        return Verdict("again", _without_remedy(error), error.remedy or "It is tried again by itself.")
    if isinstance(error, ArchiveError) and (error.status == 423 or _LOCKED in error.said):
        return Verdict("again", error.said or _without_remedy(error), "It is tried again by itself, until that is over.")
    if isinstance(error, DandiTuiError):
        remedy, need = (PLACE_REMEDY, PLACE) if isinstance(error, ExistsError) else (error.remedy, "")
        return Verdict("fail", _without_remedy(error), remedy, need)
    if isinstance(error, OSError):
        return _of_disk(error)
    return Verdict("fail", f"{type(error).__name__}: {error}", "This should not have happened; the log of the worker tells more.")


def _of_disk(error: OSError) -> Verdict:
    where = f": {error.filename}" if error.filename else ""
    words = f"{error.strerror or error}{where}"
    if error.errno in _FULL:
        return Verdict("pause", words, "Make room, then resume; what has arrived stays.", "room")
    if error.errno in _PASSING:
        return Verdict("again", words, "It is tried again by itself.")
    if error.errno == errno.EROFS:
        return Verdict("pause", words, "Have the disk made writable, then resume; what has arrived stays.", "rights")
    if error.errno == errno.EFBIG:
        return Verdict("fail", words, "The disk, or a limit (`ulimit -f`), takes no file so large: choose another folder, or raise the limit; then retry.")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return Verdict("fail", words, "Choose a folder that you can write to, or have its rights changed; then retry.")
    return Verdict("fail", words, "")


def words_of(error: BaseException) -> str:
    """A failure in words, on one line."""
    if isinstance(error, DandiTuiError):
        return str(error)
    return f"{getattr(error, 'strerror', None) or error}"


def _without_remedy(error: DandiTuiError) -> str:
    bare = DandiTuiError(error.what, subject=error.subject, said=error.said)
    return str(bare)


def wait_before(tried: int) -> float:
    """Seconds before a file is tried again, after it failed `tried` times: longer each time, and never all at once."""
    return (0.5 + random.random() / 2) * min(LONGEST_WAIT, 2.0 ** min(tried, 10))  # noqa: S311 (jitter)
