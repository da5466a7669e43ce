"""Validation in layers, beside what pynwb and nwbinspector say alone; hostile files; Dandisets as a whole."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import pytest

from dandi_tui.dataset import validate_zarr
from dandi_tui.dataset.cache import Cache
from dandi_tui.dataset.findings import Layer, Severity
from dandi_tui.dataset.validate import ALL_LAYERS, validate
from dandi_tui.dataset.validate_file import check_file
from dandi_tui.dataset.validate_groups import at_least, by_file, by_problem
from dandi_tui.dataset.validate_hints import hint_for
from dandi_tui.dataset.validate_layout import organized_findings, path_findings
from dandi_tui.demo.sample_data.metadata import Recording
from dandi_tui.demo.sample_data.recordings import write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dandi_tui.dataset.findings import Finding

GOOD = "nwb2bids__sub-001_ses-A_ecephys.nwb"


@pytest.fixture
def dandiset(tmp_path: Path, shared: Path) -> Path:
    """A Dandiset of one organized file."""
    root = tmp_path / "000123"
    (root / "sub-001").mkdir(parents=True)
    (root / "dandiset.yaml").write_text("identifier: DANDI:000123\nname: A name\ndescription: Words\n")
    shutil.copy(shared / "nwb" / GOOD, root / "sub-001" / "sub-001_ses-A_ecephys.nwb")
    return root


def found_in(*paths: Path, **options: Any) -> list[Finding]:
    return [one for checked in validate(paths, jobs=2, **options) for one in checked.findings]


def ids(findings: list[Finding]) -> set[str]:
    return {one.id for one in findings}


SOME = (
    "aqnwb__createElectricalSeries.nwb", "dandi-cli__sub-anm372793_ses-20170508.nwb", "matnwb__membrane_potential.nwb", GOOD,
    "pynwb__1.1.2_str_pub.nwb", "pynwb__2.1.0_nwbfile_with_extension.nwb", "ndx-events__example_usage.nwb", "pynwb__1.0.2_nwbfile.nwb",
)  # fmt: skip


def test_schema_and_practice_findings_are_those_of_the_tools_alone(shared: Path) -> None:
    found = judged(shared / "nwb" / name for name in SOME)
    for name in SOME:
        tools_agree(shared / "nwb" / name, found[str(shared / "nwb" / name)])


def test_a_file_of_this_pynwb_whose_specifications_are_not_parsed_has_the_findings_of_the_tools_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    write(Recording(subject="M1", session="s1", start=datetime(2024, 5, 3, tzinfo=UTC), description="Licking for reward"), path, 1, seconds=2.0)
    with h5py.File(path, "r+") as file:
        del file["general/subject/age"]
        file["general/source_script"] = "a script without the name of its file"
    found = judged([path])[str(path)]
    tools_agree(path, found)
    assert {one.layer for one in found} == {Layer.SCHEMA, Layer.PRACTICE}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_real_file_has_the_findings_of_the_tools_alone(shared: Path) -> None:
    paths = sorted((shared / "nwb").glob("*.nwb"))
    closed = [path for path in paths if not any(one.id == "metadata.external_link" for one in check_file(str(path), ["metadata"]).findings)]
    found = judged(closed)
    for path in closed:
        tools_agree(path, found[str(path)])


def judged(paths: Iterable[Path]) -> dict[str, list[Finding]]:
    """What pynwb and nwbinspector say, by the processes that are made for it."""
    return {one.path: one.findings for one in validate(paths, layers=[Layer.SCHEMA, Layer.PRACTICE], jobs=2) if one.is_asset}


def tools_agree(path: Path, ours: list[Finding]) -> None:
    """Ours, and those of pynwb and nwbinspector."""
    import warnings

    import pynwb
    from nwbinspector import inspect_nwbfile, load_config

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inspected = list(inspect_nwbfile(nwbfile_path=path, skip_validate=True, config=load_config(filepath_or_keyword="dandi")))
        try:
            errors = pynwb.validate(path=str(path))
        except Exception:  # noqa: BLE001 (whatever pynwb raises)
            assert "pynwb.GENERIC" in ids(ours) or "metadata.nwb_version" in ids(ours)
            return
    schema = {(one.message, one.location) for one in ours if one.layer == Layer.SCHEMA and one.id != "pynwb.GENERIC"}
    assert schema == {(" ".join(f"{one.name}: {one.reason}".split()), f"/{str(one.location).removeprefix('root').lstrip('/')}") for one in errors}
    practice = {(one.id.removeprefix("NWBI.").removeprefix("failed."), one.location) for one in ours if one.layer == Layer.PRACTICE}
    theirs = {(_check_name(one.check_function_name), one.location or "") for one in inspected if not one.check_function_name.startswith("During io")}
    assert practice == theirs


def _check_name(name: str) -> str:
    return name.split("'")[1] if name.startswith("During evaluation") else name


def test_a_good_file_in_its_place_lacks_only_its_age(dandiset: Path) -> None:
    errors = at_least(found_in(dandiset), Severity.ERROR)
    assert ids(errors) == {"NWBI.check_subject_age"}
    assert errors[0].field == "subject.age"
    assert "P90D" in errors[0].hint


@pytest.mark.slow
def test_results_are_remembered_until_a_file_changes(dandiset: Path, tmp_path: Path) -> None:
    file = dandiset / "sub-001" / "sub-001_ses-A_ecephys.nwb"
    os.utime(file, (1_600_000_000, 1_600_000_000))
    seen = []
    for change in (False, False, True):
        if change:
            os.utime(file, (1_600_000_001, 1_600_000_001))
        with Cache(tmp_path / "cache.sqlite") as cache:
            made = [one for one in validate([dandiset], jobs=1, cache=cache) if one.is_asset]
        seen.append((made[0].cached, made[0].findings))
    assert [cached for cached, _ in seen] == [False, True, False]
    assert seen[0][1] == seen[1][1] == seen[2][1]


def test_broken_and_hostile_files_are_told_and_end_nothing(shared: Path, tmp_path: Path) -> None:
    names = ["hostile/text", "hostile/truncated", "hostile/empty", "hostile/external", "hostile/virtual", "hostile/cycles", "hostile-fatal/btree_self"]
    for name in names:
        shutil.copy(shared / "nwb" / f"{name}.nwb", tmp_path)
    shutil.copy(shared / "nwb" / GOOD, tmp_path)
    files = by_file(found_in(tmp_path, layers=[Layer.METADATA, Layer.SCHEMA]))
    assert "SIGSEGV" in files[str(tmp_path / "btree_self.nwb")][0].message
    for name in ("text", "truncated", "empty"):
        assert files[str(tmp_path / f"{name}.nwb")][0].id == "metadata.unreadable"
    assert "metadata.external_link" in ids(files[str(tmp_path / "external.nwb")])
    assert "DANDI.OUTSIDE_DATA" in ids(files[str(tmp_path / "virtual.nwb")])
    assert at_least(files.get(str(tmp_path / GOOD), []), Severity.ERROR) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_all_shared_files_are_checked_to_the_end(shared: Path) -> None:
    checked = list(validate([shared / "nwb"], jobs=2, layers=ALL_LAYERS))
    assert len([one for one in checked if one.is_asset]) > 120


def test_a_file_outside_any_dandiset_is_told_once(shared: Path, tmp_path: Path) -> None:
    for name in ("a.nwb", "b.nwb"):
        (tmp_path / name).write_text("no HDF5")
    found = found_in(tmp_path)
    assert [one.path for one in found if one.id == "DANDI.NO_DANDISET_FOUND"] == [str(tmp_path)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("sub-1/sub-1.nwb", set()),
        ("sub-1/sub-1_ses-2_slice-3_cell-4_behavior+ecephys.nwb", set()),
        ("sub-1/x.nwb", {"DANDI.NON_DANDI_FILENAME"}),
        ("sub-1.nwb", {"DANDI.NON_DANDI_FOLDERNAME"}),
        ("a/sub-1/sub-1.nwb", {"DANDI.NON_DANDI_FOLDERNAME"}),
        ("sub-2/sub-1.nwb", {"DANDI.METADATA_MISMATCH_SUBJECT"}),
        ("x/y.nwb", {"DANDI.NON_DANDI_FILENAME", "DANDI.NON_DANDI_FOLDERNAME"}),
        ("sub-1/clip.mp4", set()),
    ],
)
def test_names_and_folders_are_judged_as_the_client_judges_them(path: str, expected: set[str]) -> None:
    from dandi.organize import validate_organized_path

    assert ids(organized_findings(path, path)) == expected
    assert {one.id for one in validate_organized_path(path, Path("/d", path), Path("/d"))} == expected


@pytest.mark.parametrize(("path", "taken"), [("sub-1/a b (1) & #2.nwb", True), ("sub-é/x.nwb", False), ("a:b.nwb", False), ("a/" + "x" * 512, False)])
def test_paths_that_the_archive_refuses_are_told_before_an_upload(path: str, taken: bool) -> None:
    assert (path_findings(path, path) == []) is taken


def test_a_subject_that_differs_from_its_name_and_names_that_differ_by_case(dandiset: Path) -> None:
    folder = dandiset / "sub-002"
    folder.mkdir()
    for name in ("sub-002_a.nwb", "sub-002_A.nwb"):
        shutil.copy(dandiset / "sub-001" / "sub-001_ses-A_ecephys.nwb", folder / name)
    found = found_in(dandiset, layers=[Layer.ARCHIVE, Layer.METADATA, Layer.PRACTICE])
    assert {"DANDI.SUBJECT_DIFFERS", "DANDI.NAMES_DIFFER_BY_CASE", "NWBI.check_unique_identifiers"} <= ids(found)


def test_broken_links_and_empty_files(dandiset: Path) -> None:
    (dandiset / "sub-001" / "sub-001_x.nwb").symlink_to("gone.nwb")
    (dandiset / "sub-001" / "clip.mp4").touch()
    (dandiset / "sub-001" / "loop").symlink_to(dandiset)
    found = found_in(dandiset, layers=[Layer.ARCHIVE, Layer.METADATA])
    assert [Path(one.path).name for one in found if one.id == "DANDI.FILE_CONTENT_MISSING"] == ["sub-001_x.nwb"]
    assert [Path(one.path).name for one in found if one.id == "DANDI.EMPTY_FILE"] == ["clip.mp4"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("identifier: DANDI:000123\nname: a\ndescription: b\n", set()),
        ("name: a\ndescription: REQUIRED\n", {("dandischema.required_field", Severity.ERROR), ("dandischema.placeholder_value", Severity.WARNING)}),
        ("- a\n", {("dandiset_yaml.unreadable", Severity.ERROR)}),
        ("a: [1\n", {("dandiset_yaml.unreadable", Severity.ERROR)}),
        ("identifier: 5\nname: a\ndescription: b\n", {("dandiset_yaml.identifier", Severity.ERROR)}),
    ],
)
def test_what_is_wrong_with_dandiset_yaml_is_found(tmp_path: Path, text: str, expected: set[Any]) -> None:
    (tmp_path / "dandiset.yaml").write_text(text)
    assert {(one.id, one.severity) for one in found_in(tmp_path)} == expected


def test_dandiset_metadata_are_held_to_the_archives_schema(tmp_path: Path) -> None:
    (tmp_path / "dandiset.yaml").write_text("identifier: DANDI:000123\nname: a\ndescription: b\nschemaVersion: 0.7.0\nlicense: [spdx:WTFPL]\nversion: draft\n")
    found = found_in(tmp_path)
    assert {one.location.split("/")[0] for one in found} == {"license", "contributor"}
    assert {one.severity for one in found} == {Severity.WARNING}


def test_a_bids_dataset_is_recognised_and_its_names_are_checked(dandiset: Path) -> None:
    (dandiset / "dataset_description.json").write_text('{"Name": "A BIDS dataset"}')
    (dandiset / "sub-001" / "ecephys").mkdir()
    (dandiset / "sub-001" / "sub-001_ses-A_ecephys.nwb").rename(dandiset / "sub-001" / "ecephys" / "sub-001_ecephys.nwb")
    shutil.copy(dandiset / "sub-001" / "ecephys" / "sub-001_ecephys.nwb", dandiset / "sub-001" / "x.nwb")
    found = found_in(dandiset, layers=[Layer.ARCHIVE])
    assert {(one.id, one.severity.name) for one in found} == {
        ("BIDS.dataset", "INFO"),
        ("BIDS.description", "ERROR"),
        ("BIDS.readme", "WARNING"),
        ("BIDS.name", "ERROR"),
        ("BIDS.sidecar", "WARNING"),
    }
    assert [one.path for one in found if one.id == "BIDS.name"] == [str(dandiset / "sub-001" / "x.nwb")]


def test_zarr_stores_are_checked_for_what_the_archive_asks(shared: Path, tmp_path: Path) -> None:
    for name in ("dandi-cli__array_v3_corrupt_zarr_json.zarr", "dandi-cli__arrays_in_groups_node_type_problem.zarr", "dandi-cli__single_array.zarr"):
        shutil.copytree(shared / "nwb" / "zarr" / name, tmp_path / name)
    (tmp_path / "none.zarr").mkdir()
    deep = tmp_path / "deep.zarr"
    (deep / "/".join("abcdefgh")).mkdir(parents=True)
    (deep / ".zgroup").write_text('{"zarr_format": 2}')
    (deep / "/".join("abcdefgh") / "x").write_text("x")
    files = {Path(path).name: ids(found) for path, found in by_file(found_in(tmp_path, layers=[Layer.METADATA])).items()}
    assert "zarr.cannot_open" in files["dandi-cli__array_v3_corrupt_zarr_json.zarr"]
    assert "zarr.broken" in files["dandi-cli__arrays_in_groups_node_type_problem.zarr"]
    assert "dandi-cli__single_array.zarr" not in files
    assert "zarr.cannot_open" in files["none.zarr"]
    assert "dandi_zarr.tree_depth_exceeded" in files["deep.zarr"]


def test_findings_are_brought_together_by_problem_and_by_the_field_that_settles_them(dandiset: Path) -> None:
    other = dandiset / "sub-001" / "sub-001_ses-B_ecephys.nwb"
    shutil.copy(dandiset / "sub-001" / "sub-001_ses-A_ecephys.nwb", other)
    found = found_in(dandiset)
    first = by_problem(found)[0]
    assert (first.id, len(first.files), first.same_message) == ("NWBI.check_subject_age", 2, True)
    assert {one.field for one in at_least(found, Severity.ERROR)} == {first.field} == {"subject.age"}


def test_a_session_that_is_too_long_is_told_once_not_for_each_kind_that_it_is_not(tmp_path: Path) -> None:
    path = tmp_path / "long.nwb"
    write(Recording(subject="M1", session="s" * 300, start=datetime(2024, 5, 3, tzinfo=UTC), description="Licking for reward"), path, 1, seconds=2.0)
    (told,) = [one for one in check_file(str(path), [Layer.METADATA]).findings if one.location.startswith("wasGeneratedBy")]
    assert told.location == "wasGeneratedBy/0/Session/name"
    assert "at most 150 characters" in told.message


def test_most_checks_that_nwbinspector_makes_have_a_remedy_in_words() -> None:
    from nwbinspector import available_checks

    without = [check.__name__ for check in available_checks if not hint_for(f"NWBI.{check.__name__}")]
    assert len(without) < len(available_checks) / 4, without


def test_a_file_without_a_subject_asks_for_one(shared: Path) -> None:
    found = check_file(str(shared / "nwb" / "neuroconv__ecephys_tutorial_v2.5.0.nwb")).findings
    assert "subject.subject_id" in {one.field for one in found}


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    scandir = os.scandir

    def refuses(path: Any) -> Any:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuses)
    (one,) = found_in(tmp_path, layers=[Layer.METADATA])
    assert (one.path, one.id) == (str(closed), "metadata.unreadable")


def _zarr_store(shared: Path, tmp_path: Path) -> Path:
    store = tmp_path / "sub-1.nwb.zarr"
    shutil.copytree(shared / "nwb" / "zarr" / "pynwb__zarr_tutorial.nwb.zarr", store)
    return store


def test_an_nwb_file_in_zarr_is_checked_or_it_is_said_what_to_install(shared: Path, tmp_path: Path) -> None:
    found = {one.id: one for one in check_file(str(_zarr_store(shared, tmp_path))).findings}
    if find_spec("hdmf_zarr"):
        assert "NWBI.check_experimenter_exists" in found
        assert "pynwb.not_checked" not in found
    else:
        assert "schema and best practices are not checked" in found["pynwb.not_checked"].message
        assert "dandi-tui[zarr]" in found["pynwb.not_checked"].hint


def test_without_hdmf_zarr_it_is_said_what_is_not_checked(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate_zarr, "find_spec", lambda _name: None)
    found = {one.id: one for one in check_file(str(_zarr_store(shared, tmp_path))).findings}
    assert found["pynwb.not_checked"].severity == Severity.INFO
    assert "pip install" in found["pynwb.not_checked"].hint


@pytest.mark.skipif(not find_spec("hdmf_zarr"), reason="hdmf-zarr is not installed")
def test_a_zarr_store_opens_no_other_store_and_runs_no_pickle(shared: Path, tmp_path: Path) -> None:
    store = _zarr_store(shared, tmp_path)
    outside, attributes = tmp_path / "other.zarr", store / ".zattrs"
    shutil.copytree(store, outside)
    top = json.loads(attributes.read_text())
    top.setdefault("zarr_link", []).append({"name": "elsewhere", "path": "/acquisition", "source": "../other.zarr"})
    attributes.write_text(json.dumps(top))
    (store / ".zmetadata").unlink(missing_ok=True)
    assert any("another store" in one.message for one in check_file(str(store)).findings)

    ran, bad = tmp_path / "ran", _zarr_store(shared, tmp_path / "second")
    for array in bad.rglob(".zarray"):
        document = json.loads(array.read_text())
        if document["dtype"] == "|O":
            array.write_text(json.dumps({**document, "filters": [{"id": "pickle"}], "compressor": None}))
            for chunk in array.parent.glob("[0-9]*"):
                chunk.write_bytes(pickle.dumps(_Touch(str(ran))))
    (bad / ".zmetadata").unlink(missing_ok=True)
    assert check_file(str(bad)).findings
    assert not ran.exists()


class _Touch:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (self.path, "w"))
