"""The summary of the assets that stands in the metadata of drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.demo import documents
from dandi_tui.demo.store import assets, dandisets, versions
from dandi_tui.demo.summary import Tally

if TYPE_CHECKING:
    from dandi_tui.demo.background.work import Work
    from dandi_tui.demo.store.versions import Version

_AT_ONCE = 1000


async def step(work: Work) -> bool:
    """Brings the summary of one draft up to date; whether any was not."""
    draft = await work.read(lambda: versions.first_without_summary(work.store))
    if draft is None:
        return False
    found = await summary(work, draft)
    await work.change(lambda: _keep(work, draft, found))
    return True


async def summary(work: Work, draft: Version) -> dict[str, Any]:
    """The summary of the valid assets of a draft, read some at a time so that others are answered between."""
    tally, after = Tally(), ""
    while True:
        some = await work.read(lambda after=after: assets.valid_after(work.store, draft, after, _AT_ONCE))  # type: ignore[misc]
        for path, size, sent in some:
            tally.add(path, size, sent)
            after = path
        if len(some) < _AT_ONCE:
            return tally.summary()


def _keep(work: Work, draft: Version, found: dict[str, Any]) -> None:
    now = versions.get(work.store, draft.dandiset, draft.version)
    dandiset = dandisets.get(work.store, draft.dandiset)
    if now and dandiset:
        sent = {**versions.metadata(work.store, now), "assetsSummary": found}
        documents.keep(work.store, dandiset, now, sent)
        if now.modified == draft.modified:
            versions.set_summarized(work.store, now)
