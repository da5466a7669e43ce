"""Fields of an NWB file in Zarr: written by our own code as small arrays, as hdmf-zarr lays them out (Zarr storage specification, version 2).

A store is many files. The copy that is written into shares all of them with the original by hard links, but for those that change,
and takes the original's place in one step.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.mend_fields import MendError
from dandi_tui.nwb.model import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_TEXTS = 10_000
_AT_FDCWD, _EXCHANGE = -100, 2
_TEXTS = ("vlen-utf8", "vlen-bytes")


def check(path: Path) -> None:
    """Says which stores can't be written into.

    Raises:
        MendError: It is of another format, or no NWB file.
    """
    if (path / "zarr.json").exists():
        raise MendError("fields of a Zarr store of format 3 can't be filled in here", remedy="Fill them in where it is made.")
    if not (path / ".zgroup").is_file():
        raise MendError("it is a folder, and no NWB file in Zarr")


@contextmanager
def kept_from_writers(_path: Path) -> Iterator[None]:
    """Stores have no locks: that one was written to shows by its files, which are looked at before and after."""
    yield


@contextmanager
def opened(path: Path, _mode: str = "r") -> Iterator[StoreTarget]:
    """A store as what fields are written into; only a copy is."""
    yield StoreTarget(path)


def copy(path: Path, part: Path) -> None:
    """Makes a folder whose files are second names of the store's, or copies where these can't be."""
    shutil.copytree(path, part, copy_function=_linked)


def _linked(source: str, destination: str) -> None:
    try:
        os.link(source, destination, follow_symlinks=True)
    except OSError:
        shutil.copy2(source, destination)


def sync(part: Path) -> None:
    """Has the copy's names stand on the disk; its new files were written through one by one."""
    descriptor = os.open(part, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def take_place(part: Path, path: Path) -> None:
    """Puts the copy in the store's place, and the store in the copy's: in one step where the system can."""
    if _exchanged(part, path):
        return
    aside = part.with_name(part.name + ".before")
    path.rename(aside)
    try:
        part.rename(path)
    except OSError:
        aside.rename(path)
        raise
    aside.rename(part)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether two names were exchanged (Linux, renameat2)."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}:
        return False
    raise OSError(number, os.strerror(number), str(other))


def remove(part: Path) -> None:
    """Takes away what is left: a copy that was given up, or the store whose place was taken."""
    if part.is_symlink():
        part.unlink()
    elif part.exists():
        shutil.rmtree(part, ignore_errors=True)


class StoreTarget:
    """Fields of a store.

    Args:
        root: Its folder.
    """

    def __init__(self, root: Path) -> None:
        from dandi_tui.nwb.zarr_store import ZarrStore

        self.root = root
        self._store = ZarrStore(root)

    def value(self, place: str) -> str | list[str] | None:
        """What a field says: one text, or a list where it is an array."""
        try:
            if self.link_on_the_way(place) or self._store.listed(place).kind != "dataset":
                return None
            found = self._store.texts(place, _MOST_TEXTS)
            kind = self._store.attributes(place).get("zarr_dtype")
        except FileError:
            return None
        return found[0] if kind == "scalar" and found else found

    def put(self, place: str, value: str | list[str]) -> None:
        """Writes a text, or a list of them; attributes that stood there stay."""
        self._group(place.rpartition("/")[0] or "/")
        kept = self._store.attributes(place)
        array = self._document(place, ".zarray") or {}
        filters = array.get("filters") or []
        codec = next((one["id"] for one in filters if isinstance(one, dict) and one.get("id") in _TEXTS), _TEXTS[0])
        where = self.root / place.strip("/")
        if where.exists():
            shutil.rmtree(where)
        texts = [value] if isinstance(value, str) else value
        made = {
            "chunks": [len(texts)], "compressor": None, "dtype": "|O", "fill_value": 0, "filters": [{"id": codec}], "order": "C",
            "shape": [len(texts)], "zarr_format": 2,
        }  # fmt: skip
        self._write(place, ".zarray", made)
        self._write(place, ".zattrs", {**kept, "zarr_dtype": "scalar" if isinstance(value, str) else kept.get("zarr_dtype", "str")})
        _through(where / "0", _encoded(texts, codec))
        self._read_anew()

    def reference(self, place: str) -> str:
        """From when an age is counted; empty: from birth."""
        found = str(self._store.attributes(place).get("reference", "")).lower()
        return "" if found == "birth" else found

    def set_reference(self, place: str, reference: str) -> None:
        """Whether an age is counted from birth, which is the rule, or from gestation."""
        attributes = self._store.attributes(place)
        if reference or "reference" in attributes:
            self._write(place, ".zattrs", {**attributes, "reference": reference or "birth"})
            self._read_anew()

    def link_on_the_way(self, place: str) -> str:
        """The first step to a place that is a link to elsewhere; empty where there is none."""
        from dandi_tui.nwb.zarr_store import soft_target

        parts = place.strip("/").split("/")
        for count, name in enumerate(parts):
            above = "/" + "/".join(parts[:count])
            here = f"{above.rstrip('/')}/{name}"
            if any(one.path == here for one in self._store.links(above)) or soft_target(self._store.attributes(here)) is not None:
                return here
            if (self.root / here.strip("/")).is_symlink():
                return here
        return ""

    def _group(self, path: str) -> None:
        where = self.root / path.strip("/")
        if (where / ".zarray").exists():
            raise MendError(f"{path} is no group in this file: it is no NWB file as others are")
        if not (where / ".zgroup").exists():
            self._write(path, ".zgroup", {"zarr_format": 2})
            if path == "/general/subject":
                self._write(path, ".zattrs", {"namespace": "core", "neurodata_type": "Subject", "object_id": str(uuid.uuid4())})

    def _document(self, place: str, name: str) -> dict[str, Any] | None:
        return self._store.keys.document(place, name)

    def _write(self, place: str, name: str, document: dict[str, Any]) -> None:
        """Writes a metadata document, in the store's consolidated metadata too where it has these."""
        where = self.root / place.strip("/") / name
        where.parent.mkdir(parents=True, exist_ok=True)
        _through(where, json.dumps(document, indent=4).encode())
        whole = self.root / ".zmetadata"
        if whole.exists():
            consolidated = json.loads(whole.read_bytes())
            consolidated.setdefault("metadata", {})[f"{place.strip('/')}/{name}".lstrip("/")] = document
            _through(whole, json.dumps(consolidated, indent=4).encode())

    def _read_anew(self) -> None:
        from dandi_tui.nwb.zarr_store import ZarrStore

        self._store = ZarrStore(self.root)


def _through(path: Path, data: bytes) -> None:
    """Writes a file of its own in a name's place: the name may be a second one of the original's file."""
    path.unlink(missing_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _encoded(texts: list[str], codec: str) -> bytes:
    import numcodecs
    import numpy as np

    made = np.empty(len(texts), dtype=object)
    made[:] = [text.encode() for text in texts] if codec == "vlen-bytes" else texts
    coder = numcodecs.VLenBytes() if codec == "vlen-bytes" else numcodecs.VLenUTF8()
    return bytes(coder.encode(made))
