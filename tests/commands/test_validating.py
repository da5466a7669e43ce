"""`validate` and `metadata` as a script and as a person call them."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from dandi_tui.cli import run

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "nwb2bids__sub-001_ses-A_ecephys.nwb"


@pytest.fixture
def dandiset(tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "000123"
    (root / "sub-001").mkdir(parents=True)
    (root / "dandiset.yaml").write_text("identifier: DANDI:000123\nname: A name\ndescription: Words\n")
    shutil.copy(shared / "nwb" / GOOD, root / "sub-001" / "sub-001_ses-A_ecephys.nwb")
    monkeypatch.chdir(tmp_path)
    return root


def test_validate_prints_a_line_for_each_finding_with_paths_as_given(dandiset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "--json", "000123", "--min-severity", "error", "--jobs", "1"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["path"], one["location"], one["severity"], one["id"]) for one in lines] == [
        ("000123/sub-001/sub-001_ses-A_ecephys.nwb", "/general/subject", "ERROR", "NWBI.check_subject_age")
    ]
    assert set(lines[0]) >= {"path", "location", "severity", "id", "message", "hint"}
    assert "P90D" in lines[0]["hint"]


def test_validate_tells_people_problems_with_their_remedy_and_files(dandiset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (dandiset / "sub-001" / "x\x1b[31m.nwb").write_text("no HDF5")
    assert run(["validate", "000123"]) == 1
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "NWBI.check_subject_age" in text
    assert "  → Age decides" in text
    assert "    000123/sub-001/sub-001_ses-A_ecephys.nwb" in text
    assert "2 files checked" in text.splitlines()[-1]
    assert run(["validate", "000123", "-g", "file", "--min-severity", "ERROR"]) == 1
    heads = [line for line in capsys.readouterr().out.splitlines() if line.startswith("000123/")]
    assert sorted(heads) == ["000123/sub-001/sub-001_ses-A_ecephys.nwb", "000123/sub-001/x␛[31m.nwb"]


def test_validate_says_that_all_is_well_or_that_there_is_nothing(dandiset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (dandiset / "sub-001" / "sub-001_ses-A_ecephys.nwb").unlink()
    assert run(["validate", "000123"]) == 0
    assert "nothing to check" in capsys.readouterr().out
    (dandiset / "sub-001" / "clip.mp4").write_bytes(b"x")
    assert run(["validate", "000123"]) == 0
    assert "1 file checked: nothing to mend." in capsys.readouterr().out


def test_a_path_that_is_not_there_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "nowhere"]) == 2
    assert "nowhere: there is no such file or folder" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore")
def test_validate_runs_on_a_dask_cluster(dandiset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        assert run(["validate", "--json", "000123", "--min-severity", "ERROR", "--scheduler", cluster.scheduler_address, "--no-cache"]) == 1
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["NWBI.check_subject_age"]


def test_metadata_are_those_of_the_file_at_its_place_in_the_dandiset(dandiset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dandischema.models import BareAsset

    assert run(["metadata", "--json", "000123/sub-001/sub-001_ses-A_ecephys.nwb"]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert printed["path"] == "sub-001/sub-001_ses-A_ecephys.nwb"
    assert printed["wasAttributedTo"][0]["identifier"] == "001"
    assert printed["contentSize"] == (dandiset / printed["path"]).stat().st_size
    BareAsset(**printed)


def test_the_digest_in_the_metadata_is_the_archives(dandiset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dandischema.digests.dandietag import DandiETag

    file = dandiset / "sub-001" / "sub-001_ses-A_ecephys.nwb"
    assert run(["metadata", "--json", str(file), "--dandiset", str(dandiset)]) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == {"dandi:dandi-etag": DandiETag.from_file(str(file)).as_str()}


def test_metadata_of_a_file_that_cannot_be_read_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.nwb").write_text("no HDF5")
    assert run(["metadata", str(tmp_path / "a.nwb"), "--no-digest"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["encodingFormat"] == "application/x-nwb"
    assert "not an HDF5 file" in captured.err


def test_metadata_of_a_file_outside_the_dandiset_are_refused(dandiset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.nwb").write_text("no HDF5")
    assert run(["metadata", "a.nwb", "--dandiset", "000123"]) == 2
    assert "it is not in 000123" in capsys.readouterr().err
