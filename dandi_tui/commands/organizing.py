"""`organize`: gives NWB files the names that the archive asks for, and says before what it will do, and why not."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dandi_tui.commands.options import archive_options, print_json
from dandi_tui.commands.progress import LiveLine
from dandi_tui.dataset.naming import FIELDS
from dandi_tui.dataset.plan_model import MEDIA_MODES, MODES, UNNAMED, OrganizeOptions
from dandi_tui.errors import DandiTuiError, UsageError
from dandi_tui.text import plural, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import FrameType

    from dandi_tui.dataset.applying import Applied
    from dandi_tui.dataset.plan_model import Plan, Problem
    from dandi_tui.dataset.run_log import Told
    from dandi_tui.dataset.scan import ScannedFile

_SHOWN = 5
_MOST_PROBLEMS = 20


@click.command()
@click.argument("paths", nargs=-1, metavar="SOURCE…", type=click.Path(exists=True))
@click.option("-d", "--dandiset-path", type=click.Path(file_okay=False), help="The folder of the Dandiset. [default: the one above here]")
@click.option("-f", "--files-mode", type=click.Choice([*MODES, "auto"]), default="auto", show_default=True, help="What is done with each file; dry: nothing.")
@click.option("--required-field", "required", multiple=True, type=click.Choice(FIELDS), help="A field that enters every name that has it; repeatable.")
@click.option("--stable", is_flag=True, help="Fields that names in the Dandiset have enter the new names too.")
@click.option("--invalid", type=click.Choice(["fail", "warn"]), default="fail", show_default=True, help="What to do about files that can't be named.")
@click.option("--update-external-file-paths", "update", is_flag=True, help="Bring videos and pictures along, and change the references in copied files.")
@click.option("--media-files-mode", type=click.Choice(MEDIA_MODES), help="What is done with videos and pictures. [default: symlink]")
@click.option("-J", "--jobs", type=click.IntRange(1, 1024), help="Processes that read. [default: as many as processors]")
@click.option("--scheduler", "address", metavar="ADDRESS", help="Read on a Dask cluster: its scheduler's address, or its scheduler file.")
@click.option("--resume", "resuming", is_flag=True, help="Go on with a run that ended early.")
@click.option("--undo", "undoing", is_flag=True, help="Take the last run back, as far as nothing else touched what it did.")
@archive_options
def organize(  # noqa: PLR0913, PLR0917 (each option is an argument)
    paths: tuple[str, ...], dandiset_path: str | None, files_mode: str, required: tuple[str, ...], stable: bool, invalid: str, update: bool,
    media_files_mode: str | None, jobs: int | None, address: str | None, resuming: bool, undoing: bool, instance: str | None, as_json: bool,
    verbose: bool,
) -> int:  # fmt: skip
    """Name NWB files by subject, session and kind, in the folder of a Dandiset.

    Without SOURCE, the files of the Dandiset's folder are organized in place (with -f dry or move). Whatever stands in the way is
    told before anything is done; nothing is ever overwritten.
    """
    root = _root(dandiset_path)
    if resuming or undoing:
        with _stopped_by_sigterm():
            return _again(root, paths, undoing=undoing, as_json=as_json)
    in_place = _checked(root, paths, files_mode)
    _tell_of_unfinished(root)
    files = _scan(paths or (root,), jobs=jobs, address=address)
    options = OrganizeOptions(
        mode=_mode(files_mode, files, root), required=required, stable=stable, invalid=invalid,  # type: ignore[arg-type]
        update_external_file_paths=update, media_mode=media_files_mode,  # type: ignore[arg-type]
    )  # fmt: skip
    plan = _planned(files, options, root)
    with _stopped_by_sigterm():
        return _do(plan, in_place=in_place, as_json=as_json)


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Has SIGTERM, with which batch systems end a job, stop the work as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, _interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupted(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _root(given: str | None) -> str:
    from dandi_tui.dataset.target_folder import dandiset_above

    if given is not None:
        return given
    found = dandiset_above(os.curdir)
    if found is None:
        remedy = "Give its folder with -d; a folder that is not there is made."
        raise DandiTuiError("no Dandiset is named, and there is none here or above (no dandiset.yaml)", remedy=remedy)
    return found


def _checked(root: str, paths: tuple[str, ...], mode: str) -> bool:
    """Whether files are organized in place, after what can be refused before anything is read."""
    if mode == "simulate" and os.path.lexists(root):
        raise DandiTuiError("mode simulate makes the Dandiset's folder itself, and it is there", subject=root, remedy="Give the path of a new one.")
    if len(paths) == 1 and paths[0].endswith(".json"):
        raise DandiTuiError("a listing of metadata is no source", subject=paths[0], remedy="Give the NWB files, or folders with them.")
    if paths:
        return False
    if not os.path.lexists(f"{root}/dandiset.yaml"):
        raise DandiTuiError("no sources are given, and this is no Dandiset that could be organized in place (no dandiset.yaml)", subject=root)
    if mode not in {"dry", "move"}:
        remedy = "Give -f dry to see what would be done, then -f move; or name the sources."
        raise DandiTuiError("no sources are given: in place, files can only be moved", remedy=remedy)
    return True


def _scan(sources: tuple[str, ...], *, jobs: int | None, address: str | None) -> list[ScannedFile]:
    from dandi_tui.dataset.cache import Cache
    from dandi_tui.dataset.cluster import scheduler
    from dandi_tui.dataset.scan import scan, walk

    with scheduler(address) as executor, Cache() as cache, LiveLine() as line:
        total = sum(one.kind in {"nwb", "zarr"} for one in walk(sources)) if line.live else 0
        found: list[ScannedFile] = []
        read = 0
        for one in scan(sources, jobs=jobs, executor=executor, cache=cache):
            found.append(one)
            read += one.is_nwb
            line.show(f"reading NWB files: {read:,} of {total:,}", read, total)
    return found


def _mode(given: str, files: list[ScannedFile], root: str) -> Any:  # noqa: ANN401 (one of MODES)
    from dandi_tui.dataset.preflight import choose_mode

    if given != "auto":
        return given
    first = next((one.path for one in files if one.is_nwb), None)
    if first is None:
        raise DandiTuiError("there is no NWB file to organize", remedy="Only files whose names end in .nwb are looked at, and none that begin with a dot.")
    return choose_mode(first, root)


def _planned(files: Iterable[ScannedFile], options: OrganizeOptions, root: str) -> Plan:
    from dandi_tui.dataset.plan import make_plan
    from dandi_tui.dataset.preflight import checked
    from dandi_tui.dataset.target_folder import look_at

    return checked(make_plan(files, options, look_at(root)))


def _do(plan: Plan, *, in_place: bool, as_json: bool) -> int:
    """Does what the plan says, or tells why not; the exit status."""
    from dandi_tui.dataset.applying import apply
    from dandi_tui.dataset.run_log import new_log

    report = _Report(plan.root, as_json=as_json)
    if plan.refused or plan.mode == "dry":
        report.planned(plan, quiet=plan.mode != "dry")
        report.problems(plan.problems)
        return report.end(refused=plan.refused)
    report.problems(plan.problems)
    report.left_out(plan)
    if not plan.moves:
        return report.end(refused=False)
    total = sum(move.size for move in plan.moves)
    with new_log(plan.root) as log, LiveLine() as line:
        told = _Bytes(line, len(plan.moves), total)
        return report.results(apply(plan, log, in_place=in_place, told=told.take), line, told, log.path)


def _again(root: str, paths: tuple[str, ...], *, undoing: bool, as_json: bool) -> int:
    """Goes on with the last run, or takes it back."""
    from dandi_tui.dataset.applying import resume, undo

    if paths:
        raise UsageError("--resume and --undo take what the last run did, and no sources")
    path, told = _last(root, undoing=undoing)
    report = _Report(root, as_json=as_json, verb="taken back" if undoing else "organized")
    with LiveLine() as line:
        work = _Bytes(line, len(told.run.moves), sum(move.size for move in told.run.moves))
        return report.results(undo(path) if undoing else resume(path, told=work.take), line, work, path)


def _last(root: str, *, undoing: bool) -> tuple[Path, Told]:
    from dandi_tui.dataset.run_log import runs

    for path, told in runs(root):
        if (undoing and told.done) or (not undoing and not told.ended):
            return path, told
    words = "no run of organizing is known that could be taken back" if undoing else "no run of organizing ended early"
    raise DandiTuiError(words, subject=root)


def _tell_of_unfinished(root: str) -> None:
    from dandi_tui.dataset.run_log import runs

    for _, told in runs(root):
        if not told.ended and told.done:
            words = f"A run on this Dandiset ended early ({len(told.done):,} of {len(told.run.moves):,} files were done)"
            click.echo(f"{words}: `dandi-tui organize --resume -d {safe(root)}` goes on with it, --undo takes it back.", err=True)
        return


class _Bytes:
    """Tells how far copying is."""

    def __init__(self, line: LiveLine, files: int, total: int) -> None:
        self._line, self._files, self._total = line, files, total
        self._done = self._bytes = 0

    def take(self, _number: int, count: int) -> None:
        self._bytes += count
        self.show()

    def one_done(self) -> None:
        self._done += 1
        self.show()

    def show(self) -> None:
        done, total = (self._bytes, self._total) if self._bytes else (self._done, self._files)
        self._line.show(f"{self._done:,} of {plural(self._files, 'file')}", done, total, as_bytes=bool(self._bytes))


class _Report:
    """What is told of a run: lines for people, one object for programs."""

    def __init__(self, root: str, *, as_json: bool, verb: str = "organized") -> None:
        self._root, self._as_json, self._verb = root, as_json, verb
        self._items: list[dict[str, Any]] = []
        self._problems: list[dict[str, Any]] = []
        self._log = ""

    def problems(self, problems: Iterable[Problem]) -> None:
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
        why = {path: one for one in plan.problems for path in one.files if one.id in {"unreadable", "external-links", "no-subject"}}
        for path in plan.left_out:
            problem = why.get(path)
            failed = problem is not None and problem.severity == "error"
            self._item(path, None, "failed" if failed else "skipped", problem.message if problem else "left out", quiet=True)

    def results(self, results: Iterator[Applied], line: LiveLine, told: _Bytes, log: Path) -> int:
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
