"""Fields of an NWB file in HDF5: a copy of the file to write into, and what takes its place."""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.mend_fields import MendError
from dandi_tui.nwb.model import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import h5py

_FICLONE = 0x40049409
_ROOM = 2**20


@contextmanager
def opened(path: Path | str, mode: str = "r") -> Iterator[_File]:
    """Opens a file for its fields; only a copy is opened for writing (`r+`)."""
    import h5py

    from dandi_tui.nwb.opening import open_local

    with open_local(str(path)) if mode == "r" else h5py.File(path, mode) as file:
        yield _File(file)


@contextmanager
def kept_from_writers(path: Path) -> Iterator[None]:
    """Holds a file as one that is read, so that no other program begins to write to it.

    Raises:
        MendError: Another program writes to it.
    """
    from dandi_tui.nwb import writers

    with ExitStack() as held:
        try:
            held.enter_context(writers.kept_from_writers(str(path)))
        except FileError as error:
            raise MendError(f"it can't be changed, and is as it was: it {writers.WORDS}") from error
        yield


def copy(path: Path, part: Path) -> None:
    """Makes a copy to be written into; where the file system can, it shares its bytes with the original.

    Raises:
        MendError: There is no room for it.
    """
    size, free = path.stat().st_size, shutil.disk_usage(path.parent).free
    if not _cloned(path, part):
        if size + _ROOM > free:
            raise MendError(f"a copy of it needs {size:,} bytes, and {free:,} are free", remedy="Make room on this disk.")
        shutil.copyfile(path, part)
    part.chmod((path.stat().st_mode & 0o777) | 0o600)


def _cloned(path: Path, part: Path) -> bool:
    """A copy that shares its bytes with the original, where the file system can make one (Linux: Btrfs, XFS)."""
    try:
        from fcntl import ioctl
    except ImportError:
        return False
    with path.open("rb") as source, part.open("xb") as made:
        try:
            ioctl(made.fileno(), _FICLONE, source.fileno())
        except OSError:
            return False
    return True


def sync(part: Path) -> None:
    """Has the copy stand on the disk."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())


def take_place(part: Path, path: Path) -> None:
    """Puts the copy in the file's place."""
    part.replace(path)


def remove(part: Path) -> None:
    """Takes away what is left of a copy."""
    part.unlink(missing_ok=True)


class _File:
    """Fields of an open file.

    Args:
        file: The file.
    """

    def __init__(self, file: h5py.File) -> None:
        self.file = file

    def value(self, place: str) -> str | list[str] | None:
        """What a field says."""
        import h5py

        try:
            found = None if self.link_on_the_way(place) else self.file.get(place)
        except (OSError, RuntimeError, KeyError):
            return None
        if not isinstance(found, h5py.Dataset) or found.external or found.is_virtual or found.shape is None or found.size > 10_000:
            return None
        value = found[()]
        return [_plain(one) for one in value.reshape(-1)] if found.shape else _plain(value)

    def put(self, place: str, value: str | list[str]) -> None:
        """Writes a text, or a list of them, as pynwb writes it; attributes that stood there stay."""
        import h5py

        folder, _, name = place.rpartition("/")
        group = self._group(folder or "/")
        kept: dict[str, Any] = {}
        if name in group:
            kept = dict(group[name].attrs.items())
            del group[name]
        made = group.create_dataset(name, data=value, dtype=h5py.string_dtype("utf-8"))
        for key, one in kept.items():
            made.attrs[key] = one

    def _group(self, path: str) -> h5py.Group:
        import h5py

        found = self.file.get(path)
        if found is None:
            found = self.file.create_group(path)
            if path == "/general/subject":
                found.attrs.update({"neurodata_type": "Subject", "namespace": "core", "object_id": str(uuid.uuid4())})
        if not isinstance(found, h5py.Group):
            raise MendError(f"{path} is no group in this file: it is no NWB file as others are")
        return found

    def reference(self, place: str) -> str:
        """From when an age is counted; empty: from birth."""
        found = self.file.get(place)
        reference = str(found.attrs.get("reference", "")).lower() if found is not None else ""
        return "" if reference == "birth" else reference

    def set_reference(self, place: str, reference: str) -> None:
        """Whether an age is counted from birth, which is the rule, or from gestation."""
        attributes = self.file[place].attrs
        if reference:
            attributes["reference"] = reference
        elif "reference" in attributes:
            attributes["reference"] = "birth"

    def link_on_the_way(self, place: str) -> str:
        """The first step to a place that is a link to elsewhere."""
        import h5py

        parts = place.strip("/").split("/")
        for count in range(1, len(parts) + 1):
            here = "/" + "/".join(parts[:count])
            link = self.file.get(here, getlink=True)
            if link is None:
                return ""
            if isinstance(link, h5py.ExternalLink | h5py.SoftLink):
                return here
        return ""


def _plain(value: Any) -> str:  # noqa: ANN401
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
