"""`dandiset …`: what an owner does with a Dandiset."""

from __future__ import annotations

import click

from dandi_tui.commands.lazy_group import LazyGroup, place_of_word

COMMANDS = {
    "create": ("describing", "create"),
    "edit": ("describing", "edit"),
    "owners": ("owning", "owners"),
    "publish": ("owning", "publish"),
    "star": ("owning", "star"),
    "unembargo": ("owning", "unembargo"),
    "uploads": ("owning", "uploads"),
    "delete": ("owning", "delete"),
}


class _Group(LazyGroup):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Common options may stand before the word, too."""
        at = place_of_word(args)
        if at < len(args) and args[at] in COMMANDS:
            args = [args[at], *args[:at], *args[at + 1 :]]
        return super().parse_args(ctx, args)


@click.group(cls=_Group, modules=COMMANDS)
def dandiset() -> None:
    """Register, describe, share, publish, open or delete a Dandiset."""
