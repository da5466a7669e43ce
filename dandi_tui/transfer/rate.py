"""How fast bytes arrive, and how long the rest will take: from what arrived lately, not from what was there before."""

from __future__ import annotations

from collections import deque

_WINDOW = 10.0
_SURE_AFTER = 2.0


class Rate:
    """Bytes a second, lately.

    Args:
        arrived: Bytes that are there already; they count for nothing.
        now: Seconds of a clock that only goes forward.
        window: Seconds that count: more of them for what comes in gusts.
    """

    def __init__(self, arrived: int, now: float, *, window: float = _WINDOW) -> None:
        self._seen = deque([(now, arrived)])
        self._window = window

    def take(self, arrived: int, now: float) -> None:
        """Takes how many bytes are there."""
        self._seen.append((now, arrived))
        while len(self._seen) > 2 and self._seen[1][0] <= now - self._window:
            self._seen.popleft()

    def per_second(self) -> float:
        """Bytes a second; 0 before there is enough to tell."""
        (start, before), (end, after) = self._seen[0], self._seen[-1]
        return max(0.0, (after - before) / (end - start)) if end - start >= _SURE_AFTER else 0.0

    def left(self, remaining: int) -> float | None:
        """Seconds that the rest will take; None where that can't be told."""
        speed = self.per_second()
        return remaining / speed if speed > 0 else None
