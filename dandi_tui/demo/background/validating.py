"""Validation: of assets as soon as their digest is known, of drafts after each change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo import documents, metadata
from dandi_tui.demo.store import assets, dandisets, versions
from dandi_tui.demo.times import now

if TYPE_CHECKING:
    from dandi_tui.demo.background.validator import Problem
    from dandi_tui.demo.background.work import Work
    from dandi_tui.demo.store.assets import Asset
    from dandi_tui.demo.store.versions import Version

_AT_ONCE = 100
# What stands for the version while it isn't published.
_SOME_VERSION = "0.000000.0000"


async def assets_step(work: Work) -> bool:
    """Validates some assets; whether any waited."""

    def begin() -> list[tuple[Asset, dict[str, Any]]]:
        found = assets.ready_for_validation(work.store, _AT_ONCE)
        assets.set_status(work.store, found, "Validating")
        return [(asset, _publishable_asset(work, asset)) for asset in found]

    waiting = await work.change(begin)
    if not waiting:
        return False
    found = await work.validator.problems("PublishedAsset", [document for _, document in waiting])

    def keep() -> None:
        for (asset, _), problems in zip(waiting, found, strict=True):
            assets.keep_problems(work.store, asset, problems)

    await work.change(keep)
    return True


def _publishable_asset(work: Work, asset: Asset) -> dict[str, Any]:
    dandiset = dandisets.get(work.store, asset.dandiset)
    assert dandiset is not None  # noqa: S101 (its assets go with it)
    found = documents.of_asset(work.store, work.addresses, asset, dandiset)
    time = metadata.stamp(now())
    return {**found, "datePublished": time, "publishedBy": metadata.publish_activity("draft", time)}


async def versions_step(work: Work) -> bool:
    """Validates the metadata of a draft; whether any waited."""

    def begin() -> tuple[Version, dict[str, Any]] | None:
        found = versions.first_of_status(work.store, "Pending")
        if found is None:
            return None
        versions.set_status(work.store, found, "Validating")
        return found, _publishable_version(work, found)

    waiting = await work.change(begin)
    if waiting is None:
        return False
    draft, document = waiting
    problems = (await work.validator.problems("PublishedDandiset", [document]))[0]
    await work.change(lambda: _keep(work, draft, problems))
    return True


def _keep(work: Work, draft: Version, problems: list[Problem]) -> None:
    """Keeps what was found, unless the draft has changed since."""
    work.store.run(
        "UPDATE version SET status = ?, errors = ? WHERE id = ? AND status = 'Validating'",
        "Invalid" if problems else "Valid", msgspec.json.encode(problems), draft.id,
    )  # fmt: skip


def _publishable_version(work: Work, draft: Version) -> dict[str, Any]:
    dandiset = dandisets.get(work.store, draft.dandiset)
    assert dandiset is not None  # noqa: S101 (its versions go with it)
    published = msgspec.structs.replace(draft, version=_SOME_VERSION, created=now())
    found = documents.of_version(work.store, work.addresses, dandiset, published, versions.metadata(work.store, draft))
    found.pop("releaseNotes")
    summary = {"schemaKey": "AssetsSummary", "numberOfBytes": int(draft.size > 0), "numberOfFiles": int(draft.asset_count > 0)}
    return {**found, "assetsSummary": summary}
