"""Commands that read: resolve, search, show, ls, cite."""

from __future__ import annotations

import fnmatch
import shutil
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dandi_tui.api.citation import FORMATS, cite_as
from dandi_tui.api.query import ORDERINGS, DandisetQuery
from dandi_tui.api.summary import asset_facts, summarize
from dandi_tui.commands.options import archive_options, ask, chosen_instance, print_json, target_and_instance
from dandi_tui.errors import TargetError, UsageError
from dandi_tui.text import clip, number, pad, safe, safe_lines, size

if TYPE_CHECKING:
    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.models import Asset, Dandiset, FolderEntry
    from dandi_tui.api.targets import Target


@click.command()
@click.argument("target")
@archive_options
def resolve(target: str, instance: str | None, as_json: bool, verbose: bool) -> None:
    """Say how a TARGET is understood; no network is asked."""
    found, _ = target_and_instance(target, instance, inside=True)
    record = {name: getattr(found, name) for name in ("kind", "instance", "api_url", "dandiset_id", "version", "path", "asset_id")}
    if found.inside:
        record["inside"] = found.inside
    if as_json:
        print_json(record)
        return
    for name, value in record.items():
        if value is not None:
            click.echo(f"{name:12} {safe(value)}")


@click.command()
@click.argument("words", nargs=-1)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Most Dandisets to list.")
@click.option("--sort", "sort", default="-modified", show_default=True, help=f"One of {', '.join(ORDERINGS)}.")
@click.option("--mine", is_flag=True, help="Only those that you own.")
@click.option("--starred", is_flag=True, help="Only those that you starred.")
@click.option("--embargoed", is_flag=True, help="Embargoed ones that you may see, too.")
@click.option("--drafts/--no-drafts", default=True, help="Those never published, too.")
@archive_options
def search(words: tuple[str, ...], limit: int, sort: str, instance: str | None, as_json: bool, **flags: bool) -> None:
    """Search Dandisets by words and the archive's operators (species:mouse)."""
    if sort not in ORDERINGS and sort not in {"name", "stars", "-name"}:
        raise UsageError(f"no such order: {sort}", remedy=f"Known are {', '.join(ORDERINGS)}.")
    query = DandisetQuery(
        search=" ".join(words), ordering=sort, draft=flags["drafts"], embargoed=flags["embargoed"],
        starred=flags["starred"], mine=flags["mine"],
    )  # fmt: skip

    async def asked(client: ArchiveClient) -> int:
        shown = 0
        pages = client.dandisets(query, page_size=min(limit, 200)).pages()
        async for page in pages:
            for one in page[: limit - shown]:
                _print_dandiset(one, as_json=as_json)
                shown += 1
            if shown >= limit:
                break
        await pages.aclose()  # type: ignore[attr-defined]
        return shown

    if not ask(chosen_instance(instance), asked):
        click.echo("Nothing found.", err=True)


def _print_dandiset(one: Dandiset, *, as_json: bool) -> None:
    version = one.shown
    if as_json:
        record = {
            "identifier": one.identifier, "version": version.version if version else None, "name": one.name,
            "size": version.size if version else 0, "asset_count": version.asset_count if version else 0,
            "modified": version.modified if version else one.modified, "status": one.embargo_status, "contact": one.contact_person,
        }  # fmt: skip
        print_json(record)
        return
    cells = shutil.get_terminal_size((80, 24)).columns
    tail = f"{pad(version.version, 13)} {size(version.size):>9} {number(version.asset_count):>7}" if version else ""
    click.echo(f"{one.identifier} {pad(safe(one.name), max(10, cells - 40))} {tail}".rstrip())


@click.command()
@click.argument("target")
@archive_options
def show(target: str, instance: str | None, as_json: bool, verbose: bool) -> None:
    """Show the page of a Dandiset, version or asset."""
    found, archive = target_and_instance(target, instance)

    async def asked(client: ArchiveClient) -> None:
        asset = await _asset_of(client, found)
        if asset:
            if as_json:
                print_json(msgspec.to_builtins(asset))
            else:
                _print_facts([("path", asset.path), ("size", size(asset.size)), *asset_facts(asset.metadata or {}), ("asset", asset.asset_id)])
            return
        dandiset = _dandiset_of(found)
        info = await client.version_info(dandiset, await client.version_meant(dandiset, found.version))
        if as_json:
            print_json(msgspec.to_builtins(info))
        else:
            _print_version(info)

    ask(archive, asked)


def _dandiset_of(target: Target) -> str:
    if target.dandiset_id is None:
        raise TargetError("this names nothing in an archive", subject=target.path or "")
    return target.dandiset_id


async def _asset_of(client: ArchiveClient, target: Target) -> Asset | None:
    """The asset that a target names; None for folders and whole Dandisets."""
    if target.asset_id:
        return await client.asset(target.asset_id)
    if target.kind != "asset":
        return None
    dandiset = _dandiset_of(target)
    version = await client.version_meant(dandiset, target.version)
    place = await client.at_path(dandiset, version, target.path or "")
    return await client.asset(place.asset.asset_id, dandiset_id=dandiset, version=version) if place.asset else None


def _print_version(info: Any) -> None:  # noqa: ANN401 (a VersionInfo)
    made = summarize(info.metadata)
    facts = [
        ("version", info.version), ("status", info.status), ("access", made.access), ("licence", ", ".join(made.licenses)),
        ("files", f"{number(info.asset_count)}, {size(info.size)}"), ("subjects", str(made.subjects or "")),
        ("species", ", ".join(made.species)), ("approach", ", ".join(made.approaches)), ("technique", ", ".join(made.techniques)),
        ("variables", ", ".join(made.variables)), ("people", "; ".join(made.people)), ("contact", made.contact),
        ("doi", made.doi), ("problems", str(len(info.version_validation_errors) + len(info.asset_validation_errors) or "")),
    ]  # fmt: skip
    click.echo(f"{info.dandiset.identifier}  {safe(info.name)}\n")
    _print_facts(facts)
    click.echo("\n" + "\n".join(safe_lines(made.description)))


def _print_facts(facts: list[tuple[str, str]]) -> None:
    for name, words in facts:
        if words:
            click.echo(f"{name:12} {safe(words)}")


@click.command()
@click.argument("target")
@click.option("-r", "recursive", is_flag=True, help="All assets below.")
@click.option("--match", "pattern", help="Only paths that match, as *ses-1*.nwb.")
@archive_options
def ls(target: str, recursive: bool, pattern: str | None, instance: str | None, as_json: bool, verbose: bool) -> None:
    """List a folder of a Dandiset, or with -r all assets below it."""
    found, archive = target_and_instance(target, instance)

    async def asked(client: ArchiveClient) -> None:
        dandiset = _dandiset_of(found)
        version = await client.version_meant(dandiset, found.version)
        folder = (found.path or "").rstrip("/")
        if recursive or pattern or found.kind == "glob":
            glob = found.path if found.kind == "glob" else None
            below = f"{folder}/" if folder and glob is None else None
            async for asset in client.assets(dandiset, version, path=below, glob=glob, metadata=as_json):
                if pattern is None or fnmatch.fnmatchcase(asset.path, pattern):
                    _print_asset(asset, as_json=as_json)
            return
        if found.kind == "asset" and (asset_here := await _asset_of(client, found)):
            _print_asset(asset_here, as_json=as_json)
            return
        async for entry in client.folder(dandiset, version, folder):
            _print_entry(entry, as_json=as_json)

    ask(archive, asked)


def _print_asset(asset: Asset, *, as_json: bool) -> None:
    if as_json:
        record = {
            "path": asset.path, "type": "asset", "size": asset.size, "count": 1, "asset_id": asset.asset_id,
            "modified": asset.modified, "encoding_format": (asset.metadata or {}).get("encodingFormat"),
        }  # fmt: skip
        print_json(record)
    else:
        click.echo(f"{size(asset.size):>9} {'':>8}  {safe(asset.path)}")


def _print_entry(entry: FolderEntry, *, as_json: bool) -> None:
    if as_json:
        record = {
            "path": entry.path, "type": "folder" if entry.is_folder else "asset", "size": entry.aggregate_size,
            "count": entry.aggregate_files, "asset_id": entry.asset.asset_id if entry.asset else None,
            "modified": None, "encoding_format": None,
        }  # fmt: skip
        print_json(record)
    else:
        count = number(entry.aggregate_files) if entry.is_folder else ""
        click.echo(f"{size(entry.aggregate_size):>9} {count:>8}  {safe(entry.path)}{'/' if entry.is_folder else ''}")


@click.command()
@click.argument("target")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@archive_options
def cite(target: str, form: str, instance: str | None, as_json: bool, verbose: bool) -> None:
    """Print how to cite a Dandiset."""
    found, archive = target_and_instance(target, instance)

    async def asked(client: ArchiveClient) -> dict[str, Any]:
        dandiset = _dandiset_of(found)
        return await client.version_metadata(dandiset, await client.version_meant(dandiset, found.version))

    metadata = ask(archive, asked)
    if as_json:
        print_json({"identifier": found.dandiset_id, "version": metadata.get("version"), "format": form, "citation": cite_as(metadata, form)})
        return
    for line in cite_as(metadata, form).split("\n"):
        click.echo(safe(line))
    if metadata.get("version") == "draft":
        click.echo(clip("This is a draft: it may change, and has no DOI.", 200), err=True)
