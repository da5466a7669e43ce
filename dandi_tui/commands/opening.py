"""Commands that open the app, or serve the embedded archive."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click
import msgspec

from dandi_tui.commands.options import archive_options, chosen_instance, target_and_instance
from dandi_tui.config import Settings, load_settings
from dandi_tui.errors import UsageError
from dandi_tui.first_frame import show


def _need_terminal() -> None:
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise UsageError("the app needs a terminal", remedy="In scripts use its commands: search, show, ls, download (see --help).")


def _settings(*, no_mouse: bool) -> Settings:
    settings = load_settings()
    return msgspec.structs.replace(settings, mouse=False) if no_mouse else settings


@click.command("open", hidden=True)
@click.argument("target", required=False)
@archive_options
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
def open_command(target: str | None, instance: str | None, as_json: bool, verbose: bool, no_mouse: bool) -> int:
    """Open the app, at a TARGET or at the list of Dandisets."""
    _need_terminal()
    found, archive = target_and_instance(target, instance, inside=True) if target else (None, chosen_instance(instance))
    settings = _settings(no_mouse=no_mouse)
    show("DANDI")
    from dandi_tui.api.keys import find_key
    from dandi_tui.app import run_app

    def find() -> str | None:
        key = find_key(archive)
        return key.value if key else None

    return run_app(archive, find, settings, found)


@click.command("demo-archive")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: any free one.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keeps the archive's data there.")
@click.option("--assets", type=click.IntRange(0, 1_000_000), default=0, help="Adds a Dandiset of so many assets, without bytes.")
@click.option("--empty", is_flag=True, help="With users, but no Dandisets.")
@archive_options
def demo_archive(port: int, data: Path | None, assets: int, empty: bool, instance: str | None, as_json: bool, verbose: bool) -> int:
    """Serve the embedded archive on this machine until interrupted."""
    from dandi_tui.demo.server import main

    return main(port=port, data=data, assets_count=assets, samples=not empty)


@click.command()
@click.argument("target", required=False)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keeps the archive's data there.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@archive_options
def demo(target: str | None, data: Path | None, no_mouse: bool, instance: str | None, as_json: bool, verbose: bool) -> int:
    """Open the app on an embedded archive, logged in as its demo user."""
    _need_terminal()
    show("DANDI")
    from dandi_tui.screens.demo_archive import DemoArchive

    with closing(DemoArchive(data)) as server:
        from dandi_tui.app import run_app

        ready = server.ready()
        found, archive = target_and_instance(target, ready.api_url, inside=True) if target else (None, chosen_instance(ready.api_url))
        return run_app(archive, ready.token, _settings(no_mouse=no_mouse), found, server)
