"""`metadata`: the asset metadata that an upload of a file would send."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dandi_tui.commands.options import archive_options, print_json
from dandi_tui.commands.validating import text_width
from dandi_tui.errors import UsageError
from dandi_tui.text import safe, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command()
@click.argument("file", type=click.Path(exists=True))
@click.option("--dandiset", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The Dandiset's folder; the nearest with a dandiset.yaml.")
@click.option("--no-digest", is_flag=True, help="Leave out the digest, for which the whole file is read.")
@archive_options
def metadata(file: str, dandiset: Path | None, no_digest: bool, instance: str | None, as_json: bool, verbose: bool) -> int:
    """Print the asset metadata that an upload of FILE would send. Exit status 1: something in the file has to be mended."""
    from dandi_tui.dataset.asset_files import find_dandiset
    from dandi_tui.dataset.metadata import asset_metadata, is_zarr

    source = Path(file)
    if source.is_dir() and not is_zarr(source):
        raise UsageError("it is a folder, and no Zarr store", subject=file, remedy="Name a file, or a .zarr folder.")
    made = asset_metadata(source, _asset_path(source, dandiset or find_dandiset(source)), digest=None if no_digest else _digest(source))
    if as_json:
        print_json(made.metadata)
    else:
        click.echo(_readable(made.metadata))
    width = text_width()
    for one in made.findings:
        place = f" {safe(one.location)}" if one.location else ""
        click.echo(f"{one.severity.name}{place}: {safe(one.message)}", err=True)
        for at, line in enumerate(wrap(safe(one.hint), width - 4) if one.hint else ()):
            click.echo(f"{'  → ' if not at else '    '}{line}", err=True)
    return 1 if any(one.blocks for one in made.findings) else 0


def _readable(value: Any) -> str:  # noqa: ANN401 (anything that is JSON)
    """Indented JSON; letters beyond ASCII that a terminal might obey are escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return "".join(char if char.isprintable() or char in " \n" else json.dumps(char)[1:-1] for char in text)


def _asset_path(source: Path, dandiset: Path | None) -> str:
    """The path that the asset would have."""
    if dandiset is None:
        return source.name
    place = os.path.relpath(os.path.abspath(source), os.path.abspath(dandiset))  # noqa: PTH100 (links are not resolved)
    if place.startswith(".."):
        raise UsageError(f"it is not in {dandiset}", subject=str(source), remedy="Name a file of that Dandiset, or leave --dandiset out.")
    return Path(place).as_posix()


def _digest(source: Path) -> dict[str, str]:
    from dandi_tui.dataset.metadata import ETAG, ZARR_CHECKSUM
    from dandi_tui.transfer.digest import zarr_checksum
    from dandi_tui.transfer.local_file import file_etag

    if source.is_dir():
        return {ZARR_CHECKSUM: zarr_checksum({key: _md5(path) for key, path in _store_files(source)})}
    return {ETAG: file_etag(str(source))}


def _store_files(source: Path) -> Iterator[tuple[str, Path]]:
    """A store's files by key, without those of version control, as the archive's checksum has it."""
    left_out = {".dandi", ".datalad", ".git", ".gitattributes", ".gitmodules"}
    for path in sorted(source.rglob("*")):
        place = path.relative_to(source)
        if path.is_file() and not left_out & set(place.parts):
            yield place.as_posix(), path


def _md5(path: Path) -> tuple[str, int]:
    import hashlib

    data = path.read_bytes()
    return hashlib.md5(data, usedforsecurity=False).hexdigest(), len(data)
