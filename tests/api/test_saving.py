"""Saving metadata where the answer is lost: looked at again, so that nobody else's change is overwritten by a second try."""

from __future__ import annotations

import json

import pytest
from answering import Answering, answer, answering

from dandi_tui.api.client import ArchiveClient
from dandi_tui.api.instances import find_instance
from dandi_tui.errors import ConflictError
from dandi_tui.owning import saving
from dandi_tui.owning.saving import Prepared, save

BROKEN = b""
THEIRS = {"name": "Whiskers", "description": "Few words."}
OURS = {"name": "Whiskers", "description": "More words."}
RECORD = {
    "version": "draft", "name": "Whiskers", "asset_count": 0, "size": 0, "status": "Pending", "active_uploads": 0,
    "created": "2026-01-01T00:00:00Z", "modified": "2026-01-02T00:00:00Z", "metadata": OURS,
    "dandiset": {
        "identifier": "000001", "created": "2026-01-01T00:00:00Z", "modified": "2026-01-02T00:00:00Z", "contact_person": "", "embargo_status": "OPEN",
        "star_count": 0, "is_starred": False,
    },
}  # fmt: skip


def _said(document: object) -> bytes:
    return answer("200 OK", json.dumps(document).encode())


async def _saved(server: Answering, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(saving, "_PAUSE", 0)
    async with ArchiveClient(find_instance(server.api_url), "k" * 40) as client:
        info, copy = await save(client, "000001", Prepared(OURS, THEIRS))
    assert copy is not None
    assert json.loads(copy.read_text()) == THEIRS
    return info.status


def _methods(server: Answering) -> list[str]:
    return [one.split(b" ", 1)[0].decode() for one in server.requests]


async def test_it_is_looked_at_right_before_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(_said({**THEIRS, "citation": "made anew"}), _said(RECORD)) as server:
        assert await _saved(server, monkeypatch) == "Pending"
    assert _methods(server) == ["GET", "PUT"]


async def test_a_lost_answer_is_no_second_try_where_the_archive_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(_said(THEIRS), BROKEN, _said(OURS), _said(RECORD)) as server:
        assert await _saved(server, monkeypatch) == "Pending"
    assert _methods(server) == ["GET", "PUT", "GET", "GET"]


async def test_it_is_tried_again_where_the_archive_has_not_taken_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(_said(THEIRS), answer("502 Bad", b""), _said(THEIRS), _said(RECORD)) as server:
        assert await _saved(server, monkeypatch) == "Pending"
    assert _methods(server) == ["GET", "PUT", "GET", "PUT"]


async def test_a_change_between_two_tries_is_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(_said(THEIRS), BROKEN, _said({**THEIRS, "keywords": ["theirs"]})) as server:
        with pytest.raises(ConflictError, match="just now"):
            await _saved(server, monkeypatch)
    assert _methods(server) == ["GET", "PUT", "GET"]
