"""What stands in a folder, by name and kind alone: no file is opened nor asked for its size, so that network folders list quickly."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Entry(NamedTuple):
    """A file or folder of a folder."""

    name: str
    is_folder: bool


class Typed(NamedTuple):
    """A path while it is typed: the folder that it stands in, and the beginning of a name."""

    folder: str
    start: str

    @property
    def path(self) -> str:
        """The whole path, without a slash at its end."""
        return os.path.join(self.folder, self.start).rstrip("/") or "/"

    @property
    def there(self) -> bool:
        """Whether something stands there; asks the disk."""
        return os.path.exists(self.path)


def entries_of(folder: str) -> Iterator[Entry]:
    """What stands in a folder, in the order that the file system has it; names that begin with a dot are left out.

    Raises:
        OSError: It is not there, or may not be looked into.
    """
    with os.scandir(folder) as found:
        for entry in found:
            if not entry.name.startswith("."):
                yield Entry(entry.name, _is_folder(entry))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def typed(text: str) -> Typed:
    """A path as it is typed so far: `~` is the home folder, relative paths begin at the working folder."""
    path = os.path.join(os.getcwd(), os.path.expanduser(text))
    folder, start = os.path.split(path)
    return Typed(folder or "/", start)


def begun_anew(text: str) -> str:
    """A path typed after another one: what follows the last `//`, or begins at the last `/~/`."""
    root, home = text.rfind("//"), text.rfind("/~/")
    return text[max(root, home) + 1 :] if max(root, home) >= 0 else text


def matching(entries: list[Entry], start: str) -> list[Entry]:
    """Entries that a name's beginning means: those that begin with it, then those that have it anywhere; folders before files."""
    low = start.lower()
    ranked = [(0 if one.name.lower().startswith(low) else 1, not one.is_folder, one.name.lower(), one) for one in entries if low in one.name.lower()]
    return [one for *_, one in sorted(ranked)]


def completed(entries: list[Entry], start: str) -> str:
    """A name's beginning, as far as what stands there leaves no choice; a folder that is meant alone ends with a slash."""
    fitting = [one for one in entries if one.name.startswith(start)] or [one for one in entries if one.name.lower().startswith(start.lower())]
    if len(fitting) == 1:
        return fitting[0].name + ("/" if fitting[0].is_folder else "")
    shared = fitting[0].name if fitting else start
    while not all(one.name.startswith(shared) for one in fitting):
        shared = shared[:-1]
    return shared if len(shared) > len(start) else start


def short(path: str) -> str:
    """A path with the home folder written as `~`."""
    home = os.path.expanduser("~")
    return "~" + path[len(home) :] if path == home or path.startswith(home + "/") else path
