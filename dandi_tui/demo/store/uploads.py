"""Uploads that are not finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.demo.store import select

if TYPE_CHECKING:
    from dandi_tui.demo.store import Store


class Upload(msgspec.Struct, frozen=True):
    """An upload that was begun: what was announced of it (`size` in bytes)."""

    upload_id: str
    dandiset: str
    user: int
    etag: str
    size: int
    created: str


def count(store: Store, dandiset: str) -> int:
    """How many are unfinished."""
    return store.number("SELECT count(*) FROM upload WHERE dandiset = ?", dandiset)


def page(store: Store, dandiset: str, offset: int, size: int) -> list[Upload]:
    """Some of them, in the order they were begun."""
    query = f"{select(Upload, 'upload u')} WHERE u.dandiset = ? ORDER BY u.created LIMIT ? OFFSET ?"
    return store.records(Upload, query, dandiset, size, offset)
