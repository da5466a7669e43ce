"""Opening a source as what it is: an HDF5 file, a Zarr store or an index of references; of this machine, or at an address."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dandi_tui.nwb.model import FileError, Traffic
from dandi_tui.nwb.opened import Opened, OpenedHdf5, OpenedZarr

if TYPE_CHECKING:
    from dandi_tui.nwb.messages import Open
    from dandi_tui.nwb.reference_keys import ReferenceKeys

_MOST_INDEX = 64 * 2**20
_LINDI = (".lindi.json", ".nwb.json", ".lindi.tar")


def opened(asked: Open) -> Opened:
    """Opens a file, of this machine or far away.

    Raises:
        FileError: It can't be opened, with the reason.
    """
    folder = Path(asked.folder) if asked.folder else None
    if not asked.source.startswith(("http://", "https://")):
        try:
            return _local(Path(asked.source), asked)
        except PermissionError as error:
            from dandi_tui.nwb.opening import forbidden

            raise FileError(forbidden(error.filename or asked.source)) from error
    if "{key}" in asked.source:
        from dandi_tui.nwb.zarr_remote_keys import RemoteKeys

        keys = RemoteKeys(asked.source, asked.headers, listed=asked.documents, folder=folder, key=asked.key)
        return OpenedZarr(keys, asked.size)
    if asked.index or asked.source.partition("?")[0].endswith(_LINDI):
        try:
            return _indexed(asked, folder)
        except FileError:
            if not asked.index:
                raise
    from dandi_tui.nwb.opening import open_remote

    remote, file = open_remote(asked.source, asked.headers, folder=folder, key=asked.key)
    return OpenedHdf5(file, remote, remote.size)


def _local(path: Path, asked: Open) -> Opened:
    from dandi_tui.nwb.opening import open_local
    from dandi_tui.nwb.zarr_keys import LocalKeys
    from dandi_tui.nwb.zarr_store import is_store

    if is_store(path):
        return OpenedZarr(LocalKeys(path), _folder_size(path))
    if path.name.endswith(_LINDI) and path.is_file():
        return OpenedZarr(_local_index(path, asked), path.stat().st_size, "lindi")
    return OpenedHdf5(open_local(str(path)), None, path.stat().st_size)


def _local_index(path: Path, asked: Open) -> ReferenceKeys:
    """An index of this machine: what it refers to is asked of the origins alone that were agreed to."""
    from dandi_tui.nwb.lindi_tar import local_tar
    from dandi_tui.nwb.reference_keys import ReferenceKeys
    from dandi_tui.nwb.zarr_keys import decoded_document

    folder = Path(asked.folder) if asked.folder else None
    if path.name.endswith(".tar"):
        tar = local_tar(str(path))
        return ReferenceKeys(tar.index(), asked.origins, asked.headers, folder=folder, tar=tar)
    if path.stat().st_size > _MOST_INDEX:
        raise FileError("the index is too large to be read for a look")
    return ReferenceKeys(decoded_document(path.read_bytes(), path.name), asked.origins, asked.headers, folder=folder)


def _tarred(asked: Open, origins: list[str], folder: Path | None) -> Opened:
    """A far file by the index in a tar, of which only what is needed is read."""
    from dandi_tui.nwb.lindi_tar import LindiTar
    from dandi_tui.nwb.ranges import RemoteFile
    from dandi_tui.nwb.reference_keys import ReferenceKeys

    remote = RemoteFile(asked.source, asked.headers, folder=folder, key=asked.key)
    tar = LindiTar(remote, remote.size)
    return OpenedZarr(ReferenceKeys(tar.index(), origins, asked.headers, folder=folder, tar=tar), remote.size, "lindi")


def _indexed(asked: Open, folder: Path | None) -> Opened:
    """A file by its reference index, which is read whole."""
    from dandi_tui.nwb.http import Connection
    from dandi_tui.nwb.reference_keys import ReferenceKeys
    from dandi_tui.nwb.zarr_keys import decoded_document

    split = urlsplit(asked.source)
    origins = [f"{split.scheme}://{split.netloc}", *asked.origins]
    if not asked.index and split.path.endswith(".tar"):
        return _tarred(asked, origins, folder)
    connection = Connection(asked.source, asked.headers)
    answer, _ = connection.ask(asked.index or asked.source, span=(0, _MOST_INDEX))
    connection.close()
    if answer.status not in {200, 206} or len(answer.data) >= _MOST_INDEX:
        raise FileError(f"the index can't be read (status {answer.status})")
    keys = ReferenceKeys(
        decoded_document(answer.data, "the index"), origins, asked.headers, folder=folder, before=Traffic(connection.requests, connection.bytes)
    )
    if asked.index and not keys.reaches():
        raise FileError("the index refers to other places than the file")
    return OpenedZarr(keys, asked.size or len(answer.data), "lindi")


def _folder_size(root: Path) -> int:
    """Bytes of all files in a folder; of very many, of the first ones."""
    import itertools

    return sum(path.stat().st_size for path in itertools.islice(root.rglob("*"), 200_000) if path.is_file() and not path.is_symlink())
