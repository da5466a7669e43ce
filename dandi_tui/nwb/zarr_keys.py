"""Where a Zarr store's documents and chunks come from: a folder of this machine, or addresses; never from outside the store."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from dandi_tui.nwb.costs import PriceError, is_dear
from dandi_tui.nwb.disk_cache import DiskCache
from dandi_tui.nwb.http import THREADS, Connection
from dandi_tui.nwb.model import FileError, Price, Traffic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import urllib3

MOST_DOCUMENT = 16 * 2**20
MOST_CHUNK = 64 * 2**20
_MOST_CONSOLIDATED = 64 * 2**20
_DOCUMENTS = (".zgroup", ".zarray", ".zattrs", "zarr.json")
_MOST_KEPT = 64 * 2**20
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
            if name not in _DOCUMENTS or key.startswith("/") or "//" in key:
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


class RemoteKeys(DocumentedKeys):
    """A store at addresses: its structure from the consolidated metadata in one request, its chunks side by side.

    Args:
        template: The address of a key, with `{key}` in its place.
        headers: Sent to the template's own origin alone.
        listed: The documents that there are, where no metadata is consolidated.
        folder: Where chunks are kept on disk; None: nowhere.
        key: What names the content for ever; empty: nothing is kept.

    Raises:
        FileError: It has no metadata that can be read.
    """

    is_remote = True

    def __init__(self, template: str, headers: Mapping[str, str], *, listed: Sequence[str] = (), folder: Path | None = None, key: str = "") -> None:
        self._template = template
        self._connection = Connection(template, headers)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="chunks")
        self._disk = DiskCache(folder, key) if folder and key else None
        self._kept: dict[str, bytes | None] = {}
        self._kept_bytes = 0
        self._cached = 0
        super().__init__(self._documents(listed))

    def _documents(self, listed: Sequence[str]) -> dict[str, Any]:
        if listed:
            keys = [key for key in listed if key.rpartition("/")[2] in _DOCUMENTS]
            return dict(zip(keys, self.many(keys, MOST_DOCUMENT), strict=True))
        if (data := self.read(".zmetadata", _MOST_CONSOLIDATED)) is not None:
            found = decoded_document(data, ".zmetadata").get("metadata")
            return found if isinstance(found, dict) else {}
        if (data := self.read("zarr.json", _MOST_CONSOLIDATED)) is None:
            raise FileError("this Zarr store has no consolidated metadata, and its keys were not listed")
        root = decoded_document(data, "zarr.json")
        inline = root.get("consolidated_metadata")
        nodes = inline.get("metadata") if isinstance(inline, dict) else None
        return {"zarr.json": root, **({f"{path}/zarr.json": node for path, node in nodes.items()} if isinstance(nodes, dict) else {})}

    def read(self, key: str, most: int) -> bytes | None:
        """The bytes of a key."""
        return next(iter(self.many([key], most)))

    def many(self, keys: Sequence[str], most: int) -> Iterable[bytes | None]:
        """The bytes of keys, those that are not there brought side by side."""
        missing = [key for key in dict.fromkeys(keys) if not self._is_kept(key)]
        with self._connection.measured():
            brought = dict(zip(missing, self._threads.map(lambda key: self._ask(key, most), missing), strict=True))
        for key, data in brought.items():
            self._keep(key, data)
            if self._disk:
                self._disk.keep_answer(f"key {key}".encode(), b"\1" + data if data is not None else b"\0")
        return [brought[key] if key in brought else self._kept[key] for key in keys]

    def _is_kept(self, key: str) -> bool:
        if key not in self._kept and self._disk and (data := self._disk.answer(f"key {key}".encode())) is not None:
            self._keep(key, data[1:] if data[:1] == b"\1" else None)
        if key in self._kept:
            self._cached += len(self._kept[key] or b"")
        return key in self._kept

    def _keep(self, key: str, data: bytes | None) -> None:
        self._kept[key] = data
        self._kept_bytes += len(data or b"")
        while self._kept_bytes > _MOST_KEPT and len(self._kept) > 1:
            self._kept_bytes -= len(self._kept.pop(next(iter(self._kept))) or b"")

    def spans(self, wanted: Sequence[Span]) -> list[bytes | None]:
        """Parts of keys, those that are not there brought side by side."""
        kept = {one: self._kept[_part_name(one)] for one in wanted if self._is_kept(_part_name(one))}
        missing = [one for one in dict.fromkeys(wanted) if one not in kept]
        with self._connection.measured():
            brought = dict(zip(missing, self._threads.map(self._ask_part, missing), strict=True))
        for one, data in brought.items():
            self._keep(_part_name(one), data)
            if self._disk:
                self._disk.keep_answer(f"key {_part_name(one)}".encode(), b"\1" + data if data is not None else b"\0")
        return [brought[one] if one in brought else kept[one] for one in wanted]

    def _ask_part(self, one: Span) -> bytes | None:
        answer, _ = self._answer(one.key, (one.start, one.stop))
        if answer.status == 404:
            return None
        if answer.status == 200:
            start, stop = one.within(len(answer.data))
            return answer.data[start:stop]
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", answer.headers.get("Content-Range", ""))
        if answer.status == 416 or match is None:
            raise FileError(f"{one.key} is too short: a part of it is not there")
        low, high, size = (int(part) for part in match.groups())
        if (low, high + 1) != one.within(size) or len(answer.data) != high + 1 - low:
            raise FileError(f"{one.key} came as another range than was asked for")
        return answer.data

    def _answer(self, key: str, span: tuple[int, int]) -> tuple[urllib3.BaseHTTPResponse, str]:
        """What a key's address answers, where that is no refusal."""
        answer, final = self._connection.ask(self._template.replace("{key}", quote("/".join(parts_of(key)), safe="/")), span=span)
        if answer.status in {401, 403}:
            raise FileError(f"{final.split('/')[2]} does not allow to read {key} (status {answer.status}): is a key needed?")
        if answer.status not in {200, 206, 404, 416}:
            raise FileError(f"{key} can't be read (status {answer.status})")
        return answer, final

    def _ask(self, key: str, most: int) -> bytes | None:
        answer, _ = self._answer(key, (0, most))
        if answer.status == 404:
            return None
        if answer.status == 416:
            return b""
        if answer.status == 206 and not answer.headers.get("Content-Range", "").endswith(f"/{len(answer.data)}"):
            raise FileError(f"{key} is too large to be read for a look")
        return answer.data

    def afford(self, keys: Sequence[str], each: int, *, paid: bool) -> None:
        """Says the price of reading keys."""
        count = sum(not self._is_kept(key) for key in keys)
        self._afford(count, count * each, paid=paid)

    def afford_spans(self, wanted: Sequence[Span], *, paid: bool) -> None:
        """Says the price of reading parts of keys."""
        sizes = [one.stop - one.start for one in wanted if not self._is_kept(_part_name(one))]
        self._afford(len(sizes), sum(sizes), paid=paid)

    def _afford(self, count: int, taken: int, *, paid: bool) -> None:
        price = Price(count, taken, taken / self._connection.rate)
        if not paid and is_dear(price):
            raise PriceError(price)

    @property
    def traffic(self) -> Traffic:
        """What reading took so far."""
        return Traffic(self._connection.requests, self._connection.bytes, self._cached)

    def close(self) -> None:
        """Ends the connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._connection.close()


def _part_name(one: Span) -> str:
    """By what a part of a key is kept: no key is named so."""
    return f"{one.key}//{one.start}:{one.stop}"
