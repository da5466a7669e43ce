"""Whether the terminal draws pixels: asked of it once a picture is to be shown, and never on terminals that would print the question.

First what kind of terminal it is (DA1) and how large its cells are, which every terminal understands or ignores. One that draws
sixels says so there; tmux does where it was built to. Only of one that calls itself a VT220 or better the second question is
asked, that of the kitty graphics protocol: it knows that the question is no text. Half blocks remain where no answer comes.
"""

from __future__ import annotations

import asyncio
import os
import re
import struct
from typing import TYPE_CHECKING

from dandi_tui.widgets.pixels import Way

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ANSWERS = re.compile(r"\x1b\[\?(?P<kind>[\d;]*)c|\x1b\[6;(?P<high>\d+);(?P<wide>\d+)t|\x1b_G(?P<kitty>[^\x1b]{0,200})\x1b\\")
"""What terminals answer to the questions here; no key sends any of these."""
_FIRST = "\x1b[16t\x1b[c"
_SECOND = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
_PATIENCE = 1.0
_VT220 = 62
_SIXEL = 4
_LARGEST_CELL = 200


def multiplexed(environment: Mapping[str, str]) -> bool:
    """Whether tmux or GNU screen stands between, which hands nothing on that it does not know."""
    return bool(environment.get("TMUX") or environment.get("STY")) or environment.get("TERM", "").startswith(("tmux", "screen"))


class TerminalWays:
    """Asks the terminal, at most once, and its cells' size again after a resize.

    Args:
        write: Writes to the terminal.
        patience: Seconds that are waited for each answer.
    """

    def __init__(self, write: Callable[[str], None], *, patience: float = _PATIENCE) -> None:
        self._write, self._patience = write, patience
        self._asking = asyncio.Lock()
        self._told = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._kind: list[int] = []
        self._kitty = False
        self._cell = (0, 0)
        self._form: str | None = None
        self._resized = False
        self.expects = False
        """Whether an answer is waited for."""

    def take(self, answer: re.Match[str]) -> None:
        """Takes what the terminal answered; from any thread."""
        self._loop.call_soon_threadsafe(self._taken, answer)

    def _taken(self, answer: re.Match[str]) -> None:
        if answer["kitty"] is not None:
            self._kitty = "i=31" in answer["kitty"] and answer["kitty"].endswith(";OK")
        elif answer["wide"] is not None:
            self._cell = (int(answer["wide"][:4]), int(answer["high"][:4]))
        else:
            self._kind = [int(one) for one in answer["kind"].split(";") if one and len(one) < 6]
            self._told.set()

    def resized(self) -> None:
        """Is told that the terminal was resized: cells may have another size too."""
        self._resized = True

    async def way(self) -> Way | None:
        """How the terminal draws pixels; None where it does not, or does not say."""
        async with self._asking:
            if self._form is None:
                self._form = await self._found()
            elif self._form and self._resized:
                await self._answered(_FIRST)
            self._resized = False
        wide, high = self._cell if all(self._cell) else _cell_of_system()
        if not self._form or not (0 < wide <= _LARGEST_CELL and 0 < high <= _LARGEST_CELL):
            return None
        return Way(self._form, wide, high)

    async def _found(self) -> str:
        if os.environ.get("TERM", "") in {"", "dumb", "linux"} or not await self._answered(_FIRST) or not self._kind:
            return ""
        sixel = "sixel" if _SIXEL in self._kind[1:] else ""
        if self._kind[0] >= _VT220 and not multiplexed(os.environ):
            await self._answered(_SECOND)
        return "png" if self._kitty else sixel

    async def _answered(self, question: str) -> bool:
        """Asks; whether the kind of terminal, which every question ends with, was told in time."""
        self._told.clear()
        self.expects = True
        self._write(question)
        try:
            await asyncio.wait_for(self._told.wait(), self._patience)
        except TimeoutError:
            return False
        finally:
            self.expects = False
        return True


def _cell_of_system() -> tuple[int, int]:
    """Width and height of a cell in pixels, as the system has them of the terminal; zeros where it has none."""
    import fcntl
    import sys
    import termios

    try:
        rows, columns, wide, high = struct.unpack("HHHH", fcntl.ioctl((sys.__stderr__ or sys.stderr).fileno(), termios.TIOCGWINSZ, b"\0" * 8))
    except (OSError, ValueError):
        return (0, 0)
    return (wide // columns, high // rows) if rows and columns else (0, 0)
