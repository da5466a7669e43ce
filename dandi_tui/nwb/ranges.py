"""A remote file as a file object for h5py: blocks by HTTP ranges, side by side where several are known to be needed.

Every answer is checked to be the range that was asked for, of the content that was opened.
"""

from __future__ import annotations

import io
import os
import re
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dandi_tui.nwb.costs import charge
from dandi_tui.nwb.disk_cache import DiskCache
from dandi_tui.nwb.group_index import HEADER_BYTES, NODE_BYTES, continuations, further_continuations, index_addresses, node_addresses
from dandi_tui.nwb.http import THREADS, Connection
from dandi_tui.nwb.model import FileError, Price, Traffic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from dandi_tui.nwb.costs import Span
    from dandi_tui.nwb.http import Reply

BLOCK = 2**16
_FIRST = 4 * BLOCK
_MOST_BLOCKS = 1024
_MOST_AT_ONCE = 64
_AHEAD = 16
_TREE_DEPTH = 4
_CONTINUED = 3
_EXPECTED_AT_ONCE = 128
_SPILL = 600
"""Bytes that a header is taken to go on for: one near the end of a block needs the next block too."""
_LONGEST_RUN = 16


class RemoteFile(io.RawIOBase):
    """A file at an address, read by ranges.

    Args:
        url: The address; it may redirect to a signed one, which is asked for again when it is not good any more.
        headers: Sent to the address's own origin alone, never to where it redirects.
        folder: Where blocks are kept on disk; None: nowhere.
        key: What names the content for ever, as the id of a blob; empty: the address and its ETag do.

    Raises:
        FileError: It can't be reached, or can't be read by ranges.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, *, folder: Path | None = None, key: str = "") -> None:
        super().__init__()
        self._url, self._folder, self._key = url, folder, key
        self._connection = Connection(url, headers)
        self._signed = ""
        self._etag = ""
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ranges")
        self._expected: deque[int] = deque()
        self._at = 0
        self._last = -2
        self._run = 0
        self._cached = 0
        self.size = 0
        self.disk = DiskCache(folder, key) if folder and key else None
        known = self.disk.facts() if self.disk else None
        if known:
            self.size, self._etag = known
        else:
            with self._connection.measured():
                self._keep(0, self._ask(0, _FIRST))

    # A file object

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Reads at the place, bringing the blocks that are not there."""
        view = memoryview(buffer).cast("B")
        stop = min(self._at + len(view), self.size)
        if stop <= self._at:
            return 0
        first, last = self._at // BLOCK, (stop - 1) // BLOCK
        if last - first >= _MOST_BLOCKS // 4:
            data = self._ask(self._at, stop)
            view[: len(data)] = data
        else:
            self._bring(self._with_expected(self._with_ahead(first, last)))
            for number in range(first, last + 1):
                block, start = self._blocks[number], number * BLOCK
                low, high = max(self._at, start), min(stop, start + len(block))
                view[low - self._at : high - self._at] = block[low - start : high - start]
                self._blocks.move_to_end(number)
        count = stop - self._at
        self._at = stop
        self._forget()
        return count

    def close(self) -> None:
        """Ends the connections."""
        if not self.closed:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._connection.close()
        super().close()

    # Blocks

    @property
    def traffic(self) -> Traffic:
        """What was asked for so far."""
        return Traffic(self._connection.requests, self._connection.bytes, self._cached)

    def prefetch(self, offsets: Iterable[int]) -> None:
        """Brings the blocks around places that will be read next, side by side."""
        last = max(0, self.size - 1)
        wanted = sorted({place // BLOCK for offset in offsets if 0 <= offset < self.size for place in (offset, min(offset + _SPILL, last))})
        self._bring(wanted[:_MOST_AT_ONCE])
        self._forget()

    def prefetch_headers(self, headers: Iterable[int]) -> None:
        """Brings the headers of objects, and then where they go on, and on from there."""
        places = list(headers)
        self.prefetch(places)
        found = [one for place in places for one in continuations(self._there(place, HEADER_BYTES))]
        for _ in range(_CONTINUED):
            if not found:
                return
            self.prefetch([place for place, _ in found])
            found = [one for place, length in found for one in further_continuations(self._there(place, min(length, NODE_BYTES)))]

    def prefetch_indexes(self, headers: Iterable[int]) -> None:
        """Brings what groups keep their names in, by the places of their headers: step by step, all groups side by side."""
        places = list(headers)
        self.prefetch_headers(places)
        trees = [one for place in places for one in index_addresses(self._there(place, HEADER_BYTES))]
        for _ in range(_TREE_DEPTH):
            if not trees:
                return
            self.prefetch(trees)
            trees = [one for place in trees for one in node_addresses(self._there(place, NODE_BYTES))]

    def _there(self, place: int, count: int) -> bytes:
        """Bytes at a place, as far as they are in the cache."""
        number, offset = divmod(place, BLOCK)
        data = self._blocks.get(number, b"")[offset : offset + count]
        missing = count - len(data)
        return data + self._blocks.get(number + 1, b"")[:missing] if data and missing > 0 else data

    def _with_ahead(self, first: int, last: int) -> list[int]:
        """The blocks of a read, and some further ones where reads follow each other."""
        self._run = self._run + 1 if first in {self._last, self._last + 1} else 0
        self._last = last
        ahead = min(_AHEAD, self._run // 2) if last not in self._blocks else 0
        end = min(last + ahead, (self.size - 1) // BLOCK)
        return list(range(first, end + 1))

    def price(self, spans: Iterable[Span]) -> Price:
        """What bringing bytes would take: of what is not there yet."""
        numbers: set[int] = set()
        beyond = 0
        for start, stop in spans:
            if start < 0:
                beyond += stop - start
            elif stop > start:
                numbers.update(range(start // BLOCK, (min(stop, self.size) - 1) // BLOCK + 1))
        runs = _runs(sorted(number for number in numbers if number not in self._blocks and not (self.disk and self.disk.has_block(number))))
        taken = beyond + BLOCK * sum(last - first for first, last in runs)
        requests = sum(-(-(last - first) // _LONGEST_RUN) for first, last in runs) + beyond // (BLOCK * _LONGEST_RUN)
        return Price(requests, taken, taken / self._connection.rate)

    def expect(self, spans: Sequence[Span], *, paid: bool) -> None:
        """Is told where the bytes of the reads that follow lie, in their order: they are brought side by side.

        Raises:
            PriceError: They cost more than may be spent unasked, and were not `paid`.
        """
        price = self.price(spans)
        charge(price, paid=paid)
        self._expected.extend(number for start, stop in spans if start >= 0 for number in range(start // BLOCK, (min(stop, self.size) - 1) // BLOCK + 1))

    def forget_expected(self) -> None:
        """Ends what was expected."""
        self._expected.clear()

    def _with_expected(self, numbers: list[int]) -> list[int]:
        """With further blocks that are expected, where some of these must be brought anyway."""
        if not self._expected or all(number in self._blocks for number in numbers):
            return numbers
        wanted = dict.fromkeys(numbers)
        while self._expected and len(wanted) < _EXPECTED_AT_ONCE:
            number = self._expected.popleft()
            if number not in self._blocks:
                wanted[number] = None
        return sorted(wanted)

    def _bring(self, numbers: Iterable[int]) -> None:
        missing = []
        for number in numbers:
            if number in self._blocks:
                self._cached += BLOCK
            elif (kept := self.disk.block(number) if self.disk else None) is not None:
                self._cached += len(kept)
                self._blocks[number] = kept
            else:
                missing.append(number)
        runs = [(at, min(at + _LONGEST_RUN, last)) for first, last in _runs(missing) for at in range(first, last, _LONGEST_RUN)]
        if not runs:
            return
        with self._connection.measured():
            if len(runs) == 1:
                self._keep(runs[0][0], self._ask(runs[0][0] * BLOCK, runs[0][1] * BLOCK))
            else:
                for number, data in self._threads.map(lambda run: (run[0], self._ask(run[0] * BLOCK, run[1] * BLOCK)), runs):
                    self._keep(number, data)

    def _keep(self, number: int, data: bytes) -> None:
        for offset in range(0, len(data), BLOCK):
            block = data[offset : offset + BLOCK]
            self._blocks[number + offset // BLOCK] = block
            if self.disk and (len(block) == BLOCK or number * BLOCK + offset + len(block) == self.size):
                self.disk.keep_block(number + offset // BLOCK, block)

    def _forget(self) -> None:
        while len(self._blocks) > _MOST_BLOCKS:
            self._blocks.popitem(last=False)

    # Requests

    def _ask(self, start: int, stop: int) -> bytes:
        """Bytes from `start` to before `stop`, or to the end."""
        stop = min(stop, self.size) if self.size else stop
        answer, final = self._connection.ask(self._url, self._signed, span=(start, stop))
        if answer.status == 206:
            self._signed = final
        return self._checked(answer, start, stop)

    @property
    def _host(self) -> str:
        return urlsplit(self._signed or self._url).netloc

    def _checked(self, answer: Reply, start: int, stop: int) -> bytes:
        if answer.status in {401, 403}:
            raise FileError(f"{self._host} does not allow it (status {answer.status}): is a key needed?")
        if answer.status == 200:
            raise FileError(f"{self._host} ignores ranges: the file can't be read without downloading it")
        if answer.status == 416 and not start:
            raise FileError("the file is empty (0 bytes): did a conversion stop?")
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", answer.headers.get("Content-Range", ""))
        if answer.status != 206 or match is None:
            raise FileError(f"{self._host} has no such file (status {answer.status})")
        low, high, size = (int(part) for part in match.groups())
        etag = answer.headers.get("ETag", "")
        if self.size and (size != self.size or (etag and self._etag and etag != self._etag)):
            raise FileError("the file was changed while it was read: open it again")
        if low != start or high != min(stop, size) - 1 or len(answer.data) != high - low + 1:
            raise FileError(f"{self._host} gave another range than was asked for")
        if not self.size:
            self.size, self._etag = size, etag
            self._open_disk()
        return answer.data

    def _open_disk(self) -> None:
        """Begins to keep blocks, now that it is known what they belong to."""
        if self._folder and self.disk is None and self._etag:
            self.disk = DiskCache(self._folder, self._key or f"{self._url.partition('?')[0]} {self._etag} {self.size}")
        if self.disk:
            self.disk.keep_facts(self.size, self._etag)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Numbers that follow each other as half-open runs."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    return runs
