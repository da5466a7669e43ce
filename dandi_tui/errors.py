"""The exception tree: everything that can go wrong in a way that a person can understand.

    DandiTuiError                    exit status 1
    ├── UsageError                   2   the command line is wrong
    │   └── TargetError                  not a name, address or path that we understand
    ├── ConfigError                  2   the config file can't be read or means nothing
    ├── ArchiveError                     the archive, or the way to it
    │   ├── UnreachableError         4   no network, wrong host, time-out, not an archive
    │   ├── AccessError              3   401 or 403
    │   │   ├── NotLoggedInError
    │   │   └── NotAllowedError
    │   ├── NotFoundError                404
    │   ├── RefusedError                 400: the archive's words stand in `said`
    │   ├── ConflictError                409, 423
    │   ├── ServerError              4   5xx, after all tries
    │   └── UnexpectedAnswerError    4   an answer of another shape than the archive gives
    ├── OrganizeError                    a file could not be put in its place, or taken back from it
    └── TransferError                    a file could not be brought or sent
        ├── UnsafePathError
        ├── InvalidFileError
        ├── DigestMismatchError
        ├── NoSpaceError
        └── ExistsError

Each error is a sentence of what happened; `subject` is to what, `said` the archive's own words, `remedy` what to do.
"""

from __future__ import annotations

from typing import NamedTuple


class FieldProblem(NamedTuple):
    """What the archive says of one field of a request: a path with dots (`metadata.name`, `0.username`), "" for all of it."""

    field: str
    message: str


class DandiTuiError(Exception):
    """Something went wrong that a person can understand.

    Args:
        what: One sentence: what happened.
        subject: What it happened to: an address, a path, a Dandiset. Empty when `what` says it.
        said: The archive's own words, where it spoke.
        remedy: What to do next.
    """

    exit_status = 1

    def __init__(self, what: str, *, subject: str = "", said: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.subject = subject
        self.said = said
        self.remedy = remedy

    def __str__(self) -> str:
        """The whole error on one line: subject, what, the archive's words, remedy."""
        head = f"{self.subject}: {self.what}" if self.subject else self.what
        parts = [head if head.endswith((".", "?", "!")) else f"{head}."]
        if self.said:
            said = self.said.rstrip()
            parts.append(f"The archive says: {said if said.endswith(('.', '?', '!')) or not self.remedy else said + '.'}")
        if self.remedy:
            parts.append(self.remedy)
        return " ".join(parts)


class UsageError(DandiTuiError):
    """The command line is wrong."""

    exit_status = 2


class TargetError(UsageError):
    """A text that names nothing: no Dandiset, asset, address or path."""


class ConfigError(DandiTuiError):
    """The config file can't be read, or a value in it means nothing."""

    exit_status = 2


class ArchiveError(DandiTuiError):
    """The archive, or the way to it, failed.

    Args:
        what: One sentence: what happened.
        subject: The request, as `GET /dandisets/000004/`, or the host.
        said: The archive's own words.
        remedy: What to do next.
        status: The HTTP status, None when no answer came.
        fields: What the archive said, field by field, so that a form can place it.
        location: The answer's `Location`, as it came; where a blob exists already, this is its bare id.
        maybe_done: Whether the archive may have done what was asked, though no answer says so.
    """

    def __init__(
        self,
        what: str,
        *,
        subject: str = "",
        said: str = "",
        remedy: str = "",
        status: int | None = None,
        fields: tuple[FieldProblem, ...] = (),
        location: str = "",
        maybe_done: bool = False,
    ) -> None:
        super().__init__(what, subject=subject, said=said, remedy=remedy)
        self.status = status
        self.fields = fields
        self.location = location
        self.maybe_done = maybe_done


class UnreachableError(ArchiveError):
    """No answer: no network, wrong host, refused, timed out; or the answer isn't an archive's."""

    exit_status = 4


class AccessError(ArchiveError):
    """The archive wants a key, another key, or another account."""

    exit_status = 3


class NotLoggedInError(AccessError):
    """401: a key is needed, or the key given is not (any more) valid."""


class NotAllowedError(AccessError):
    """403: the key is valid, the account may not do this."""


class NotFoundError(ArchiveError):
    """404: no such Dandiset, version, asset or page."""


class RefusedError(ArchiveError):
    """400: the archive does not accept the request; its words stand in `said`."""


class ConflictError(ArchiveError):
    """409 or 423: the state of the thing does not allow it now."""


class ServerError(ArchiveError):
    """5xx, after all tries."""

    exit_status = 4


class UnexpectedAnswerError(ArchiveError):
    """The answer has another shape than the archive's: HTML, broken JSON, missing fields."""

    exit_status = 4


class OrganizeError(DandiTuiError):
    """A local file could not be put in its place, or taken back from it."""


class TransferError(DandiTuiError):
    """A file could not be brought or sent."""


class UnsafePathError(TransferError):
    """A path from the archive that would leave the target folder, or that this file system can't hold."""


class InvalidFileError(TransferError):
    """A local file has errors that must be mended before it is uploaded."""


class MovedAwayError(TransferError):
    """Partial data were removed or moved by others while more came."""


class DigestMismatchError(TransferError):
    """The bytes that arrived are not the bytes that the archive promised."""


class NoSpaceError(TransferError):
    """The disk has not enough room, or can't be written."""


class ExistsError(TransferError):
    """A file is there already, and may not be overwritten unasked."""
