"""The real `dandi` client works with the embedded archive."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Archive


def test_the_dandi_client_downloads_a_version_whole(archive: Archive, tmp_path: Path) -> None:
    client = Path(sys.executable).with_name("dandi")
    if not client.exists():
        pytest.skip("the dandi client is not installed: it comes with the extra `dev`")
    address = f"{archive.api_url}/dandisets/000001/versions/draft/"
    environment = {**os.environ, "DANDI_NO_ET": "1", "HOME": str(tmp_path)}
    command = [str(client), "download", "-i", archive.api_url, "-o", str(tmp_path), address]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((tmp_path / "000001").rglob("*.nwb"))) == 4
    assert (tmp_path / "000001" / "dandiset.yaml").exists()
