"""The command line: options common to all commands, a TARGET as first word, errors as one message and an exit status."""

from __future__ import annotations

import importlib
import io
import logging
import logging.handlers
import sys

import click

from dandi_tui import __version__
from dandi_tui.config import state_dir
from dandi_tui.errors import DandiTuiError
from dandi_tui.text import safe

COMMANDS = {
    "open": ("opening", "open_command"),
    "demo": ("opening", "demo"),
    "demo-archive": ("opening", "demo_archive"),
    "resolve": ("reading", "resolve"),
    "search": ("reading", "search"),
    "show": ("reading", "show"),
    "ls": ("reading", "ls"),
    "cite": ("reading", "cite"),
    "download": ("downloading", "download"),
    "doctor": ("doctor", "doctor"),
}
NOT_YET = frozenset(("inspect", "compare", "organize", "validate", "metadata", "upload", "transfers", "login", "logout", "whoami", "dandiset"))
_WITH_VALUE = frozenset(("-i", "--instance"))


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in COMMANDS if name != "open"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        found: click.Command = getattr(importlib.import_module(f"dandi_tui.commands.{module}"), name)
        return found


@click.group(cls=_Group, invoke_without_command=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dandi-tui")
def cli() -> None:
    """The DANDI archive of neurophysiology in a terminal.

    Without a command, or with a TARGET (000004, DANDI:000004/draft, an address), it opens the app.
    """


def arranged(arguments: list[str]) -> list[str]:
    """Puts the command first, whatever common options stand before it; a first word that is none is a TARGET to open."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-") and arguments[at] not in {"-h", "--help", "--version"}:
        at += 2 if arguments[at] in _WITH_VALUE else 1
    if at < len(arguments) and arguments[at] in {"-h", "--help", "--version"}:
        return [arguments[at]]
    if at < len(arguments) and arguments[at] in COMMANDS:
        return [arguments[at], *arguments[:at], *arguments[at + 1 :]]
    if at < len(arguments) and arguments[at] in NOT_YET:
        raise click.UsageError(f"This version of dandi-tui has no command '{arguments[at]}'.")
    return ["open", *arguments]


def run(arguments: list[str]) -> int:
    """Does what the command line says.

    Returns:
        The exit status: 0 well, 1 failed, 2 wrong command line, 3 not allowed, 4 not reached, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        result = cli.main(arranged(arguments), prog_name="dandi-tui", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except DandiTuiError as error:
        sys.stderr.write(f"dandi-tui: {safe(error)}\n")
        return error.exit_status
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception:  # noqa: BLE001 (the last line: no traceback on the screen)
        sys.stderr.write(f"dandi-tui: something went wrong that should not have; {_log_crash()} tells what.\n")
        return 1
    return result if isinstance(result, int) else 0


def _log_crash() -> str:
    """Writes the traceback to the log; where that is."""
    import os
    import traceback

    path = state_dir() / "log" / "dandi-tui.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=2**20, backupCount=3, delay=True)
        handler.emit(logging.makeLogRecord({"msg": traceback.format_exc(), "levelno": logging.ERROR}))
        handler.close()
        os.chmod(path, 0o600)  # noqa: PTH101
    except OSError:
        return "no log could be written, nothing"
    return str(path)
