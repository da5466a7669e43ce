"""One line on a person's terminal that says how far something is; nothing where no person looks."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

from dandi_tui.text import clip, duration, safe, size

if TYPE_CHECKING:
    from typing import Self

_EVERY = 0.5
_SURE = 2.0


class LiveLine:
    """The line, on standard error; as a context manager it is gone afterwards."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self._shown = 0.0
        self._began = time.monotonic()
        self._before: float | None = None

    def __enter__(self) -> Self:
        """The line itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Takes it away."""
        self.clear()

    def show(self, words: str, done: float, total: float, *, as_bytes: bool = False) -> None:
        """Shows words, and the time left where it can be told; at most twice a second.

        Args:
            words: What is done.
            done: How much.
            total: Of how much.
            as_bytes: Whether these are bytes, whose speed is worth telling.
        """
        now = time.monotonic()
        self._before = done if self._before is None else self._before
        if not self.live or now - self._shown < _EVERY:
            return
        self._shown = now
        spent, made = now - self._began, done - self._before
        if spent > _SURE and made > 0:
            words += f" · {size(made / spent)}/s" if as_bytes else ""
            words += f" · {duration((total - done) * spent / made)} left" if total > done else ""
        sys.stderr.write("\r\x1b[K" + clip(safe(words), shutil.get_terminal_size().columns - 1))
        sys.stderr.flush()

    def clear(self) -> None:
        """Takes the line away, so that others can be written."""
        if self.live and self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = 0.0
