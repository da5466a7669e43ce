"""`assets move` and `assets delete` on a real archive: what the plan says is done, content and metadata stay, nothing else changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from conftest import running_archive

from dandi_tui.cli import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Archive

FOLDER = "sub-M101"


@pytest.fixture
def own_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    """An archive with the sample Dandisets, of this test alone."""
    with running_archive("--data", str(tmp_path / "archive")) as found:
        monkeypatch.setenv("DANDI_TUI_API_KEY", found.token)
        yield found


def listed(archive: Archive) -> dict[str, Any]:
    found = httpx.get(f"{archive.api_url}/dandisets/000001/versions/draft/assets/?metadata=true").json()["results"]
    return {one["path"]: one for one in found}


def test_assets_are_renamed_replaced_and_deleted(own_archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["-i", own_archive.api_url, "--json"]
    before = listed(own_archive)
    first, second = sorted(path for path in before if path.startswith(f"{FOLDER}/"))

    assert run(["assets", "move", "000001", first, "sub-M101/renamed.nwb", "--dry-run", *where]) == 0
    assert listed(own_archive).keys() == before.keys()
    capsys.readouterr()
    assert run(["assets", "move", "000001", first, "sub-M101/renamed.nwb", *where]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["event"], told["path"], told["new_path"]) == ("done", first, "sub-M101/renamed.nwb")
    after = listed(own_archive)
    assert after.keys() == before.keys() - {first} | {"sub-M101/renamed.nwb"}
    assert after["sub-M101/renamed.nwb"]["blob"] == before[first]["blob"]
    kept = {"wasAttributedTo", "variableMeasured", "digest", "encodingFormat", "dateModified"}
    assert {name: after["sub-M101/renamed.nwb"]["metadata"][name] for name in kept} == {name: before[first]["metadata"][name] for name in kept}

    assert run(["assets", "move", "000001", second, "sub-M101/renamed.nwb", *where]) == 1
    assert listed(own_archive).keys() == after.keys()
    assert run(["assets", "move", "000001", second, "sub-M101/renamed.nwb", "--existing", "overwrite", *where]) == 0
    now = listed(own_archive)
    assert now.keys() == after.keys() - {second}
    assert now["sub-M101/renamed.nwb"]["blob"] == before[second]["blob"]

    assert run(["assets", "move", "000001", "--regex", r"sub-(\w+)/", r"mice/sub-\1/", *where]) == 0
    assert all(path.startswith("mice/") for path in listed(own_archive) if path.endswith(".nwb"))

    assert run(["assets", "delete", "000001", "mice/sub-M101", *where]) == 2
    assert "mice/sub-M101/renamed.nwb" in listed(own_archive)
    assert run(["assets", "delete", "000001", "mice/sub-M101", "--yes", *where]) == 0
    assert not [path for path in listed(own_archive) if "sub-M101/" in path]


@pytest.mark.slow
def test_who_may_not_is_told_so_and_nothing_is_done(own_archive: Archive, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    before = listed(own_archive)
    monkeypatch.setenv("DANDI_TUI_API_KEY", "e" * 40)
    assert run(["assets", "delete", "000001", FOLDER, "--yes", "-i", own_archive.api_url]) == 3
    assert run(["assets", "delete", "000001/0.240102.0000", FOLDER, "--yes", "-i", own_archive.api_url]) == 2
    assert "only its draft" in capsys.readouterr().err
    assert listed(own_archive).keys() == before.keys()


def test_a_folder_and_a_file_are_deleted_with_the_dandisets_other_commands(own_archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["dandiset", "delete", "000001", "--yes", "-i", own_archive.api_url]
    before = listed(own_archive)
    of_folder = {path for path in before if path.startswith(f"{FOLDER}/")}
    one = next(path for path in before if path not in of_folder)
    assert run([*command, "--asset", "sub-nobody/"]) != 0
    assert listed(own_archive).keys() == before.keys()
    assert run([*command, "--asset", f"{FOLDER}/", "--asset", one]) == 0
    assert listed(own_archive).keys() == before.keys() - of_folder - {one}
    said = capsys.readouterr().err
    assert all(f"deleted {path}\n" in said for path in (one, *of_folder))
