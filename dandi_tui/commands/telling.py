"""Telling how a transfer goes: events for scripts, a line a file for people, and on a terminal a block that says how far all is."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

import click
import msgspec

from dandi_tui.commands.options import print_json
from dandi_tui.config import load_settings
from dandi_tui.ending import notice_at_end
from dandi_tui.text import clip, clip_middle, duration, plural, safe, size
from dandi_tui.transfer.model import ENDED, State

if TYPE_CHECKING:
    from dandi_tui.transfer.model import FileView, JobView

_EVERY = 0.5
_RUNNING_LINES = 4
_ENDED_IN_ORDER = (State.DONE, State.SKIPPED, State.FAILED, State.CANCELLED)


class Event(msgspec.Struct, frozen=True):
    """What happened to a file: progress, waiting, done, failed, skipped; or the summary of all (then `path` is empty).

    `bytes` of `total` are there; `message` says why; `job` is the number that `transfers` knows it by.
    """

    event: str
    path: str = ""
    bytes: int = 0
    total: int = 0
    message: str = ""
    job: int = 0


def summary_words(job: JobView) -> str:
    """How a job ended, in words."""
    parts = [f"{job.count(state)} {state.value}" for state in _ENDED_IN_ORDER if job.count(state)]
    words = ", ".join(parts) or "nothing to do"
    if job.unfinished:
        words += f", {job.unfinished} not done yet"
    return f"{words}. {job.reason} {job.remedy}".rstrip() if job.reason else words


def progress_words(job: JobView) -> str:
    """How far a job is: share, how much of what, and speed and time left where they can be told."""
    share = 100 * job.bytes // job.total if job.total else 100
    left = f" · {duration(job.left)} left" if job.left is not None else ""
    speed = f" · {size(job.rate)}/s{left}" if job.rate > 0 else ""
    ended = job.count(*ENDED)
    return f"{share:3} % of {plural(sum(job.counts.values()), 'file')}, {size(job.total)} · {ended} done with{speed}"


class Json:
    """Tells events, one object a line."""

    def file(self, file: FileView) -> None:
        """A file has changed."""
        name = {State.RUNNING: "progress", State.CANCELLED: "failed"}.get(file.state, file.state.value)
        if file.state in {State.QUEUED, State.PAUSED}:
            return
        message = file.phase or file.reason or ("cancelled" if file.state is State.CANCELLED else "")
        if file.state not in {State.RUNNING, State.DONE} and file.remedy:
            message = f"{message} {file.remedy}"
        print_json(msgspec.to_builtins(Event(name, file.path, file.bytes, file.total, message, file.job)))

    def job(self, job: JobView) -> None:
        """The job has changed."""

    def notice(self, words: str) -> None:
        """Something that a person should know of the journal."""
        click.echo(safe(words), err=True)

    def summary(self, job: JobView) -> None:
        """The job is over."""
        print_json(msgspec.to_builtins(Event("summary", bytes=job.bytes, total=job.total, message=summary_words(job), job=job.id)))


class Person:
    """Tells a person: a line for each file that ended, and on a terminal a block that says how far all is."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self._running: dict[int, FileView] = {}
        self._job: JobView | None = None
        self._lines = 0
        self._shown = 0.0
        self._waits: dict[int, str] = {}

    def file(self, file: FileView) -> None:
        """A file has changed."""
        if file.state is State.RUNNING:
            self._running[file.id] = file
            return
        self._running.pop(file.id, None)
        if file.state is State.WAITING and self._waits.get(file.job) == file.reason:
            return
        if file.state in {State.QUEUED, State.PAUSED}:
            return
        if file.state is State.WAITING:
            self._waits[file.job] = file.reason
        self._clear()
        words = f"{file.state.value:9} {size(file.total):>9}  {safe(file.path)}"
        bad = file.state in {State.FAILED, State.WAITING}
        click.echo(f"{words}  {safe(file.reason)} {safe(file.remedy)}".rstrip() if file.reason else words, err=bad)

    def job(self, job: JobView) -> None:
        """The job has changed."""
        self._job = job
        if self.live and time.monotonic() - self._shown > _EVERY and not job.over:
            self._shown = time.monotonic()
            self._draw(job)

    def _draw(self, job: JobView) -> None:
        cells = max(20, shutil.get_terminal_size().columns - 1)
        running = [_running_words(file, cells) for file in list(self._running.values())[:_RUNNING_LINES]]
        self._clear()
        lines = [*running, clip(progress_words(job), cells)]
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()
        self._lines = len(lines)

    def _clear(self) -> None:
        if self._lines:
            sys.stderr.write(f"\x1b[{self._lines}A\x1b[J")
            self._lines = 0

    def notice(self, words: str) -> None:
        """Something that a person should know of the journal."""
        self._clear()
        click.echo(safe(words), err=True)

    def summary(self, job: JobView) -> None:
        """The job is over."""
        self._clear()
        words = f"{summary_words(job)}: {safe(job.root)}" if not job.reason else summary_words(job)
        click.echo(words, err=True)
        if self.live:
            sys.stderr.write(notice_at_end(load_settings().notice_at_end, words))


def _running_words(file: FileView, cells: int) -> str:
    share = f"{100 * file.bytes // file.total:3} %" if file.total else "     "
    what = file.phase or (f"{size(file.rate)}/s" if file.rate else "")
    tail = f" {share} {size(file.total):>9}  {what}"
    return clip(clip_middle(safe(file.path), max(10, cells - len(tail) - 4)) + tail, cells)
