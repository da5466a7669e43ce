"""The reader process: opens one file and answers for it. It may crash or hang over a file; nothing else is lost then.

python -m dandi_tui.nwb.serving        frames on standard input and output

Of content that never changes, answers about the structure are kept on disk: asked again, they take no request.
"""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec

from dandi_tui.nwb import messages as ask
from dandi_tui.nwb.costs import PriceError
from dandi_tui.nwb.disk_cache import DiskCache
from dandi_tui.nwb.messages import STRUCTURAL, Answer, Open, Request, read_frame, write_frame
from dandi_tui.nwb.model import FileError, Listed, Traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dandi_tui.nwb.opened import Opened

_BATCH = 500
_MOST_MEMORY = 448 * 2**20
"""Bytes that a file may have taken: the largest chunk that is looked into, packed, unpacked and put in order, with what is kept besides."""
_MOST_ADDRESSES = 4 * 2**30


class Served:
    """The file that is open here, and what can be asked of it; it is opened when the first answer needs it."""

    def __init__(self) -> None:
        self._asked: Open | None = None
        self._opened: Opened | None = None
        self._disk: DiskCache | None = None
        self._before = Traffic()

    @property
    def traffic(self) -> Traffic:
        """What reading took so far."""
        now = self._opened.traffic if self._opened else Traffic()
        return Traffic(now.requests, now.bytes, now.cached + self._before.cached)

    def _file(self) -> Opened:
        if self._asked is None:
            raise FileError("no file is open")
        if self._opened is None:
            from dandi_tui.nwb.sources import opened

            self._opened = opened(self._asked)
            self._disk = self._disk or self._opened.disk
        return self._opened

    def answers(self, asked: Request) -> Iterator[bytes]:
        """The results of a request, each as MessagePack."""
        if isinstance(asked, Open):
            self._asked = asked
            self._disk = DiskCache(Path(asked.folder), asked.key) if asked.folder and asked.key else None
        kept = isinstance(asked, STRUCTURAL)
        question = b"open" if isinstance(asked, Open) else msgspec.msgpack.encode(asked)
        if kept and self._disk and (data := self._disk.answer(question)) is not None:
            self._before = Traffic(0, 0, self._before.cached + len(data))
            yield from msgspec.msgpack.decode(data, type=list[bytes])
            return
        given = []
        for result in self._results(asked):
            given.append(msgspec.msgpack.encode(result))
            yield given[-1]
            if not kept or self._asked is None or not self._asked.source.startswith("http"):
                given.clear()
        if kept and self._disk and given:
            self._disk.keep_answer(question, msgspec.msgpack.encode(given))

    def _results(self, asked: Request) -> Iterator[Any]:
        file = self._file()
        file.ready(paid=bool(getattr(asked, "paid", False)))
        if isinstance(asked, ask.Walk):
            yield from _walked(file, asked)
        else:
            yield _ANSWERS[type(asked)](file, asked)


def _walked(file: Opened, asked: ask.Walk) -> Iterator[list[Listed]]:
    """All objects, some at a time."""
    batch: list[Listed] = []
    for count, one in enumerate(file.walk(asked.path, asked.depth)):
        if count >= asked.limit:
            batch.append(Listed(path=asked.path, kind="unreadable", reason=f"the listing ends after {asked.limit:,} objects; there are more"))
            break
        batch.append(one)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    yield batch


def _objects(file: Opened) -> Iterator[Listed]:
    import itertools

    from dandi_tui.nwb.catalogue import MOST_OBJECTS

    return itertools.islice(file.walk("/", None), MOST_OBJECTS)


# What answers a request. Each imports what it needs: most files are asked a few of these.


def _of_contents(module: str, name: str) -> Callable[[Opened, Any], Any]:
    """What answers from the file's objects alone: a function of a module of this package."""

    def answer(file: Opened, asked: Any) -> Any:  # noqa: ANN401
        return getattr(importlib.import_module(f"dandi_tui.nwb.{module}"), name)(file.contents, asked)

    return answer


def _children(file: Opened, asked: ask.Children) -> Any:  # noqa: ANN401
    return list(file.walk(asked.path, 1))


def _picture(file: Opened, asked: ask.Picture) -> Any:  # noqa: ANN401
    from dandi_tui.nwb.images import frame
    from dandi_tui.nwb.masks import has_masks, mask
    from dandi_tui.nwb.node import Group

    found = file.contents.at(asked.path)
    return mask(file.contents, asked) if isinstance(found, Group) and has_masks(found) else frame(file.contents, asked)


def _timed(file: Opened, _asked: ask.Timed) -> Any:  # noqa: ANN401
    from dandi_tui.nwb.catalogue import catalogue

    return catalogue(_objects(file), file.ancestry)


def _sweeps(file: Opened, _asked: ask.Sweeps) -> Any:  # noqa: ANN401
    from dandi_tui.nwb.sweeps import sweeps

    return sweeps(file.contents, file.ancestry)


def _glances(file: Opened, asked: ask.Glances) -> Any:  # noqa: ANN401
    from dandi_tui.nwb.families import glance

    contents = file.contents
    contents.ahead(asked.paths)
    found = {}
    for path in asked.paths:
        one = contents.find(path)
        found[path] = glance(contents, path, file.ancestry(one.neurodata_type if one is not None else ""), fully=asked.fully)
    return found


def _page(file: Opened, _asked: ask.AsPage) -> Any:  # noqa: ANN401
    from dandi_tui.nwb.overview import overview

    return overview(file.contents, _objects(file), file.ancestry)


_ANSWERS: dict[type, Callable[[Any, Any], Any]] = {
    Open: lambda file, _asked: file.facts(),
    ask.Children: _children,
    ask.Describe: lambda file, asked: file.describe(asked.path, documented=asked.documented),
    ask.Rows: _of_contents("values", "rows_of"),
    ask.ExactRows: _of_contents("exact_values", "exact_rows"),
    ask.Window: _of_contents("traces", "trace"),
    ask.Spikes: _of_contents("spikes", "raster"),
    ask.AllSpikes: _of_contents("spikes", "population"),
    ask.Picture: _picture,
    ask.Histogram: _of_contents("histograms", "spread"),
    ask.Timed: _timed,
    ask.Segments: _of_contents("aligned", "aligned"),
    ask.Conditions: _of_contents("conditions", "conditions"),
    ask.Places: _of_contents("positions", "way"),
    ask.Extents: _of_contents("together", "extents"),
    ask.Together: _of_contents("together", "together"),
    ask.Sweeps: _sweeps,
    ask.Glances: _glances,
    ask.AsPage: _page,
    ask.Export: _of_contents("export", "export"),
}


def serve(asking: IO[bytes], answering: IO[bytes]) -> None:
    """Answers requests until there are no more."""
    served = Served()
    decoder = msgspec.msgpack.Decoder(Request)
    while data := read_frame(asking):
        try:
            for result in served.answers(decoder.decode(data)):
                write_frame(answering, Answer(result=msgspec.Raw(result), more=True, traffic=served.traffic))
            write_frame(answering, Answer(traffic=served.traffic))
        except PriceError as error:
            write_frame(answering, Answer(words=str(error), price=error.price, traffic=served.traffic))
        except FileError as error:
            write_frame(answering, Answer(words=str(error), traffic=served.traffic))
        except MemoryError:
            write_frame(answering, Answer(words="it takes more memory than a reader is given", traffic=served.traffic))
        except Exception as error:  # noqa: BLE001 (whatever a file brings about ends one request alone)
            words = f"it can't be read: {error or type(error).__name__}"
            write_frame(answering, Answer(words=words, traffic=served.traffic))


def _limit_memory() -> None:
    import resource

    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESSES, _MOST_ADDRESSES))
        resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
    _limit_memory()
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, frames)
