"""`download`: brings what targets name; the worker does it, and goes on when this command is gone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dandi_tui.api.keys import find_key
from dandi_tui.commands.following import alone, handing_options, submit_and_follow
from dandi_tui.commands.options import archive_options, ask, print_json, target_and_instance
from dandi_tui.errors import UsageError
from dandi_tui.text import plural, safe, size
from dandi_tui.transfer.attach import start_early
from dandi_tui.transfer.coming import coming_to
from dandi_tui.transfer.model import DAY
from dandi_tui.transfer.plan import EXISTING, WHAT, Plan, check_space, collect, left_words, make_plan, order_of, why_nothing

if TYPE_CHECKING:
    from dandi_tui.api.client import ArchiveClient


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="TARGET…")
@click.option("-o", "output", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="The folder to write to.")
@click.option("--existing", type=click.Choice(EXISTING), default="error", show_default=True, help="What to do with files that are there.")
@click.option("--jobs", type=click.IntRange(1, 64), default=6, show_default=True, help="Files side by side.")
@click.option("--what", default=",".join(WHAT), show_default=True, help="Kinds of files, with commas between them.")
@handing_options
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@archive_options
def download(  # noqa: PLR0913, PLR0917 (each option is an argument)
    targets: tuple[str, ...], output: Path, existing: str, jobs: int, what: str, background: bool, foreground: bool, patience: float, dry_run: bool,
    instance: str | None, as_json: bool, verbose: bool,
) -> int:  # fmt: skip
    """Download Dandisets, folders, files or patterns."""
    kinds = [name.strip() for name in what.split(",")]
    if unknown := [name for name in kinds if name not in WHAT]:
        raise UsageError(f"--what knows {' and '.join(WHAT)}, not {', '.join(unknown)}")
    found = [target_and_instance(text, instance) for text in targets]
    archive = found[0][1]
    if any(other != archive for _, other in found):
        raise UsageError("these targets are of different archives; download from one at a time")

    key = find_key(archive)
    if not dry_run and not alone(foreground=foreground):
        start_early()

    async def planned(client: ArchiveClient) -> Plan:
        wanted = await collect(client, [target for target, _ in found], kinds)
        return make_plan(wanted, output, existing=existing, coming=await coming_to(output))

    plan = ask(archive, planned)
    if dry_run:
        _print_plan(plan, as_json=as_json)
        return 1 if any(step.action == "refuse" for step in plan.steps) else 0
    if not plan.steps:
        click.echo(why_nothing(plan), err=True)
    elif plan.left_to:
        click.echo(f"{left_words(plan).capitalize()}: they are left to it.", err=True)
    check_space(plan)
    title = " ".join(targets) if len(targets) < 3 else f"{targets[0]} and {len(targets) - 1} more"
    spec, files = order_of(plan, archive, title, jobs=jobs, patience=DAY if background else patience)
    return submit_and_follow(spec, files, key.value if key else None, as_json=as_json, background=background, foreground=foreground, others=list(plan.left_to))


def _print_plan(plan: Plan, *, as_json: bool) -> None:
    for step in plan.steps:
        if as_json:
            print_json(
                {"event": "planned", "path": step.wanted.place, "bytes": 0, "total": step.wanted.size, "message": f"{step.action} {step.reason}".strip()}
            )
        else:
            click.echo(f"{step.action:7} {size(step.wanted.size):>9}  {safe(step.wanted.place)}  {safe(step.reason)}".rstrip())
    if not as_json:
        click.echo(why_nothing(plan) or f"{plural(len(plan.to_fetch), 'file')}, {size(plan.size)}; {size(plan.free)} are free", err=True)
