"""The commands as a script calls them: output, exit status, messages apart."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dandi_tui.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive


def _lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_search_gives_an_object_a_line(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-i", archive.api_url, "--json", "search", "species:human", "--sort", "id"]) == 0
    found = _lines(capsys.readouterr().out)
    assert [one["identifier"] for one in found] == ["000002", "000005"]
    assert set(found[0]) >= {"identifier", "version", "name", "size", "asset_count", "modified", "status", "contact"}


def test_a_wrong_search_gives_the_archives_hint_and_fails(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "-i", archive.api_url, "specie:mouse"]) == 1
    assert 'Did you mean "species"' in capsys.readouterr().err


def test_ls_lists_a_folder_and_all_below(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ls", "-i", archive.api_url, "--json", "000001"]) == 0
    assert [(one["path"], one["type"], one["count"]) for one in _lines(capsys.readouterr().out)] == [("sub-M101", "folder", 2), ("sub-M102", "folder", 2)]
    assert run(["ls", "-i", archive.api_url, "-r", "--match", "*0731*", "000001"]) == 0
    assert capsys.readouterr().out.endswith("sub-M102/sub-M102_ses-20230731_behavior+ecephys.nwb\n")


def test_show_and_cite(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "-i", archive.api_url, "000001"]) == 0
    assert "House mouse" in capsys.readouterr().out
    for form, sign in (("text", "Doe, Alice"), ("bibtex", "@dataset{"), ("ris", "TY  - DATA"), ("csl", '"type":"dataset"')):
        assert run(["cite", "-i", archive.api_url, "000001", "--format", form]) == 0
        assert sign in capsys.readouterr().out


def test_resolve_says_what_a_target_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["resolve", "--json", "DANDI:000004/draft"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "kind": "dandiset", "instance": "dandi", "api_url": "https://api.dandiarchive.org/api", "dandiset_id": "000004",
        "version": "draft", "path": None, "asset_id": None,
    }  # fmt: skip
    assert run(["resolve", "not a target"]) == 2
    assert "Understood are" in capsys.readouterr().err


def test_download_tells_each_file_and_leaves_what_is_there(archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["download", "-i", archive.api_url, "--json", "-o", str(tmp_path), "000002"]
    assert run([*command, "--dry-run"]) == 0
    assert not list(tmp_path.rglob("*.nwb"))
    capsys.readouterr()
    assert run(command) == 0
    events = _lines(capsys.readouterr().out)
    assert [event["event"] for event in events if event["event"] != "progress"] == ["done", "done", "summary"]
    assert run(command) == 1
    assert all(event["event"] in {"failed", "summary"} for event in _lines(capsys.readouterr().out))
    assert run([*command, "--existing", "skip"]) == 0


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["show", "000999"], 1),
        (["show", "000007"], 3),
        (["search", "--starred"], 3),
        (["show", "-i", "http://127.0.0.1:9/api", "000001"], 4),
        (["ls", "-i", "nowhere", "000001"], 2),
        (["search", "--limit", "many"], 2),
        (["organize", "x"], 2),
        (["000001"], 2),
    ],
)
def test_exit_status_tells_what_kind_of_failure(arguments: list[str], status: int, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dandi_tui.api.http.Retry.wait", lambda *_: 0.0)
    given = arguments if "-i" in arguments else ["-i", archive.api_url, *arguments]
    assert run(given) == status


def test_the_key_of_the_environment_opens_what_is_embargoed(archive: Archive, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DANDI_TUI_API_KEY", archive.token)
    assert run(["show", "-i", archive.api_url, "000007"]) == 0
    assert run(["doctor", "-i", archive.api_url]) == 0
    assert archive.token not in capsys.readouterr().out


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = "import sys, dandi_tui.cli, dandi_tui.commands.reading, dandi_tui.commands.downloading; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"textual", "httpx", "h5py", "pynwb", "numpy", "keyring", "uvicorn"} & set(done.stdout.split())
