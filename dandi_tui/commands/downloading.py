"""`download`: brings what targets name, telling a person or a script how far it is."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from dandi_tui.commands.options import archive_options, ask, print_json, target_and_instance
from dandi_tui.errors import UsageError
from dandi_tui.text import plural, safe, size
from dandi_tui.transfer.plan import EXISTING, Plan, check_space, collect, make_plan

if TYPE_CHECKING:
    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.transfer.download import Event


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="TARGET…")
@click.option("-o", "output", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="The folder to write to.")
@click.option("--existing", type=click.Choice(EXISTING), default="error", show_default=True, help="What to do with files that are there.")
@click.option("--jobs", type=click.IntRange(1, 64), default=6, show_default=True, help="Files side by side.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@archive_options
def download(targets: tuple[str, ...], output: Path, existing: str, jobs: int, dry_run: bool, instance: str | None, as_json: bool, verbose: bool) -> int:
    """Download Dandisets, folders, files or patterns."""
    found = [target_and_instance(text, instance) for text in targets]
    archive = found[0][1]
    if any(other != archive for _, other in found):
        raise UsageError("these targets are of different archives; download from one at a time")

    async def asked(client: ArchiveClient) -> int:
        plan = make_plan(await collect(client, [target for target, _ in found]), output, existing=existing)
        if dry_run:
            _print_plan(plan, as_json=as_json)
            return 1 if any(step.action == "refuse" for step in plan.steps) else 0
        return await _download(client, plan, jobs=jobs, as_json=as_json)

    return ask(archive, asked)


def _print_plan(plan: Plan, *, as_json: bool) -> None:
    for step in plan.steps:
        if as_json:
            print_json(
                {"event": "planned", "path": step.wanted.place, "bytes": 0, "total": step.wanted.size, "message": f"{step.action} {step.reason}".strip()}
            )
        else:
            click.echo(f"{step.action:7} {size(step.wanted.size):>9}  {safe(step.wanted.place)}  {safe(step.reason)}".rstrip())
    if not as_json:
        click.echo(f"{plural(len(plan.to_fetch), 'file')}, {size(plan.size)}; {size(plan.free)} are free", err=True)


async def _download(client: ArchiveClient, plan: Plan, *, jobs: int, as_json: bool) -> int:
    from dandi_tui.transfer.download import Download

    check_space(plan)
    say = _json_line if as_json else _Person(len(plan.to_fetch), plan.size).take
    work = Download(plan, client, jobs=jobs, on_event=say)
    running = asyncio.ensure_future(work.run())
    loop = asyncio.get_running_loop()
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        work.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    await running
    if interrupted:
        click.echo("Interrupted; what has arrived stays, and the same command goes on from it.", err=True)
        return 130
    return 1 if work.failed else 0


def _json_line(event: Event) -> None:
    print_json(msgspec.to_builtins(event))


class _Person:
    """Tells a person: one line a file, and on a terminal one line that says how far all is."""

    def __init__(self, files: int, total: int) -> None:
        self.files, self.total = files, total
        self.arrived: dict[str, int] = {}
        self.live = sys.stderr.isatty()
        self.shown = -1

    def take(self, event: Event) -> None:
        """Takes an event."""
        if event.event in {"progress", "done"}:
            self.arrived[event.path] = event.bytes
        if event.event in {"done", "failed", "skipped"}:
            self._clear()
            words = f"{event.event:7} {size(event.total):>9}  {safe(event.path)}"
            click.echo(f"{words}  {safe(event.message)}".rstrip(), err=event.event == "failed")
        if self.live and event.event != "summary":
            self._live()

    def _live(self) -> None:
        share = round(100 * sum(self.arrived.values()) / self.total) if self.total else 100
        if share != self.shown:
            self.shown = share
            sys.stderr.write(f"\r{share:3} % of {plural(self.files, 'file')}, {size(self.total)}")
            sys.stderr.flush()

    def _clear(self) -> None:
        if self.live and self.shown >= 0:
            sys.stderr.write("\r\x1b[K")
            self.shown = -1
