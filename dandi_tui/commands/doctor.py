"""`doctor`: what of this machine dandi-tui depends on, what is wrong with it, and how to mend it."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.metadata import version

import click
import msgspec

from dandi_tui.api.keys import find_key
from dandi_tui.commands.options import archive_options, ask, chosen_instance, print_json
from dandi_tui.config import cache_dir, config_dir, load_settings, state_dir
from dandi_tui.errors import DandiTuiError
from dandi_tui.text import safe, size


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


@click.command()
@archive_options
def doctor(instance: str | None, as_json: bool, verbose: bool) -> int:
    """Look at terminal, folders, key, archive and versions; say what is wrong and how to mend it."""
    checks = [_terminal(), _clipboard(), *_folders(), _config(), _environment(), _versions()]
    try:
        archive = chosen_instance(instance)
        key = find_key(archive)
        checks.append(Check("key", ok=True, detail=f"from {key.source}" if key else f"none: set {archive.key_variable} to log in"))
        info = ask(archive, lambda client: client.info())
        checks.append(Check("archive", ok=True, detail=f"{archive.name} at {archive.api_url}, version {info.version}"))
        if key:
            user = ask(archive, lambda client: client.me())
            checks.append(Check("account", ok=True, detail=f"{user.username}, {user.status.lower()}"))
    except DandiTuiError as error:
        checks.append(Check("archive", ok=False, detail=str(error)))
    if as_json:
        print_json({"checks": [msgspec.to_builtins(check) for check in checks]})
    else:
        for check in checks:
            click.echo(f"{'ok ' if check.ok else 'BAD'}  {check.name:12} {safe(check.detail)}")
    return 0 if all(check.ok for check in checks) else 1


def _terminal() -> Check:
    columns, rows = shutil.get_terminal_size((0, 0))
    term, encoding = os.environ.get("TERM", ""), sys.stdout.encoding
    words = f"{term or 'TERM is not set'}, {columns} × {rows}, {encoding}" if columns else f"not a terminal, {encoding}"
    if columns and (columns < 50 or rows < 12):
        return Check("terminal", ok=False, detail=f"{words}: make it 50 × 12 or larger")
    return Check("terminal", ok=True, detail=words)


def _clipboard() -> Check:
    if os.environ.get("TMUX"):
        return Check("clipboard", ok=True, detail="OSC 52 through tmux; `set -g set-clipboard on` lets it pass")
    return Check("clipboard", ok=True, detail="OSC 52, if the terminal allows it; what is copied is shown, too")


def _folders() -> list[Check]:
    checks = []
    for name, folder in (("config", config_dir()), ("state", state_dir()), ("cache", cache_dir())):
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        writable = os.access(there, os.W_OK)
        words = f"{folder}, {size(shutil.disk_usage(there).free)} free" if writable else f"{folder} can't be written: set DANDI_TUI_{name.upper()}_DIR"
        checks.append(Check(f"{name} folder", ok=writable, detail=words))
    return checks


def _config() -> Check:
    problem = load_settings().problem
    return Check("config file", ok=not problem, detail=problem or str(config_dir() / "config.toml"))


def _environment() -> Check:
    names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
    found = [name for name in names if os.environ.get(name)]
    missing = [name for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE") if os.environ.get(name) and not os.path.exists(os.environ[name])]  # noqa: PTH110
    if missing:
        return Check("network", ok=False, detail=f"{', '.join(missing)} names a file that is not there")
    return Check("network", ok=True, detail=f"from the environment: {', '.join(found)}" if found else "no proxy, usual certificates")


def _versions() -> Check:
    names = ("dandi-tui", "textual", "httpx", "h5py", "pynwb")
    return Check("versions", ok=True, detail=f"Python {sys.version.split()[0]}, " + ", ".join(f"{name} {version(name)}" for name in names))
