"""`dandiset owners|publish|star|unembargo|uploads|delete`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dandi_tui.commands.options import archive_options, ask, dandiset_and_instance, print_json
from dandi_tui.errors import UsageError
from dandi_tui.text import ago, safe, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.ownership import UnfinishedUpload
    from dandi_tui.owning.publishing import Released


def _confirmed(name: str, words: str, *, yes: bool) -> None:
    """Asks for the name to be typed before what can't be undone."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("this can't be undone, and there is no terminal to ask on", remedy="Say --yes if it is meant.")
    click.echo(words, err=True)
    if click.prompt(f"Type {name} to go on", err=True, default="", show_default=False).strip() != name:
        raise click.Abort


@click.command()
@click.argument("dandiset")
@click.option("--add", multiple=True, metavar="USER", help="A user name, to be made an owner.")
@click.option("--remove", multiple=True, metavar="USER", help="An owner, to be one no longer.")
@click.option("--find", metavar="TEXT", help="List users with a text in their name, to be added.")
@archive_options
def owners(
    dandiset: str, add: tuple[str, ...], remove: tuple[str, ...], find: str | None, instance: str | None, as_json: bool, verbose: bool,
) -> None:  # fmt: skip
    """List the owners of a Dandiset; add and remove them."""
    from dandi_tui.owning.sharing import change_owners

    identifier, archive = dandiset_and_instance(dandiset, instance)
    if find:
        found: list[Any] = ask(archive, lambda client: client.account.find_users(find))
    elif add or remove:
        found = ask(archive, lambda client: change_owners(client, identifier, add, remove))
    else:
        found = ask(archive, lambda client: client.owners(identifier))
    if as_json:
        print_json([msgspec.to_builtins(one) for one in found])
        return
    for one in found:
        click.echo(f"{safe(one.username):20} {safe(one.name or ''):30} {safe(getattr(one, 'email', None) or '')}".rstrip())


@click.command()
@click.argument("dandiset")
@click.option("--notes", default="", help="What is new in this version; at most 5,000 characters.")
@click.option("--wait", is_flag=True, help="Wait for the validation before it, and until the version is there.")
@click.option("--check", is_flag=True, help="Only say what stands in the way.")
@archive_options
def publish(dandiset: str, notes: str, wait: bool, check: bool, instance: str | None, as_json: bool, verbose: bool) -> int:
    """Publish the draft of a Dandiset as a version with a DOI, which can't be changed or deleted."""
    from dandi_tui.api.ownership import LONGEST_NOTES
    from dandi_tui.owning import publishing

    identifier, archive = dandiset_and_instance(dandiset, instance)
    if len(notes) > LONGEST_NOTES:
        raise UsageError(f"the notes have {len(notes):,} characters; the archive takes {LONGEST_NOTES:,}")
    if check:
        return _print_checks(ask(archive, lambda client: publishing.look(client, identifier)), as_json=as_json)

    released = ask(archive, lambda client: _published(client, identifier, notes, wait=wait))
    if released is None:
        click.echo("The archive publishes it now; --wait waits for it.", err=True)
    if as_json:
        status = "Published" if released else "Publishing"
        print_json({"identifier": f"DANDI:{identifier}", "status": status, **(msgspec.to_builtins(released) if released else {})})
    elif released:
        click.echo(safe(f"DANDI:{identifier}/{released.version}{f'  doi:{released.doi}' if released.doi else ''}"))
    return 0


async def _published(client: ArchiveClient, identifier: str, notes: str, *, wait: bool) -> Released | None:
    from dandi_tui.owning import publishing

    if wait:
        before = ""
        async for draft in publishing.settled(client, identifier):
            if draft.info.status != before:
                _say_state(before := draft.info.status)
    await publishing.publish(client, identifier, notes)
    if not wait:
        return None
    async for info in publishing.watch(client, identifier):
        _say_state(info.status)
    return await publishing.newest(client, identifier)


def _say_state(status: str) -> None:
    click.echo(f"{safe(status.lower())}…" if status != "Published" else "published", err=True)


def _print_checks(draft: Any, *, as_json: bool) -> int:  # noqa: ANN401 (a Draft)
    if as_json:
        print_json({"ready": draft.is_ready, "status": draft.info.status, "checks": [msgspec.to_builtins(one) for one in draft.checks]})
    else:
        for one in draft.checks:
            place = ": ".join(filter(None, (one.path, one.field))) if one.state in {"blocks", "waits"} else ""
            click.echo(f"{one.state:8} {safe(place) + ': ' if place else ''}{safe(one.words.removeprefix('advised: '))}")
            if one.remedy:
                click.echo(f"{'':8} → {one.remedy}")
    return 0 if draft.is_ready else 1


@click.command()
@click.argument("dandiset")
@click.option("--remove", is_flag=True, help="Take the star away.")
@archive_options
def star(dandiset: str, remove: bool, instance: str | None, as_json: bool, verbose: bool) -> None:
    """Star a Dandiset, or take the star away."""
    identifier, archive = dandiset_and_instance(dandiset, instance)
    count = ask(archive, lambda client: client.account.unstar(identifier) if remove else client.account.star(identifier))
    if as_json:
        print_json({"identifier": f"DANDI:{identifier}", "starred": not remove, "count": count})
    else:
        click.echo(f"{'No star any more' if remove else 'Starred'}; it has {count}.")


@click.command()
@click.argument("dandiset")
@click.option("--wait", is_flag=True, help="Wait until it is open.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@archive_options
def unembargo(dandiset: str, wait: bool, yes: bool, instance: str | None, as_json: bool, verbose: bool) -> None:
    """Open an embargoed Dandiset to all, for ever."""
    from dandi_tui.owning import publishing

    identifier, archive = dandiset_and_instance(dandiset, instance)
    _confirmed(identifier, f"{identifier} and all its files will be open to all, for ever. It may take days.", yes=yes)

    async def asked(client: ArchiveClient) -> object:
        await client.ownership.unembargo(identifier)
        if wait:
            async for one in publishing.watch_opening(client, identifier):
                click.echo(safe(one.embargo_status.lower()), err=True)
        return await client.dandiset(identifier)

    found: Any = ask(archive, asked)
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        click.echo(f"{identifier} is {safe(found.embargo_status.lower())}.")


@click.command()
@click.argument("dandiset")
@click.option("--clear", is_flag=True, help="Drop them all; what was sent of them is lost.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@archive_options
def uploads(dandiset: str, clear: bool, yes: bool, instance: str | None, as_json: bool, verbose: bool) -> None:
    """List the uploads into a Dandiset that were begun and not finished; they stand in the way of its opening."""
    identifier, archive = dandiset_and_instance(dandiset, instance)

    async def asked(client: ArchiveClient) -> list[UnfinishedUpload]:
        return [one async for one in client.ownership.unfinished_uploads(identifier)]

    found = ask(archive, asked)
    if clear and found:
        _confirmed(identifier, f"{len(found)} unfinished uploads will be dropped; those that still run will fail.", yes=yes)
        ask(archive, lambda client: client.ownership.clear_uploads(identifier))
    for one in found:
        if as_json:
            print_json({**msgspec.to_builtins(one), "cleared": clear})
        else:
            click.echo(f"{size(one.size):>9}  {ago(one.created):16} {safe(one.upload_id)}{'  dropped' if clear else ''}")
    if not found:
        click.echo("No unfinished uploads.", err=True)


@click.command()
@click.argument("dandiset")
@click.option("--asset", "paths", multiple=True, metavar="PATH", help="Only this file or folder of the draft; may be given again.")
@click.option("--version", "version", metavar="V", help="Only this published version; administrators alone may.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@archive_options
def delete(dandiset: str, paths: tuple[str, ...], version: str | None, yes: bool, instance: str | None, as_json: bool, verbose: bool) -> int:
    """Delete a Dandiset that was never published; or files of a draft, or a version."""
    identifier, archive = dandiset_and_instance(dandiset, instance)
    what = f"{', '.join(paths)} of {identifier}" if paths else f"version {version} of {identifier}" if version else f"{identifier}, with all its files"
    _confirmed(identifier, f"This deletes {what}. It can't be undone.", yes=yes)

    async def asked(client: ArchiveClient) -> bool:
        whole = await _took_out(client, identifier, paths) if paths else True
        if version:
            await client.ownership.delete_version(identifier, version)
        elif not paths:
            await client.ownership.delete(identifier)
        return whole

    if not ask(archive, asked):
        return 1
    if as_json:
        print_json({"identifier": f"DANDI:{identifier}", "deleted": list(paths) or version or identifier})
    else:
        click.echo(f"Deleted {safe(what)}.", err=True)
    return 0


async def _took_out(client: ArchiveClient, identifier: str, paths: Sequence[str]) -> bool:
    """Takes files and folders out of the draft, and says of each what came of it; whether all are gone."""
    from dandi_tui.owning.asset_plan import plan_deletes
    from dandi_tui.owning.asset_work import assets_about, do_steps

    whole = True
    async for done in do_steps(client, identifier, plan_deletes(await assets_about(client, identifier, paths), paths)):
        whole = whole and not done.error
        path = safe(done.step.asset.path)
        click.echo(f"{path}: {safe(done.error)}" if done.error else f"deleted {path}", err=True)
    return whole
