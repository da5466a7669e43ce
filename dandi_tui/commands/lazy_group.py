"""A group of commands whose modules are imported when one of them is called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


SAYING = frozenset(("-h", "--help", "--version"))
"""Options that are answered at once, wherever they stand."""
_WITH_VALUE = frozenset(("-i", "--instance"))


def place_of_word(arguments: Sequence[str]) -> int:
    """Where the first word stands behind common options, or an option that is answered at once; else how many arguments there are."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-") and arguments[at] not in SAYING:
        at += 2 if arguments[at] in _WITH_VALUE else 1
    return min(at, len(arguments))


_SENTENCE = 400
"""Letters that no command's first sentence has."""


class ToldGroup(click.Group):
    """A group of commands whose list cuts no sentence."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each command with its first sentence, whole."""
        named = [(word, self.get_command(ctx, word)) for word in self.list_commands(ctx)]
        rows = [(word, command.get_short_help_str(_SENTENCE)) for word, command in named if command is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class LazyGroup(ToldGroup):
    """A group of commands.

    Args:
        modules: A command's module of this package, and its name there, by the word that calls it.
        hidden_words: Words that no list of commands names.
        options: As click has them.
    """

    def __init__(self, *, modules: Mapping[str, tuple[str, str]], hidden_words: Collection[str] = (), **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self.modules, self.hidden_words = modules, hidden_words

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The words, in the order in which they were given."""
        return [word for word in self.modules if word not in self.hidden_words]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a word; None where there is none."""
        if cmd_name not in self.modules:
            return None
        module, name = self.modules[cmd_name]
        found: click.Command = getattr(importlib.import_module(f"dandi_tui.commands.{module}"), name)
        return found
