"""Where a Zarr store's documents and chunks come from: a folder of this machine, or what else has keys; never from outside the store."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

from dandi_tui.nwb.model import FileError, Traffic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

MOST_DOCUMENT = 16 * 2**20
MOST_CHUNK = 64 * 2**20
DOCUMENTS = (".zgroup", ".zarray", ".zattrs", "zarr.json")
_MOST_PARTS = 2_000_000
"""Of a document: each takes some hundred bytes of memory."""


class Span(NamedTuple):
    """A part of what a key stands for: its first byte and the one after its last; or, where `start` is negative, so many bytes before the end."""

    key: str
    start: int
    stop: int = 0

    def within(self, size: int) -> tuple[int, int]:
        """First byte and the one after the last, of `size` bytes.

        Raises:
            FileError: They are not among these.
        """
        start, stop = (size + self.start, size) if self.start < 0 else (self.start, self.stop)
        if not 0 <= start <= stop <= size:
            raise FileError(f"{self.key} is too short: a part of it is not there")
        return start, stop


def parts_of(path: str) -> list[str]:
    """The parts of a path or key.

    Raises:
        FileError: One of them could lead out of the store.
    """
    parts = [part for part in path.split("/") if part]
    if any(part in {".", ".."} or "\\" in part or "\0" in part for part in parts):
        raise FileError(f"there is no {path} in this store")
    return parts


class Keys(ABC):
    """The keys of a store, and the bytes behind them."""

    size = 0
    is_remote = False

    @abstractmethod
    def read(self, key: str, most: int) -> bytes | None:
        """The bytes of a key, at most so many; None where there is no such key.

        Raises:
            FileError: They can't be read, or are more.
        """

    @abstractmethod
    def names(self, path: str) -> list[str]:
        """The names of the groups and arrays directly in a group."""

    def has(self, path: str) -> bool:
        """Whether there is a group or array at a path."""
        parts = parts_of(path)
        return not parts or parts[-1] in self.names("/".join(parts[:-1]))

    def document(self, path: str, name: str) -> dict[str, Any] | None:
        """A metadata document of a group or array; None where there is none.

        Raises:
            FileError: It is broken.
        """
        data = self.read("/".join([*parts_of(path), name]), MOST_DOCUMENT)
        return None if data is None else decoded_document(data, name)

    def many(self, keys: Sequence[str], most: int) -> Iterable[bytes | None]:
        """The bytes of keys, in their order."""
        return (self.read(key, most) for key in keys)

    @abstractmethod
    def spans(self, wanted: Sequence[Span]) -> list[bytes | None]:
        """Parts of keys, in their order; None where there is no such key.

        Raises:
            FileError: They can't be read, or are not there.
        """

    def afford_spans(self, wanted: Sequence[Span], *, paid: bool) -> None:  # noqa: B027 (what is near costs nothing)
        """Says the price of reading parts of keys.

        Raises:
            PriceError: It is more than may be spent unasked, and was not `paid`.
        """

    def afford(self, keys: Sequence[str], each: int, *, paid: bool) -> None:  # noqa: B027 (what is near costs nothing)
        """Says the price of reading keys of about so many bytes each.

        Raises:
            PriceError: It is more than may be spent unasked, and was not `paid`.
        """

    @property
    def traffic(self) -> Traffic:
        """What reading took so far."""
        return Traffic()

    def close(self) -> None:  # noqa: B027 (nothing is open of a folder)
        """Ends connections."""


def decoded_document(data: bytes, name: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        FileError: It is none.
    """
    if sum(data.count(sign) for sign in (b",", b"[", b"{")) > _MOST_PARTS:
        raise FileError(f"{name} has too many parts to be read for a look")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{name} can't be read: {error}") from error
    if not isinstance(found, dict):
        raise FileError(f"{name} is no JSON object")
    return found


class LocalKeys(Keys):
    """A store in a folder; links out of it are not followed.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def _place(self, key: str) -> Path:
        here = self._root
        for part in parts_of(key):
            here = here / part
            if here.is_symlink():
                raise FileError(f"{key} is a link of the file system: it is not followed")
        return here

    def read(self, key: str, most: int) -> bytes | None:
        """The bytes of a file."""
        path = self._place(key)
        try:
            if not path.is_file():
                return None
            if path.stat().st_size > most:
                raise FileError(f"{path.name} is too large to be read for a look")
            return path.read_bytes()
        except PermissionError as error:
            raise FileError(f"{key} may not be read: this user lacks the right to, and its owner can give it (`chmod`)") from error
        except OSError as error:
            raise FileError(f"{key} can't be read: {error.strerror or error}") from error

    def spans(self, wanted: Sequence[Span]) -> list[bytes | None]:
        """Parts of files."""
        return [self._span(one) for one in wanted]

    def _span(self, wanted: Span) -> bytes | None:
        path = self._place(wanted.key)
        try:
            if not path.is_file():
                return None
            with path.open("rb") as file:
                start, stop = wanted.within(path.stat().st_size)
                file.seek(start)
                return file.read(stop - start)
        except OSError as error:
            raise FileError(f"{wanted.key} can't be read: {error.strerror or error}") from error

    def names(self, path: str) -> list[str]:
        """The folders in a folder."""
        try:
            return [one.name for one in self._place(path).iterdir() if one.is_dir() and not one.is_symlink() and not one.name.startswith(".")]
        except OSError as error:
            raise FileError(str(error.strerror or error)) from error

    def has(self, path: str) -> bool:
        """Whether there is such a folder."""
        try:
            return self._place(path).is_dir()
        except FileError:
            return False


class _Tree:
    """Names by group, of documents' keys."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._below: dict[str, dict[str, None]] = {}
        for key in keys:
            folder, _, name = key.rpartition("/")
            if name not in DOCUMENTS or key.startswith("/") or "//" in key:
                continue
            try:
                parts = parts_of(folder)
            except FileError:
                continue
            for depth, part in enumerate(parts):
                self._below.setdefault("/".join(parts[:depth]), {})[part] = None

    def names(self, path: str) -> list[str]:
        return list(self._below.get("/".join(parts_of(path)), {}))


class DocumentedKeys(Keys):
    """A store whose documents are known beforehand, as JSON objects by key."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self.documents = documents
        self._tree = _Tree(documents)

    def names(self, path: str) -> list[str]:
        """The names in a group."""
        return self._tree.names(path)

    def document(self, path: str, name: str) -> dict[str, Any] | None:
        """A document that is known."""
        found = self.documents.get("/".join([*parts_of(path), name]))
        if found is None:
            return None
        if isinstance(found, (bytes, str)):
            return decoded_document(found.encode() if isinstance(found, str) else found, name)
        if not isinstance(found, dict):
            raise FileError(f"{name} is no JSON object")
        return found
