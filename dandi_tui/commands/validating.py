"""`validate`: what would be wrong with an upload, why it matters, and how to mend it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dandi_tui.commands.options import archive_options, print_json
from dandi_tui.commands.progress import LiveLine
from dandi_tui.dataset.findings import LAYER_WORDS, Finding, Severity
from dandi_tui.dataset.mend_fields import FIELDS
from dandi_tui.errors import UsageError
from dandi_tui.text import clip_middle, plural, safe, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dandi_tui.dataset.validate import Checked
    from dandi_tui.dataset.validate_groups import Problem

_MOST_FILES = 8
_MOST_FILES_VERBOSE = 10_000
_NAMES = [one.name for one in Severity]
_COLOURS = {Severity.CRITICAL: "red", Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.HINT: "cyan", Severity.INFO: "blue"}


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH…]")
@click.option("--min-severity", type=click.Choice(_NAMES, case_sensitive=False), default="HINT", show_default=True, help="Leave out what is less grave.")
@click.option("-g", "--grouping", type=click.Choice(("problem", "file")), default="problem", show_default=True, help="What stands together.")
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Processes side by side; as many as there are processors.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler that does the work, as tcp://node17:8786.")
@click.option("--no-cache", is_flag=True, help="Look at every file anew.")
@archive_options
def validate(  # noqa: PLR0913, PLR0917 (each option is an argument)
    paths: tuple[str, ...], min_severity: str, grouping: str, jobs: int | None, scheduler: str | None, no_cache: bool, instance: str | None,
    as_json: bool, verbose: bool,
) -> int:  # fmt: skip
    """Say what is wrong with files or Dandisets of this machine, and how to mend it.

    Checked are the archive's rules, the metadata, the NWB schema and best practices. Exit status 1: something has to be mended.
    """
    from dandi_tui.dataset.validate_groups import at_least

    shown: list[Finding] = []
    told: set[str] = set()
    report = _Progress(lambda: _count_files(paths or (".",)))
    for checked in _checked(paths or (".",), jobs, scheduler, cached=not no_cache):
        found = at_least(checked.findings, Severity[min_severity.upper()])
        report.take(checked, found)
        if as_json:
            for one in found:
                print_json(as_object(one))
        elif grouping == "file":
            report.clear()
            _print_files(found, told)
        else:
            shown += found
    report.clear()
    if not as_json:
        _print_problems(shown, _MOST_FILES_VERBOSE if verbose else _MOST_FILES)
        click.echo(report.summary())
    return 1 if report.blocking else 0


def _checked(paths: tuple[str, ...], jobs: int | None, scheduler: str | None, *, cached: bool) -> Iterator[Checked]:
    from contextlib import ExitStack

    from dandi_tui.dataset.cache import Cache
    from dandi_tui.dataset.cluster import scheduler as cluster_of
    from dandi_tui.dataset.validate import validate as validated

    with ExitStack() as stack:
        executor = stack.enter_context(cluster_of(scheduler))
        cache = stack.enter_context(Cache()) if cached else None
        try:
            yield from validated(paths, jobs=jobs, executor=executor, cache=cache)
        except FileNotFoundError as error:
            raise UsageError("there is no such file or folder", subject=str(error.filename)) from error


def _count_files(paths: tuple[str, ...]) -> int:
    from dandi_tui.dataset.asset_files import find_assets

    try:
        return sum(1 for path in paths for _ in find_assets(Path(path)))
    except FileNotFoundError:
        return 0


def as_object(finding: Finding) -> dict[str, str]:
    """A finding as `--json` prints it."""
    return {
        "path": finding.path,
        "location": finding.location,
        "severity": finding.severity.name,
        "id": finding.id,
        "message": finding.message,
        "hint": finding.hint,
        "layer": finding.layer.value,
        "field": finding.field,
    }


class _Progress:
    """Counts what was found; on a terminal one line says how far it is.

    Args:
        total: Of how many files, asked for where a person looks.
    """

    def __init__(self, total: Callable[[], int]) -> None:
        self._files = 0
        self._cached = 0
        self._counts: dict[Severity, int] = {}
        self._bad: set[str] = set()
        self._line = LiveLine()
        self._total = total() if self._line.live else 0
        self._tell()

    @property
    def blocking(self) -> bool:
        """Whether something has to be mended."""
        return any(severity >= Severity.ERROR for severity in self._counts)

    def take(self, checked: Checked, found: Iterable[Finding]) -> None:
        """Counts a file."""
        self._files += checked.is_asset
        self._cached += checked.cached
        for one in found:
            self._counts[one.severity] = self._counts.get(one.severity, 0) + 1
            if one.blocks:
                self._bad.add(one.path)
        self._tell()

    def _tell(self) -> None:
        bad = f", {len(self._bad):,} to be mended" if self._bad else ""
        self._line.show(f"{self._files:,} of {plural(self._total, 'file')} checked{bad} (Ctrl-C stops)", self._files, self._total)

    def clear(self) -> None:
        """Takes the line away, so that others can be written."""
        self._line.clear()

    def summary(self) -> str:
        """What was found, in a line."""
        known = f" ({self._cached:,} known from before)" if self._cached else ""
        if not self._files:
            return "There is nothing to check: no NWB file, Zarr store, video or image." + (" " + self._found() if self._counts else "")
        return f"{plural(self._files, 'file')} checked{known}: {self._found() or 'nothing to mend.'}"

    def _found(self) -> str:
        if not self._counts:
            return ""
        parts = [plural(self._counts[severity], severity.name.lower(), _plural(severity)) for severity in sorted(self._counts, reverse=True)]
        where = f"; {plural(len(self._bad), 'file has', 'files have')} to be mended before an upload" if self._bad else "; nothing that stops an upload"
        return f"{', '.join(parts)}{where}."


def _plural(severity: Severity) -> str:
    return "notes" if severity == Severity.INFO else f"{severity.name.lower()}s"


# Text for people


def text_width() -> int:
    """How wide text for people is written."""
    return max(40, min(shutil.get_terminal_size().columns, 120))


def _print_problems(findings: list[Finding], most: int) -> None:
    from dandi_tui.dataset.validate_groups import by_problem

    told: set[str] = set()
    for problem in by_problem(findings):
        _print_problem(problem, text_width(), most, told)


def _print_files(findings: list[Finding], told: set[str]) -> None:
    from dandi_tui.dataset.validate_groups import by_file

    for path, found in by_file(findings).items():
        click.echo(_styled(safe(path), bold=True))
        for one in found:
            _print_finding(one, text_width(), told)
        click.echo()


def _styled(text: str, *, bold: bool = False, colour: str | None = None) -> str:
    return text if os.environ.get("NO_COLOR") else click.style(text, fg=colour, bold=bold)


def _head(severity: Severity) -> str:
    return _styled(f"{severity.name:8}", colour=_COLOURS[severity], bold=severity >= Severity.ERROR)


def _indented(text: str, width: int, first: str = "  ", rest: str = "  ") -> None:
    for at, line in enumerate(wrap(safe(text), width - len(rest))):
        click.echo(f"{first if not at else rest}{line}")


def _print_problem(problem: Problem, width: int, most: int, told: set[str]) -> None:
    """A problem with its remedy and its files; a remedy is told once."""
    click.echo(f"{_head(problem.severity)} {_styled(safe(problem.id), bold=True)}")
    click.echo(f"  {_count(problem)} · {LAYER_WORDS[problem.layer]}")
    if problem.same_message:
        _indented(problem.message, width)
    if problem.hint and problem.hint not in told:
        told.add(problem.hint)
        _indented(problem.hint, width, "  → ", "    ")
        if problem.field in FIELDS:
            click.echo(f"    dandi-tui mend FILE… --set {problem.field}='{FIELDS[problem.field].example}'")
    for path, found in list(problem.files.items())[:most]:
        _print_places(path, found, width, with_message=not problem.same_message)
    if len(problem.files) > most:
        click.echo(f"    … and {plural(len(problem.files) - most, 'more file')} (-v lists all)")
    click.echo()


def _count(problem: Problem) -> str:
    files = plural(len(problem.files), "file")
    return files if problem.count == len(problem.files) else f"{problem.count:,} times in {files}"


def _print_places(path: str, found: list[Finding], width: int, *, with_message: bool) -> None:
    places = [one for one in found if one.location not in {"", "/"} or with_message]
    line = f"    {clip_middle(safe(path), width - 4)}"
    if len(places) == 1 and not with_message and len(line) + len(places[0].location) + 2 <= width:
        click.echo(f"{line}  {safe(places[0].location)}")
        return
    click.echo(line)
    for one in places[:_MOST_FILES]:
        place = f"{one.location}: " if one.location not in {"", "/"} and one.location not in one.message else ""
        _indented(f"{place}{one.message}" if with_message else one.location, width, "      ", "        ")
    if len(places) > _MOST_FILES:
        click.echo(f"      … and {plural(len(places) - _MOST_FILES, 'more place')}")


def _print_finding(one: Finding, width: int, told: set[str]) -> None:
    """A finding below its file; the remedy of a kind of problem is told the first time."""
    place = "" if one.location in {"", "/"} or len(one.location) + len(one.id) > width - 16 else f"  {safe(one.location)}"
    click.echo(f"  {_head(one.severity)} {safe(one.id)}{place}".rstrip())
    if not place and one.location not in {"", "/"}:
        _indented(one.location, width, "    ", "    ")
    _indented(one.message, width, "    ", "    ")
    if one.hint and one.id not in told:
        told.add(one.id)
        _indented(one.hint, width, "    → ", "      ")
