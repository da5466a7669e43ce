"""What a download would do, before it does anything: which files, how much, what is there already, whether it fits."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.api.documents import as_yaml
from dandi_tui.errors import NoSpaceError, UnsafePathError, UsageError
from dandi_tui.text import plural
from dandi_tui.text import size as size_words
from dandi_tui.transfer.model import DAY, Coming, FileSpec, JobSpec
from dandi_tui.transfer.paths import local_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.instances import Instance
    from dandi_tui.api.models import Asset
    from dandi_tui.api.targets import Target

EXISTING = ("error", "skip", "refresh", "overwrite")
_MARGIN = 50 * 2**20
_SAME_TIME = 2.0


_THERE = "exists; skip, refresh or overwrite (--existing) would say what to do with it"
WHAT = ("assets", "dandiset.yaml")
NOTHING: Mapping[str, Coming] = MappingProxyType({})


class Wanted(msgspec.Struct, frozen=True):
    """A file that a target names, and where below the output folder it belongs.

    `document` is the text of a file that is made here, `dandiset.yaml`; it has no asset.
    """

    asset_id: str
    path: str
    place: str
    size: int
    modified: float
    zarr: str | None = None
    document: str | None = None


class Step(msgspec.Struct, frozen=True):
    """What is done with one file: `fetch`, `skip` or `refuse`, and why; `job` is the transfer that is bringing it already."""

    wanted: Wanted
    action: str
    reason: str = ""
    job: int = 0


class Plan(msgspec.Struct, frozen=True):
    """What a download would do below `root`; `free` is the disk's room in bytes."""

    root: Path
    steps: tuple[Step, ...]
    free: int

    @property
    def to_fetch(self) -> list[Step]:
        """The files that are brought."""
        return [step for step in self.steps if step.action == "fetch"]

    @property
    def left_to(self) -> dict[int, int]:
        """How many files other transfers are bringing already, by their numbers."""
        return dict(Counter(step.job for step in self.steps if step.job and step.action == "skip"))

    @property
    def size(self) -> int:
        """Bytes to bring."""
        return sum(step.wanted.size for step in self.to_fetch)


async def collect(client: ArchiveClient, targets: Iterable[Target], what: Collection[str] = WHAT) -> list[Wanted]:
    """Lists the files that targets name.

    Args:
        client: The archive.
        targets: What is wanted.
        what: Which kinds of files: `assets`, and the `dandiset.yaml` of each Dandiset that is wanted whole.

    Raises:
        ArchiveError: The archive can't be asked, or a target is not there.
        UsageError: A target names nothing that can be downloaded.
    """
    found: dict[str, Wanted] = {}
    for target in targets:
        async for wanted in _files(client, target, what):
            found.setdefault(wanted.place, wanted)
    return list(found.values())


async def _files(client: ArchiveClient, target: Target, what: Collection[str]) -> AsyncIterator[Wanted]:
    if target.kind in {"local", "url"}:
        remedy = "A file in a Dandiset is named as dandi://INSTANCE/000004/PATH, or by the address of its page."
        raise UsageError("only what is in an archive can be downloaded", subject=target.path or "", remedy=remedy)
    if target.asset_id:
        asset = await client.asset(target.asset_id)
        yield _wanted(asset, asset.path.rpartition("/")[2])
        return
    dandiset = target.dandiset_id or ""
    version = await client.version_meant(dandiset, target.version)
    path = (target.path or "").rstrip("/")
    if target.kind == "dandiset" and "dandiset.yaml" in what:
        yield await _dandiset_yaml(client, dandiset, version)
    if "assets" not in what:
        return
    if target.kind in {"asset", "folder"}:
        place = await client.at_path(dandiset, version, path)
        if place.asset:
            yield _wanted(place.asset, place.asset.path.rpartition("/")[2])
            return
        above = path.rpartition("/")[0]
        async for asset in client.assets(dandiset, version, path=path + "/"):
            yield _wanted(asset, asset.path[len(above) + 1 if above else 0 :])
        return
    glob, prefix = (target.path, None) if target.kind == "glob" else (None, target.path)
    async for asset in client.assets(dandiset, version, glob=glob, path=prefix):
        yield _wanted(asset, f"{dandiset}/{asset.path}")


async def _dandiset_yaml(client: ArchiveClient, dandiset: str, version: str) -> Wanted:
    info = await client.version_info(dandiset, version)
    text = f"# DANDI:{dandiset}/{version} as the archive has it: changes made here are lost with the next download.\n{as_yaml(info.metadata)}"
    place = f"{dandiset}/dandiset.yaml"
    return Wanted("", "dandiset.yaml", place, len(text.encode()), info.modified.timestamp(), document=text)


def _wanted(asset: Asset, place: str) -> Wanted:
    return Wanted(asset.asset_id, asset.path, place, asset.size, asset.modified.timestamp(), asset.zarr)


def make_plan(wanted: Sequence[Wanted], root: Path, *, existing: str = "error", coming: Mapping[str, Coming] = NOTHING) -> Plan:
    """Decides what is done with each file; touches nothing.

    Args:
        wanted: The files.
        root: The output folder.
        existing: What is done with files that are there: error, skip, refresh (fetch those that differ), overwrite.
        coming: What other transfers are bringing, by place below the root.
    """
    seen: dict[str, str] = {}
    steps = tuple(_step(one, root, existing, seen, coming.get(one.place)) for one in wanted)
    above = next(folder for folder in (root.absolute(), *root.absolute().parents) if folder.exists())
    return Plan(root, steps, shutil.disk_usage(above).free)


def _step(one: Wanted, root: Path, existing: str, seen: dict[str, str], coming: Coming | None) -> Step:
    try:
        relative = local_path(one.place)
    except UnsafePathError as error:
        return Step(one, "refuse", str(error))
    other = seen.setdefault(one.place.casefold(), one.place)
    if other != one.place:
        return Step(one, "refuse", f"differs from {other} only by letter case")
    if coming is not None:
        same = coming.content == (one.asset_id or one.document)
        other_one = f"transfer {coming.job} is bringing another version of it there; when that has ended, download it again"
        return Step(one, "skip", f"transfer {coming.job} is bringing it", coming.job) if same else Step(one, "refuse", other_one, coming.job)
    place = root / relative
    if not place.exists():
        return Step(one, "fetch")
    return _step_over(one, place, existing)


def _step_over(one: Wanted, place: Path, existing: str) -> Step:
    """What is done where something stands already."""
    if place.is_dir() != bool(one.zarr):
        return Step(one, "refuse", "a folder is in the file's way" if place.is_dir() else "a file is in the way")
    if existing == "skip":
        return Step(one, "skip", "exists")
    if existing == "refresh" and not one.zarr and _same(place, one):
        return Step(one, "skip", "same size and time")
    if existing in {"refresh", "overwrite"}:
        return Step(one, "fetch", "is replaced")
    return Step(one, "refuse", _THERE)


def _same(place: Path, one: Wanted) -> bool:
    found = place.stat()
    return found.st_size == one.size and abs(found.st_mtime - one.modified) <= _SAME_TIME


def check_space(plan: Plan) -> None:
    """Refuses a plan that the disk has no room for.

    Raises:
        NoSpaceError: It has not.
    """
    if plan.size + _MARGIN > plan.free:
        raise NoSpaceError(
            f"{size_words(plan.size)} are to be brought, and {size_words(plan.free)} are free",
            subject=str(plan.root),
            remedy="Make room, or choose another folder.",
        )


class Choices(msgspec.Struct, frozen=True):
    """What each way to treat files that are there would do; `there` counts these files."""

    plans: dict[str, Plan]
    there: int


def make_choices(wanted: Sequence[Wanted], root: Path, coming: Mapping[str, Coming] = NOTHING) -> Choices:
    """A plan for each way to treat files that are there; touches nothing."""
    first = make_plan(wanted, root, coming=coming)
    there = sum(step.reason == _THERE for step in first.steps)
    return Choices({existing: make_plan(wanted, root, existing=existing, coming=coming) if there else first for existing in EXISTING}, there)


def counts_words(plan: Plan) -> str:
    """How many files a plan fetches, replaces, leaves and does not write, in words."""
    counts = {
        "replaced": sum(bool(step.reason) for step in plan.to_fetch),
        "left as is": sum(step.action == "skip" and not step.job for step in plan.steps),
        "coming already": sum(plan.left_to.values()),
        "not written": sum(step.action == "refuse" for step in plan.steps),
    }
    words = [f"{plural(len(plan.to_fetch), 'file')} ({size_words(plan.size)}) fetched" if plan.to_fetch else "nothing fetched"]
    return ", ".join(words + [f"{count:,} {what}" for what, count in counts.items() if count])


def left_words(plan: Plan) -> str:
    """Which files other transfers are bringing already, in words."""
    return " and ".join(f"transfer {job} is bringing {plural(count, 'file')} of these to {plan.root} already" for job, count in plan.left_to.items())


def why_nothing(plan: Plan) -> str:
    """Why a plan fetches nothing; empty where it fetches something."""
    if plan.to_fetch:
        return ""
    if not plan.steps:
        return "There is nothing to download: what was asked for holds no file."
    count, skipped = len(plan.steps), sum(step.action == "skip" for step in plan.steps)
    all_of_them = "the one file" if count == 1 else f"all {count:,} files"
    if plan.left_to and not count - skipped:
        rest = f", {skipped - left:,} stand there already" if (left := sum(plan.left_to.values())) < skipped else ""
        return f"There is nothing to download: {left_words(plan)}{rest}."
    if skipped == count:
        return f"There is nothing to download: {all_of_them} stand{'s' if count == 1 else ''} in {plan.root} already."
    if skipped:
        return f"There is nothing to download: of {all_of_them}, {skipped:,} stand in {plan.root} already, {count - skipped:,} can't be written there."
    return f"There is nothing to download: {all_of_them} can't be written to {plan.root}."


def plan_words(plan: Plan) -> str:
    """What a plan would do, in words."""
    refused = [step for step in plan.steps if step.action == "refuse" and step.reason != _THERE]
    words = why_nothing(plan) or f"{plural(len(plan.to_fetch), 'file')} ({size_words(plan.size)}) to {plan.root}; {size_words(plan.free)} are free."
    if plan.left_to and plan.to_fetch:
        words += f"\n{left_words(plan).capitalize()}: left to it."
    words += "".join(f"\nnot written: {step.wanted.place}: {step.reason}" for step in refused[:5])
    return f"{words}\nand {len(refused) - 5} more" if len(refused) > 5 else words


def order_of(plan: Plan, instance: Instance, title: str, *, jobs: int, patience: float = DAY) -> tuple[JobSpec, list[FileSpec]]:
    """A plan as a job for the worker, with what is skipped and refused, so that it is told too.

    Args:
        plan: The plan.
        instance: The archive.
        title: What the job is called.
        jobs: Files side by side.
        patience: Seconds that a file is tried again without any progress.
    """
    spec = JobSpec(kind="download", instance=instance, root=str(plan.root.absolute()), title=title, jobs=jobs, patience=patience)
    return spec, [_file_spec(step) for step in plan.steps]


def _file_spec(step: Step) -> FileSpec:
    one = step.wanted
    return FileSpec(
        path=one.path, place=one.place, size=one.size, modified=one.modified, asset_id=one.asset_id, zarr=one.zarr or "",
        document=one.document, replace=step.action == "fetch" and bool(step.reason), verdict="ask" if step.reason == _THERE else step.action,
        reason=step.reason,
    )  # fmt: skip
