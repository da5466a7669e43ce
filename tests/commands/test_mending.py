"""`mend` as a script and as a person call it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from dandi_tui.cli import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("a.nwb", "b.nwb"):
        shutil.copy(shared / "nwb" / "nwb2bids__sub-001_ses-A_ecephys.nwb", tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_fields_are_written_into_all_files_and_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mend", "--json", ".", "--set", "age=90 days", "--set", "lab=Doe lab"]) == 0
    lines = sorted((json.loads(line) for line in capsys.readouterr().out.splitlines()), key=lambda one: str(one["path"]))
    assert [(one["path"], one["status"]) for one in lines] == [("a.nwb", "done"), ("b.nwb", "done")]
    assert {"field": "subject.age", "before": None, "after": "P90D"} in lines[0]["changes"]
    assert run(["mend", ".", "--set", "age=90 days"]) == 0
    assert "0 files changed, 2 said it already, 0 failed." in capsys.readouterr().out


def test_a_dry_run_and_only_absent_fields(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "a.nwb").read_bytes()
    assert run(["mend", "a.nwb", "--dry-run", "--only-absent", "--set", "sex=F", "--set", "age=P3M"]) == 0
    text = capsys.readouterr().out
    assert "subject.age: P3M" in text
    assert "subject.sex" not in text
    assert (folder / "a.nwb").read_bytes() == before


def test_a_table_with_a_line_for_each_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ages.csv").write_text("file,age\na.nwb,P1M\nb.nwb,P2M\n")
    assert run(["mend", "--json", ".", "--table", "ages.csv"]) == 0
    found = {one["path"]: one["changes"][0]["after"] for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert found == {"a.nwb": "P1M", "b.nwb": "P2M"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mend", "."], "nothing to fill in"),
        (["mend", ".", "--set", "age=old"], "'old'"),
        (["mend", ".", "--set", "colour=red"], "colour"),
        (["mend", ".", "--set", "age"], "no ="),
        (["mend", "nowhere", "--set", "age=P1D"], "nowhere"),
    ],
)
def test_wrong_values_are_a_wrong_command_line(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert run(arguments) == 2
    assert words in capsys.readouterr().err


def test_files_that_cannot_be_read_fail_and_the_others_are_mended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.nwb").write_text("no HDF5")
    assert run(["mend", ".", "--set", "age=P3M"]) == 1
    text = capsys.readouterr().out
    assert "failed    c.nwb  is not an HDF5 file" in text
    assert "2 files changed, 0 said it already, 1 failed." in text


def test_the_fields_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mend", "--fields"]) == 0
    assert "subject.age" in capsys.readouterr().out
