"""`dandiset create` and `dandiset edit`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dandi_tui.commands.options import archive_options, ask, chosen_instance, dandiset_and_instance, print_json
from dandi_tui.errors import ConflictError, DandiTuiError, UsageError
from dandi_tui.text import safe

if TYPE_CHECKING:
    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.models import VersionInfo
    from dandi_tui.describe.form import Form
    from dandi_tui.owning.saving import Prepared


@click.command()
@click.option("--name", required=True, help="Its title; at most 150 characters.")
@click.option("--description", default="", help="What it is about.")
@click.option("--license", "license_", default="", help="One of the archive's, as spdx:CC-BY-4.0 or CC-BY-4.0.")
@click.option("--embargo", is_flag=True, help="Only owners may see it, until it is opened.")
@click.option("--embargo-until", default="", metavar="DAY", help="As 2027-01-31; two years at most, five with an award.")
@click.option("--funder", default="", help="Who funds it; goes with --award.")
@click.option("--award", default="", help="The number of the funder's award.")
@click.option("--number", default="", metavar="DIGITS", help="The number that it gets; administrators alone may choose it.")
@archive_options
def create(name: str, license_: str, embargo: bool, instance: str | None, as_json: bool, verbose: bool, **texts: str) -> None:
    """Register a Dandiset; it prints its number."""
    from dandi_tui.owning.registering import Registration, advice, problems, register

    archive = chosen_instance(instance)
    licence = license_ if not license_ or ":" in license_ else f"spdx:{license_}"
    asked = Registration(
        name=name, description=texts["description"], license=licence, embargoed=embargo or bool(texts["embargo_until"] or texts["funder"]),
        until=texts["embargo_until"], funder=texts["funder"], award=texts["award"], number=texts["number"].rpartition(":")[2],
    )  # fmt: skip
    if found := problems(asked, datetime.now(UTC).date()):
        raise UsageError("; ".join(f"{one.field} {one.message}" for one in found))
    if words := advice(asked, archive.name):
        click.echo(words, err=True)
    made = ask(archive, lambda client: register(client, asked))
    if as_json:
        print_json({**msgspec.to_builtins(made), "identifier": f"DANDI:{made.identifier}", "name": made.name, "embargo_status": made.embargo_status})
    else:
        click.echo(made.identifier)


@click.command()
@click.argument("dandiset")
@click.option("--set", "assignments", multiple=True, metavar="FIELD=VALUE", help="Put a value; FIELD+=VALUE adds to a list; FIELD= clears.")
@click.option("--file", "file", type=click.File("r", encoding="utf-8"), help="Take the document from a YAML or JSON file (-: standard input).")
@click.option("--take", type=click.Choice(["ours", "theirs"]), help="What holds where somebody else changed the same field meanwhile.")
@click.option("--dry-run", is_flag=True, help="Only show the difference and what is wrong.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@archive_options
def edit(dandiset: str, take: str | None, dry_run: bool, instance: str | None, as_json: bool, **more: Any) -> None:  # noqa: ANN401
    """Edit the metadata of a draft: in $EDITOR as YAML, by --set, or from a --file."""
    identifier, archive = dandiset_and_instance(dandiset, instance)
    assignments, file = more["assignments"], more["file"]
    if not (assignments or file) and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("an editor needs a terminal", remedy="In scripts use --set FIELD=VALUE, or --file.")
    edits = (assignments, file.read() if file else None)

    async def asked(client: ArchiveClient) -> VersionInfo | None:
        from dandi_tui.owning.saving import save

        form = await _form(client, identifier)
        _edited(form, edits, identifier)
        prepared = await _prepared(client, identifier, form, take)
        _tell(form, prepared)
        if dry_run or not prepared.changes:
            return None
        if not more["yes"] and sys.stdin.isatty():
            click.confirm("Save?", abort=True, err=True)
        info, copy = await save(client, identifier, prepared)
        if copy:
            click.echo(f"What the archive had before is kept in {copy}", err=True)
        return info

    info = ask(archive, asked)
    if info is None:
        click.echo("Nothing was changed." if not dry_run else "Nothing was sent.", err=True)
    elif as_json:
        print_json(msgspec.to_builtins(info))
    else:
        click.echo(f"Saved. The archive validates it now; its status is {info.status}.", err=True)


async def _form(client: ArchiveClient, identifier: str) -> Form:
    from dandi_tui.describe.form import Form
    from dandi_tui.describe.schema import read_schema

    schema = read_schema(await client.schema())
    return Form(schema, await client.version_metadata(identifier, "draft"))


def _edited(form: Form, edits: tuple[tuple[str, ...], str | None], identifier: str) -> None:
    """Does the edits; in the editor, again as long as they are no YAML and the person wants to mend them."""
    from dandi_tui.describe.as_text import read_back
    from dandi_tui.describe.assigning import assign

    assignments, text = edits
    if text is not None:
        form.become(read_back(text, form.document, form.schema))
    for one in assignments:
        assign(form, one)
    if assignments or text is not None:
        return
    from dandi_tui.describe.as_text import written
    from dandi_tui.owning.editor import edit_text

    text = written(form.document, form.schema, f"Metadata of {identifier}, draft")
    while True:
        text, path = edit_text(text, f"-{identifier}.yaml")
        try:
            form.become(read_back(text, form.document, form.schema))
        except DandiTuiError as error:
            click.echo(safe(error), err=True)
            if not click.confirm("Mend it?", default=True, err=True):
                raise UsageError("nothing was saved", remedy=f"Your text is in {path}.") from error
            path.unlink(missing_ok=True)
        else:
            path.unlink(missing_ok=True)
            return


async def _prepared(client: ArchiveClient, identifier: str, form: Form, take: str | None) -> Prepared:
    from dandi_tui.owning.saving import compare, prepare

    prepared = await prepare(client, identifier, form.schema, form.base, form.document)
    if prepared.conflicts and take is None:
        places = ", ".join(".".join(map(str, one.path)) for one in prepared.conflicts)
        raise ConflictError(f"somebody else changed the same: {places}", subject=identifier, remedy="Look at it, then say --take ours or --take theirs.")
    theirs = frozenset(one.path for one in prepared.conflicts) if take == "theirs" else frozenset()
    return compare(form.schema, form.base, form.document, prepared.theirs, take_theirs=theirs)


def _tell(form: Form, prepared: Prepared) -> None:
    for change in prepared.changes:
        click.echo(f"  {safe(change.words)}", err=True)
    for one in form.problems:
        where = ".".join(map(str, one.path)) or "metadata"
        click.echo(f"  {'advice' if one.advice else 'to mend'}: {safe(where)} {safe(one.words)}", err=True)
