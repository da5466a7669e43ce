"""The sample data are what they say: what they tell of validation is what validation finds."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from dandi_tui.demo.background import Background
from dandi_tui.demo.content import SampleDandiset, SampleFile
from dandi_tui.demo.fill import USERS, fill
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


@pytest.mark.parametrize("move", [False, True])
def test_files_that_an_archive_is_filled_with_stay_where_they_are_unless_it_may_take_them(tmp_path: Path, move: bool) -> None:
    given = tmp_path / "given"
    (given / "one.zarr").mkdir(parents=True)
    for name in ("one.txt", "same.txt", "one.zarr/.zgroup"):
        (given / name).write_text("{}")
    files = [SampleFile(path=one.name, source=one, is_zarr=one.is_dir()) for one in sorted(given.iterdir())]
    now = datetime(2025, 1, 15, tzinfo=UTC)
    store = Store(tmp_path / "archive")
    users.add(store, USERS)
    fill(store, [SampleDandiset(identifier="000001", metadata={"name": "One"}, files=files, created=now, modified=now)], move=move)
    kept = sorted(path.read_text() for path in (store.root).rglob("*") if path.is_file() and "sqlite" not in path.name)
    store.close()
    assert kept == ["{}", "{}"]  # one for the two that are alike, one of the Zarr
    assert [path.exists() for path in (given / "one.txt", given / "same.txt", given / "one.zarr" / ".zgroup")] == [not move] * 3
