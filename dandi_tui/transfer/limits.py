"""How much at once and how fast: limits that a person sets, and the pace that servers let us have."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from dandi_tui.text import plural, size

if TYPE_CHECKING:
    from collections.abc import Callable


_BURST_SECONDS = 0.25
_HOLD_SECONDS = 3.0


class RateLimit:
    """At most so many bytes a second, over all threads that share it. The rate can be changed while they wait.

    Args:
        rate: Bytes a second; 0: no limit.
        clock: Seconds that only go forward.
    """

    def __init__(self, rate: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = clock()

    def take(self, count: int) -> float:
        """Takes `count` bytes off what may pass; seconds that the caller is to wait for them."""
        with self._lock:
            now = self._clock()
            if self.rate <= 0:
                self._free_at = now
                return 0.0
            self._free_at = max(self._free_at, now - _BURST_SECONDS) + count / self.rate
            return max(0.0, self._free_at - now)


class Pace:
    """How many files may be under way at once, as servers let us: fewer where they say that it's too much, more with each success.

    Additive increase, multiplicative decrease, as in congestion control: a server that says 429 or 503 halves it, a broken
    connection takes a fifth, and every file that gets through adds a fraction of one.

    Args:
        most: How many at best.
        clock: Seconds that only go forward.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self._clock = clock
        self._allowed = float(most)
        self._held_until = 0.0

    @property
    def allowed(self) -> int:
        """How many now."""
        return max(1, min(self.most, int(self._allowed)))

    def well(self) -> None:
        """Something got through."""
        self._allowed = min(float(self.most), self._allowed + 1.0 / max(1.0, self._allowed))

    def pushed_back(self) -> None:
        """A server said that it is too much. Said by many at once, it counts once."""
        self._less(0.5)

    def lost(self) -> None:
        """A connection broke."""
        self._less(0.8)

    def _less(self, factor: float) -> None:
        now = self._clock()
        if now >= self._held_until:
            self._held_until = now + _HOLD_SECONDS
            self._allowed = max(1.0, self.allowed * factor)


def limit_words(jobs: int | None = None, rate: int | None = None) -> str:
    """Limits that were set, in words; None: that one was not."""
    words = [f"at most {plural(jobs, 'file')} side by side"] if jobs is not None else []
    if rate is not None:
        words.append(f"at most {size(rate)}/s" if rate else "no limit of bytes a second")
    return ", ".join(words)
