"""`assets move` and `assets delete`: renames and deletes assets of a draft, with the plan shown before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dandi_tui.commands.lazy_group import ToldGroup
from dandi_tui.commands.options import archive_options, ask, print_json, target_and_instance
from dandi_tui.errors import UsageError
from dandi_tui.owning.asset_plan import ON_CONFLICT, AssetPlan, AssetStep, plan_deletes, plan_renames, plan_rewrites
from dandi_tui.owning.asset_work import assets_about, do_steps
from dandi_tui.text import plural, safe, size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.models import Asset


@click.group(cls=ToldGroup)
def assets() -> None:
    """Rename and delete files that are in a draft."""


@assets.command()
@click.argument("dandiset")
@click.argument("paths", nargs=-1, required=True, metavar="SOURCE… DESTINATION")
@click.option("--regex", is_flag=True, help=r"SOURCE is a regular expression, DESTINATION what takes the place of each match (\1 is a group).")
@click.option("--existing", type=click.Choice(ON_CONFLICT), default="error", show_default=True, help="What to do where a file stands at a new path.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@archive_options
def move(dandiset: str, paths: tuple[str, ...], regex: bool, existing: str, dry_run: bool, instance: str | None, as_json: bool, verbose: bool) -> int:
    """Rename files of a draft, or move them into a folder (a DESTINATION that ends with / or is one)."""
    if len(paths) < 2 or (regex and len(paths) != 2):
        raise UsageError("name what is moved and where to" if not regex else "--regex takes an expression and what takes its place")

    def planned(found: Sequence[Asset]) -> AssetPlan:
        if regex:
            return plan_rewrites(found, paths[0], paths[1], existing=existing)
        return plan_renames(found, paths[:-1], paths[-1], existing=existing)

    about = ([], None) if regex else (list(paths[:-1]), paths[-1])
    return _change(dandiset, instance, planned, about, as_json=as_json, dry_run=dry_run, sure=True)


@assets.command()
@click.argument("dandiset")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--skip-missing", is_flag=True, help="Pass over paths where nothing stands.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@archive_options
def delete(dandiset: str, paths: tuple[str, ...], skip_missing: bool, yes: bool, dry_run: bool, instance: str | None, as_json: bool, verbose: bool) -> int:
    """Delete files of a draft, and folders with all that is in them."""

    def planned(found: Sequence[Asset]) -> AssetPlan:
        return plan_deletes(found, paths, skip_missing=skip_missing)

    return _change(dandiset, instance, planned, (list(paths), None), as_json=as_json, dry_run=dry_run, sure=yes)


def _change(
    dandiset: str, instance: str | None, planned: Callable[[Sequence[Asset]], AssetPlan], about: tuple[list[str], str | None], *, as_json: bool,
    dry_run: bool, sure: bool,
) -> int:  # fmt: skip
    target, archive = target_and_instance(dandiset, instance)
    if target.dandiset_id is None or target.version not in {None, "draft"}:
        raise UsageError("name a Dandiset, as 000123: only its draft can be changed", subject=dandiset)
    dandiset_id = target.dandiset_id

    async def asked(client: ArchiveClient) -> int:
        plan = planned(await assets_about(client, dandiset_id, *about))
        for step in plan.steps if dry_run or not sure else plan.refused:
            _tell("planned" if step.verdict != "refuse" else "failed", step, step.reason, as_json=as_json)
        if dry_run or plan.refused:
            if plan.refused and not dry_run:
                click.echo("Nothing was done.", err=True)
            return 1 if plan.refused else 0
        if not sure:
            _confirm(dandiset_id, plan)
        return await _do(client, dandiset_id, plan, as_json=as_json)

    return ask(archive, asked)


def _confirm(dandiset_id: str, plan: AssetPlan) -> None:
    if not sys.stdin.isatty():
        raise UsageError("deleting asks first, and there is nobody to ask", remedy="Give --yes.")
    words = f"Delete {plural(len(plan.to_do), 'file')} ({size(plan.size)}) from the draft of {dandiset_id}? Type {dandiset_id} to go on"
    if click.prompt(words, err=True) != dandiset_id:
        raise click.Abort


async def _do(client: ArchiveClient, dandiset_id: str, plan: AssetPlan, *, as_json: bool) -> int:
    failed = 0
    for step in plan.steps:
        if step.verdict == "skip":
            _tell("skipped", step, step.reason, as_json=as_json)
    async for done in do_steps(client, dandiset_id, plan):
        failed += bool(done.error)
        _tell("failed" if done.error else "done", done.step, done.error, as_json=as_json)
    return 1 if failed else 0


def _tell(event: str, step: AssetStep, message: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"event": event, "action": step.verdict, "path": step.asset.path, "new_path": step.path or None, "message": message})
        return
    arrow = f" → {safe(step.path)}" if step.path else ""
    words = f"  {safe(message)}" if message else ""
    click.echo(f"{event:8} {step.verdict:8} {safe(step.asset.path)}{arrow}{words}", err=event == "failed")
