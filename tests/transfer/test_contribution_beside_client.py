"""What is uploaded here is what the `dandi` client would have made: same paths, digests and metadata; neither sends what the other sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from contributing import Owner
from recordings import raw_files

from dandi_tui.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive

# Times of reading, ids of activities, and who read it differ by nature.
_OWN = ("dateModified", "id", "identifier", "contentUrl", "datePublished", "schemaVersion", "@context")


def _client(archive: Archive, home: Path, folder: Path, *arguments: str) -> str:
    if find_spec("dandi") is None:
        pytest.skip("the dandi client is not installed: it comes with the extra `dev`")
    environment = {**os.environ, "DANDI_NO_ET": "1", "HOME": str(home), f"{archive.origin[7:]}_API_KEY": archive.token}
    start = "import sys; sys.argv[0] = 'dandi'; from dandi.cli.command import main; main()"
    done = subprocess.run([sys.executable, "-c", start, *arguments], cwd=folder, capture_output=True, text=True, env=environment, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _record(folder: Path, identifier: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "dandiset.yaml").write_text(f"identifier: DANDI:{identifier}\nname: Both\ndescription: The same twice\n")
    return folder


def _metadata(owner: Owner, identifier: str) -> dict[str, Any]:
    found = owner("GET", f"dandisets/{identifier}/versions/draft/assets/", metadata="true")["results"]
    return {one["path"]: {name: _plain(value) for name, value in one["metadata"].items() if name not in _OWN} for one in found}


def _plain(value: Any) -> Any:
    """A value whose order does not count, without activities of reading, which name their program."""
    if isinstance(value, list):
        kept = [_plain(one) for one in value if not (isinstance(one, dict) and one.get("schemaKey") == "Activity")]
        return sorted(kept, key=lambda one: json.dumps(one, sort_keys=True))
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if name != "id"}
    return value


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_both_make_the_same_of_a_folder(empty_archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DANDI_TUI_API_KEY", empty_archive.token)
    owner = Owner(empty_archive)
    theirs, ours = owner.dandiset("Theirs", files=0), owner.dandiset("Ours", files=0)
    raw_files(tmp_path / "raw", 3)
    with_client, with_us = _record(tmp_path / "client", theirs), _record(tmp_path / "us", ours)
    _client(empty_archive, tmp_path, with_client, "organize", "-d", str(with_client), "-f", "symlink", "-J", "1", str(tmp_path / "raw"))
    _client(empty_archive, tmp_path, with_client, "upload", "-i", empty_archive.api_url)
    assert run(["organize", str(tmp_path / "raw"), "-d", str(with_us), "-f", "symlink"]) == 0
    assert run(["upload", "-d", str(with_us), "--existing", "refresh", "-i", empty_archive.api_url]) == 0

    assert _metadata(owner, ours) == _metadata(owner, theirs)
    assert len(_metadata(owner, ours)) == 3

    capfd.readouterr()
    assert run(["upload", "-d", str(with_client), "-i", empty_archive.api_url, "--json"]) == 0
    events = [json.loads(line)["event"] for line in capfd.readouterr().out.splitlines()]
    assert events.count("skipped") == 3
    assert "done" not in events
    assert "skipped" in _client(empty_archive, tmp_path, with_us, "upload", "-i", empty_archive.api_url)

    (tmp_path / "back").mkdir()
    _client(
        empty_archive, tmp_path, tmp_path, "download", "-i", empty_archive.api_url, "-o", str(tmp_path / "back"), f"{empty_archive.api_url}/dandisets/{ours}/"
    )
    _client(empty_archive, tmp_path, tmp_path, "validate", "--min-severity", "ERROR", str(tmp_path / "back" / ours))
    owner.until(lambda: owner.info(ours)["status"] == "Valid" and not owner.info(ours)["asset_validation_errors"])
    owner.http.close()
