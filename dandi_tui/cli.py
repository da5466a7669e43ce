"""The command line: options common to all commands, a TARGET as first word, errors as one message and an exit status."""

from __future__ import annotations

import io
import sys

import click

from dandi_tui import __version__
from dandi_tui.commands.lazy_group import SAYING, LazyGroup, place_of_word
from dandi_tui.errors import DandiTuiError
from dandi_tui.first_frame import put_away
from dandi_tui.log import log_crash
from dandi_tui.standard_output import nobody_reads, reader_gone
from dandi_tui.text import safe, safe_lines

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
    "upload": ("uploading", "upload"),
    "transfers": ("transfers", "transfers"),
    "assets": ("changing_assets", "assets"),
    "inspect": ("inspecting", "inspect"),
    "compare": ("inspecting", "compare"),
    "login": ("account", "login"),
    "logout": ("account", "logout"),
    "whoami": ("account", "whoami"),
    "organize": ("organizing", "organize"),
    "validate": ("validating", "validate"),
    "metadata": ("metadata", "metadata"),
    "mend": ("mending", "mend"),
    "dandiset": ("dandiset", "dandiset"),
    "doctor": ("doctor", "doctor"),
    "completion": ("completion", "completion"),
}


@click.group(cls=LazyGroup, modules=COMMANDS, hidden_words=("open",), invoke_without_command=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dandi-tui")
def cli() -> None:
    """The DANDI archive of neurophysiology in a terminal.

    Without a command, or with a TARGET (000004, DANDI:000004/draft, an address), it opens the app.
    """


def arranged(arguments: list[str]) -> list[str]:
    """Puts the command first, whatever common options stand before it; a first word that is none is a TARGET to open."""
    at = place_of_word(arguments)
    if at < len(arguments) and arguments[at] in SAYING:
        return [arguments[at]]
    if at < len(arguments) and arguments[at] in COMMANDS:
        return [arguments[at], *arguments[:at], *arguments[at + 1 :]]
    if at < len(arguments):
        _check_misspelt(arguments[at])
    return ["open", *arguments]


def _check_misspelt(word: str) -> None:
    """Refuses a word that names nothing but is nearly a command's name: else it would be taken for a TARGET."""
    import difflib
    import os

    if word.isalpha() and not os.path.exists(word) and (near := difflib.get_close_matches(word, COMMANDS, 1, 0.7)):  # noqa: PTH110
        raise click.UsageError(f"There is no command '{word}'. Did you mean '{near[0]}'?")


def run(arguments: list[str]) -> int:
    """Does what the command line says.

    Returns:
        The exit status: 0 well, 1 failed, 2 wrong command line, 3 not allowed, 4 not reached, 130 interrupted,
        141 nobody reads on.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    given = sys.stdout
    try:
        result = cli.main(arranged(arguments), prog_name="dandi-tui", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 (the last line: no traceback on the screen)
        # Of a broken pipe, click makes other streams and an end with status 1.
        broken = sys.stdout is not given
        try:
            put_away()
            return _ended(BrokenPipeError() if broken else error)
        except BrokenPipeError:
            return reader_gone()
    return result if isinstance(result, int) else 0


def _ended(error: BaseException) -> int:
    """Says in words what ended the program; the exit status."""
    match error:
        case click.ClickException():
            # A shell may have put the names of others' files there.
            error.show(said := io.StringIO())
            sys.stderr.write("\n".join(safe_lines(said.getvalue())))
            return error.exit_code
        case DandiTuiError():
            sys.stderr.write(f"dandi-tui: {safe(error)}\n")
            return error.exit_status
        case KeyboardInterrupt() | click.Abort():
            return 130
        case BrokenPipeError() if nobody_reads():
            return reader_gone()
        case SystemExit():
            return error.code if isinstance(error.code, int) else 1
    sys.stderr.write(f"dandi-tui: {safe(log_crash(error))}.\n")
    return 1
