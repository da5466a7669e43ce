"""Working in a folder whose files are named as Python's modules: they are data there, never run."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from recordings import raw_files

from dandi_tui.screens.demo_archive import DemoArchive

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("json", "h5py", "numpy", "signal", "dandi_tui")
TRAP = "import pathlib; pathlib.Path(__file__).with_name('run').touch(); raise SystemExit('a file of this folder was run')"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(TRAP)
    return tmp_path


@pytest.mark.parametrize(("command", "words"), [("inspect", "spike_times"), ("validate", "NWBI.")])
def test_a_folders_own_modules_are_not_run(folder: Path, command: str, words: str) -> None:
    [file] = raw_files(folder, 1)
    done = subprocess.run([sys.executable, "-P", "-m", "dandi_tui", command, file], cwd=folder, capture_output=True, text=True, check=False)
    assert words in done.stdout
    assert not (folder / "run").exists()


def test_nor_are_they_by_the_embedded_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    archive = DemoArchive(None)
    try:
        assert archive.ready().token
    finally:
        archive.close()
    assert not (folder / "run").exists()
