"""The embedded archive, made once a run, for all tests that need a real server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKENS = {"demo": "d" * 40, "alice": "a" * 40, "admin": "b" * 40, "pending": "c" * 40}


class Archive(NamedTuple):
    """A running archive."""

    api_url: str
    token: str

    @property
    def origin(self) -> str:
        return self.api_url.removesuffix("/api")


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The sample data, made once for this worker."""
    return tmp_path_factory.mktemp("archive")


@pytest.fixture(scope="session")
def archive(sample_folder: Path) -> Iterator[Archive]:
    """An archive with the sample Dandisets and one of 3,000 assets."""
    command = [sys.executable, "-m", "dandi_tui.demo", "--data", str(sample_folder), "--assets", "3000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        line = server.stdout.readline()
        assert line, server.stderr.read()
        yield Archive(api_url=(ready := json.loads(line))["api_url"], token=ready["token"])
        server.terminate()
        server.communicate(timeout=10)
    shutil.rmtree(sample_folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the person's own folders or key."""
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"DANDI_TUI_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in [name for name in os.environ if name.endswith("_API_KEY")]:
        monkeypatch.delenv(name)


@pytest.fixture
def shared() -> Path:
    """The folder of recorded facts; tests that need it are skipped where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the folder shared/ is not beside the project")
    return folder


def recorded(shared: Path, name: str) -> dict[str, Any]:
    """A recorded exchange."""
    found: dict[str, Any] = json.loads((shared / "api" / f"{name}.json").read_text())
    return found
