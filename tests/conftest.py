"""The embedded archive, made once a run, for all tests that need a real server."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import settings

from dandi_tui.transfer.home import holder_alive, home_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

# A property is tried on the same examples at each run, so that a run says what the change did; new ones are sought when asked to.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("random", deadline=None, print_blob=True, max_examples=500)
settings.load_profile(os.environ.get("DANDI_TUI_EXAMPLES", "same"))

TOKENS = {"demo": "d" * 40, "alice": "a" * 40, "admin": "b" * 40, "pending": "c" * 40, "incomplete": "e" * 40, "rejected": "f" * 40}


# What takes longest begins first, so that no core is left without work at the end.
_LONG_FIRST = ("screens", "faults", "terminal", "demo", "commands", "dataset", "transfer", "nwb")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Orders the tests by their folders, and leaves each folder's as they are."""
    ranks = {folder: rank for rank, folder in enumerate(_LONG_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.parent.name, len(ranks)))


class Archive(NamedTuple):
    """A running archive."""

    api_url: str
    token: str

    @property
    def origin(self) -> str:
        return self.api_url.removesuffix("/api")


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The sample data as they are made, with a Dandiset of 3,000 assets: made once a run, changed by no test."""
    own = tmp_path_factory.getbasetemp()
    root = own if worker_id == "master" else own.parent
    folder, made = root / "sample-data", root / "sample-data.made"
    with (root / "sample-data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            with running_archive("--data", str(folder), "--assets", "3000"):
                pass
            made.touch()
    return folder


@pytest.fixture(scope="module")
def archive(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive with the sample data, of this module alone: what its tests change, no other module sees."""
    folder = tmp_path_factory.mktemp("archive") / "data"
    shutil.copytree(sample_folder, folder)
    with running_archive("--data", str(folder), "--assets", "3000") as found:
        yield found
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty_archive() -> Iterator[Archive]:
    """An archive of this test alone, with users but no Dandisets: for what changes things."""
    with running_archive("--empty") as found:
        yield found


@contextmanager
def running_archive(*options: str) -> Iterator[Archive]:
    """An archive in a process of its own."""
    command = [sys.executable, "-m", "dandi_tui.demo", "--attached", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        line = server.stdout.readline()
        assert line, server.stderr.read()
        yield Archive(api_url=(ready := json.loads(line))["api_url"], token=ready["token"])
        server.terminate()
        server.communicate(timeout=10)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the person's own folders or key."""
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"DANDI_TUI_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in [name for name in os.environ if name.endswith("_API_KEY")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_worker_is_left(_own_folders: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker of transfers that a test started ends with it."""
    monkeypatch.setenv("DANDI_TUI_WORKER_IDLE", "1")
    yield
    if holder := holder_alive(home_dir()):
        os.kill(holder.pid, signal.SIGTERM)


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
