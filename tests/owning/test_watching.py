"""Drafts watched while the archive validates them: what it said before a change is not taken for its last word."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from conftest import TOKENS, Archive
from contributing import Owner

from dandi_tui.api.client import ArchiveClient
from dandi_tui.api.instances import find_instance
from dandi_tui.demo.background import Background
from dandi_tui.demo.fill import USERS
from dandi_tui.demo.server import serving
from dandi_tui.demo.store import Store, users
from dandi_tui.owning.publishing import settled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def archive_and_work(tmp_path: Path) -> Iterator[tuple[Archive, Background]]:
    """An archive, and what it does by itself."""
    store, background = Store(tmp_path / "archive"), Background(pace=0.02)
    users.add(store, USERS)
    with serving(store, background) as origin:
        yield Archive(f"{origin}/api", TOKENS["demo"]), background
    store.close()


async def test_a_problem_of_the_time_before_the_files_came_is_asked_again(archive_and_work: tuple[Archive, Background]) -> None:
    archive, background = archive_and_work
    owner = Owner(archive)

    def came() -> str:
        identifier = owner.dandiset(files=0)
        owner.until(lambda: owner.info(identifier)["status"] == "Invalid")
        background.hold()
        owner.upload(identifier, "sub-1/notes.txt", b"notes")
        return identifier

    identifier = await asyncio.to_thread(came)
    async with ArchiveClient(find_instance(archive.api_url), archive.token) as client:
        seen = []
        async for draft in settled(client, identifier, pause=0.05):
            seen.append({one.state for one in draft.checks})
            if len(seen) == 2:
                background.release()
    assert {"blocks", "waits"} <= seen[0], "the old problem stands beside what is awaited"
    assert draft.is_ready
    owner.http.close()
