"""Rules of BIDS that are looked at: description, participants, names, entities, suffixes, sidecars."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dandi_tui.dataset.bids_names import parse_name
from dandi_tui.dataset.findings import Finding, Layer
from dandi_tui.dataset.validate import validate
from dandi_tui.dataset.validate_hints import hint_for

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"Name": "A dataset", "BIDSVersion": "1.10.0"}


@pytest.fixture
def bids(tmp_path: Path) -> Path:
    """A BIDS dataset of two subjects that is as it should be."""
    put(tmp_path, "dataset_description.json", json.dumps(GOOD))
    put(tmp_path, "dandiset.yaml", "identifier: DANDI:000123\nname: A name\ndescription: Words\n")
    put(tmp_path, "README.md", "Words")
    put(tmp_path, "participants.tsv", "participant_id\tage\nsub-01\t3\nsub-02\t4\n")
    put(tmp_path, "task-rest_ieeg.json", "{}")
    put(tmp_path, "sub-01/ses-a/ecephys/sub-01_ses-a_run-1_ecephys.nwb")
    put(tmp_path, "sub-01/ses-a/ecephys/sub-01_ses-a_ecephys.json", "{}")
    put(tmp_path, "sub-01/ses-a/sub-01_ses-a_scans.tsv")
    put(tmp_path, "sub-02/ieeg/sub-02_task-rest_ieeg.nwb")
    put(tmp_path, "sub-02/ieeg/sub-02_task-rest_events.tsv")
    put(tmp_path, "sub-02/anat/sub-02_T1w.nii.gz")
    return tmp_path


def put(root: Path, place: str, text: str = "x") -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def found_in(root: Path) -> list[Finding]:
    """What is said of BIDS, but that it is a dataset."""
    found = [one for checked in validate([root], layers=[Layer.ARCHIVE]) for one in checked.findings]
    assert any(one.id == "BIDS.dataset" for one in found)
    return [one for one in found if one.id.startswith("BIDS.") and one.id != "BIDS.dataset"]


def test_a_good_dataset_has_no_problems(bids: Path) -> None:
    assert found_in(bids) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"Name": ""}, "Name is missing"),
        ({"BIDSVersion": None}, "BIDSVersion is missing"),
        ({"BIDSVersion": "one"}, "no version such as"),
        ({"DatasetType": "cooked"}, "none of raw, derivative, study"),
        ({"DatasetType": "derivative"}, "GeneratedBy is missing"),
    ],
)
def test_the_description_has_what_bids_asks_for(bids: Path, changed: dict[str, object], words: str) -> None:
    put(bids, "dataset_description.json", json.dumps({**GOOD, **changed}))
    (only,) = found_in(bids)
    assert (only.id, only.severity.name) == ("BIDS.description", "ERROR")
    assert words in only.message


@pytest.mark.parametrize(
    ("place", "kind", "severity", "words"),
    [
        ("sub-01/ses-a/ecephys/sub-02_ses-a_ecephys.nwb", "BIDS.name_differs", "ERROR", "The name says sub-02/ses-a"),
        ("sub-01/ses-a/ecephys/sub-01_ecephys.nwb", "BIDS.name_differs", "ERROR", "its folders sub-01/ses-a/ecephys"),
        ("sub-02/ses-b/ieeg/sub-02_ses-c_task-rest_ieeg.nwb", "BIDS.name_differs", "ERROR", "ses-c"),
        ("sub-01/ses-a/ecephys/sub-01_ses-a_run-1_task-x_ecephys.nwb", "BIDS.entities", "ERROR", "order"),
        ("sub-01/ses-a/ecephys/sub-01_ses-a_run-1_run-2_ecephys.nwb", "BIDS.entities", "ERROR", "twice"),
        ("sub-01/ses-a/ecephys/sub-01_ses-a_probe-1_ecephys.nwb", "BIDS.entities", "ERROR", "no entity"),
        ("sub-01/ses-a/ecephys/sub-01_ses-a_ieeg.json", "BIDS.suffix", "WARNING", "no suffix of ecephys"),
        ("sub-02/ieeg/sub-02_task-rest_events.txt", "BIDS.suffix", "WARNING", ".txt does not go with «events»"),
        ("sub-02/anat/x.nii.gz", "BIDS.name", "ERROR", "does not follow BIDS"),
        ("sub-02/pictures/sub-02_T1w.nii.gz", "BIDS.name", "ERROR", "no folder of a kind of data"),
        ("sub-02/ieeg/sub-02_task-rest_channels.json", "BIDS.json", "ERROR", "JSON"),
        ("sub-02/ieeg/sub-02_task-other_ieeg.nwb", "BIDS.sidecar", "WARNING", "sub-02_task-other_ieeg.json"),
    ],
)
def test_a_file_that_breaks_a_rule_is_named_with_its_remedy(bids: Path, place: str, kind: str, severity: str, words: str) -> None:
    put(bids, place, "{" if place.endswith("channels.json") else "{}")
    found = found_in(bids)
    assert [(one.id, one.severity.name, one.path) for one in found] == [(kind, severity, str(bids / place))]
    assert words in found[0].message
    assert found[0].hint


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("participant_id\nsub-01\n", {"sub-02 has a folder, and is not listed"}),
        ("participant_id\nsub-01\nsub-02\nsub-03\n", {"sub-03 is listed, and has no folder"}),
        ("participant_id\nsub-01\nsub-02\nsub-02\n", {"sub-02 is listed twice"}),
        ("age\tparticipant_id\n3\tsub-01\n", {"Its first column is not participant_id"}),
        ("participant_id\nsub-01\nsub-02\nmouse\n", {"mouse is no participant_id such as sub-01"}),
        ("", {"Its first column is not participant_id"}),
    ],
)
def test_participants_are_those_that_have_folders(bids: Path, table: str, words: set[str]) -> None:
    put(bids, "participants.tsv", table)
    found = found_in(bids)
    assert {one.message for one in found} == words
    assert {one.path for one in found} == {str(bids / "participants.tsv")}


def test_odd_tables_and_descriptions_are_told_not_failed_over(bids: Path) -> None:
    (bids / "participants.tsv").write_bytes(b"participant_id\n\xff\xfe\x00\n")
    put(bids, "dataset_description.json", "[" * 100_000)
    assert {one.id for one in found_in(bids)} == {"BIDS.participants", "BIDS.description"}


def test_names_are_taken_apart() -> None:
    name = parse_name("sub-01_ses-a_sample-1_SPIM.ome.zarr")
    assert name is not None
    assert (dict(name.entities), name.suffix, name.extension) == ({"sub": "01", "ses": "a", "sample": "1"}, "SPIM", ".ome.zarr")
    assert parse_name("sub-01.nwb") is None


def test_every_rule_has_a_remedy() -> None:
    for kind in ("dataset", "description", "readme", "name", "name_differs", "entities", "suffix", "sidecar", "json", "participants"):
        assert hint_for(f"BIDS.{kind}")
