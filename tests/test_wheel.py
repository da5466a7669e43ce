"""The wheel holds what the program needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


def test_the_wheel_contains_the_styles_and_the_app_finds_them_there(tmp_path: Path) -> None:
    pytest.importorskip("hatchling.build", reason="hatchling comes with the extra `dev`")
    root = Path(__file__).resolve().parents[1]
    code = f"import hatchling.build; print(hatchling.build.build_wheel({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    wheel = tmp_path / done.stdout.split()[-1]
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "installed")
    code = "import dandi_tui.app; print(dandi_tui.app.STYLES); assert (dandi_tui.app.STYLES / 'app.tcss').exists()"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "installed", capture_output=True, text=True, check=True)
    assert str(tmp_path / "installed") in done.stdout
