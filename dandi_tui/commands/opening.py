"""Commands that open the app, or serve the embedded archive."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import msgspec

from dandi_tui.commands.options import archive_options, chosen_instance, target_and_instance
from dandi_tui.config import load_settings
from dandi_tui.errors import DandiTuiError, UsageError


def _need_terminal() -> None:
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise UsageError("the app needs a terminal", remedy="In scripts use its commands: search, show, ls, download (see --help).")


def _first_frame(words: str) -> None:
    """Shows at once that something happens: the app's own screen takes some tenths of a second to import."""
    sys.stdout.write(f"\x1b[?1049h\x1b[2J\x1b[H\x1b[1m{words}\x1b[m\r\n\r\n opening")
    sys.stdout.flush()


@click.command("open", hidden=True)
@click.argument("target", required=False)
@archive_options
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
def open_command(target: str | None, instance: str | None, as_json: bool, verbose: bool, no_mouse: bool) -> int:
    """Open the app, at a TARGET or at the list of Dandisets."""
    _need_terminal()
    found, archive = target_and_instance(target, instance) if target else (None, chosen_instance(instance))
    settings = load_settings()
    if no_mouse:
        settings = msgspec.structs.replace(settings, mouse=False)
    _first_frame("DANDI")
    from dandi_tui.api.keys import find_key
    from dandi_tui.app import run_app

    key = find_key(archive)
    return run_app(archive, key.value if key else None, settings, found)


@click.command("demo-archive")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: any free one.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keeps the archive's data there.")
@click.option("--assets", type=click.IntRange(0, 1_000_000), default=0, help="Adds a Dandiset of so many assets, without bytes.")
@archive_options
def demo_archive(port: int, data: Path | None, assets: int, instance: str | None, as_json: bool, verbose: bool) -> int:
    """Serve the embedded archive on this machine until interrupted."""
    from dandi_tui.demo.server import main

    return main(port=port, data=data, assets_count=assets)


@click.command()
@click.argument("target", required=False)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keeps the archive's data there.")
@archive_options
def demo(target: str | None, data: Path | None, instance: str | None, as_json: bool, verbose: bool) -> int:
    """Open the app on an embedded archive, logged in as its demo user."""
    _need_terminal()
    click.echo("Making an archive on this machine; this takes some seconds the first time.", err=True)
    command = [sys.executable, "-m", "dandi_tui.demo", "--port", "0", *(["--data", str(data)] if data else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            if not line:
                raise DandiTuiError("the embedded archive did not start", remedy="Its words stand above.")
            ready = msgspec.json.decode(line, type=dict[str, str])
            found, archive = target_and_instance(target, ready["api_url"]) if target else (None, chosen_instance(ready["api_url"]))
            from dandi_tui.app import run_app

            return run_app(archive, ready["token"], load_settings(), found)
        finally:
            server.terminate()
