"""Listings of real files are what h5py finds; files made to break readers end in words, and the reader goes on."""

from __future__ import annotations

import gzip
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
import pytest

from dandi_tui.nwb.messages import Rows
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "nwb"
FILES = sorted(CORPUS.glob("*.nwb"))
HOSTILE = sorted(CORPUS.glob("hostile*/*.nwb"))
# The first part is tried at each run, all of them by `pytest -m slow`.
_PARTS = 4
pytestmark = pytest.mark.skipif(not FILES, reason="the files of shared/nwb are not beside the project")


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, _PARTS))])
def test_every_real_file_is_listed_as_h5py_finds_it(part: int) -> None:
    for file in FILES[part::_PARTS]:
        truth = json.loads(gzip.decompress((CORPUS / "truth" / f"{file.name}.json.gz").read_bytes()))
        with Reader(str(file)) as reader:
            facts = reader.facts()
            found = [msgspec.to_builtins(one) for one in reader.walk()]
        assert len(found) == len(truth["objects"]), file.name
        for ours, theirs in zip(found, truth["objects"], strict=True):
            assert {name: ours[name] for name in theirs} == theirs, file.name
        told = {**facts.session, "nwb_version": facts.nwb_version}
        assert {name: told.get(name) for name in truth["session"]} == truth["session"], file.name


def _words_or(call: Callable[[], T]) -> T | str:
    """What a call gives, or the words in which it ends."""
    try:
        return call()
    except FileError as error:
        return str(error)


@pytest.mark.parametrize("file", HOSTILE, ids=lambda file: file.stem)
def test_a_hostile_file_ends_in_words_or_in_a_listing(file: Path) -> None:
    with Reader(str(file), patience=30) as reader:
        objects = _words_or(lambda: list(reader.walk(limit=3000)))
        if isinstance(objects, str):
            assert len(objects) > 20
            return
        assert objects
        for one in [one for one in objects[:60] if one.kind == "dataset"]:
            table = _words_or(partial(reader.rows, Rows(one.path, count=3, columns=3)))
            assert "root:" not in str(table)
            assert table


def test_a_group_that_ends_the_library_ends_the_reader_alone() -> None:
    with Reader(str(CORPUS / "hostile-fatal" / "btree_self.nwb")) as reader:
        with pytest.raises(FileError, match="ended the reader process"):
            list(reader.walk())
        assert reader.facts().nwb_version == "2.7.0"


def test_sixteen_million_paths_are_25_objects() -> None:
    with Reader(str(CORPUS / "hostile-fatal" / "explosion.nwb")) as reader:
        objects = list(reader.walk())
    assert sum(one.target is not None and one.kind == "group" for one in objects) == 24
    assert len(objects) < 100


def test_values_outside_the_file_are_not_read() -> None:
    with Reader(str(CORPUS / "hostile" / "external.nwb")) as reader, pytest.raises(FileError, match="not opened"):
        reader.rows(Rows("/acquisition/outside"))
    with Reader(str(CORPUS / "hostile" / "virtual.nwb")) as reader, pytest.raises(FileError, match="not opened"):
        reader.rows(Rows("/acquisition/passwd"))


def test_a_missing_filter_is_named_with_its_remedy() -> None:
    with Reader(str(CORPUS / "hostile" / "filters.nwb")) as reader, pytest.raises(FileError, match=r"zstd.*hdf5plugin"):
        reader.rows(Rows("/acquisition/zstd"))


def test_a_question_within_a_listing_is_refused_and_not_waited_for_for_ever() -> None:
    with Reader(str(FILES[0])) as reader:
        listing = reader.walk()
        next(listing)
        with pytest.raises(FileError, match="take it whole"):
            reader.facts()
        listing.close()
        assert reader.children("/")
