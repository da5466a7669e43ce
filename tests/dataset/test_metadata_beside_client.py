"""Generated NWB files: our metadata beside what the real `dandi` client computes of the same file."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dandi_tui.dataset.metadata import asset_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

AGES = ["P90D", "P3M", "P1Y6M", "P90D/P100D", "P30D/", "3 months", "12.5 weeks", "day 30", "1 year, 6 months", "adult", "P1.5Y2M", "E18", "PT12H"]
SEXES = ["M", "F", "U", "O", "male", "Female", "XO"]
SPECIES = ["Mus musculus", "mouse", "Homo sapiens", "human", "rat", "Danio rerio", "Macaca fascicularis", "http://purl.obolibrary.org/obo/NCBITaxon_10090"]
CONTENT = ["ecephys", "lfp", "icephys", "ophys", "behavior", "behavior-events", "image", "units", "trials", "timeseries", "video:clip.mp4", "ogen"]
BIRTHS = ["2020-12-31T12:00:00+00:00", "2019-01-01T00:00:00-05:00"]
TIMES = ["2021-03-04T05:06:07+00:00", "2021-06-07T08:09:10.123456+02:00", "2020-01-02T00:00:00-05:00"]
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)


def optional(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


SUBJECTS = st.tuples(
    st.fixed_dictionaries({"subject_id": TEXTS}),
    optional(
        age=st.sampled_from(AGES), sex=st.sampled_from(SEXES), species=st.sampled_from(SPECIES), genotype=TEXTS,
        strain=st.sampled_from(["C57BL/6J", "cellLine: HEK293", "Ai32"]), date_of_birth=st.sampled_from(BIRTHS),
    ),
).map(lambda parts: {**parts[0], **parts[1]})  # fmt: skip
SPECS = st.tuples(
    st.fixed_dictionaries(
        {
            "path": st.just("a.nwb"),
            "subject": st.none() | SUBJECTS,
            "content": st.lists(st.sampled_from(CONTENT), max_size=3, unique=True).filter(lambda found: not {"ecephys", "lfp"} <= set(found)),
            "session_start_time": st.sampled_from(TIMES),
        }
    ),
    optional(
        session_id=TEXTS, session_description=TEXTS, keywords=st.lists(TEXTS, min_size=1, max_size=3), lab=TEXTS, probe_ids=st.just([3, 7]),
        related_publications=st.lists(st.sampled_from(["doi:10.1/x", "https://doi.org/10.1000/x", "https://example.org"]), min_size=1, max_size=2),
        sample=optional(tissue_sample_id=TEXTS, slice_id=TEXTS, cell_id=TEXTS).filter(bool),
    ),
).map(lambda parts: {**parts[0], **parts[1]})  # fmt: skip


@pytest.fixture
def build(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(shared / "organize"))
    monkeypatch.setenv("DANDI_CACHE", "ignore")
    import make_nwb

    yield make_nwb.build
    sys.modules.pop("make_nwb", None)


def comparable(metadata: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in metadata.items() if name not in {"id", "dateModified", "path"}}
    kept["wasGeneratedBy"] = [one for one in metadata["wasGeneratedBy"] if one["schemaKey"] == "Session"]
    for name in ("approach", "measurementTechnique", "variableMeasured"):
        kept[name] = sorted(kept[name], key=json.dumps)
    return kept


def agrees(build: Any, spec: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if not same_as_client(path := build(spec, Path(folder))):
            assert any(one.blocks for one in asset_metadata(path).findings)


def same_as_client(path: Path) -> bool:
    """Whether the client has metadata; they are compared."""
    from dandi.metadata.nwb import nwb2asset
    from dandi.misctypes import DUMMY_DANDI_ETAG

    ours = asset_metadata(path, digest={"dandi:dandi-etag": DUMMY_DANDI_ETAG.value})
    try:
        theirs = nwb2asset(path, digest=DUMMY_DANDI_ETAG).model_dump(mode="json", exclude_none=True)
    except Exception:  # noqa: BLE001 (the client fails over a file in many ways)
        return False
    assert comparable(ours.metadata) == comparable(theirs)
    return True


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(spec=SPECS)
def test_a_generated_file_has_the_clients_metadata(build: Any, spec: dict[str, Any]) -> None:
    agrees(build, spec)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")
def test_real_files_have_the_metadata_that_the_client_computes_now(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANDI_CACHE", "ignore")
    for path in sorted((shared / "nwb").glob("*.nwb")):
        same_as_client(path)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(spec=SPECS)
def test_many_generated_files_have_the_clients_metadata(build: Any, spec: dict[str, Any]) -> None:
    agrees(build, spec)
