"""`completion`: what a shell needs to complete commands, options and archives' names."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from dandi_tui.errors import UsageError

SHELLS = ("bash", "zsh", "fish")
_WHERE = {
    "bash": 'eval "$(dandi-tui completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(dandi-tui completion zsh)"   in ~/.zshrc',
    "fish": "dandi-tui completion fish > ~/.config/fish/completions/dandi-tui.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
def completion(shell: str | None) -> int:
    """Print what makes a SHELL complete commands and options; by default the shell that SHELL names."""
    name = shell or Path(os.environ.get("SHELL", "")).name
    found = get_completion_class(name)
    if found is None or name not in SHELLS:
        raise UsageError(f"no completion is known for the shell {name or '(none named)'}", remedy=f"Known are {', '.join(SHELLS)}.")
    made = found(click.get_current_context().find_root().command, {}, "dandi-tui", "_DANDI_TUI_COMPLETE")
    # Where a command takes files, bash completes their names, which click leaves to it.
    click.echo((made.source_template % made.source_vars()).replace("complete -o nosort", "complete -o nosort -o default"))
    click.echo(f"To have it always: {_WHERE[name]}", err=True)
    return 0
