"""The options that every command takes, and what they mean: which archive, which key, which output."""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from dandi_tui.api.instances import KNOWN, Instance, find_instance
from dandi_tui.api.keys import find_key
from dandi_tui.api.targets import Target, instance_of, parse_target
from dandi_tui.config import load_settings
from dandi_tui.errors import TargetError
from dandi_tui.text import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.retry import Waiting

T = TypeVar("T")
F = TypeVar("F", bound="Callable[..., Any]")


def archive_options(function: F) -> F:
    """Adds -i/--instance, --json and -v to a command."""
    function = click.option("-v", "verbose", is_flag=True, help="Tell each request on standard error.", callback=_be_verbose)(function)
    function = click.option("--json", "as_json", is_flag=True, help="Machine-readable output, one object a line.")(function)
    return click.option("-i", "--instance", "instance", help="An archive's name, or the address of its API.", shell_complete=_names)(function)


def _names(_context: click.Context, _option: click.Parameter, begun: str) -> list[str]:
    return [one.name for one in KNOWN if one.name.startswith(begun)]


class _Told(logging.Handler):
    """Tells records on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(safe(self.format(record)), err=True)


def _be_verbose(context: click.Context, _option: click.Parameter, wanted: bool) -> bool:
    if wanted:
        logger, told = logging.getLogger("dandi_tui"), _Told()
        level = logger.level
        logger.setLevel(logging.DEBUG)
        logger.addHandler(told)
        context.call_on_close(lambda: logger.setLevel(level))
        context.call_on_close(lambda: logger.removeHandler(told))
    return wanted


def _say_waiting(waiting: Waiting) -> None:
    words = f"{waiting.subject}: {waiting.reason}: trying again in {max(1, round(waiting.seconds))} s (try {waiting.tried} of {waiting.tries})"
    click.echo(safe(words), err=True)


def chosen_instance(name: str | None) -> Instance:
    """The archive of the command line, of DANDI_INSTANCE, or of the settings."""
    return find_instance(name or os.environ.get("DANDI_INSTANCE") or load_settings().instance)


def target_and_instance(text: str, name: str | None, *, inside: bool = False) -> tuple[Target, Instance]:
    """A target, and the archive that it stands in.

    Args:
        text: What a person gives.
        name: The archive that the command line names.
        inside: Whether an object in a file is a target, too.

    Raises:
        TargetError: It names nothing, or an object in a file where none is meant.
    """
    default = chosen_instance(name)
    target = parse_target(text, default=default, exists=os.path.exists)
    if target.inside and not inside:
        raise TargetError("this names an object in a file", subject=text, remedy=f"Name the file alone, without ::{target.inside}; `inspect` takes both.")
    return target, instance_of(target) if target.api_url else default


def dandiset_and_instance(text: str, name: str | None) -> tuple[str, Instance]:
    """The six digits of a Dandiset that a target names, and the archive that it stands in.

    Raises:
        TargetError: It names no Dandiset.
    """
    target, instance = target_and_instance(text, name)
    if target.dandiset_id is None:
        raise TargetError("this names no Dandiset", subject=text, remedy="Name it as 000004.")
    return target.dandiset_id, instance


def ask(instance: Instance, question: Callable[[ArchiveClient], Coroutine[Any, Any, T]]) -> T:
    """Asks the archive, with its key where there is one."""
    import asyncio

    from dandi_tui.api.client import ArchiveClient

    async def asked() -> T:
        key = await asyncio.to_thread(find_key, instance)
        async with ArchiveClient(instance, key.value if key else None, on_wait=_say_waiting) as client:
            return await question(client)

    return asyncio.run(asked())


def as_line(value: Any) -> str:  # noqa: ANN401 (anything that is JSON)
    """One object on one line; letters beyond ASCII that a terminal might obey are escaped."""
    words = msgspec.json.encode(value).decode()
    return "".join(char if char.isprintable() or char == " " else json.dumps(char)[1:-1] for char in words)


def print_json(value: Any) -> None:  # noqa: ANN401
    """Prints one object on one line."""
    click.echo(as_line(value))
