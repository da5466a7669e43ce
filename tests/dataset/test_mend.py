"""Filling in fields: files that pynwb and the archive's rules accept afterwards, sources as they were, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import h5py
import pytest

from dandi_tui.dataset import mend as mending
from dandi_tui.dataset import mend_hdf5, mend_zarr
from dandi_tui.dataset.findings import Severity
from dandi_tui.dataset.mend import fillable_of, mend_all, mend_file
from dandi_tui.dataset.mend_fields import FIELDS, MendError, checked_value
from dandi_tui.dataset.mend_rules import Fillable, Rule, parse_table, values_for
from dandi_tui.dataset.metadata import asset_metadata
from dandi_tui.dataset.nwb_fields import read_fields
from dandi_tui.dataset.validate_file import check_file
from dandi_tui.dataset.validate_groups import at_least
from dandi_tui.dataset.validate_hints import _REMEDIES

if TYPE_CHECKING:
    from pathlib import Path

NO_SUBJECT = "neuroconv__ecephys_tutorial_v2.5.0.nwb"
NO_AGE = "nwb2bids__sub-001_ses-A_ecephys.nwb"
SUBJECT = {"subject.subject_id": "M1", "subject.species": "mouse", "subject.sex": "female", "subject.age": "90 days"}


@pytest.fixture
def file(tmp_path: Path, shared: Path) -> Path:
    path = tmp_path / "sub-1.nwb"
    shutil.copy(shared / "nwb" / NO_SUBJECT, path)
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def schema_errors(path: Path) -> list[str]:
    import pynwb

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [str(error) for error in pynwb.validate(path=str(path))]


def test_a_filled_in_subject_settles_what_validation_asked_for(file: Path) -> None:
    asked = {one.field for one in at_least(check_file(str(file)).findings, Severity.ERROR) if one.field}
    assert asked == {"subject.subject_id"}
    mended = mend_file(str(file), SUBJECT)
    assert mended.problem == ""
    assert {one.field: (one.before, one.after) for one in mended.changes} == {
        "subject.subject_id": (None, "M1"),
        "subject.species": (None, "Mus musculus"),
        "subject.sex": (None, "F"),
        "subject.age": (None, "P90D"),
    }
    assert schema_errors(file) == []
    assert {one.field for one in at_least(check_file(str(file)).findings, Severity.ERROR) if one.field} == set()
    person = asset_metadata(file).metadata["wasAttributedTo"][0]
    assert (person["identifier"], person["age"]["value"], person["sex"]["name"]) == ("M1", "P90D", "Female")


def test_every_field_can_be_filled_in_and_read_by_pynwb(file: Path) -> None:
    from pynwb import NWBHDF5IO

    values = {name: field.example for name, field in FIELDS.items()}
    assert mend_file(str(file), values).problem == ""
    assert schema_errors(file) == []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with NWBHDF5IO(file, "r") as io:
            nwb = io.read()
            assert nwb.experimenter == ("Doe, Jane", "Roe, Richard")
            assert list(nwb.keywords) == ["decision making", "CA1"]
            assert (nwb.session_id, nwb.institution, nwb.subject.weight) == ("20240503a", "University of Somewhere", "0.025 kg")
            assert nwb.session_start_time == nwb.timestamps_reference_time
            assert nwb.subject.date_of_birth.year == 2024
            assert len(nwb.file_create_date) == 2


def test_values_that_stand_there_already_change_nothing(file: Path) -> None:
    mend_file(str(file), SUBJECT)
    before = digest(file)
    assert mend_file(str(file), SUBJECT).changes == []
    assert digest(file) == before


def test_an_age_from_gestation_and_back_to_birth(file: Path) -> None:
    mend_file(str(file), {**SUBJECT, "subject.age": "Gestation P18D"})
    assert asset_metadata(file).metadata["wasAttributedTo"][0]["age"]["valueReference"]["value"] == "dandi:GestationalReference"
    mend_file(str(file), {"subject.age": "P18D"})
    assert asset_metadata(file).metadata["wasAttributedTo"][0]["age"]["valueReference"]["value"] == "dandi:BirthReference"
    assert schema_errors(file) == []


@pytest.mark.parametrize("kind", ["symlink", "hardlink"])
def test_the_source_behind_a_link_is_never_written_to(file: Path, tmp_path: Path, kind: str) -> None:
    placed = tmp_path / "dandiset" / "a.nwb"
    placed.parent.mkdir()
    placed.symlink_to(file) if kind == "symlink" else os.link(file, placed)
    before = digest(file)
    assert mend_file(str(placed), SUBJECT).problem == ""
    assert digest(file) == before
    assert not placed.is_symlink()
    assert digest(placed) != before
    assert [one.name for one in placed.parent.iterdir()] == ["a.nwb"]


@pytest.mark.parametrize("at", ["_written", "_read_back", "sync", "copy", "take_place"])
def test_a_failure_at_any_step_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    before = digest(file)

    def fails(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mending if at.startswith("_") else mend_hdf5, at, fails)
    mended = mend_file(str(file), SUBJECT)
    assert "No space left" in mended.problem
    assert digest(file) == before
    assert [one.name for one in file.parent.iterdir() if "mending" in one.name] == []


def test_links_in_the_file_are_not_written_through(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as made:
        made.create_group("subject")
    with h5py.File(file, "r+") as made:
        made["/general/subject"] = h5py.ExternalLink("other.h5", "/subject")
    before = digest(other)
    assert "link" in mend_file(str(file), SUBJECT).problem
    assert digest(other) == before


def test_a_file_that_a_writer_has_open_is_left_to_it(file: Path) -> None:
    import subprocess
    import sys

    writer = "import h5py, sys; file = h5py.File(sys.argv[1], 'r+'); print('open', flush=True); sys.stdin.read(); file['late'] = [1]; file.close()"
    with subprocess.Popen([sys.executable, "-c", writer, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        assert "being written" in mend_file(str(file), SUBJECT).problem
        process.communicate("")
    with h5py.File(file) as read:
        assert "late" in read
    assert mend_file(str(file), SUBJECT).problem == ""


def test_files_that_are_none_are_told(tmp_path: Path, shared: Path) -> None:
    (tmp_path / "text.nwb").write_text("no HDF5")
    assert "as it was" in mend_file(str(tmp_path / "text.nwb"), SUBJECT).problem
    shutil.copytree(shared / "nwb" / "zarr" / "dandi-cli__single_array.zarr", tmp_path / "a.zarr")
    assert "Zarr" in mend_file(str(tmp_path / "a.zarr"), SUBJECT).problem
    assert (tmp_path / "text.nwb").read_text() == "no HDF5"


def test_many_files_are_mended_in_processes_apart(tmp_path: Path, shared: Path) -> None:
    paths = [tmp_path / f"{number}.nwb" for number in range(3)]
    for path in paths[:2]:
        shutil.copy(shared / "nwb" / NO_AGE, path)
    shutil.copy(shared / "nwb" / "hostile-fatal" / "btree_self.nwb", paths[2])
    made = {one.path: one for one in mend_all({str(path): {"subject.age": "P3M"} for path in paths}, jobs=2)}
    assert [made[str(path)].changes[0].after for path in paths[:2]] == ["P3M", "P3M"]
    assert len(made) == 3
    assert [one.name for one in tmp_path.iterdir() if "mending" in one.name] == []


def test_rules_are_given_what_a_file_says_already(shared: Path) -> None:
    found = fillable_of(str(shared / "nwb" / NO_AGE))
    assert found.subject_id == "001"
    assert {"subject.sex", "subject.species", "session_id", "identifier"} <= found.filled
    assert "subject.age" not in found.filled


@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        ("subject.age", "3 months", "P3M"),
        ("subject.age", "adult", None),
        ("subject.species", "rat", "Rattus norvegicus"),
        ("subject.species", "http://purl.obolibrary.org/obo/NCBITaxon_9541", "http://purl.obolibrary.org/obo/NCBITaxon_9541"),
        ("subject.species", "monkey", None),
        ("subject.sex", "male", "M"),
        ("subject.sex", "x", None),
        ("subject.subject_id", "a/b", None),
        ("subject.weight", "25 g", "25 g"),
        ("subject.weight", "heavy", None),
        ("subject.date_of_birth", "2999-01-01", None),
        ("session_start_time", "yesterday", None),
        ("experimenter", "Doe, Jane; Roe, R.", ["Doe, Jane", "Roe, R."]),
        ("lab", " ", None),
        ("colour", "red", None),
    ],
)
def test_values_are_written_as_the_archive_wants_them_or_refused_in_words(field: str, value: str, written: Any) -> None:
    if written is None:
        with pytest.raises(MendError):
            checked_value(field, value)
    else:
        assert checked_value(field, value) == written


def test_rules_say_which_files_get_which_values() -> None:
    rules = [
        Rule(values={"lab": "Doe lab", "subject.sex": "F"}),
        Rule(values={"subject.sex": "M"}, subject_id="m2"),
        Rule(values={"session_id": "late"}, path="*_ses-9*"),
        Rule(values={"institution": "U"}, only_absent=True),
    ]
    assert values_for(Fillable(path="raw/a.nwb", subject_id="m1"), rules) == {"lab": "Doe lab", "subject.sex": "F", "institution": "U"}
    filled = Fillable(path="raw/b_ses-9.nwb", subject_id="m2", filled=frozenset({"institution"}))
    assert values_for(filled, rules) == {"lab": "Doe lab", "subject.sex": "M", "session_id": "late"}


def test_a_table_gives_a_rule_for_each_subject_or_file() -> None:
    rules = parse_table("\ufeffsubject_id,age,sex,lab\nm1,90 days,F,\nm2,P12W,male,Doe lab\n\n")
    assert [(rule.subject_id, rule.values) for rule in rules] == [
        ("m1", {"subject.age": "P90D", "subject.sex": "F"}),
        ("m2", {"subject.age": "P12W", "subject.sex": "M", "lab": "Doe lab"}),
    ]
    (rule,) = parse_table("path\tsubject_id\texperimenter\n*.nwb\tm1\tDoe, J.; Roe, R.\n")
    assert (rule.path, rule.values) == ("*.nwb", {"subject.subject_id": "m1", "experimenter": ["Doe, J.", "Roe, R."]})


@pytest.mark.parametrize(
    ("table", "words"), [("", "no column"), ("a,b\n1,2", "no column"), ("path,colour\na,red", "colour"), ("subject_id,age\nm1,old", "line 2")]
)
def test_a_table_that_cannot_be_understood_is_refused_with_its_line(table: str, words: str) -> None:
    with pytest.raises(MendError, match=words):
        parse_table(table)


def test_every_field_that_a_problem_names_can_be_filled_in() -> None:
    assert {one.field for one in _REMEDIES.values() if one.field} <= set(FIELDS)


@pytest.fixture
def store(tmp_path: Path, shared: Path) -> Path:
    """An NWB file in Zarr without a subject, with consolidated metadata."""
    path = tmp_path / "sub-1.nwb.zarr"
    shutil.copytree(shared / "nwb" / "zarr" / "pynwb__zarr_tutorial.nwb.zarr", path)
    assert (path / ".zmetadata").exists()
    return path


def digests(folder: Path) -> dict[str, str]:
    return {str(one.relative_to(folder)): digest(one) for one in sorted(folder.rglob("*")) if one.is_file()}


def test_fields_of_a_zarr_store_are_filled_in(store: Path) -> None:
    values = {name: field.example for name, field in FIELDS.items()}
    assert mend_file(str(store), values).problem == ""
    assert mend_file(str(store), values).changes == []
    assert set(fillable_of(str(store)).filled) == set(FIELDS)
    assert (read_fields(str(store)).subject_id, read_fields(str(store)).session_id) == ("M123", "20240503a")
    person = asset_metadata(store).metadata["wasAttributedTo"][0]
    assert (person["identifier"], person["sex"]["name"]) == ("M123", "Female")
    told = json.loads((store / ".zmetadata").read_text())["metadata"]
    assert told["general/subject/.zattrs"]["neurodata_type"] == "Subject"
    assert told["general/keywords/.zarray"]["shape"] == [2]
    assert [one.name for one in store.parent.iterdir()] == [store.name]


@pytest.mark.skipif(not find_spec("hdmf_zarr"), reason="hdmf-zarr is not installed")
def test_a_mended_zarr_store_is_good_for_pynwb(store: Path) -> None:
    from hdmf_zarr import NWBZarrIO

    assert mend_file(str(store), {name: field.example for name, field in FIELDS.items()}).problem == ""
    assert {one.field for one in check_file(str(store)).findings if one.severity == Severity.ERROR} == set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with NWBZarrIO(str(store), "r", load_namespaces=True) as io:
            nwb = io.read()
            assert tuple(nwb.experimenter) == ("Doe, Jane", "Roe, Richard")
            assert (nwb.session_id, nwb.subject.age, nwb.subject.species) == ("20240503a", "P90D", "Mus musculus")
            assert nwb.session_start_time.isoformat() == "2024-05-03T14:30:00+02:00"
            assert len(nwb.file_create_date) == 2


def test_the_store_that_was_linked_to_stays_as_it_was(store: Path, tmp_path: Path) -> None:
    before, linked, second = digests(store), tmp_path / "linked.nwb.zarr", tmp_path / "second.nwb.zarr"
    linked.symlink_to(store)
    shutil.copytree(store, second, copy_function=os.link)
    for path in (linked, second):
        assert mend_file(str(path), SUBJECT).problem == ""
        assert read_fields(str(path)).subject_id == "M1"
    assert digests(store) == before
    assert not linked.is_symlink()
    assert read_fields(str(store)).subject_id is None


@pytest.mark.parametrize("at", ["_written", "_read_back", "sync", "copy", "take_place"])
@pytest.mark.parametrize("exchange", [True, False])
def test_a_failure_at_any_step_leaves_the_store_as_it_was(store: Path, monkeypatch: pytest.MonkeyPatch, at: str, exchange: bool) -> None:
    before = digests(store)

    def fails(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    if not exchange:
        monkeypatch.setattr(mend_zarr, "_exchanged", lambda *_: False)
    with monkeypatch.context() as now:
        now.setattr(mending if at.startswith("_") else mend_zarr, at, fails)
        assert "No space left" in mend_file(str(store), SUBJECT).problem
    assert digests(store) == before
    assert [one.name for one in store.parent.iterdir()] == [store.name]
    assert mend_file(str(store), SUBJECT).problem == ""
    assert [one.name for one in store.parent.iterdir()] == [store.name]


def test_a_store_of_another_format_or_with_links_is_told(store: Path, tmp_path: Path) -> None:
    (tmp_path / "third.zarr").mkdir()
    (tmp_path / "third.zarr" / "zarr.json").write_text("{}")
    assert "format 3" in mend_file(str(tmp_path / "third.zarr"), SUBJECT).problem
    general = store / "general" / ".zattrs"
    general.write_text(json.dumps({"zarr_link": [{"name": "subject", "path": "/subject", "source": "../other.zarr"}]}))
    (store / ".zmetadata").unlink()
    before = digests(store)
    assert "link" in mend_file(str(store), SUBJECT).problem
    assert digests(store) == before
