"""`upload`: sends files of a local Dandiset; the worker does it, and goes on when this command is gone."""

from __future__ import annotations

from pathlib import Path

import click

from dandi_tui.api.keys import find_key
from dandi_tui.commands.following import alone, handing_options, submit_and_follow
from dandi_tui.commands.options import archive_options, ask, chosen_instance, print_json
from dandi_tui.errors import NotLoggedInError, UsageError
from dandi_tui.text import plural, safe, size
from dandi_tui.transfer.attach import start_early
from dandi_tui.transfer.existing import MODES
from dandi_tui.transfer.model import DAY, UPLOADS
from dandi_tui.transfer.upload_plan import UploadPlan, check_owner, make_upload_plan, upload_order

VALIDATION = ("require", "skip", "ignore")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH…]")
@click.option("-d", "folder", type=click.Path(file_okay=False, exists=True, path_type=Path), help="The Dandiset's folder; else found by its dandiset.yaml.")
@click.option("--to", "dandiset", help="The Dandiset's number, where no dandiset.yaml names it.")
@click.option("--existing", type=click.Choice(MODES), default="refresh", show_default=True, help="What to do where the draft has an asset already.")
@click.option("--validation", type=click.Choice(VALIDATION), default="require", show_default=True, help="Whether files must be valid.")
@click.option("--jobs", type=click.IntRange(1, 48), default=UPLOADS, show_default=True, help="Files side by side.")
@handing_options
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@archive_options
def upload(  # noqa: PLR0913, PLR0917 (each option is an argument)
    paths: tuple[Path, ...], folder: Path | None, dandiset: str | None, existing: str, validation: str, jobs: int, background: bool, foreground: bool,
    patience: float, dry_run: bool, instance: str | None, as_json: bool, verbose: bool,
) -> int:  # fmt: skip
    """Upload files, or all of a Dandiset's folder, to the draft of their Dandiset."""
    archive = chosen_instance(instance)
    plan = make_upload_plan(paths, folder, (dandiset or "").rpartition(":")[2])
    if not plan.sources:
        raise UsageError("there is nothing to upload", subject=str(plan.root), remedy="Taken are NWB files, Zarr folders, videos and images.")
    if dry_run:
        return _print_plan(plan, as_json=as_json)
    key = find_key(archive)
    if key is None:
        raise NotLoggedInError("uploading needs an API key", remedy=f"`dandi-tui login`, or set {archive.key_variable}.")
    _begin_to_load(plan, checking=validation != "skip", here=alone(foreground=foreground))
    ask(archive, lambda client: check_owner(client, plan.dandiset))
    spec, files = upload_order(plan, archive, existing=existing, validation=validation, jobs=jobs, patience=DAY if background else patience)
    return submit_and_follow(spec, files, key.value, as_json=as_json, background=background, foreground=foreground)


def _begin_to_load(plan: UploadPlan, *, checking: bool, here: bool) -> None:
    """Begins to load what files are read by, here or in the worker, while the archive is asked who may do what."""
    from dandi_tui.dataset.validate_file import CONTENT_LAYERS
    from dandi_tui.dataset.validate_stages import to_be_judged
    from dandi_tui.transfer.home import JUDGING, READING

    judging = checking and to_be_judged((str(source.place) for source in plan.sources if not source.skipped), CONTENT_LAYERS)
    if here:
        from dandi_tui.transfer.reading import begin

        begin(judging=judging)
    else:
        start_early(JUDGING if judging else READING)


def _print_plan(plan: UploadPlan, *, as_json: bool) -> int:
    for source in plan.sources:
        action = "skip" if source.skipped else "send"
        if as_json:
            print_json({"event": "planned", "path": source.path, "bytes": 0, "total": source.size, "message": f"{action} {source.skipped}".strip()})
        else:
            click.echo(f"{action:7} {size(source.size):>9}  {safe(source.path)}  {safe(source.skipped)}".rstrip())
    if not as_json:
        sent = sum(not source.skipped for source in plan.sources)
        click.echo(f"{plural(sent, 'file')}, {size(plan.size)}, to the draft of {plan.dandiset}", err=True)
    return 0
