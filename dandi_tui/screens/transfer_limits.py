"""Limits of transfers: how many files side by side and how many bytes a second, of one transfer or over all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.menu import Ask, Choice
from dandi_tui.text import clip, parse_size, safe, size
from dandi_tui.transfer.limits import limit_words
from dandi_tui.transfer.model import MOST_SIDE_BY_SIDE
from dandi_tui.widgets.line import Piece

if TYPE_CHECKING:
    from dandi_tui.screens.transfers import TransfersPane
    from dandi_tui.transfer.model import JobView

_LIMITED = {"jobs": "files side by side", "rate": "bytes a second"}


def rate_words(rate: int) -> str:
    """A limit of bytes a second."""
    return f"{size(rate)}/s" if rate else "no limit"


class Limiting:
    """Asks what is to be limited, and how.

    Args:
        pane: Where it is asked.
        job: The transfer that can be limited beside all of them; None: none.
    """

    def __init__(self, pane: TransfersPane, job: JobView | None) -> None:
        self._pane, self._job = pane, job

    def ask(self) -> None:
        """Lets the person choose a limit, then asks for it."""
        choices = [
            Choice(f"{what} {one.id if one else 0}", f"{_LIMITED[what]} {_of(one)}", note=f"now {self._holds(what, one)}")
            for one in (*([self._job] if self._job else []), None)
            for what in _LIMITED
        ]
        self._pane.tui.choose("Limit", choices, self._ask_limit)

    def _holds(self, what: str, job: JobView | None) -> str:
        """What a limit is, in words."""
        limits = self._pane.board.limits
        if what == "jobs":
            return f"{job.jobs if job else limits.jobs}"
        return rate_words(job.limit if job else limits.rate)

    def _ask_limit(self, value: str) -> None:
        what, _, number = value.partition(" ")
        job = self._pane.board.jobs.get(int(number))
        if job is None and number != "0":
            self._pane.say("this transfer is gone", "warn")
            return
        how = f"1 to {MOST_SIDE_BY_SIDE}" if what == "jobs" else "as 500 kB or 20 MB; 0: no limit"
        notes = [(Piece(f" now {self._holds(what, job)} ({how})", "dim"),)]

        def answered(text: str | None) -> None:
            if text:
                self._pane.run_worker(self._limit(what, job, text), exit_on_error=False)

        fault = _not_a_rate if what == "rate" else _not_a_count
        self._pane.app.push_screen(Ask(f"{_LIMITED[what].capitalize()} {_of(job)}", notes=notes, fault=fault), answered)

    async def _limit(self, what: str, job: JobView | None, text: str) -> None:
        number = parse_size(text) or 0
        try:
            transfers = await self._pane.tui.link.ready()
            await transfers.limit(job.id if job else 0, **{what: number})
        except DandiTuiError as error:
            self._pane.say_error(error)
        else:
            self._pane.say(f"{limit_words(**{what: number})} {_of(job)}")


def _of(job: JobView | None) -> str:
    return f"of {clip(safe(job.title), 24)}" if job else "over all"


def _not_a_rate(text: str) -> str:
    return "" if not text or parse_size(text) is not None else f"«{text}» is no number of bytes: write 500 kB, 20 MB, or 0 for no limit."


def _not_a_count(text: str) -> str:
    return "" if not text or (text.isdecimal() and 1 <= int(text) <= MOST_SIDE_BY_SIDE) else f"«{text}» is no number from 1 to {MOST_SIDE_BY_SIDE}."
