"""How often and how patiently requests are tried again."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from datetime import datetime


class Retry(msgspec.Struct, frozen=True):
    """How often and how patiently a reading request is tried again.

    Attributes:
        tries: Tries in all.
        base: Seconds that the longest wait after the first try has; doubled by each try.
        longest: Seconds that no wait exceeds, whatever the archive asks for.
    """

    tries: int = 5
    base: float = 0.5
    longest: float = 30.0

    def wait(self, tried: int, asked: float | None, jitter: float) -> float:
        """Seconds to wait after `tried` tries: what the archive asked for, else a random part of a growing span."""
        if asked is not None:
            return min(asked, self.longest)
        return jitter * min(self.longest, self.base * 2.0**tried)


class Waiting(msgspec.Struct, frozen=True):
    """A request that will be tried again: why, and in how many seconds."""

    subject: str
    reason: str
    seconds: float
    tried: int
    tries: int


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date; None when it means nothing."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
