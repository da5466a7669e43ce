"""Telling what organizing would do, does and did: lines for people, one object for programs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from dandi_tui.commands.options import print_json
from dandi_tui.dataset.plan_model import UNNAMED
from dandi_tui.text import plural, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dandi_tui.commands.progress import LiveLine
    from dandi_tui.dataset.applying import Applied
    from dandi_tui.dataset.plan_model import Plan, Problem

_SHOWN = 5
_MOST_PROBLEMS = 20


class HowFar:
    """Tells how far copying is."""

    def __init__(self, line: LiveLine, files: int, total: int) -> None:
        self._line, self._files, self._total = line, files, total
        self._done = self._bytes = 0

    def take(self, _number: int, count: int) -> None:
        """So many more bytes of a file were copied."""
        self._bytes += count
        self.show()

    def one_done(self) -> None:
        """One more file is done."""
        self._done += 1
        self.show()

    def show(self) -> None:
        """Shows it: by bytes where some are copied, else by files."""
        done, total = (self._bytes, self._total) if self._bytes else (self._done, self._files)
        self._line.show(f"{self._done:,} of {plural(self._files, 'file')}", done, total, as_bytes=bool(self._bytes))


class Report:
    """What is told of a run: lines for people, one object for programs."""

    def __init__(self, root: str, *, as_json: bool, verb: str = "organized") -> None:
        self._root, self._as_json, self._verb = root, as_json, verb
        self._items: list[dict[str, Any]] = []
        self._problems: list[dict[str, Any]] = []
        self._log = ""

    def problems(self, problems: Iterable[Problem]) -> None:
        """Tells of problems; those that are alike once, with their files."""
        alike: dict[tuple[str, str, str], list[str]] = {}
        for one in problems:
            files = [_shown(path) for path in one.files]
            told = {"severity": one.severity, "id": one.id, "message": safe(one.message), "hint": one.hint, "field": one.field, "files": files}
            self._problems.append(told)
            alike.setdefault((one.severity, one.message, one.hint), []).extend(files)
        if self._as_json:
            return
        for number, ((severity, message, hint), files) in enumerate(sorted(alike.items(), key=lambda one: one[0][0], reverse=True)):
            if len(alike) - number > _MOST_PROBLEMS:
                continue
            for line in _words_of(severity, message, hint, files):
                click.echo(line, err=True)
        if len(alike) > _MOST_PROBLEMS:
            click.echo(f"and {len(alike) - _MOST_PROBLEMS:,} further problems, which --json lists", err=True)

    def planned(self, plan: Plan, *, quiet: bool) -> None:
        """Tells where each file would go; with `quiet` only programs."""
        for move in plan.moves:
            status = "skipped" if move.same else "planned"
            self._item(move.source, move.destination, status, "it stands there already" if move.same else "", quiet=quiet)
            for one in move.media:
                self._item(one.source, one.destination, "planned", f"referred to by {_shown(move.source)}", quiet=quiet)
        self.left_out(plan)

    def left_out(self, plan: Plan) -> None:
        """Tells programs of files that the plan leaves out, and why."""
        why = {path: one for one in plan.problems for path in one.files if one.id in {"unreadable", "external-links", "no-subject"}}
        for path in plan.left_out:
            problem = why.get(path)
            failed = problem is not None and problem.severity == "error"
            self._item(path, None, "failed" if failed else "skipped", problem.message if problem else "left out", quiet=True)

    def results(self, results: Iterator[Applied], line: LiveLine, told: HowFar, log: Path) -> int:
        """Tells what comes of each file; the exit status."""
        self._log = str(log)
        try:
            for one in results:
                line.clear()
                message = "taken back" if one.status == "done" and self._verb == "taken back" else one.message
                self._item(one.source, one.destination, one.status, message)
                told.one_done()
        except KeyboardInterrupt:
            line.clear()
            words = f"Interrupted: no file is half done; `dandi-tui organize --resume -d {safe(self._root)}` goes on, --undo takes back."
            click.echo(words, err=True)
            if self._as_json or self._items:
                self.end(refused=False)
            return 130
        line.clear()
        return self.end(refused=False)

    def _item(self, source: str, destination: str | None, status: str, message: str, *, quiet: bool = False) -> None:
        self._items.append({"source": _shown(source), "destination": destination and _shown(destination), "status": status, "message": safe(message)})
        if not self._as_json and not quiet:
            words = f"{status:8}{safe(_shown(source))} -> {safe(destination)}"
            if status == "done" and self._verb == "taken back":
                words, message = f"undone  {safe(destination)} -> {safe(_shown(source))}", ""
            self._say(f"{words}  ({safe(message)})" if message else words, err=status == "failed")

    def _say(self, words: str, *, err: bool) -> None:
        """Writes a line; whoever stops reading it (`| head`) does not stop the work."""
        try:
            click.echo(words, err=err)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def end(self, *, refused: bool) -> int:
        """Tells how all ended; the exit status."""
        failed = sum(one["status"] == "failed" for one in self._items)
        if self._as_json:
            told = {"items": self._items, "problems": self._problems, "dandiset": _shown(self._root), "log": self._log}
            print_json(told)
        else:
            click.echo(self._sum(refused=refused), err=True)
        return 1 if refused or failed else 0

    def _sum(self, *, refused: bool) -> str:
        counts = {status: sum(one["status"] == status for one in self._items) for status in ("done", "planned", "skipped", "failed")}
        if refused:
            errors = sum(one["severity"] == "error" for one in self._problems)
            unnamed = any(one["severity"] == "error" and one["id"] in UNNAMED for one in self._problems)
            more = ", --invalid warn leaves out what can't be named" if unnamed else ""
            return f"Nothing was done: {plural(errors, 'problem')} must be settled first (-f dry shows the plan{more})."
        words = {"done": self._verb, "planned": "to organize", "skipped": "skipped", "failed": "failed"}
        told = ", ".join(f"{counts[status]:,} {words[status]}" for status in counts if counts[status])
        return f"{told or 'Nothing to organize'}  {safe(_shown(self._root))}"


def _shown(path: str) -> str:
    """A path as valid text: bytes that are no UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _words_of(severity: str, message: str, hint: str, files: list[str]) -> list[str]:
    """A problem in lines for people: errors come last, so that they stand above the prompt."""
    if len(files) == 1:
        lines = [f"{severity}: {safe(files[0])}: {safe(message)}"]
    else:
        lines = [f"{severity}: {safe(message)}", *(f"    {safe(path)}" for path in files[:_SHOWN])]
        if len(files) > _SHOWN:
            lines.append(f"    and {len(files) - _SHOWN:,} more")
    return [*lines, f"    {safe(hint)}"] if hint else lines
