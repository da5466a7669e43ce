"""Zarr stores: listings of real ones are what their documents say; those made to break readers end in words."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import msgspec
import pytest

from dandi_tui.nwb.messages import Rows
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.reader import Reader

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "nwb"
STORES = sorted((CORPUS / "zarr").glob("*"))
HOSTILE = sorted((CORPUS / "hostile-zarr").glob("*.zarr"))
pytestmark = pytest.mark.skipif(not STORES, reason="the stores of shared/nwb are not beside the project")
NOT_COMPARED = {"zarr_dtype", "filters"}


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.name)
def test_a_real_store_is_listed_as_its_documents_say(store: Path) -> None:
    truth = json.loads(gzip.decompress((CORPUS / "truth-zarr" / f"{store.name}.json.gz").read_bytes()))
    with Reader(str(store)) as reader:
        facts = reader.facts()
        found = [msgspec.to_builtins(one) for one in reader.walk()] if truth["root"]["kind"] == "group" else []
    assert facts.format == "zarr"
    assert len(found) == len(truth["objects"])
    for ours, theirs in zip(sorted(found, key=lambda one: one["path"]), sorted(truth["objects"], key=lambda one: one["path"]), strict=True):
        if isinstance(theirs.get("compression"), list):
            theirs["compression"] = ", ".join(one for one in theirs["compression"] if one != "bytes")
        assert {name: ours[name] for name in theirs.keys() - NOT_COMPARED} == {name: theirs[name] for name in theirs.keys() - NOT_COMPARED}
    told = {**facts.session, "nwb_version": facts.nwb_version}
    assert {name: told.get(name) for name in truth["session"]} == truth["session"]


def test_values_are_decoded() -> None:
    with Reader(str(CORPUS / "zarr" / "pynwb__zarr_tutorial.nwb.zarr")) as reader:
        table = reader.rows(Rows("/acquisition/synthetic_timeseries/data", start=98, count=5))
        assert (table.total, len(table.rows), len(table.rows[0])) == (100, 2, 50)
        assert reader.rows(Rows("/identifier")).rows == [["EXAMPLE_ID"]]


def test_a_pickle_is_refused() -> None:
    with Reader(str(CORPUS / "zarr" / "hdmf__test.nwb")) as reader, pytest.raises(FileError, match="pickle"):
        reader.rows(Rows("/general/extracellular_ephys/electrodes/group"))


@pytest.mark.parametrize("store", HOSTILE, ids=lambda store: store.name)
def test_a_hostile_store_ends_in_words_or_in_a_listing(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Reader(str(store), patience=60) as reader:
        objects = list(reader.walk(limit=2000))
        for one in objects:
            try:
                said = str(reader.rows(Rows(one.path, count=2)).rows)
            except FileError as error:
                said = str(error)
            assert "root:" not in said
            assert "ended the reader process" not in said
    assert objects
    assert not list(tmp_path.rglob("pickle-was-run"))
    assert not list(store.rglob("pickle-was-run"))
