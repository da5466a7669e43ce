"""The real `dandi` client works with the embedded archive."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Archive

# What is downloaded, with a key or not, and the files that must be there then.
DOWNLOADS = {
    "a version whole": ("dandisets/000001/versions/draft/", False, ("000001/dandiset.yaml", *["000001/**/*.nwb"] * 4)),
    "a folder": ("dandisets/000001/versions/draft/assets/?path=sub-M101/", False, ("sub-M101/*.nwb",) * 2),
    "a glob": ("dandisets/000001/versions/draft/assets/?glob=*20230721*", False, ("**/*20230721*.nwb",)),
    "one asset": ("assets/{asset}/", False, ("*.nwb",)),
    "a Zarr": ("dandisets/000009/versions/draft/", False, ("000009/dandiset.yaml", "000009/**/*.zarr/.zattrs")),
    "an embargoed Dandiset": ("dandisets/000007/versions/draft/", True, ("000007/**/*.nwb",)),
}


def _client(
    archive: Archive, home: Path, *arguments: str, key: str = "", folder: Path | None = None, developing: bool = False
) -> subprocess.CompletedProcess[str]:
    if find_spec("dandi") is None:
        pytest.skip("the dandi client is not installed: it comes with the extra `dev`")
    environment = {**os.environ, "DANDI_NO_ET": "1", "HOME": str(home), **({f"{archive.origin[7:]}_API_KEY": key} if key else {})}
    environment |= {"DANDI_DEVEL": "1"} if developing else {}
    start = "import sys; sys.argv[0] = 'dandi'; from dandi.cli.command import main; main()"
    command = [sys.executable, "-c", start, *arguments]
    return subprocess.run(command, cwd=folder or home, capture_output=True, text=True, env=environment, timeout=100, check=False)


@pytest.mark.parametrize("what", DOWNLOADS)
def test_the_dandi_client_downloads(what: str, archive: Archive, tmp_path: Path) -> None:
    address, with_key, wanted = DOWNLOADS[what]
    asset = httpx.get(f"{archive.api_url}/dandisets/000001/versions/draft/assets/?page_size=1").json()["results"][0]["asset_id"]
    target = f"{archive.api_url}/{address.replace('{asset}', asset)}"
    (tmp_path / "here").mkdir()
    done = _client(archive, tmp_path, "download", "-i", archive.api_url, "-o", str(tmp_path / "here"), target, key=archive.token if with_key else "")
    assert done.returncode == 0, done.stdout + done.stderr
    for pattern in set(wanted):
        assert len(list((tmp_path / "here").glob(pattern))) == wanted.count(pattern), pattern


def test_the_dandi_client_is_refused_what_is_embargoed(archive: Archive, tmp_path: Path) -> None:
    done = _client(archive, tmp_path, "download", "-i", archive.api_url, "-o", str(tmp_path), f"{archive.api_url}/dandisets/000007/versions/draft/")
    assert done.returncode != 0


@pytest.fixture
def owner(empty_archive: Archive) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{empty_archive.api_url}/", headers={"Authorization": f"token {empty_archive.token}"}) as client:
        yield client


def _registered(owner: httpx.Client, name: str) -> str:
    """A new Dandiset."""
    made = owner.post("dandisets/", json={"name": name, "metadata": {"description": "Sent by the client.", "license": ["spdx:CC0-1.0"]}})
    return str(made.json()["identifier"])


def _settled(owner: httpx.Client, identifier: str) -> dict[str, object]:
    """The draft's record once validation is done."""
    for _ in range(600):
        info: dict[str, object] = owner.get(f"dandisets/{identifier}/versions/draft/info/").json()
        if info["status"] in {"Valid", "Invalid"} and not any("please wait" in str(error) for error in info["asset_validation_errors"]):  # type: ignore[attr-defined]
            return info
        time.sleep(0.1)
    raise AssertionError(info)


def test_what_the_dandi_client_uploads_is_valid_and_comes_back_the_same(empty_archive: Archive, owner: httpx.Client, tmp_path: Path) -> None:
    from dandi_tui.demo.sample_data.metadata import Recording
    from dandi_tui.demo.sample_data.recordings import write

    identifier = _registered(owner, "Uploaded")
    sent = tmp_path / "sent" / identifier
    recordings = [Recording(subject="M1", session=f"2024010{day}", start=datetime(2024, 1, day, 9, tzinfo=UTC), modalities=("behavior",)) for day in (1, 2)]
    for number, recording in enumerate(recordings):
        place = sent / recording.path
        place.parent.mkdir(parents=True, exist_ok=True)
        write(recording, place, seed=number, seconds=5.0)
    (sent / "dandiset.yaml").write_text(f"identifier: DANDI:{identifier}\n")
    done = _client(empty_archive, tmp_path, "upload", "-i", empty_archive.api_url, key=empty_archive.token, folder=sent)
    assert done.returncode == 0, done.stdout + done.stderr
    info = _settled(owner, identifier)
    assert (info["status"], info["asset_count"], info["asset_validation_errors"], info["version_validation_errors"]) == ("Valid", 2, [], [])
    again = _client(empty_archive, tmp_path, "upload", "-i", empty_archive.api_url, key=empty_archive.token, folder=sent)
    assert again.returncode == 0
    assert "2 skipped" in again.stdout or again.stdout.count("skipped") >= 2
    (tmp_path / "back").mkdir()
    target = f"{empty_archive.api_url}/dandisets/{identifier}/versions/draft/"
    done = _client(empty_archive, tmp_path, "download", "-i", empty_archive.api_url, "-o", str(tmp_path / "back"), target)
    assert done.returncode == 0, done.stdout + done.stderr
    for recording in recordings:
        assert (tmp_path / "back" / identifier / recording.path).read_bytes() == (sent / recording.path).read_bytes()


@pytest.mark.slow
def test_a_zarr_that_the_dandi_client_uploads_comes_back_the_same_and_is_sent_once(empty_archive: Archive, owner: httpx.Client, tmp_path: Path) -> None:
    from dandi_tui.demo.sample_data import _write_zarr

    identifier = _registered(owner, "Zarr")
    sent = tmp_path / "sent" / identifier
    _write_zarr(sent / "sub-1" / "brain.ome.zarr")
    (sent / "dandiset.yaml").write_text(f"identifier: DANDI:{identifier}\n")
    options = ("upload", "-i", empty_archive.api_url, "--validation", "skip")
    done = _client(empty_archive, tmp_path, *options, key=empty_archive.token, folder=sent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 done" in done.stdout, done.stdout + done.stderr
    info = _settled(owner, identifier)
    files = [path for path in (sent / "sub-1").rglob("*") if path.is_file()]
    zarr = owner.get("zarr/").json()["results"][0]
    assert (zarr["status"], zarr["file_count"], zarr["size"]) == ("Complete", len(files), sum(path.stat().st_size for path in files))
    assert (info["asset_count"], info["size"], info["asset_validation_errors"]) == (1, zarr["size"], [])
    (tmp_path / "back").mkdir()
    target = f"{empty_archive.api_url}/dandisets/{identifier}/versions/draft/"
    done = _client(empty_archive, tmp_path, "download", "-i", empty_archive.api_url, "-o", str(tmp_path / "back"), target)
    assert done.returncode == 0, done.stdout + done.stderr
    for path in files:
        assert (tmp_path / "back" / identifier / path.relative_to(sent)).read_bytes() == path.read_bytes()
    files[0].write_bytes(b"{}")
    files[1].unlink()
    done = _client(empty_archive, tmp_path, *options, key=empty_archive.token, folder=sent)
    assert done.returncode == 0, done.stdout + done.stderr
    _settled(owner, identifier)
    zarr = owner.get("zarr/").json()["results"][0]
    assert (zarr["status"], zarr["file_count"]) == ("Complete", len(files) - 1)


@pytest.mark.slow
def test_the_dandi_client_moves_and_deletes_assets_of_an_embargoed_dandiset(empty_archive: Archive, owner: httpx.Client, tmp_path: Path) -> None:
    made = owner.post("dandisets/?embargo=true", json={"name": "Embargoed", "metadata": {"description": "d", "license": ["spdx:CC0-1.0"]}})
    identifier = made.json()["identifier"]
    sent = tmp_path / "sent" / identifier
    (sent / "stimuli").mkdir(parents=True)
    for name in ("one.png", "two.png"):
        (sent / "stimuli" / name).write_bytes(name.encode())
    (sent / "dandiset.yaml").write_text(f"identifier: DANDI:{identifier}\n")

    def client(*arguments: str) -> None:
        done = _client(empty_archive, tmp_path, *arguments, key=empty_archive.token, folder=sent, developing=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def paths() -> list[str]:
        return [one["path"] for one in owner.get(f"dandisets/{identifier}/versions/draft/assets/?order=path").json()["results"]]

    client("upload", "-i", empty_archive.api_url, "--allow-any-path", "--validation", "skip")
    assert paths() == ["stimuli/one.png", "stimuli/two.png"]
    client("move", "-i", empty_archive.api_url, "--work-on", "remote", "stimuli/one.png", "moved/one.png")
    assert paths() == ["moved/one.png", "stimuli/two.png"]
    client("delete", "-i", empty_archive.api_url, "--force", f"{empty_archive.api_url}/dandisets/{identifier}/versions/draft/assets/?path=stimuli/two.png")
    assert paths() == ["moved/one.png"]


def test_what_is_uploaded_is_what_the_dandi_client_would_have_made(empty_archive: Archive, owner: httpx.Client, tmp_path: Path) -> None:
    from dandi_tui.demo.sample_data.metadata import Recording
    from dandi_tui.demo.sample_data.recordings import write

    recording = Recording(subject="M1", session="20240101", start=datetime(2024, 1, 1, 9, tzinfo=UTC), modalities=("ecephys",))
    made = {}
    for name in ("theirs", "ours"):
        identifier = _registered(owner, name)
        folder = tmp_path / name / identifier
        (folder / recording.path).parent.mkdir(parents=True)
        (folder / "dandiset.yaml").write_text(f"identifier: DANDI:{identifier}\n")
        made[name] = (identifier, folder)
    write(recording, made["theirs"][1] / recording.path, seed=1, seconds=5.0)
    shutil.copy2(made["theirs"][1] / recording.path, made["ours"][1] / recording.path)
    done = _client(empty_archive, tmp_path, "upload", "-i", empty_archive.api_url, key=empty_archive.token, folder=made["theirs"][1])
    assert done.returncode == 0, done.stdout + done.stderr
    command = [sys.executable, "-m", "dandi_tui", "upload", "-i", empty_archive.api_url, "--foreground"]
    environment = {**os.environ, "DANDI_TUI_API_KEY": empty_archive.token}
    done = subprocess.run(command, cwd=made["ours"][1], env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {}
    for name, (identifier, _) in made.items():
        assert _settled(owner, identifier)["asset_validation_errors"] == []
        assets = owner.get(f"dandisets/{identifier}/versions/draft/assets/?metadata=true").json()["results"]
        found[name] = {asset["path"]: (asset["blob"], _steady(asset["metadata"])) for asset in assets}
    (blob, ours), (same, theirs) = found["ours"][recording.path], found["theirs"][recording.path]
    assert blob == same
    assert {name: (ours.get(name), theirs.get(name)) for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)} == {}


def _steady(metadata: dict[str, Any]) -> dict[str, Any]:
    """Metadata without what differs from one upload to the next: ids, addresses, times, the program that made them, the order of sets."""
    kept = {name: value for name, value in metadata.items() if name not in {"id", "identifier", "contentUrl", "dateModified"}}
    kept["wasGeneratedBy"] = [one for one in kept.get("wasGeneratedBy", ()) if one["schemaKey"] != "Activity"]
    return {name: sorted(value, key=str) if isinstance(value, list) else value for name, value in kept.items()}
