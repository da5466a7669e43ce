"""The options that every command takes, and what they mean: which archive, which key, which output."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from dandi_tui.api.instances import Instance, find_instance
from dandi_tui.api.keys import find_key
from dandi_tui.api.targets import Target, instance_of, parse_target
from dandi_tui.config import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from dandi_tui.api.client import ArchiveClient

T = TypeVar("T")
F = TypeVar("F", bound="Callable[..., Any]")


def archive_options(function: F) -> F:
    """Adds -i/--instance, --json and -v to a command."""
    function = click.option("-v", "verbose", is_flag=True, help="Say more.")(function)
    function = click.option("--json", "as_json", is_flag=True, help="Machine-readable output, one object a line.")(function)
    return click.option("-i", "--instance", "instance", help="An archive's name, or the address of its API.")(function)


def chosen_instance(name: str | None) -> Instance:
    """The archive of the command line, of DANDI_INSTANCE, or of the settings."""
    return find_instance(name or os.environ.get("DANDI_INSTANCE") or load_settings().instance)


def target_and_instance(text: str, name: str | None) -> tuple[Target, Instance]:
    """A target, and the archive that it stands in."""
    default = chosen_instance(name)
    target = parse_target(text, default=default, exists=os.path.exists)
    return target, instance_of(target) if target.api_url else default


def ask(instance: Instance, question: Callable[[ArchiveClient], Coroutine[Any, Any, T]]) -> T:
    """Asks the archive, with its key where there is one."""
    from dandi_tui.api.client import ArchiveClient

    async def asked() -> T:
        key = await asyncio.to_thread(find_key, instance)
        async with ArchiveClient(instance, key.value if key else None) as client:
            return await question(client)

    return asyncio.run(asked())


def print_json(value: Any) -> None:  # noqa: ANN401 (anything that is JSON)
    """One object on one line; letters beyond ASCII that a terminal might obey are escaped."""
    words = msgspec.json.encode(value).decode()
    click.echo("".join(char if char.isprintable() or char == " " else f"\\u{ord(char):04x}" for char in words))
