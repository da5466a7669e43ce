"""The wheel holds what the program needs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from wheels import installed

if TYPE_CHECKING:
    from pathlib import Path


def test_the_wheel_contains_the_styles_and_the_app_finds_them_there(tmp_path: Path) -> None:
    folder = installed(tmp_path)
    code = "import dandi_tui.app; print(dandi_tui.app.STYLES); assert (dandi_tui.app.STYLES / 'app.tcss').exists()"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert str(folder) in done.stdout
