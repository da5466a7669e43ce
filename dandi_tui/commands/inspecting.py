"""`inspect` and `compare`: the inside of NWB files, of this machine or of an archive, as text and as JSON."""

from __future__ import annotations

import os
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from dandi_tui.commands.options import archive_options, as_line, ask, print_json, target_and_instance
from dandi_tui.errors import DandiTuiError, UsageError
from dandi_tui.nwb.comparing import differences
from dandi_tui.nwb.costs import PriceError
from dandi_tui.nwb.messages import ExactRows, Export, Open, Rows
from dandi_tui.nwb.model import FileError, Listed
from dandi_tui.nwb.reader import Reader
from dandi_tui.text import number, pad, plural, safe, size
from dandi_tui.transfer.streaming import cache_folder, streamed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.nwb.model import FileFacts

T = TypeVar("T")


def reader_for(text: str, instance: str | None, origins: Sequence[str] = ()) -> Reader:
    """A reader of what a target names: a file of this machine, an address, or an asset of an archive.

    Args:
        text: The target.
        instance: The archive.
        origins: Where the references of an index may lead to besides, as `https://host`.

    Raises:
        DandiTuiError: It names no file.
    """
    if os.path.exists(text):  # noqa: PTH110 (a target, not yet a path)
        return Reader(Open(text, origins=list(origins), folder=str(cache_folder()) if origins else ""))
    target, archive = target_and_instance(text, instance)
    if target.kind in {"local", "url"}:
        return Reader(Open(target.path or text, folder=str(cache_folder()), origins=list(origins)))

    async def asked(client: ArchiveClient) -> Open:
        return msgspec.structs.replace(await streamed(client, target), origins=list(origins))

    return Reader(ask(archive, asked))


def _origins(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Origins that may be asked, as the person gave them: addresses of something there name them too."""
    from dandi_tui.nwb.reference_keys import origin_of

    found = tuple(origin_of(one) for one in given)
    if not all(found):
        raise UsageError(f"--origin takes https://HOST, not {given[found.index('')]}")
    return found


origin_option = click.option(
    "--origin", "origins", metavar="https://HOST", multiple=True, callback=_origins, help="Read what an index (LINDI) refers to there; can be given again."
)


@click.command()
@click.argument("target", metavar="TARGET[::/PATH]")
@click.option("--depth", type=click.IntRange(1), help="So many levels.")
@click.option("--rows", "rows", metavar="A:B", default="", help="Values of these rows.")
@click.option("-o", "--output", default="", metavar="FILE", help="Write the rows to FILE: .csv, or .npy for numbers; all rows without --rows.")
@click.option("--limit", type=click.IntRange(1), default=1_000_000, show_default=True, help="At most so many objects.")
@origin_option
@archive_options
def inspect(  # noqa: PLR0913, PLR0917 (each option is an argument)
    target: str, depth: int | None, rows: str, output: str, limit: int, origins: tuple[str, ...], instance: str | None, as_json: bool, verbose: bool
) -> int:
    """Show the inside of an NWB file, without downloading it."""
    text, _, place = target.partition("::")
    path = place or "/"
    window = _window(rows)
    with reader_for(text, instance, origins) as reader:
        try:
            facts = reader.facts()
            for origin, count in facts.elsewhere.items():
                click.echo(f"{plural(count, 'reference')} lead to {safe(origin)}, which is not asked without --origin {safe(origin)}", err=True)
            if output:
                _write(reader, path, window, output, as_json=as_json)
            elif as_json:
                _json(reader, text, facts, path, depth, window, limit)
            else:
                _words(reader, facts, path, depth, window, limit)
        except FileError as error:
            raise _told_of(text, error) from error
    return 0


def _told_of(text: str, error: FileError) -> DandiTuiError:
    """What the reader says of a file, which it may have named already."""
    words = str(error)
    remedy = "`dandi-tui inspect FILE` without ::/PATH lists what there is." if words.startswith("there is no /") else ""
    return DandiTuiError(words, subject="" if words.startswith(f"{text} ") else text, remedy=remedy)


def _write(reader: Reader, path: str, window: Rows | None, output: str, *, as_json: bool) -> None:
    """Writes rows to a file."""
    start, stop = (window.start, window.start + window.count) if window else (0, None)
    found = reader.export(Export(path, output, start, stop, paid=True))
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        click.echo(f"{plural(found.rows, 'row')} written to {safe(found.file)}", err=True)


def _window(rows: str) -> Rows | None:
    if not rows:
        return None
    first, colon, last = rows.partition(":")
    try:
        start = int(first or 0)
        return Rows("", start, max(0, (int(last) if last else start + (1000 if colon else 1)) - start))
    except ValueError:
        raise UsageError(f"--rows takes A:B, not {rows}") from None


def listed_json(one: Listed) -> dict[str, Any]:
    """An object as the command prints it: the promised fields always, the others where there is something to say."""
    fields = msgspec.to_builtins(one)
    return {name: value for name, value in fields.items() if value is not None or name not in {"link", "file", "reason", "members"}}


def _json(reader: Reader, source: str, facts: FileFacts, path: str, depth: int | None, window: Rows | None, limit: int) -> None:
    """Writes the object; a fault on the way closes it, with its words under `error`, so that what was read can be used."""
    head = {"source": source, "format": facts.format, "nwb_version": facts.nwb_version, "session": facts.session}
    if facts.elsewhere:
        head["elsewhere"] = facts.elsewhere
    found = reader.walk(path, depth=depth, limit=limit)
    first = next(found, None)
    click.echo(as_line(head)[:-1] + ',"objects":[', nl=False)
    tail: dict[str, Any] = {}
    try:
        for count, one in enumerate(chain([] if first is None else [first], found)):
            click.echo(("," if count else "") + "\n" + as_line(listed_json(one)), nl=False)
        if window:
            asked = ExactRows(path, window.start, window.count)
            tail["values"] = msgspec.to_builtins(_with_its_price(lambda paid: reader.exact_rows(msgspec.structs.replace(asked, paid=paid))))
    except FileError as error:
        tail["error"] = str(error)
        raise
    finally:
        tail["read"] = {"requests": reader.traffic.requests, "bytes": reader.traffic.bytes}
        click.echo("\n]," + as_line(tail)[1:])


def _words(reader: Reader, facts: FileFacts, path: str, depth: int | None, window: Rows | None, limit: int) -> None:
    if path == "/":
        for line in session_lines(facts):
            click.echo(line)
    base = path.rstrip("/").count("/")
    for one in reader.walk(path, depth=depth, limit=limit):
        indent = "  " * min(20, max(0, one.path.count("/") - base - 1))
        click.echo(f"{pad(indent + safe(one.name), 44)} {object_words(one)}".rstrip())
    if window:
        asked = msgspec.structs.replace(window, path=path)
        table = _with_its_price(lambda paid: reader.rows(msgspec.structs.replace(asked, paid=paid)))
        click.echo("\t".join(map(safe, ["row", *table.columns])))
        for at, row in enumerate(table.rows):
            click.echo("\t".join(map(safe, [str(table.start + at), *row])))
        for note in table.notes:
            click.echo(safe(note), err=True)
    if reader.traffic.requests:
        of_all = "" if facts.format == "lindi" else f" of {size(facts.size)}"
        click.echo(f"{reader.traffic.requests} requests, {size(reader.traffic.bytes)}{of_all}", err=True)


def _with_its_price(read: Callable[[bool], T]) -> T:
    """Reads what a person asked for by number: a dear read says its price, and is made."""
    try:
        return read(False)
    except PriceError as error:
        click.echo(f"{error}: Ctrl+C stops it", err=True)
        return read(True)


def session_lines(facts: FileFacts) -> list[str]:
    """The session in lines: its fields, the subject's, and what there is."""
    session = facts.session
    words = {name: value for name, value in session.items() if name not in {"subject", "counts"} and value}
    lines = [f"{'NWB':30} {safe(facts.nwb_version or 'version not said')}, {size(facts.size)}"]
    lines += [f"{safe(name):30} {safe(', '.join(value) if isinstance(value, list) else value)}" for name, value in words.items()]
    lines += [f"{safe('subject ' + name):30} {safe(value)}" for name, value in (session.get("subject") or {}).items()]
    counts = ", ".join(f"{number(count)} {name.replace('_', ' ')}" for name, count in session["counts"].items() if count)
    return [*lines, *([f"{'holds':30} {counts}"] if counts else []), ""]


def object_words(one: Listed) -> str:
    """Type, shape and compression of an object, or where a link leads."""
    if one.kind == "link":
        return safe(f"→ {one.file + ':' if one.file else ''}{one.target}")
    if one.kind == "unreadable":
        return safe(f"unreadable: {one.reason}")
    parts = [one.neurodata_type or "", " × ".join(f"{length:,}" for length in one.shape) if one.shape else "", one.dtype or ""]
    parts += [one.compression or "", f"the same as {one.target}" if one.target else ""]
    return safe("  ".join(part for part in parts if part))


@click.command()
@click.argument("left", metavar="TARGET")
@click.argument("right", metavar="TARGET")
@archive_options
def compare(left: str, right: str, instance: str | None, as_json: bool, verbose: bool) -> int:
    """Say what differs between two NWB files."""
    sides = []
    for text in (left, right):
        with reader_for(text, instance) as reader:
            try:
                facts = reader.facts()
                sides.append((facts, {one.path: one for one in reader.walk()}))
            except FileError as error:
                raise _told_of(text, error) from error
    found = differences(*sides)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return 0
    for sign, paths in (("-", found.only_left), ("+", found.only_right)):
        for path in paths:
            click.echo(f"{sign} {safe(path)}")
    for one in found.changed:
        click.echo(f"~ {safe(one.path)}  {safe(_told(one.path, one.left))}  |  {safe(_told(one.path, one.right))}")
    if not (found.only_left or found.only_right or found.changed):
        click.echo("Nothing differs in names, types, shapes and session; values were not compared.", err=True)
    return 0


def _told(path: str, fields: dict[str, Any]) -> str:
    return ", ".join(str(value) if path.endswith(f": {name}") else f"{name} {value}" for name, value in fields.items())
