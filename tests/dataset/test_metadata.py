"""Asset metadata beside what the `dandi` client 0.81 computes, field by field."""

from __future__ import annotations

import json
import pickle
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from dandi_tui.dataset.ages import duration_of, parse_age
from dandi_tui.dataset.findings import Severity
from dandi_tui.dataset.media_types import media_type
from dandi_tui.dataset.metadata import asset_metadata
from dandi_tui.dataset.neurodata_types import MEASURED
from dandi_tui.dataset.species import sex_entry, species_entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dandi_tui.dataset.findings import Finding

# What the client gets plainly wrong, and ours: by the text in the file.
AGES_MENDED = {"P1DT2H3M4S": "P1DT2H3M4S", "12:30:15": "PT12H30M15S"}
REFUSED_NAMES = {"MUSTARD"}


@pytest.fixture
def cases(shared: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / "metadata" / "cases.json").read_text())
    return found


@pytest.fixture
def make_nwb(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any], Path], Path]:
    monkeypatch.syspath_prepend(str(shared / "organize"))
    import make_nwb

    yield make_nwb.build
    sys.modules.pop("make_nwb", None)


def comparable(metadata: dict[str, Any]) -> dict[str, Any]:
    """Without what varies from run to run, lists that are sets in order."""
    kept = {name: value for name, value in metadata.items() if name not in {"id", "dateModified", "blobDateModified"}}
    kept["wasGeneratedBy"] = [one for one in metadata["wasGeneratedBy"] if one["schemaKey"] == "Session"]
    for name in ("approach", "measurementTechnique", "variableMeasured"):
        if name in kept:
            kept[name] = sorted(kept[name], key=str)
    return kept


def as_the_client(metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    """What the client says, where a file's age is gestational: it overlooks that."""
    if (spec.get("subject") or {}).get("age__reference") == "gestational":
        for person in metadata["wasAttributedTo"]:
            person["age"]["valueReference"]["value"] = "dandi:GestationalReference"
    return metadata


def errors(findings: list[Finding]) -> list[str]:
    return [one.id for one in findings if one.severity >= Severity.ERROR]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_files_made_from_specs_have_the_clients_metadata(cases: dict[str, Any], make_nwb: Any, tmp_path: Path) -> None:
    for case in cases["specs"]:
        path = make_nwb(case["spec"], tmp_path)
        made = asset_metadata(path, path.name, digest={"dandi:dandi-etag": "0" * 32 + "-1"})
        if "error" in case:
            assert errors(made.findings), case
            continue
        ours = comparable(made.metadata)
        assert ours.pop("contentSize") == path.stat().st_size
        assert ours == comparable(as_the_client(case["metadata"], case["spec"]))


def test_real_files_have_the_clients_metadata(cases: dict[str, Any], shared: Path) -> None:
    for case in cases["files"]:
        path = shared / "nwb" / case["file"]
        made = asset_metadata(path, path.name, digest={"dandi:dandi-etag": "0" * 32 + "-1"})
        if "metadata" in case:
            assert comparable(made.metadata) == comparable(case["metadata"])
            assert errors(made.findings) == []


@pytest.mark.parametrize(
    ("spec", "field", "words"),
    [
        ({"subject": {"subject_id": "a", "age": "adult", "species": "Mus musculus"}}, "subject.age", "'adult'"),
        ({"subject": {"subject_id": "a", "sex": "XO", "species": "Mus musculus"}}, "subject.sex", "'XO'"),
        ({"subject": {"subject_id": "a", "species": "Macaca fascicularis", "sex": "M"}}, "subject.species", "NCBITaxon_9541"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_field_that_cannot_be_understood_is_left_out_and_said_and_the_rest_stays(
    make_nwb: Any, tmp_path: Path, spec: dict[str, Any], field: str, words: str
) -> None:
    made = asset_metadata(make_nwb({"path": "a.nwb", **spec}, tmp_path))
    person = made.metadata["wasAttributedTo"][0]
    assert field.removeprefix("subject.") not in person
    assert person["identifier"] == "a"
    assert len(person) == 3
    (finding,) = made.findings
    assert finding.field == field
    assert finding.location == "/general/" + field.replace(".", "/")
    assert words in finding.message + finding.hint


def test_ages_are_read_as_the_client_reads_them(cases: dict[str, Any]) -> None:
    for case in cases["tables"]["ages"]:
        if "error" in case:
            with pytest.raises(ValueError, match=r"\w"):
                parse_age(case["age"])
            continue
        age = parse_age(case["age"])
        mended = AGES_MENDED.get(case["age"], case["want"]["value"].replace("DT12H30M15S", "DT12H30M15S"))
        assert (age.duration, age.reference) == (mended, case["want"]["reference"])


@pytest.mark.parametrize(("age", "duration"), [("PT30S", "PT30S"), ("PT12H/PT1H", None), ("P1DT2H/P1DT3H", "P1DT2H/P1DT3H"), ("/", None), ("...", None)])
def test_ages_that_the_client_mangles(age: str, duration: str | None) -> None:
    if duration is None:
        with pytest.raises(ValueError, match=r"\w"):
            parse_age(age)
    else:
        assert parse_age(age).duration == duration


def test_single_values_become_what_the_client_makes_of_them(cases: dict[str, Any]) -> None:
    from datetime import timedelta

    tables = cases["tables"]
    for case in tables["durations"]:
        assert duration_of(timedelta(days=case["days"], seconds=case["seconds"], microseconds=case["microseconds"])) == case["want"]
    for case in tables["media_types"]:
        assert media_type(case["name"]) == case["want"]
    assert {kind: {"technique": one[0] or None, "approach": one[1] or None} for kind, one in MEASURED.items()} == tables["neurodata_types"]


@pytest.mark.parametrize(("table", "field", "entry"), [("sexes", "sex", sex_entry), ("species", "species", species_entry)])
def test_sexes_and_species_are_named_as_the_client_names_them(cases: dict[str, Any], table: str, field: str, entry: Any) -> None:
    for case in cases["tables"][table]:
        text = case[field]
        if "error" in case or text in REFUSED_NAMES:
            with pytest.raises(ValueError, match=r"\w"):
                entry(text)
        elif case["want"] is None:
            assert entry(text) is None
        else:
            found = {name: value for name, value in entry(text).items() if name != "schemaKey"}
            assert found == ({"identifier": text} if text.startswith("http:") and field == "sex" else case["want"])


def test_files_of_other_kinds_have_their_media_type(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"12345")
    made = asset_metadata(tmp_path / "clip.mp4", "sub-1/clip.mp4", digest={"dandi:dandi-etag": "0" * 32 + "-1"})
    assert made.findings == []
    assert {name: made.metadata[name] for name in ("path", "encodingFormat", "contentSize")} == {
        "path": "sub-1/clip.mp4",
        "encodingFormat": "video/mp4",
        "contentSize": 5,
    }
    assert "wasAttributedTo" not in made.metadata


def test_an_nwb_store_in_zarr_has_session_and_types(shared: Path) -> None:
    store = shared / "nwb" / "zarr" / "hdmf-zarr__ecephys_tutorial.nwb.zarr"
    made = asset_metadata(store, digest={"dandi:dandi-zarr-checksum": "0" * 32 + "-3--1234"})
    session = made.metadata["wasGeneratedBy"][0]
    assert (session["identifier"], session["startDate"]) == ("LONELYMTN", "2022-12-21T12:02:40.489505-08:00")
    assert made.metadata["encodingFormat"] == "application/x-zarr"
    assert made.metadata["contentSize"] == 1234
    assert {"value": "Units", "schemaKey": "PropertyValue"} in made.metadata["variableMeasured"]


def test_metadata_are_valid_by_the_archives_schema(cases: dict[str, Any], shared: Path) -> None:
    from dandischema.models import BareAsset

    for name in ("dandi-cli__sub-anm372793_ses-20170508.nwb", "nwb2bids__sub-001_ses-A_ecephys.nwb"):
        made = asset_metadata(shared / "nwb" / name, f"sub-1/{name}", digest={"dandi:dandi-etag": "0" * 32 + "-1"})
        BareAsset(**made.metadata)


@pytest.mark.parametrize("name", ["text", "truncated", "empty", "corrupt_middle", "external", "cycles", "schema_lies", "table_lies", "names", "deep"])
def test_hostile_files_have_metadata_and_a_word_of_what_is_wrong(shared: Path, name: str) -> None:
    made = asset_metadata(shared / "nwb" / "hostile" / f"{name}.nwb")
    assert made.metadata["encodingFormat"] == "application/x-nwb"
    json.dumps(made.metadata)
    if name in {"text", "truncated", "empty", "corrupt_middle", "external"}:
        assert errors(made.findings)


def test_it_runs_in_another_process_and_needs_no_pynwb(shared: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    shutil.copy(shared / "nwb" / "nwb2bids__sub-001_ses-A_ecephys.nwb", path)
    assert pickle.loads(pickle.dumps(asset_metadata)) is asset_metadata
    import multiprocessing

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(asset_metadata, path).result().metadata["wasAttributedTo"][0]["identifier"] == "001"
        assert pool.submit(heavy_modules).result() == []


def heavy_modules() -> list[str]:
    return [name for name in ("pynwb", "dandi", "dandischema.models", "nwbinspector", "textual", "httpx") if name in sys.modules]
