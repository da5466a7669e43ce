"""The program as people install it: from a wheel, made once a run, in a folder of its own."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def installed(folder: Path) -> Path:
    """Makes the wheel and unpacks it; the folder to be put on the path. Skips the test where nothing can make it."""
    pytest.importorskip("hatchling.build", reason="hatchling comes with the extra `dev`")
    code = f"import hatchling.build; print(hatchling.build.build_wheel({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(folder / done.stdout.split()[-1]) as packed:
        packed.extractall(folder / "installed")
    return folder / "installed"
