"""`organize`: gives NWB files the names that the archive asks for, and says before what it will do, and why not."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dandi_tui.commands.options import archive_options
from dandi_tui.commands.organize_report import HowFar, Report
from dandi_tui.commands.progress import LiveLine
from dandi_tui.dataset.naming import FIELDS
from dandi_tui.dataset.plan_model import MEDIA_MODES, MODES, OrganizeOptions
from dandi_tui.errors import DandiTuiError, UsageError
from dandi_tui.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from dandi_tui.dataset.plan_model import Plan
    from dandi_tui.dataset.run_log import Told
    from dandi_tui.dataset.scan import ScannedFile


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
    from dandi_tui.dataset.asset_files import find_dandiset

    if given is not None:
        return given
    found = find_dandiset(Path(os.curdir))
    if found is None:
        remedy = "Give its folder with -d; a folder that is not there is made."
        raise DandiTuiError("no Dandiset is named, and there is none here or above (no dandiset.yaml)", remedy=remedy)
    return str(found)


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

    report = Report(plan.root, as_json=as_json)
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
        told = HowFar(line, len(plan.moves), total)
        return report.results(apply(plan, log, in_place=in_place, told=told.take), line, told, log.path)


def _again(root: str, paths: tuple[str, ...], *, undoing: bool, as_json: bool) -> int:
    """Goes on with the last run, or takes it back."""
    from dandi_tui.dataset.applying import resume, undo

    if paths:
        raise UsageError("--resume and --undo take what the last run did, and no sources")
    path, told = _last(root, undoing=undoing)
    report = Report(root, as_json=as_json, verb="taken back" if undoing else "organized")
    with LiveLine() as line:
        work = HowFar(line, len(told.run.moves), sum(move.size for move in told.run.moves))
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
