"""`inspect` and `compare` as a script calls them, on files of this machine and of the embedded archive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import h5py
import pytest

from dandi_tui.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive

FILE = "000001/draft"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "made.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        file["identifier"] = "one"
        file["acquisition/series/data"] = [[1, 2], [3, 4], [5, 6]]
        file["acquisition/again"] = file["acquisition/series"]
        file["acquisition/link"] = h5py.SoftLink("/nowhere")
        file["acquisition/\x1b[2J"] = 1
    return path


def test_a_file_is_listed_as_one_json_object(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(made), "--json"]) == 0
    out = capsys.readouterr().out
    found = json.loads(out)
    assert found["nwb_version"] == "2.7.0"
    assert found["session"]["identifier"] == "one"
    objects = {one["path"]: one for one in found["objects"]}
    assert objects["/acquisition/series"]["target"] == "/acquisition/again"
    assert objects["/acquisition/link"]["target"] == "/nowhere"
    assert objects["/acquisition/again/data"]["shape"] == [3, 2]
    assert found["read"] == {"requests": 0, "bytes": 0}
    assert "\x1b" not in out


def test_values_of_a_place(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", f"{made}::/acquisition/series/data", "--rows", "1:3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["values"]["rows"] == [[3, 4], [5, 6]]
    assert [one["path"] for one in found["objects"]] == ["/acquisition/series/data"]


def test_a_person_reads_a_tree(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(made)]) == 0
    out = capsys.readouterr().out
    assert "3 × 2  int64" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(("target", "words"), [("absent.nwb", "absent.nwb"), ("made.nwb::/not/here", "/not/here")])
def test_what_is_not_there_is_said(target: str, words: str, made: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made.parent)
    assert run(["inspect", target]) in {1, 2}
    said = capsys.readouterr().err
    assert words in said
    assert "::" not in target or ("there is no /not/here" in said and "lists what there is" in said)


def test_a_place_that_is_not_there_prints_no_half_an_object(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", f"{made}::/not/here", "--json"]) == 1
    assert capsys.readouterr().out == ""


def test_wrong_rows_are_refused_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "absent.nwb", "--rows", "abc", "--json"]) == 2
    assert "--rows takes A:B, not abc" in capsys.readouterr().err


def test_a_fault_on_the_way_is_told_in_an_object_that_is_whole(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with h5py.File(made, "a") as file:
        file.create_dataset("elsewhere", (3,), "i4", external=[(str(made), 0, 12)])
    assert run(["inspect", f"{made}::/elsewhere", "--rows", "0:1", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["path"] for one in found["objects"]] == ["/elsewhere"]
    assert found["error"]
    assert "values" not in found


def test_a_file_is_named_once_in_what_is_said_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.nwb").touch()
    assert run(["inspect", str(tmp_path / "empty.nwb")]) == 1
    assert capsys.readouterr().err.count("empty.nwb") == 1


def test_a_file_of_the_archive_is_read_by_ranges(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    target = "dandi://" + archive.origin[7:] + "/000001@draft/sub-M101/sub-M101_ses-20230721_behavior+ecephys.nwb"
    assert run(["inspect", target, "-i", archive.api_url, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["session"]["subject"]["subject_id"] == "M101"
    assert 0 < found["read"]["requests"] < 30
    assert any(one["neurodata_type"] == "ElectricalSeries" for one in found["objects"])


def test_an_embargoed_file_needs_the_key(archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    target = "dandi://" + archive.origin[7:] + "/000007@draft/sub-M701/sub-M701_ses-20250312_ecephys.nwb"
    assert run(["inspect", target, "-i", archive.api_url]) == 3
    monkeypatch.setenv("DANDI_TUI_API_KEY", archive.token)
    assert run(["inspect", target, "-i", archive.api_url]) == 0
    assert "M701" in capsys.readouterr().out


def test_two_files_that_are_alike_are_said_to_be(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", str(made), str(made)]) == 0
    found = capsys.readouterr()
    assert not found.out
    assert "Nothing differs" in found.err


def test_two_files_are_compared(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = made.with_name("other.nwb")
    with h5py.File(other, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        file["identifier"] = "two"
        file["acquisition/again/data"] = [1.5]
        file["processing/new"] = 1
    assert run(["compare", str(made), str(other), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "/processing/new" in found["only_right"]
    assert "/acquisition/link" in found["only_left"]
    changed = {one["path"]: one for one in found["changed"]}
    assert changed["/acquisition/again/data"]["left"] == {"shape": [3, 2], "dtype": "int64"}
    assert changed["session: identifier"]["right"] == {"identifier": "two"}


def test_rows_are_written_to_a_file(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = made.with_name("rows.csv")
    assert run(["inspect", f"{made}::/acquisition/series/data", "--rows", "1:3", "-o", str(target)]) == 0
    assert target.read_text().split() == ["0,1", "3,4", "5,6"]
    assert run(["inspect", f"{made}::/acquisition/series/data", "-o", str(target)]) == 1
    assert "left as it is" in capsys.readouterr().err


def test_the_second_look_at_a_file_of_the_archive_reads_nothing(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    target = "dandi://" + archive.origin[7:] + "/000001@draft/sub-M101/sub-M101_ses-20230721_behavior+ecephys.nwb"
    found = []
    for _ in range(2):
        assert run(["inspect", target, "-i", archive.api_url, "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0]["objects"] == found[1]["objects"]
    assert found[1]["read"] == {"requests": 0, "bytes": 0}


def test_a_zarr_of_the_archive_is_inspected(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    target = "dandi://" + archive.origin[7:] + "/000009@draft/sub-L1/sub-L1_sample-A.ome.zarr"
    assert run(["inspect", target + "::/0", "-i", archive.api_url, "--rows", "0:1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["format"] == "zarr"
    assert found["objects"][0]["shape"]
    assert found["values"]["rows"]
