"""Journey 3 in a real pseudo-terminal: the program as a wheel installs it, from a folder of NWB files to a draft that the archive finds valid."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from contributing import Owner
from recordings import raw_files
from test_real_terminal import Terminal
from wheels import installed

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive


@pytest.mark.timeout(300)
def test_from_a_folder_to_a_valid_draft(empty_archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = Owner(empty_archive)
    identifier = owner.dandiset("Whiskers", files=0)
    raw_files(tmp_path / "raw", 2)
    monkeypatch.chdir(tmp_path)
    wheel = installed(tmp_path / "wheel")
    monkeypatch.setenv("PYTHONPATH", str(wheel))
    where = subprocess.run([sys.executable, "-c", "import dandi_tui; print(dandi_tui.__file__)"], capture_output=True, text=True, check=True)
    assert where.stdout.startswith(str(wheel))
    terminal = Terminal(empty_archive)
    try:
        for keys, words in (
            ("", "found"),
            ("3", "No folder is chosen"),
            ("a", "Tab completes"),
            ("\x7f\x7f", "take "),
            ("raw", "/raw"),
            ("\r", "2 NWB files"),
            ("n", "2 good"),
            ("n", "sub-M0_ses-s000_ecephys.nwb"),
            ("n", "Nothing that is there is replaced"),
            ("\r", identifier),
            ("\r", "2 added"),
            ("\r", "Sent: 2 files sent"),
            ("n", "2 files are valid"),
        ):
            terminal.press(keys)
            terminal.until(words)
        assert owner.info(identifier)["asset_count"] == 2
        organized = tmp_path / "raw-organized/sub-M0/sub-M0_ses-s000_ecephys.nwb"
        assert organized.is_symlink()
        terminal.press("q")
        assert terminal.ended() == 0
    finally:
        terminal.close()
        owner.http.close()
        shutil.rmtree(tmp_path / "raw", ignore_errors=True)
