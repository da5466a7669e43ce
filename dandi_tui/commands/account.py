"""Commands of an account: login, logout, whoami."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from dandi_tui.api.account import standing
from dandi_tui.api.keys import checked_key, find_key, forget_key, store_key
from dandi_tui.commands.options import archive_options, ask, chosen_instance, print_json
from dandi_tui.errors import NotLoggedInError, UsageError
from dandi_tui.text import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, TypeVar

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.instances import Instance
    from dandi_tui.api.models import User

    T = TypeVar("T")


@click.command()
@click.option("--key-stdin", is_flag=True, help="Read the key from standard input, for scripts.")
@click.option("--new-key", is_flag=True, help="Make a new key, and keep it; the one before it ends at once, everywhere.")
@click.option("--register", is_flag=True, help="Say where an account is registered and its key is found, with a QR code.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@archive_options
def login(key_stdin: bool, new_key: bool, register: bool, yes: bool, instance: str | None, as_json: bool, verbose: bool) -> None:
    """Log in to an archive: its API key is asked for, checked, and kept in the keyring."""
    archive = chosen_instance(instance)
    if register:
        _print_address(archive)
        return
    if new_key:
        value = _renewed(archive, yes=yes)
    elif key_stdin:
        value = checked_key(sys.stdin.readline())
    else:
        value = _typed(archive)
    user = _with_key(archive, value, lambda client: client.me())
    key = store_key(archive, value)
    _print_user(user, as_json=as_json)
    where = "in the keyring" if key.source == "keyring" else f"in {key.source}, which you alone can read (no keyring is at hand)"
    click.echo(f"Logged in to {archive.name}; the key is kept {where}.", err=True)
    if shadow := _variable(archive):
        click.echo(f"{shadow} is set and goes before it.", err=True)


def _typed(archive: Instance) -> str:
    if not sys.stdin.isatty():
        raise UsageError("a key is asked for on a terminal", remedy="In scripts: dandi-tui login --key-stdin < FILE")
    if archive.web_url:
        click.echo(f"Your API key stands behind your initials on {archive.web_url}; no account yet: --register.", err=True)
    return checked_key(click.prompt(f"API key of {archive.name} (not shown)", hide_input=True, err=True))


def _renewed(archive: Instance, *, yes: bool) -> str:
    key = find_key(archive)
    if key is None:
        raise NotLoggedInError("a new key needs the old one", remedy="Log in first, or make it on the archive's pages.")
    if not yes:
        click.confirm("The present key ends at once, wherever it is used: in scripts, on other machines. Go on?", abort=True, err=True)
    return _with_key(archive, key.value, lambda client: client.account.new_key())


def _with_key(archive: Instance, value: str, question: Callable[[ArchiveClient], Coroutine[Any, Any, T]]) -> T:
    from dandi_tui.api.client import ArchiveClient

    async def asked() -> T:
        async with ArchiveClient(archive, value) as client:
            return await question(client)

    return asyncio.run(asked())


def _variable(archive: Instance) -> str:
    return next((name for name in ("DANDI_TUI_API_KEY", archive.key_variable) if os.environ.get(name, "").strip()), "")


def _print_address(archive: Instance) -> None:
    from dandi_tui.text import qr_lines

    async def asked(client: ArchiveClient) -> str | None:
        webui = (await client.info()).services.get("webui")
        return webui.url if webui else None

    address = safe(archive.web_url or ask(archive, asked) or archive.api_url)
    click.echo(f"Register, and find your API key, at {address}: log in there with GitHub, answer the questions,")
    click.echo("then open the menu behind your initials. Accounts of universities are approved at once, others by hand.\n")
    if sys.stdout.isatty():
        click.echo("\n".join(qr_lines(address)))


def _print_user(user: User, *, as_json: bool) -> None:
    if as_json:
        print_json(msgspec.to_builtins(user))
        return
    click.echo(f"{safe(user.username)}  {safe(user.name)}  {user.status.lower()}{', administrator' if user.admin else ''}")
    if words := standing(user):
        click.echo(words, err=True)


@click.command()
@archive_options
def logout(instance: str | None, as_json: bool, verbose: bool) -> None:
    """Forget the API key of an archive on this machine; at the archive it stays good."""
    archive = chosen_instance(instance)
    places = forget_key(archive)
    if as_json:
        print_json({"forgotten": places})
    else:
        click.echo(f"Forgotten from {', '.join(places)}." if places else f"No key of {archive.name} was kept.")
    if variable := _variable(archive):
        click.echo(f"{variable} is set in this shell: while it is, you are logged in.", err=True)


@click.command()
@archive_options
def whoami(instance: str | None, as_json: bool, verbose: bool) -> None:
    """Say who you are to an archive, and what your account may do."""
    archive = chosen_instance(instance)
    key = find_key(archive)
    if key is None:
        remedy = "dandi-tui login logs in; dandi-tui login --register says how to get an account."
        raise NotLoggedInError(f"you are not logged in to {archive.name}", remedy=remedy)
    user = _with_key(archive, key.value, lambda client: client.me())
    _print_user(user, as_json=as_json)
    if verbose:
        click.echo(f"{archive.name} at {archive.api_url}, key from {key.source}", err=True)
        for name, service in _with_key(archive, key.value, lambda client: client.info()).services.items():
            if service and service.url:
                click.echo(f"{safe(name)}: {safe(service.url)}", err=True)
