"""What an organizing run set out to do and what it did: lines of JSON, each written before or after the act that it tells of.

A run that ended early can go on from its log, and one that ended can be undone by it. Logs stand in the state folder.
"""

from __future__ import annotations

import json
import os
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.config import state_dir
from dandi_tui.dataset.plan_model import MediaMode, Mode, Move
from dandi_tui.errors import OrganizeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO, Self

_KEPT = 30


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One thing that was done.

    Attributes:
        action: `symlink`, `hardlink`, `copy`, `move`; or `rewrite`, `rewrite-move`: a copy with other references, which the original
            stays beside, or made way for.
        source: Where it was, absolute.
        destination: Where it is, absolute.
        mark: What tells whether something touched it since.
    """

    action: str
    source: str
    destination: str
    mark: str


class Run(msgspec.Struct, frozen=True, tag="run", kw_only=True):
    """What a run set out to do; sources and `root` are absolute."""

    root: str
    mode: Mode
    media_mode: MediaMode
    started: str
    absolute_links: bool
    in_place: bool
    moves: tuple[Move, ...]


class Folder(msgspec.Struct, frozen=True, tag="folder"):
    """A folder was made."""

    path: str


class Emptied(msgspec.Struct, frozen=True, tag="emptied"):
    """A folder was removed, since nothing was left in it."""

    path: str


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """A move of the run, by its number, is begun."""

    number: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """It is done, by these steps."""

    number: int
    steps: tuple[Step, ...]


class Undone(msgspec.Struct, frozen=True, tag="undone"):
    """It was taken back."""

    number: int


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """All was done; with `failed` moves that could not be."""

    failed: int = 0


Line = Run | Folder | Emptied | Begun | Done | Undone | Ended


class RunLog:
    """The log of one run, written as it goes.

    Args:
        path: The file; it is added to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file: IO[bytes] = path.open("ab")
        path.chmod(0o600)

    def __enter__(self) -> Self:
        """The log itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it."""
        self._file.close()

    def write(self, line: Line) -> None:
        """Writes a line, so that it is there should the program end now."""
        # The standard library's JSON: it keeps names whose bytes are no UTF-8.
        self._file.write(json.dumps(msgspec.to_builtins(line)).encode() + b"\n")
        self._file.flush()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a log tells.

    Attributes:
        run: What the run set out to do.
        done: The moves that are done and not undone: number → steps.
        begun: Moves that were begun and neither done nor undone.
        folders: Folders that were made, in order.
        emptied: Folders that were removed, in order.
        ended: Whether all was tried, with no failure.
    """

    run: Run
    done: dict[int, tuple[Step, ...]]
    begun: set[int]
    folders: list[str]
    emptied: list[str]
    ended: bool


def logs_dir() -> Path:
    """Where logs stand."""
    return state_dir() / "organize"


def new_log(root: str = "") -> RunLog:
    """A log for a new run; those of long ago are removed.

    Args:
        root: The Dandiset's folder, by which the log is found again the quicker.

    Raises:
        OrganizeError: None can be written, so that nothing could be undone.
    """
    try:
        for old in sorted(logs_dir().glob("*.jsonl"))[:-_KEPT]:
            old.unlink(missing_ok=True)
        return RunLog(logs_dir() / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{os.getpid()}{_sign(root)}.jsonl")
    except OSError as error:
        raise OrganizeError(f"no log can be written ({error.strerror}), so nothing is done", subject=str(logs_dir())) from error


def _sign(root: str) -> str:
    """What tells the logs of one folder from those of others without opening them."""
    return f"-{zlib.crc32(os.fsencode(os.path.abspath(root))):08x}" if root else ""


def read_log(path: Path) -> Told:
    """Reads what a log tells; a last line that was cut off is left out.

    Raises:
        OrganizeError: It is none.
    """
    try:
        lines = list(_lines(path))
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise OrganizeError(f"it is no log of organizing that can be read: {error}", subject=str(path)) from error
    if not lines or not isinstance(lines[0], Run):
        raise OrganizeError("it is no log of organizing", subject=str(path))
    return _told(lines[0], lines[1:])


def _lines(path: Path) -> Iterator[Line]:
    for line in path.read_bytes().split(b"\n")[:-1]:
        yield msgspec.convert(json.loads(line), Line)


def _told(run: Run, lines: list[Line]) -> Told:
    done: dict[int, tuple[Step, ...]] = {}
    begun: set[int] = set()
    folders: list[str] = []
    emptied: list[str] = []
    ended = False
    for line in lines:
        match line:
            case Begun(number):
                begun.add(number)
            case Done(number, steps):
                done[number] = steps
                begun.discard(number)
            case Undone(number):
                done.pop(number, None)
                begun.discard(number)
            case Folder(path):
                folders.append(path)
            case Emptied(path):
                emptied.append(path)
            case Ended(failed):
                ended = not failed
    return Told(run=run, done=done, begun=begun, folders=folders, emptied=emptied, ended=ended)


def runs(root: str | None = None) -> Iterator[tuple[Path, Told]]:
    """The runs that are known, the latest first.

    Args:
        root: Only those of this Dandiset's folder.
    """
    for path in sorted(logs_dir().glob("*.jsonl"), reverse=True):
        if root is not None and path.stem.count("-") > 1 and not path.stem.endswith(_sign(root)):
            continue
        try:
            told = read_log(path)
        except OrganizeError:
            continue
        if root is None or told.run.root == os.path.abspath(root):
            yield path, told
