"""`upload` and `transfers` as a script uses them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import TOKENS
from faults.processes import digests, kill_worker, new_dandiset

from dandi_tui.cli import run
from dandi_tui.transfer import offline

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_an_upload_is_told_file_by_file_and_kept_in_the_journal(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dandiset = new_dandiset(*archive)
    folder = tmp_path / dandiset
    (folder / "sub-a").mkdir(parents=True)
    (folder / "dandiset.yaml").write_text(f"identifier: DANDI:{dandiset}\n")
    (folder / "sub-a" / "a.jpg").write_bytes(b"a picture of " + dandiset.encode())
    command = ["upload", "-i", archive.api_url, "--json", "--validation", "skip", str(folder)]
    assert run([*command, "--dry-run"]) == 0
    assert [line["path"] for line in _lines(capsys.readouterr().out)] == ["sub-a/a.jpg"]
    assert run(command) == 3
    monkeypatch.setenv("DANDI_TUI_API_KEY", TOKENS["alice"])
    assert run(command) == 3
    assert "no owner" in capsys.readouterr().err
    monkeypatch.setenv("DANDI_TUI_API_KEY", archive.token)
    assert run(command) == 0
    assert [event["event"] for event in _lines(capsys.readouterr().out) if event["event"] != "progress"] == ["done", "summary"]
    assert list(digests(archive.api_url, dandiset)) == ["sub-a/a.jpg"]
    assert run(["transfers", "--json"]) == 0
    (job,) = _lines(capsys.readouterr().out)
    assert (job["kind"], job["state"], job["counts"]) == ("upload", "ended", {"done": 1})
    assert run(["transfers", "list", str(job["id"]), "--json"]) == 0
    assert _lines(capsys.readouterr().out)[0]["path"] == "sub-a/a.jpg"
    assert run(["transfers", "clear"]) == 0
    assert run(["transfers", "--json"]) == 0
    assert not _lines(capsys.readouterr().out)


def test_files_that_are_there_are_kept_or_replaced_as_a_command_says(archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["download", "-i", archive.api_url, "-o", str(tmp_path / "here"), "--what", "assets", "000002"]
    assert run(given) == 0
    places = sorted((tmp_path / "here").rglob("*.nwb"))
    right = [place.read_bytes() for place in places]
    for place in places:
        place.write_text("mine")
    assert run([*given, "--json"]) == 1
    capsys.readouterr()
    assert run(["transfers", "retry", "2"]) == 0
    said = capsys.readouterr().err
    assert "nothing was tried again" in said
    assert "others stand where 2 files belong: `transfers keep` leaves" in said
    assert run(["transfers", "list", "2", "--json"]) == 0
    first, _ = _lines(capsys.readouterr().out)
    assert first["need"] == "place"
    assert run(["transfers", "keep", f"2.{first['id']}"]) == 0
    assert run(["transfers", "replace"]) == 2
    assert run(["transfers", "replace", "2"]) == 0
    assert "1 being replaced" in capsys.readouterr().err
    assert run(["transfers", "attach", "2"]) == 0
    assert [place.read_bytes() == b"mine" for place in places].count(True) == 1
    assert sum(place.read_bytes() == whole for place, whole in zip(places, right, strict=True)) == 1


def test_limits_over_all_can_be_set_before_there_is_any_transfer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["transfers", "limit", "--rate", "20MB", "--jobs", "3"]) == 0
    assert "at most 3 files side by side, at most 20.0 MB/s over all" in capsys.readouterr().err
    kill_worker()
    limits = offline.limits()
    assert (limits.jobs, limits.rate) == (3, 20_000_000)
    assert run(["transfers", "limit", "--rate", "0"]) == 0
    assert "no limit of bytes a second over all" in capsys.readouterr().err
    assert run(["transfers", "limit", "7", "--jobs", "3"]) != 0
    assert "there is no transfer 7" in capsys.readouterr().err
    kill_worker()


@pytest.mark.parametrize("arguments", [["pause"], ["list", "17"], ["cancel", "x"], ["limit"]])
def test_what_is_not_there_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["transfers", *arguments]) == 2
    assert capsys.readouterr().err
