"""The archive's refusals in words: the shapes that its errors come in, as one sentence and one exception."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.errors import (
    ArchiveError,
    ConflictError,
    FieldProblem,
    NotAllowedError,
    NotFoundError,
    NotLoggedInError,
    RefusedError,
    ServerError,
    UnexpectedAnswerError,
)
from dandi_tui.text import clip, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 600
_LARGEST = 2**20
_DEEPEST = 32


def archive_words(body: bytes, content_type: str) -> str:
    """What an error's body says, as one line of safe text; empty where it says nothing.

    Args:
        body: The answer's bytes: JSON of any of the archive's shapes, or a page.
        content_type: The answer's content type.
    """
    return clip("; ".join(_in_words(problem) for problem in field_problems(body, content_type)), _LONGEST)


def field_problems(body: bytes, content_type: str) -> tuple[FieldProblem, ...]:
    """What an error's body says, field by field, as safe text.

    A field is a path with dots; in a list of objects the place of the object is part of it (`0.base64md5`).
    """
    if "json" not in content_type or len(body) > _LARGEST:
        return ()
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return ()
    return tuple(_problems(found, ""))


def _problems(found: Any, field: str, depth: int = 0) -> Iterator[FieldProblem]:  # noqa: ANN401 (any JSON)
    if depth > _DEEPEST:
        return
    if isinstance(found, dict):
        for name, value in found.items():
            yield from _problems(value, _below(field, str(name)), depth + 1)
    elif isinstance(found, list):
        for place, value in enumerate(found):
            yield from _problems(value, _below(field, str(place)) if isinstance(value, dict) else field, depth + 1)
    elif found is not None and found != "":
        yield FieldProblem(safe(field), safe(found))


def _below(outer: str, name: str) -> str:
    if name in {"detail", "non_field_errors", "search"}:
        return outer
    return f"{outer}.{name}" if outer else name


def _in_words(problem: FieldProblem) -> str:
    named = ".".join(part for part in problem.field.split(".") if not part.isdigit())
    return f"{named}: {problem.message}" if named else problem.message


def refusal(status: int, body: bytes, content_type: str, *, subject: str, has_key: bool, location: str = "") -> ArchiveError:
    """The exception for an answer of 400 and above."""
    said = archive_words(body, content_type)
    kind, what, remedy = _kind(status, has_key=has_key)
    return kind(what, subject=subject, said=said, remedy=remedy, status=status, fields=field_problems(body, content_type), location=location)


_CONFLICT = (ConflictError, "its state does not allow this now", "Try again later.")
_BY_STATUS: dict[int, tuple[type[ArchiveError], str, str]] = {
    403: (NotAllowedError, "this account may not do or see this", "Ask an owner, or use another account's key."),
    404: (NotFoundError, "there is no such thing in the archive", "Check the number, the version and the path."),
    409: _CONFLICT,
    423: _CONFLICT,
}


def _kind(status: int, *, has_key: bool) -> tuple[type[ArchiveError], str, str]:
    if status == 401:
        if has_key:
            return NotLoggedInError, "the API key is not valid (any more)", "Make a new key on the archive's page."
        return NotLoggedInError, "this needs an API key", "Set DANDI_TUI_API_KEY, or the key variable of this archive."
    if found := _BY_STATUS.get(status):
        return found
    if status >= 500:
        return ServerError, f"the archive failed (status {status})", "Try again later."
    return RefusedError, f"the archive refuses this request (status {status})", ""


def not_an_archive(body: bytes, content_type: str, *, subject: str, status: int) -> UnexpectedAnswerError:
    """The exception for an answer that no archive gives: a page, or something else than JSON."""
    title = re.search(rb"<title[^>]*>(.{1,200}?)</title>", body[:20_000], re.IGNORECASE | re.DOTALL)
    named = f"a page called «{safe(title[1].decode('utf-8', 'replace').strip())}»" if title else safe(content_type) or "nothing"
    return UnexpectedAnswerError(
        f"the answer is no archive's: {named} instead of JSON",
        subject=subject,
        remedy="Check the address of the API; or a network log-in page stands in the way.",
        status=status,
    )
