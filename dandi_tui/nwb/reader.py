"""A file's reader process, from the other side: asks, waits, and starts another one where a file ended it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dandi_tui.config import keyless_environment
from dandi_tui.log import stderr_to_log
from dandi_tui.nwb import messages as ask
from dandi_tui.nwb.catalogue import Catalogue
from dandi_tui.nwb.costs import PriceError
from dandi_tui.nwb.messages import Answer, Open, Request, read_frame, write_frame
from dandi_tui.nwb.model import Described, ExactTable, Exported, FileError, FileFacts, Glance, Listed, Overview, Table, Traffic
from dandi_tui.nwb.plotted import Aligned, Condition, Frame, Population, Raster, Shared, Spread, Sweep, Trace, Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Self

T = TypeVar("T")
PATIENCE = 120.0


class Reader:
    """Reads one file through a process of its own; one request at a time, from any thread.

    Args:
        source: A path, an address, or what is known of the file besides.
        headers: Sent to the address's own origin alone.
        patience: Seconds without an answer after which the process is given up.
    """

    def __init__(self, source: str | Open, headers: Mapping[str, str] | None = None, *, patience: float = PATIENCE) -> None:
        self._open = source if isinstance(source, Open) else Open(source, dict(headers or {}))
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.RLock()
        self._busy = False
        self._stopped = False
        self._before = Traffic()
        self.traffic = Traffic()

    def __enter__(self) -> Self:
        """The reader itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends its process."""
        self.close()

    def close(self) -> None:
        """Ends the process; a request that is under way fails."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    with suppress(OSError):
                        stream.close()

    def stop(self) -> None:
        """Ends the read that is under way; the next question starts another process on the file."""
        if self._process is not None:
            self._stopped = True
            self._process.kill()

    def facts(self) -> FileFacts:
        """The file at a glance.

        Raises:
            FileError: It can't be opened.
        """
        return self._one(self._open, FileFacts)

    def children(self, path: str) -> list[Listed]:
        """The members of a group."""
        return self._one(ask.Children(path), list[Listed])

    def describe(self, path: str, *, documented: bool = False) -> Described:
        """An object with its attributes, and on demand what the file's specifications say of it."""
        return self._one(ask.Describe(path, documented), Described)

    def glances(self, paths: Sequence[str], *, fully: bool = False) -> dict[str, Glance]:
        """What objects are at a glance, by path."""
        return self._one(ask.Glances(list(paths), fully), dict[str, Glance])

    def page(self) -> Overview:
        """The file on one page."""
        return self._one(ask.AsPage(), Overview)

    def timed(self) -> Catalogue:
        """What of the file lives in time."""
        return self._one(ask.Timed(), Catalogue)

    def sweeps(self) -> list[Sweep]:
        """Intracellular recordings by sweep."""
        return self._one(ask.Sweeps(), list[Sweep])

    def rows(self, asked: ask.Rows) -> Table:
        """Rows of a dataset or table."""
        return self._one(asked, Table)

    def exact_rows(self, asked: ask.ExactRows) -> ExactTable:
        """Rows of a dataset or table, numbers as numbers."""
        return self._one(asked, ExactTable)

    def window(self, asked: ask.Window) -> Trace:
        """A window of a series."""
        return self._one(asked, Trace)

    def spikes(self, asked: ask.Spikes) -> Raster:
        """Spikes of a unit."""
        return self._one(asked, Raster)

    def all_spikes(self, asked: ask.AllSpikes) -> Population:
        """Spikes of many units."""
        return self._one(asked, Population)

    def segments(self, asked: ask.Segments) -> Aligned:
        """A series around events."""
        return self._one(asked, Aligned)

    def conditions(self, asked: ask.Conditions) -> list[Condition]:
        """The columns by which events can be grouped."""
        return self._one(asked, list[Condition])

    def places(self, asked: ask.Places) -> Way:
        """A series of coordinates."""
        return self._one(asked, Way)

    def extents(self, asked: ask.Extents) -> Shared:
        """From when to when objects reach."""
        return self._one(asked, Shared)

    def together(self, asked: ask.Together) -> Shared:
        """Objects in one window of time."""
        return self._one(asked, Shared)

    def picture(self, asked: ask.Picture) -> Frame:
        """A frame of an image."""
        return self._one(asked, Frame)

    def histogram(self, asked: ask.Histogram) -> Spread:
        """How a dataset's numbers are spread."""
        return self._one(asked, Spread)

    def export(self, asked: ask.Export) -> Exported:
        """Writes rows to a file."""
        return self._one(asked, Exported)

    def walk(self, path: str = "/", *, depth: int | None = None, limit: int = 1_000_000) -> Iterator[Listed]:
        """All objects below a path, as they are found."""
        for batch in self._ask(ask.Walk(path, depth, limit), list[Listed]):
            yield from batch

    def _one(self, asked: Request, kind: type[T]) -> T:
        for result in self._ask(asked, kind):
            return result
        raise FileError("the reader gave no answer")

    def _ask(self, asked: Request, kind: type[T]) -> Iterator[T]:
        with self._lock:
            if self._busy:
                raise FileError("a listing of this file is being taken: take it whole before asking for more")
            self._busy = True
            try:
                yield from self._answers(asked, kind)
            finally:
                self._busy = False

    def _answers(self, asked: Request, kind: type[T]) -> Iterator[T]:
        if self._process is None:
            self._start()
            if not isinstance(asked, Open):
                for _ in self._exchange(self._open, FileFacts):
                    pass
        # All answers are taken, also where the caller wants no more, so that the next request finds its own.
        exchange = self._exchange(asked, kind)
        try:
            for result in exchange:  # noqa: UP028 (`yield from` would end the exchange when the caller stops)
                yield result
        finally:
            for _ in exchange:
                pass

    def _start(self) -> None:
        command = [sys.executable, "-P", "-m", "dandi_tui.nwb.serving"]
        pipe = subprocess.PIPE
        with stderr_to_log("reader") as said:
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=said, start_new_session=True, env=keyless_environment())
        self._before = self.traffic

    def _exchange(self, asked: Request, kind: type[T]) -> Iterator[T]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise FileError("the file was closed")
        try:
            write_frame(process.stdin, asked)
        except (BrokenPipeError, ValueError):
            raise self._lost(asked) from None
        while True:
            answer = self._answer(process, asked)
            before, now = self._before, answer.traffic
            self.traffic = Traffic(before.requests + now.requests, before.bytes + now.bytes, before.cached + now.cached)
            if answer.price:
                raise PriceError(answer.price)
            if answer.words:
                raise FileError(answer.words)
            if not answer.more:
                return
            yield msgspec.msgpack.decode(answer.result, type=kind)

    def _answer(self, process: subprocess.Popen[bytes], asked: Request) -> Answer:
        stream = process.stdout
        try:
            if stream is not None and not _buffered(stream) and not select.select([stream], [], [], self._patience)[0]:
                self.close()
                raise FileError(f"{_place(asked)} took more than {self._patience:.0f} s to read; the reader was ended, the file can be opened again")
            data = read_frame(stream) if stream is not None else b""
        except (OSError, ValueError):
            data = b""
        if not data:
            raise self._lost(asked)
        return msgspec.msgpack.decode(data, type=Answer)

    def _lost(self, asked: Request) -> FileError:
        process = self._process
        code = process.wait() if process else 0
        self.close()
        if self._stopped:
            self._stopped = False
            return FileError("the read was stopped")
        why = signal.Signals(-code).name if code < 0 else f"status {code}"
        return FileError(f"reading {_place(asked)} ended the reader process ({why}): the file is damaged there, the rest can still be looked at")


def _buffered(stream: Any) -> bool:  # noqa: ANN401
    os.set_blocking(stream.fileno(), False)
    try:
        return bool(stream.peek(1))
    finally:
        os.set_blocking(stream.fileno(), True)


def _place(asked: Request) -> str:
    return asked.source if isinstance(asked, Open) else asked.path
