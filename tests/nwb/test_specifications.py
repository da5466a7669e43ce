"""What a file's own specifications say of its types; broken ones are left out, rings end."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import pytest

from dandi_tui.nwb.hdf5_nodes import Hdf5Contents
from dandi_tui.nwb.reader import Reader
from dandi_tui.nwb.specifications import Specifications

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "nwb"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "made.nwb"
    series = {"neurodata_type_def": "TimeSeries", "doc": "A series.", "datasets": [{"name": "data", "doc": "Its values."}]}
    special = {"neurodata_type_def": "MySeries", "neurodata_type_inc": "TimeSeries", "doc": "Mine."}
    ring = [{"neurodata_type_def": name, "neurodata_type_inc": other} for name, other in (("A", "B"), ("B", "A"))]
    with h5py.File(path, "w") as file:
        file["specifications/core/2.7.0/nwb.base"] = json.dumps({"groups": [series, *ring]})
        file["specifications/mine/0.1.0/ext"] = json.dumps({"groups": [{"groups": [special]}]})
        file["specifications/broken/0.1.0/half"] = '{"groups": ['
        file["specifications/broken/0.1.0/deep"] = "[" * 20_000 + "]" * 20_000
        group = file.create_group("acquisition/x")
        group.attrs["neurodata_type"] = "MySeries"
        group["data"] = [1, 2]
    return path


def test_types_of_extensions_inherit_and_have_words(made: Path) -> None:
    with h5py.File(made, "r") as file:
        known = Specifications(Hdf5Contents(file))
    assert known.ancestry("MySeries")[:3] == ["MySeries", "TimeSeries", "NWBDataInterface"]
    assert known.words("MySeries") == "Mine."
    assert known.field_words("MySeries", "data") == "Its values."
    assert known.ancestry("A") == ["A", "B"]
    assert known.ancestry("Unheard") == ["Unheard"]


def test_objects_and_fields_are_documented(made: Path) -> None:
    with Reader(str(made)) as reader:
        assert reader.describe("/acquisition/x", documented=True).ancestry[:2] == ["MySeries", "TimeSeries"]
        assert reader.describe("/acquisition/x/data", documented=True).documentation == "Its values."
        assert reader.describe("/acquisition/x").documentation == ""


def test_hostile_specifications_end() -> None:
    path = CORPUS / "hostile" / "specifications.nwb"
    if not path.exists():
        pytest.skip("the files of shared/nwb are not beside the project")
    with Reader(str(path), patience=30) as reader:
        for one in list(reader.walk()):
            if one.neurodata_type:
                assert reader.describe(one.path, documented=True).listed.path == one.path
