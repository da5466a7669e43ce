"""`mend`: fills in fields of NWB files, given on the command line or as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dandi_tui.commands.options import archive_options, print_json
from dandi_tui.commands.progress import LiveLine
from dandi_tui.dataset.mend_fields import FIELDS, MendError, checked_value
from dandi_tui.dataset.mend_rules import Fillable, Rule, parse_table, values_for
from dandi_tui.errors import UsageError
from dandi_tui.text import plural, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dandi_tui.dataset.mend import Mended

_LARGEST_TABLE = 64 * 2**20


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH…")
@click.option("--set", "given", multiple=True, metavar="FIELD=VALUE", help="A field and its value, as subject.age=P90D; repeat for more.")
@click.option("--table", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A table (CSV, TSV) with a line for each subject or file.")
@click.option("--only-absent", is_flag=True, help="Leave alone fields that say something already.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--fields", "list_fields", is_flag=True, help="List the fields that can be filled in.")
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Processes side by side; as many as there are processors.")
@archive_options
def mend(  # noqa: PLR0913, PLR0917 (each option is an argument)
    paths: tuple[str, ...], given: tuple[str, ...], table: Path | None, only_absent: bool, dry_run: bool, list_fields: bool, jobs: int | None,
    instance: str | None, as_json: bool, verbose: bool,
) -> int:  # fmt: skip
    """Fill in fields of NWB files: subject, session, people.

    Each file is changed whole or not at all; a file that is a link becomes a file of its own, so that what it links to stays as it is.
    """
    if list_fields:
        _print_fields(as_json=as_json)
        return 0
    rules = _rules(given, table, only_absent=only_absent)
    if not paths:
        raise UsageError("no file is named", remedy="Name files or folders after the options.")
    work, failed = _work(paths, rules, jobs, as_json=as_json)
    if dry_run:
        for path, values in work.items():
            _tell(path, "planned", [(name, None, value) for name, value in values.items()], as_json=as_json)
        click.echo(f"{plural(len(work), 'file')} would be looked at and changed where they say something else.", err=True)
        return 1 if failed else 0
    return 1 if _mended(work, failed, jobs, as_json=as_json) else 0


def _print_fields(*, as_json: bool) -> None:
    for field in FIELDS.values():
        if as_json:
            print_json({"field": field.name, "label": field.label, "place": field.place, "example": field.example, "many": field.many})
        else:
            click.echo(f"{field.name:24} {field.label:22} {field.example}")


def _rules(given: tuple[str, ...], table: Path | None, *, only_absent: bool) -> list[Rule]:
    """What goes where: the table's lines count more than what is set for all."""
    values = {}
    for text in given:
        name, sign, value = text.partition("=")
        name = name if name in FIELDS or f"subject.{name}" not in FIELDS else f"subject.{name}"
        if not sign:
            raise UsageError(f"{text!r} has no =", remedy="Write --set FIELD=VALUE, as --set subject.age=P90D.")
        values[name] = _usable(name, value)
    rules = [Rule(values=values)] if values else []
    rules += _table_rules(table) if table else []
    if not rules:
        raise UsageError("there is nothing to fill in", remedy="Give --set FIELD=VALUE, or --table FILE; --fields lists the fields.")
    return [Rule(values=rule.values, path=rule.path, subject_id=rule.subject_id, only_absent=only_absent) for rule in rules]


def _usable(name: str, value: str) -> str | list[str]:
    try:
        return checked_value(name, value)
    except MendError as error:
        raise UsageError(error.what, subject=error.subject, remedy=error.remedy) from error


def _table_rules(table: Path) -> list[Rule]:
    if table.stat().st_size > _LARGEST_TABLE:
        raise UsageError("the table is too large", subject=str(table))
    try:
        return parse_table(table.read_text(encoding="utf-8-sig"))
    except MendError as error:
        raise UsageError(error.what, subject=f"{table}: {error.subject}".rstrip(": "), remedy=error.remedy) from error
    except UnicodeDecodeError as error:
        raise UsageError("the table is no text in UTF-8", subject=str(table), remedy="Save it as CSV UTF-8.") from error


def _work(paths: tuple[str, ...], rules: list[Rule], jobs: int | None, *, as_json: bool) -> tuple[dict[str, dict[str, Any]], int]:
    """What goes into which file; and how many files could not be read."""
    from dandi_tui.dataset.mend import fillable_of
    from dandi_tui.dataset.pool import Task, run

    work, failed = {}, 0
    for outcome in run(Task(fillable_of, Fillable), list(_nwb_files(paths)), jobs=jobs):
        if outcome.result is None:
            failed += 1
            words = outcome.problem.removeprefix("FileError: ").removeprefix(f"{Path(outcome.path).absolute()} ")
            _tell(outcome.path, "failed", [], words, as_json=as_json)
        elif values := values_for(outcome.result, rules):
            work[outcome.path] = values
    return dict(sorted(work.items())), failed


def _nwb_files(paths: tuple[str, ...]) -> Iterator[str]:
    from dandi_tui.dataset.asset_files import find_assets

    for given in paths:
        try:
            yield from (str(path) for path in find_assets(Path(given)) if path.suffix.lower() == ".nwb" or str(path) == given)
        except FileNotFoundError as error:
            raise UsageError("there is no such file or folder", subject=given) from error


def _mended(work: dict[str, dict[str, Any]], failed: int, jobs: int | None, *, as_json: bool) -> int:
    """Writes; returns how many files could not be changed, with those that failed before."""
    from dandi_tui.dataset.mend import mend_all

    counts = {"done": 0, "unchanged": 0, "failed": failed}
    with LiveLine() as line:
        for one in mend_all(work, jobs=jobs):
            status = _status(one)
            counts[status] += 1
            line.clear()
            _tell(one.path, status, [(change.field, change.before, change.after) for change in one.changes], one.problem, as_json=as_json)
            done = sum(counts.values()) - failed
            line.show(f"{done:,} of {plural(len(work), 'file')}", done, len(work))
    if not as_json:
        click.echo(f"{plural(counts['done'], 'file')} changed, {counts['unchanged']:,} said it already, {counts['failed']:,} failed.")
    return counts["failed"]


def _status(one: Mended) -> str:
    return "failed" if one.problem else "done" if one.changes else "unchanged"


def _tell(path: str, status: str, changes: list[tuple[str, Any, Any]], message: str = "", *, as_json: bool) -> None:
    if as_json:
        told = [{"field": field, "before": before, "after": after} for field, before, after in changes]
        print_json({"path": path, "status": status, "changes": told, "message": message})
        return
    click.echo(f"{status:9} {safe(path)}  {safe(message)}".rstrip())
    for field, before, after in changes:
        was = f"{_shown(before)} → " if before is not None else ""
        click.echo(f"            {field}: {was}{_shown(after)}")


def _shown(value: str | list[str]) -> str:
    return safe("; ".join(value) if isinstance(value, list) else value)
