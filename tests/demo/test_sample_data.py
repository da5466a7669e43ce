"""The sample data are what they say: what they tell of validation is what validation finds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.demo.background import Background
from dandi_tui.demo.fill import USERS
from dandi_tui.demo.server import prepare, serving
from dandi_tui.demo.store import Store, users

if TYPE_CHECKING:
    from pathlib import Path

_FOUND = (
    "SELECT 'asset', a.path, a.status, a.errors FROM asset a UNION ALL"
    " SELECT v.dandiset, v.version, replace(v.status, 'Published', 'Valid'), v.errors FROM version v"
)


def test_validation_finds_in_the_samples_what_they_say_of_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    users.add(store, USERS)
    prepare(store, assets_count=0, tell=lambda _: None)
    told = {(kind, name): (status, msgspec.json.decode(errors)) for kind, name, status, errors in store.rows(_FOUND)}
    store.run("UPDATE asset SET status = 'Pending'")
    store.run("UPDATE version SET status = 'Pending' WHERE version = 'draft'")
    waiting = "SELECT 1 FROM asset WHERE status IN ('Pending', 'Validating') UNION ALL SELECT 1 FROM version WHERE status IN ('Pending', 'Validating')"
    with serving(store, Background(pace=0.05)):
        for _ in range(600):
            if not store.has(waiting):
                break
            time.sleep(0.1)
    found = {(kind, name): (status, msgspec.json.decode(errors)) for kind, name, status, errors in store.rows(_FOUND)}
    store.close()
    assert found == told
    assert {status for status, _ in found.values()} == {"Valid", "Invalid"}
