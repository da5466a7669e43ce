"""A text in the person's own editor: $VISUAL, $EDITOR, else vi."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from dandi_tui.config import state_dir
from dandi_tui.errors import UsageError


def edit_text(text: str, name: str) -> tuple[str, Path]:
    """Lets the person edit a text; what it became, and the file that it stands in, which stays until it is removed.

    Args:
        text: The text to begin with.
        name: The end of the file's name: editors colour by it (`.yaml`).

    Raises:
        UsageError: There is no editor, or it ended with a failure.
    """
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    folder = state_dir() / "editing"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, place = tempfile.mkstemp(suffix=name, dir=folder)
    path = Path(place)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    try:
        status = subprocess.run([*command, str(path)], check=False).returncode
    except OSError as error:
        path.unlink(missing_ok=True)
        raise UsageError(f"there is no editor {command[0]}", remedy="Name one in $EDITOR.") from error
    if status:
        path.unlink(missing_ok=True)
        raise UsageError(f"the editor {command[0]} ended with status {status}; nothing is changed")
    with path.open(encoding="utf-8", newline="") as file:
        return file.read(), path
