"""A Zarr store at addresses: its documents in one request where they are consolidated, its chunks side by side."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dandi_tui.nwb.costs import charge
from dandi_tui.nwb.disk_cache import DiskCache
from dandi_tui.nwb.http import THREADS, Connection
from dandi_tui.nwb.model import FileError, Price, Traffic
from dandi_tui.nwb.zarr_keys import DOCUMENTS, MOST_CHUNK, MOST_DOCUMENT, DocumentedKeys, Span, decoded_document, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from dandi_tui.nwb.http import Reply

_MOST_CONSOLIDATED = 64 * 2**20
_MOST_KEPT = 64 * 2**20


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
            keys = [key for key in listed if key.rpartition("/")[2] in DOCUMENTS]
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

    def _answer(self, key: str, span: tuple[int, int]) -> tuple[Reply, str]:
        """What a key's address answers, where that is no refusal."""
        answer, final = self._connection.ask(self._template.replace("{key}", quote("/".join(parts_of(key)), safe="/")), span=span, whole=MOST_CHUNK)
        if answer.status in {401, 403}:
            raise FileError(f"{final.split('/')[2]} does not allow to read {key} (status {answer.status}): is a key needed?")
        if answer.status not in {200, 206, 404, 416}:
            raise FileError(f"{key} can't be read (status {answer.status})")
        if answer.status == 200 and len(answer.data) > max(span[1] - span[0], MOST_CHUNK):
            raise FileError(f"{key} is too large to be read for a look")
        return answer, final

    def _ask(self, key: str, most: int) -> bytes | None:
        answer, _ = self._answer(key, (0, most))
        if answer.status == 404:
            return None
        if answer.status == 416:
            return b""
        if len(answer.data) > most or (answer.status == 206 and not answer.headers.get("Content-Range", "").endswith(f"/{len(answer.data)}")):
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
        charge(price, paid=paid)

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
