"""A file's content in two stages: what h5py tells, and then, of files that pynwb may read, what it and nwbinspector say.

Processes of their own do the second, since loading takes these most of a second: the first goes on meanwhile, and needs none of it.
Both are remembered by themselves.
"""

from __future__ import annotations

import itertools
import zlib
from contextlib import closing
from functools import lru_cache
from typing import TYPE_CHECKING

from dandi_tui.dataset.cache import Cache, identity_of
from dandi_tui.dataset.findings import Finding, Layer
from dandi_tui.dataset.loading import load_judges
from dandi_tui.dataset.metadata import unreadable
from dandi_tui.dataset.pool import Outcome, Task, Workers, processors, run
from dandi_tui.dataset.validate_file import FileReport, joined, judge, look_into
from dandi_tui.dataset.validate_zarr import can_read

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from concurrent.futures import Executor

_LOOKED_AHEAD = 8
_JUDGED = {Layer.SCHEMA, Layer.PRACTICE}


@lru_cache(maxsize=1)
def _version() -> int:
    """Another number for other releases of what finds problems: results of older ones are not taken from the cache."""
    from importlib.metadata import version

    tools = [f"{name} {version(name)}" for name in ("pynwb", "hdmf", "nwbinspector", "dandischema")]
    tools += [f"hdmf-zarr {version('hdmf-zarr')}"] if can_read() else []
    return zlib.crc32(" ".join(["3", *tools]).encode())


LOOK = Task(look_into, FileReport, version=_version, patience=900.0, quick=True)
JUDGE: Task[list[Finding]] = Task(judge, list[Finding], version=_version, patience=900.0, prepare=load_judges)


def check_files(
    paths: Iterable[str], layers: Sequence[str], *, jobs: int | None = None, executor: Executor | None = None, judges: Workers | None = None,
    cache: Cache | None = None,
) -> Generator[Outcome[FileReport], None, None]:  # fmt: skip
    """Checks the content of files; yields each when both stages are done.

    Args:
        paths: The files; taken as they are needed.
        layers: Of `metadata`, `schema` and `practice`, which to look at.
        jobs: Processes of this machine; None: as many as there are processors.
        executor: Does the work instead of processes of this machine.
        judges: Processes of `JUDGE` that were warmed before; they stay open.
        cache: Where results are remembered; None: nowhere.
    """
    workers = judges or JUDGE.workers(jobs)
    judging = _Judging(layers, executor or workers, cache)
    # A fourth of the processes looks into files as fast as the others judge them.
    lookers = max(1, (jobs or processors()) // 4)
    found = run(LOOK, judging.ahead(paths), options=[list(layers)], jobs=lookers, executor=executor, cache=cache)
    try:
        with closing(found), closing(judging.outcomes(found)) as outcomes:
            yield from outcomes
    finally:
        if judges is None:
            workers.shutdown(cancel_futures=True)


def warm_up(judges: Workers, path: str, layers: Sequence[str], cache: Cache | None) -> None:
    """Has processes of `JUDGE` begin to load, where a file is still to be judged by them."""
    if judges.warmed or not path.lower().endswith(".nwb") or not _JUDGED & set(layers):
        return
    if JUDGE.known(path, identity_of(path), [list(layers)], cache) is None:
        judges.warm()


def to_be_judged(paths: Iterable[str], layers: Sequence[str]) -> bool:
    """Whether the first of some files are still to be judged, as far as their names and the cache tell."""
    with Cache() as cache:
        names = [path for path in itertools.islice(paths, _LOOKED_AHEAD) if path.lower().endswith(".nwb")]
        return any(JUDGE.known(path, identity_of(path), [list(layers)], cache) is None for path in names)


class _Judging:
    """The second stage, fed by the first."""

    def __init__(self, layers: Sequence[str], executor: Executor, cache: Cache | None) -> None:
        self._layers, self._options, self._executor, self._cache = layers, [list(layers)], executor, cache
        self._looked: dict[int, Outcome[FileReport]] = {}

    def ahead(self, paths: Iterable[str]) -> Iterator[str]:
        """The same paths; loading begins where the first of them show that there will be something to judge."""
        iterator = iter(paths)
        first = list(itertools.islice(iterator, _LOOKED_AHEAD))
        if isinstance(self._executor, Workers):
            for path in first:
                warm_up(self._executor, path, self._layers, self._cache)
        yield from itertools.chain(first, iterator)

    def outcomes(self, looked: Iterator[Outcome[FileReport]]) -> Generator[Outcome[FileReport], None, None]:
        """What the first stage gave, with what the second adds."""
        with closing(self._to_judge(looked)) as paths, closing(run(JUDGE, paths, options=self._options, executor=self._executor, cache=self._cache)) as found:
            for judged in found:
                yield _together(self._looked.pop(judged.number), judged)

    def _to_judge(self, looked: Iterator[Outcome[FileReport]]) -> Generator[str | Outcome[list[Finding]], None, None]:
        for number, outcome in enumerate(looked):
            self._looked[number] = outcome
            if outcome.result is not None and outcome.result.judge:
                yield outcome.path
            else:
                yield Outcome(number=number, path=outcome.path, result=[], cached=outcome.cached, identity=outcome.identity)


def _together(looked: Outcome[FileReport], judged: Outcome[list[Finding]]) -> Outcome[FileReport]:
    if looked.result is None:
        return looked
    found = [unreadable(judged.path, judged.problem.removeprefix("FileError: "))] if judged.result is None else judged.result
    return Outcome(
        number=looked.number,
        path=looked.path,
        result=joined(looked.result, found),
        cached=looked.cached and judged.cached,
        changed=looked.changed or judged.changed or looked.identity != judged.identity,
        identity=looked.identity,
    )
