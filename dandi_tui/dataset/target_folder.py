"""What a plan must know of the folder that files go to: what is there already, and what its file system can hold."""

from __future__ import annotations

import os
import re

import msgspec

_KEYS = {"ses": "session_id", "tis": "tissue_sample_id", "slice": "slice_id", "cell": "cell_id", "desc": "description", "probe": "probe_ids", "obj": "obj_id"}
_NAME = re.compile(r"sub-[^_/]+((?:_(?:ses|tis|slice|cell|desc|probe|obj)-[^_/]+)*)(?:_[a-z+]+)?\.nwb(?:\.zarr)?")
_STABLE = ("session_id", "tissue_sample_id", "slice_id", "cell_id")


class TargetFolder(msgspec.Struct, frozen=True, kw_only=True):
    """The folder of a Dandiset, as it was when it was looked at.

    Attributes:
        path: As it was given.
        real: With all links resolved.
        there: Whether it is there.
        files: What is in it: path below it → its path with links resolved. A Zarr store counts as a file.
        case_blind: Whether names that differ by case alone are one file there.
        longest_name: The most bytes that a name may have.
    """

    path: str = ""
    real: str = ""
    there: bool = False
    files: dict[str, str] = {}
    case_blind: bool = False
    longest_name: int = 255

    def usual_fields(self) -> tuple[str, ...]:
        """Fields that the names there have, and that names of further files should have too, to be alike."""
        found = set()
        for path in self.files:
            match = _NAME.fullmatch(path.rpartition("/")[2])
            if match:
                found |= {_KEYS[part.partition("-")[0]] for part in match[1].split("_") if part}
        return tuple(field for field in _STABLE if field in found)


def look_at(path: str) -> TargetFolder:
    """Looks at a Dandiset's folder; links to folders and Zarr stores in it are not entered."""
    real = os.path.realpath(path)
    if not os.path.isdir(path):
        return TargetFolder(path=path, real=real, case_blind=_case_blind(_nearest(real)), longest_name=_longest_name(_nearest(real)))
    files: dict[str, str] = {}
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(os.path.join(path, below)) as entries:
                listed = list(entries)
        except OSError:
            continue
        for entry in listed:
            name = f"{below}{entry.name}"
            if entry.is_dir(follow_symlinks=False) and not entry.name.endswith((".zarr", ".ngff")):
                if not entry.name.startswith("."):
                    waiting.append(f"{name}/")
            else:
                files[name] = os.path.realpath(entry.path) if entry.is_symlink() else f"{real}/{name}"
    return TargetFolder(path=path, real=real, there=True, files=files, case_blind=_case_blind(real), longest_name=_longest_name(real))


def _nearest(path: str) -> str:
    """The nearest folder that is there, from a path up."""
    while not os.path.isdir(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return path


def _case_blind(folder: str) -> bool:
    """Whether a folder is found by its name in another case too."""
    above, name = os.path.split(folder)
    other = name.swapcase()
    try:
        return other != name and os.path.samefile(folder, os.path.join(above, other))
    except OSError:
        return False


def _longest_name(folder: str) -> int:
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (OSError, ValueError):
        return 255
