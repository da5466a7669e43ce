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
        UsageError: There is no editor, it ended with a failure, or left what is no text.
    """
    command = _command()
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
    try:
        after = path.read_bytes()
        if not status:
            return after.decode(), path
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the editor {command[0]} left no text in UTF-8; nothing is changed", remedy=f"What it left is in {path}.") from error
    words = f"the editor {command[0]} ended with status {status}; nothing is changed"
    if after == text.encode():
        path.unlink(missing_ok=True)
        raise UsageError(words)
    raise UsageError(words, remedy=f"Your text is in {path}.")


def _command() -> list[str]:
    """The editor and its options.

    Raises:
        UsageError: They are no command.
    """
    for name in ("VISUAL", "EDITOR"):
        try:
            found = shlex.split(os.environ.get(name, ""))
        except ValueError as error:
            raise UsageError(f"${name} is no command: {error}", subject=os.environ[name]) from error
        if found:
            return found
    return ["vi"]
