"""Paths of the archive on this machine: none leaves the target folder, whatever it says."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from dandi_tui.errors import UnsafePathError
from dandi_tui.text import clip_middle, safe

LONGEST_NAME = 255 - len("..part.json~")
_OWN = re.compile(r"\..+\.part(\.json~?|\.old)?", re.DOTALL)
"""What partial data, their labels and what they take the place of are called."""


def local_path(path: str) -> PurePosixPath:
    """The archive's path as a relative path that stays below the folder it is joined to.

    Raises:
        UnsafePathError: It is absolute, has `..`, a drive letter, control characters, or a name that is too long for a file system or that downloads use.
    """
    parts = path.split("/")
    fault = ""
    if not path or path.startswith("/"):
        fault = "is absolute or empty"
    elif any(part in {"", ".", ".."} for part in parts):
        fault = "would leave the folder"
    elif any(ord(char) < 32 or ord(char) == 127 for char in path):
        fault = "has control characters"
    elif "\\" in path or (len(parts[0]) == 2 and parts[0][1] == ":"):
        fault = "would mean another place on other systems"
    elif any(len(part.encode("utf-8", "replace")) > LONGEST_NAME for part in parts):
        fault = "has a name longer than a file system can hold"
    elif any(map(_OWN.fullmatch, parts)):
        fault = "has a name that is kept for what is still arriving"
    elif any("\ud800" <= char <= "\udfff" for char in path):
        fault = "has half letters, which no file system can hold"
    if fault:
        raise UnsafePathError(f"this path {fault}; it is not written", subject=clip_middle(safe(path), 80))
    return PurePosixPath(path)


def check_parents(root: Path, relative: PurePosixPath) -> None:
    """Refuses a path one of whose folders is a link out of the target folder, or is a file.

    Raises:
        UnsafePathError: It is.
    """
    place = root
    for part in relative.parts[:-1]:
        place = place / part
        if place.is_symlink() and not place.resolve().is_relative_to(root.resolve()):
            raise UnsafePathError("a folder on the way is a link that leads elsewhere", subject=str(place))
        if place.exists() and not place.is_dir():
            raise UnsafePathError("a file stands where a folder must be", subject=str(place), remedy="Move it away first.")
