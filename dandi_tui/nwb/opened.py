"""A file that is open, whatever its format and wherever it is: its objects listed, described, and read by the views."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from dandi_tui.nwb.catalogue import core_ancestry
from dandi_tui.nwb.core_types import CORE_PARENTS
from dandi_tui.nwb.model import FileFacts, Traffic
from dandi_tui.nwb.session import session_of
from dandi_tui.nwb.specifications import Specifications

if TYPE_CHECKING:
    from collections.abc import Iterator

    import h5py

    from dandi_tui.nwb.disk_cache import DiskCache
    from dandi_tui.nwb.model import Described, Listed
    from dandi_tui.nwb.node import Contents
    from dandi_tui.nwb.ranges import RemoteFile
    from dandi_tui.nwb.zarr_keys import Keys


class Opened(ABC):
    """A file that is open."""

    format = "hdf5"
    contents: Contents

    def __init__(self) -> None:
        self._specifications: Specifications | None = None

    @property
    def traffic(self) -> Traffic:
        """What reading took so far."""
        return Traffic()

    @property
    def disk(self) -> DiskCache | None:
        """Where its bytes are kept; None where nowhere."""
        return None

    @abstractmethod
    def size(self) -> int:
        """Its size in bytes."""

    @abstractmethod
    def walk(self, path: str, depth: int | None) -> Iterator[Listed]:
        """All objects below a path."""

    @abstractmethod
    def plainly(self, path: str) -> Described:
        """An object with its attributes."""

    @abstractmethod
    def ready(self, *, paid: bool) -> None:
        """Makes ready for a question; whether dear reads were agreed to."""

    def facts(self) -> FileFacts:
        """The file at a glance."""
        session = session_of(self.contents)
        return FileFacts(format=self.format, size=self.size(), nwb_version=session.pop("nwb_version"), session=session, elsewhere=self.elsewhere())

    def elsewhere(self) -> dict[str, int]:
        """How many references lead to which origin that may not be asked."""
        return {}

    def close(self) -> None:  # noqa: B027 (nothing is open of a folder)
        """Ends connections."""

    # Types

    @property
    def specifications(self) -> Specifications:
        """What the file's own specifications say; read when first asked for."""
        self._specifications = self._specifications or Specifications(self.contents)
        return self._specifications

    def ancestry(self, kind: str) -> list[str]:
        """A type and those that it inherits from; of a far file, its own specifications are read for its own types alone."""
        if not kind:
            return []
        if self.contents.is_remote and kind in CORE_PARENTS:
            return core_ancestry(kind)
        return self.specifications.ancestry(kind)

    def describe(self, path: str, *, documented: bool) -> Described:
        """An object with its attributes, and on demand with the words of the file's specifications."""
        import msgspec

        found = self.plainly(path)
        if not documented:
            return found
        kind = found.listed.neurodata_type
        if kind:
            known = self.specifications
            return msgspec.structs.replace(found, ancestry=known.ancestry(kind), documentation=known.words(kind))
        above, _, name = found.listed.path.rpartition("/")
        owner = self.contents.find(above or "/")
        words = self.specifications.field_words(owner.neurodata_type, name) if owner is not None and owner.neurodata_type else ""
        return msgspec.structs.replace(found, documentation=words)


class OpenedHdf5(Opened):
    """An HDF5 file.

    Args:
        file: The file.
        remote: Its bytes, where these are far away.
        size: Its size in bytes.
    """

    def __init__(self, file: h5py.File, remote: RemoteFile | None, size: int) -> None:
        from dandi_tui.nwb.hdf5_nodes import Hdf5Contents

        super().__init__()
        self._file, self._remote, self._size = file, remote, size
        self.contents: Hdf5Contents = Hdf5Contents(file, remote)

    @property
    def traffic(self) -> Traffic:
        """What reading took so far."""
        return self._remote.traffic if self._remote else Traffic()

    @property
    def disk(self) -> DiskCache | None:
        """Where its blocks are kept."""
        return self._remote.disk if self._remote else None

    def size(self) -> int:
        """Its size in bytes."""
        return self._size

    def walk(self, path: str, depth: int | None) -> Iterator[Listed]:
        """All objects below a path."""
        from dandi_tui.nwb.hdf5 import walk

        return walk(self._file, path, depth=depth, ahead=self._remote)

    def plainly(self, path: str) -> Described:
        """An object with its attributes."""
        from dandi_tui.nwb.describing import describe
        from dandi_tui.nwb.hdf5 import described, object_at

        return describe(self.contents, path, described(object_at(self._file, path), path, count=self._remote is None))

    def ready(self, *, paid: bool) -> None:
        """Makes ready for a question."""
        self.contents.paid = paid
        if self._remote:
            self._remote.forget_expected()

    def close(self) -> None:
        """Ends connections."""
        if self._remote:
            self._remote.close()


class OpenedZarr(Opened):
    """A Zarr store, or a reference index, which is one too.

    Args:
        keys: The store.
        size: Its size in bytes.
        form: `zarr` or `lindi`.
    """

    def __init__(self, keys: Keys, size: int, form: str = "zarr") -> None:
        from dandi_tui.nwb.zarr_nodes import ZarrContents
        from dandi_tui.nwb.zarr_store import ZarrStore

        super().__init__()
        self.format, self._keys, self._size = form, keys, size
        self._store = ZarrStore(keys)
        self.contents: ZarrContents = ZarrContents(self._store)

    def elsewhere(self) -> dict[str, int]:
        """How many references lead to which origin that may not be asked."""
        from dandi_tui.nwb.reference_keys import ReferenceKeys

        return self._keys.elsewhere() if isinstance(self._keys, ReferenceKeys) else {}

    @property
    def traffic(self) -> Traffic:
        """What reading took so far."""
        return self._keys.traffic

    def size(self) -> int:
        """Its size in bytes."""
        return self._size

    def walk(self, path: str, depth: int | None) -> Iterator[Listed]:
        """All objects below a path."""
        return self._store.walk(path, depth=depth)

    def plainly(self, path: str) -> Described:
        """An object with its attributes."""
        return self._store.describe(path)

    def ready(self, *, paid: bool) -> None:
        """Makes ready for a question."""
        self.contents.paid = paid

    def close(self) -> None:
        """Ends connections."""
        self._keys.close()
