"""The commands as a script calls them: output, exit status, messages apart."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dandi_tui import __version__
from dandi_tui.cli import COMMANDS, run
from dandi_tui.commands.dandiset import COMMANDS as OWNERS_COMMANDS

if TYPE_CHECKING:
    from conftest import Archive

HEAVY = {
    "textual", "rich", "httpx", "urllib3", "h5py", "pynwb", "hdmf", "nwbinspector", "dandischema", "pydantic", "jsonschema", "numpy", "pandas",
    "numcodecs", "zarr", "keyring", "uvicorn", "starlette",
}  # fmt: skip


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


def test_a_dandiset_is_shown_and_cited_in_every_format(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "-i", archive.api_url, "000001"]) == 0
    assert "House mouse" in capsys.readouterr().out
    for form, sign in (("text", "Doe, Alice"), ("bibtex", "@dataset{"), ("ris", "TY  - DATA"), ("csl", '"type":"dataset"')):
        assert run(["cite", "-i", archive.api_url, "000001", "--format", form]) == 0
        assert sign in capsys.readouterr().out


def test_a_citation_is_told_as_json(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cite", "-i", archive.api_url, "000001", "--format", "bibtex", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["identifier"], told["version"], told["format"]) == ("000001", "0.240301.0915", "bibtex")
    assert told["citation"].startswith("@dataset{")


def test_verbose_tells_each_request_on_standard_error(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ls", "-v", "-i", archive.api_url, "000001"]) == 0
    told = capsys.readouterr()
    assert "GET /dandisets/000001/: 200 after" in told.err
    assert "200 after" not in told.out


def test_a_command_that_is_misspelt_is_not_taken_for_a_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serach", "mouse"]) == 2
    assert "Did you mean 'search'?" in capsys.readouterr().err


def test_the_list_of_commands_cuts_no_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for group, words in (([], "logged in as its demo user."), (["assets"], "or move them into a folder"), (["dandiset"], "which can't be changed or deleted.")):
        assert run([*group, "--help"]) == 0
        listed = capsys.readouterr().out.partition("Commands:")[2]
        assert "..." not in listed
        assert words in " ".join(listed.split())


def test_resolve_says_what_a_target_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["resolve", "--json", "DANDI:000004/draft"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "kind": "dandiset", "instance": "dandi", "api_url": "https://api.dandiarchive.org/api", "dandiset_id": "000004",
        "version": "draft", "path": None, "asset_id": None,
    }  # fmt: skip
    assert run(["resolve", "not a target"]) == 2
    assert "Understood are" in capsys.readouterr().err


def test_words_that_are_no_text_are_refused_in_a_sentence(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "caf\udce9", "-i", archive.api_url]) == 2
    assert "no text in UTF-8" in capsys.readouterr().err


def test_an_output_without_room_is_told_in_the_systems_words(archive: Archive) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "dandi_tui", "search", "-i", archive.api_url], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "should not have" not in done.stderr


@pytest.mark.parametrize(
    "command",
    ["search", "search --json", "ls -r 000001", "ls -r --json 000001", "show 000001", "cite 000001", "download --dry-run 000002", "--help", "--version"],
)
def test_a_reader_that_goes_away_is_a_quiet_end_as_by_its_signal(archive: Archive, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "dandi_tui", *command.split(), *(() if command.startswith("--") else ("-i", archive.api_url))]
    done = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_a_reader_of_words_for_people_that_goes_away_is_a_quiet_end_too(archive: Archive) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "dandi_tui", "ls", "999999", "-i", archive.api_url]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=writing, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stdout) == (128 + signal.SIGPIPE, "")


def test_download_tells_each_file_and_leaves_what_is_there(archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["download", "-i", archive.api_url, "--json", "-o", str(tmp_path), "000002"]
    assert run([*command, "--dry-run"]) == 0
    assert not list(tmp_path.rglob("*.nwb"))
    capsys.readouterr()
    assert run(command) == 0
    events = _lines(capsys.readouterr().out)
    assert [event["event"] for event in events if event["event"] != "progress"] == ["done", "done", "done", "summary"]
    assert (tmp_path / "000002" / "dandiset.yaml").exists()
    assert run(command) == 1
    assert all(event["event"] in {"failed", "summary"} for event in _lines(capsys.readouterr().out))
    assert run([*command, "--existing", "skip"]) == 0


def test_a_download_in_the_background_goes_on_by_itself(archive: Archive, tmp_path: Path) -> None:
    command = ["download", "-i", archive.api_url, "--json", "--background", "--what", "assets", "-o", str(tmp_path / "here"), "000002"]
    said = subprocess.run([sys.executable, "-m", "dandi_tui", *command], capture_output=True, text=True, check=True).stdout
    job = str(_lines(said)[0]["job"])
    assert run(["transfers", "attach", job, "--json"]) == 0
    assert len(list((tmp_path / "here").rglob("*.nwb"))) == 2


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["show", "000999"], 1),
        (["show", "000007"], 3),
        (["search", "--starred"], 3),
        (["show", "-i", "http://127.0.0.1:9/api", "000001"], 4),
        (["ls", "-i", "nowhere", "000001"], 2),
        (["search", "--limit", "many"], 2),
        (["download", "000002", "--what", "everything"], 2),
        (["serach", "mouse"], 2),
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


@pytest.mark.parametrize("family", sorted({module for module, _ in COMMANDS.values()} | {module for module, _ in OWNERS_COMMANDS.values()}))
def test_a_family_of_commands_imports_nothing_heavy_before_it_is_needed(family: str) -> None:
    code = f"import sys, dandi_tui.cli, dandi_tui.commands.{family}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())


def test_asking_the_archive_brings_no_tables_and_no_highlighting() -> None:
    code = "import sys, dandi_tui.api.client, dandi_tui.transfer.worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "httpx" in done.stdout
    assert not {"rich", "pygments", "click", "textual"} & set(done.stdout.split())


def test_the_version_is_told_before_even_the_command_line_is_imported() -> None:
    code = "import sys; sys.argv[1:] = ['--version']; from dandi_tui.__main__ import _tell_version; _tell_version(); print(*sys.modules)"
    told, modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert told == f"dandi-tui {__version__}"
    assert not (HEAVY | {"click", "msgspec", "dandi_tui.cli"}) & set(modules.split())
