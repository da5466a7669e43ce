"""Publishing: the draft, as it is, becomes a version that never changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo import documents, metadata
from dandi_tui.demo.background.summarizing import summary
from dandi_tui.demo.store import assets, dandisets, versions
from dandi_tui.demo.times import now

if TYPE_CHECKING:
    from dandi_tui.demo.background.work import Work
    from dandi_tui.demo.store import Store
    from dandi_tui.demo.store.dandisets import Dandiset
    from dandi_tui.demo.store.versions import Version


async def step(work: Work) -> bool:
    """Publishes one draft; whether any waited."""
    draft = await work.read(lambda: versions.first_of_status(work.store, "Publishing"))
    if draft is None:
        return False
    await work.linger()
    found = await summary(work, draft)
    await work.change(lambda: _publish(work.store, draft, found))
    return True


def _publish(store: Store, asked: Version, found: dict[str, Any]) -> None:
    draft = versions.get(store, asked.dandiset, versions.DRAFT)
    dandiset = dandisets.get(store, asked.dandiset)
    if draft is None or dandiset is None:
        return
    made = _new_version(store, draft, dandiset, {**versions.metadata(store, draft), "assetsSummary": found})
    store.run("INSERT INTO held SELECT ?, path, parent, asset FROM held WHERE version = ?", made.id, draft.id)
    store.run("INSERT INTO folder SELECT ?, path, parent, files, size FROM folder WHERE version = ?", made.id, draft.id)
    time = metadata.stamp(made.created)
    assets.mark_published(store, made, time, metadata.publish_activity(f"{draft.dandiset}/{made.version}", time))
    versions.end_publishing(store, draft, unchanged=draft.modified == asked.modified)


def _new_version(store: Store, draft: Version, dandiset: Dandiset, sent: dict[str, Any]) -> Version:
    made = msgspec.structs.replace(
        draft, id=store.number("SELECT max(id) FROM version") + 1, version=next_number(store, draft.dandiset), status="Valid",
        created=now(), modified=now(), release_notes=versions.wanted_notes(store, draft),
    )  # fmt: skip
    store.insert("version", [(*msgspec.structs.astuple(made), b"{}", b"[]", "", 1)])
    documents.keep(store, dandiset, made, sent)
    return made


def next_number(store: Store, dandiset: str) -> str:
    """The number of a version that is published now: the minute, or the next one that is free."""
    time = datetime.now(UTC)
    while versions.get(store, dandiset, number := time.strftime("0.%y%m%d.%H%M")):
        time += timedelta(minutes=1)
    return number
