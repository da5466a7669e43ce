"""Renaming and deleting assets of a draft, planned before anything is done: pure functions over the assets that are there.

plan = plan_renames(assets, ["sub-1/a.nwb"], "sub-1/b.nwb")
plan.steps          old path → new path of each, and what would be done there
plan.refused        whether nothing may be done
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

from dandi_tui.api.models import Asset
from dandi_tui.dataset.asset_path import path_fault
from dandi_tui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


Verdict = Literal["rename", "replace", "delete", "skip", "refuse"]
ON_CONFLICT = ("error", "skip", "overwrite")


class AssetStep(msgspec.Struct, frozen=True, kw_only=True):
    """What would be done with one asset.

    Attributes:
        asset: The asset.
        verdict: `rename`; `replace`: it takes the place of the asset at the new path; `delete`; `skip`; `refuse`.
        path: Its new path; empty where it is deleted.
        reason: Why it is skipped or refused.
        replaced: The id of the asset whose place it takes.
    """

    asset: Asset
    verdict: Verdict
    path: str = ""
    reason: str = ""
    replaced: str = ""


class AssetPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What would be done with assets, in the order in which it can be done."""

    steps: tuple[AssetStep, ...] = ()

    @property
    def to_do(self) -> list[AssetStep]:
        """The steps that change something."""
        return [step for step in self.steps if step.verdict in {"rename", "replace", "delete"}]

    @property
    def refused(self) -> list[AssetStep]:
        """The steps that can't be done."""
        return [step for step in self.steps if step.verdict == "refuse"]

    @property
    def size(self) -> int:
        """Bytes of what is changed."""
        return sum(step.asset.size for step in self.to_do)


def below(assets: Iterable[Asset], path: str) -> list[Asset]:
    """The asset at a path, or all assets of a folder."""
    folder = path.rstrip("/") + "/"
    return [one for one in assets if one.path == path or one.path.startswith(folder)]


def plan_deletes(assets: Sequence[Asset], paths: Sequence[str], *, skip_missing: bool = False) -> AssetPlan:
    """Plans the deletion of assets and of folders with all that is in them.

    Raises:
        UsageError: Nothing stands at one of the paths, and that is not to be passed over.
    """
    chosen: dict[str, Asset] = {}
    for path in paths:
        found = below(assets, path)
        if not found and not skip_missing:
            raise UsageError("nothing stands at this path in the draft", subject=path)
        chosen.update((one.asset_id, one) for one in found)
    return AssetPlan(steps=tuple(AssetStep(asset=one, verdict="delete") for one in sorted(chosen.values(), key=lambda one: one.path)))


def plan_renames(assets: Sequence[Asset], sources: Sequence[str], destination: str, *, existing: str = "error") -> AssetPlan:
    """Plans new paths.

    Several sources, or a destination that is a folder (it ends with `/`, or is one): they go into it under their names. Else the
    one source, a file or folder, gets the destination as its path.

    Args:
        assets: All assets of the draft.
        sources: Paths of assets and folders.
        destination: A path or a folder.
        existing: What is done where an asset stands at a new path: error, skip, overwrite.

    Raises:
        UsageError: Nothing stands at one of the sources.
    """
    target = destination.strip("/")
    into = destination.endswith("/") or not target or len(sources) > 1 or any(one.path.startswith(target + "/") for one in assets)
    wanted: dict[str, str] = {}
    for source in sources:
        source_path = source.strip("/")
        found = below(assets, source_path)
        if not found:
            raise UsageError("nothing stands at this path in the draft", subject=source)
        name = source_path.rpartition("/")[2]
        base = "/".join(part for part in (target, name) if part) if into else target
        wanted.update((one.asset_id, base + one.path[len(source_path) :]) for one in found)
    return _planned(assets, wanted, existing)


def plan_rewrites(assets: Sequence[Asset], pattern: str, replacement: str, *, within: Sequence[str] = (), existing: str = "error") -> AssetPlan:
    r"""Plans new paths by a regular expression: each match in a path is replaced (`\1` stands for a group).

    Args:
        assets: All assets of the draft.
        pattern: The expression.
        replacement: What takes the place of a match.
        within: Only assets at or below these paths; empty: all.
        existing: What is done where an asset stands at a new path: error, skip, overwrite.

    Raises:
        UsageError: The expression is none, or nothing matches it.
    """
    try:
        rule = re.compile(pattern)
        chosen = [one for path in within for one in below(assets, path)] if within else assets
        wanted = {one.asset_id: new for one in chosen if (new := rule.sub(replacement, one.path)) != one.path}
    except (re.error, IndexError) as error:
        raise UsageError(f"this is no regular expression that can be used: {error}", subject=pattern) from error
    if not wanted:
        raise UsageError("it changes no path", subject=pattern, remedy="The whole path of an asset is looked at, folders too.")
    return _planned(assets, wanted, existing)


def _planned(assets: Sequence[Asset], wanted: Mapping[str, str], existing: str) -> AssetPlan:
    """Steps for new paths by asset id, each where it can be done: an asset whose place is still taken by one that moves waits for it."""
    by_id = {one.asset_id: one for one in assets}
    staying = {one.path: one for one in assets if one.asset_id not in wanted}
    folders = _folders(staying)
    leaving = {by_id[asset_id].path: asset_id for asset_id in wanted}
    steps: list[AssetStep] = []
    taken: dict[str, str] = {}
    for asset_id, path in sorted(wanted.items(), key=lambda item: by_id[item[0]].path):
        steps.append(_step(by_id[asset_id], path, staying, folders, taken, existing))
        taken[path] = by_id[asset_id].path
    return AssetPlan(steps=tuple(_ordered(steps, leaving)))


def _step(asset: Asset, path: str, staying: Mapping[str, Asset], folders: set[str], taken: Mapping[str, str], existing: str) -> AssetStep:
    if path == asset.path:
        return AssetStep(asset=asset, verdict="skip", path=path, reason="it has this path already")
    above = next((folder for folder in _parents(path) if folder in staying), "")
    faults = {
        f"the path {path_fault(path)}": bool(path_fault(path)),
        f"{taken.get(path)} would have the same path": path in taken,
        "there is a folder of this name": path in folders,
        f"{above} is a file": bool(above),
    }
    if fault := next((words for words, holds in faults.items() if holds), ""):
        return AssetStep(asset=asset, verdict="refuse", path=path, reason=fault)
    other = staying.get(path)
    if other is None:
        return AssetStep(asset=asset, verdict="rename", path=path)
    if existing == "overwrite":
        return AssetStep(asset=asset, verdict="replace", path=path, replaced=other.asset_id, reason="it takes the place of the asset there")
    verdict: Verdict = "skip" if existing == "skip" else "refuse"
    return AssetStep(asset=asset, verdict=verdict, path=path, reason="an asset stands there")


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:at]) for at in range(1, len(parts))]


def _folders(paths: Iterable[str]) -> set[str]:
    return {folder for path in paths for folder in _parents(path)}


def _ordered(steps: list[AssetStep], leaving: Mapping[str, str]) -> list[AssetStep]:
    """The steps, those first whose new path is free or becomes so; assets that would change places are refused."""
    waiting = {step.asset.asset_id: step for step in steps}
    ordered: list[AssetStep] = []
    while waiting:
        free = [step for step in waiting.values() if leaving.get(step.path, "") not in waiting or leaving[step.path] == step.asset.asset_id]
        if not free:
            why = "it waits for the place of another that waits for its place: give one of them a third name first"
            return ordered + [msgspec.structs.replace(step, verdict="refuse", reason=why) for step in waiting.values()]
        for step in free:
            del waiting[step.asset.asset_id]
        ordered += free
    return ordered
