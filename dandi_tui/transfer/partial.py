"""Partial data beside a file's final place: `.NAME.part`, and a label that says what it belongs to and which parts are there.

The label lies beside the data, not in the journal, so that data and label are moved, kept or lost together: another machine,
or a new journal, goes on from them. What the label says is checked against the bytes before it is relied on.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.errors import ExistsError, MovedAwayError, TransferError
from dandi_tui.transfer.control import CHUNK
from dandi_tui.transfer.digest import etag_of, part_size
from dandi_tui.transfer.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SMALL = 2**18
"""Files up to this size are fetched anew rather than labelled."""
_SAVE_SECONDS = 1.0


class Content(msgspec.Struct, frozen=True):
    """What the bytes of a file must be.

    Attributes:
        size: In bytes.
        digest: As the archive tells it; empty where it tells none.
        algorithm: Of the digest: `etag` (the dandi-etag), `sha256` or `md5`.
    """

    size: int
    digest: str
    algorithm: str = "etag"

    def spans(self) -> list[tuple[int, int]]:
        """The parts that are hashed, and so may be fetched, apart: from which byte to before which."""
        if not self.size:
            return []
        step = part_size(self.size) if self.algorithm == "etag" else self.size
        return [(start, min(start + step, self.size)) for start in range(0, self.size, step)]

    def hasher(self) -> hashlib._Hash:
        """For the bytes of one part."""
        return hashlib.sha256() if self.algorithm == "sha256" else hashlib.md5(usedforsecurity=False)

    def whole(self, parts: list[str]) -> str:
        """The digest of all, from those of the parts."""
        if self.algorithm == "etag":
            return etag_of(parts)
        return parts[0] if parts else self.hasher().hexdigest()


class Label(msgspec.Struct):
    """What partial data belongs to, the digests of its whole parts, and how many bytes of others are there."""

    digest: str
    size: int
    parts: dict[int, str] = {}
    begun: dict[int, int] = {}


class Partial:
    """The partial data of one file.

    Args:
        place: The final place.
        content: What it must become.
    """

    def __init__(self, place: Path, content: Content) -> None:
        self.place = place
        self.data = place.with_name(f".{place.name}.part")
        self.label_path = place.with_name(f".{place.name}.part.json")
        self.content = content
        self.spans = content.spans()
        self.label = Label(content.digest, content.size)
        self.resumed: set[int] = set()
        self._labelled = content.size > SMALL
        self._handle = -1
        self._writing: Writing | None = None
        self._lock = threading.Lock()
        self._saved = 0.0

    # Opening and closing

    def open(self, checked: Callable[[int], None], stopped: Callable[[], bool] = lambda: False) -> None:
        """Takes up what is there of the same content, and removes what is of another. Reads it once to check it.

        Args:
            checked: Told how many bytes were found good.
            stopped: Whether to stop.

        Raises:
            TransferError: Another process is at it.
        """
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self.data, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            self._claim()
            self._writing = Writing(self.data, self._handle, large=len(self.spans) > 1)
            known = self._read_label() if self._labelled else None
            if known is None:
                os.ftruncate(self._handle, 0)
                self.save()
            else:
                self.label = known
                self._check(checked, stopped)
        except BaseException:
            self.close()
            raise

    def _claim(self) -> None:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                raise TransferError("another process is bringing this file", subject=str(self.place), remedy="Let it end, or end it.") from error

    def _read_label(self) -> Label | None:
        try:
            found = msgspec.json.decode(self.label_path.read_bytes(), type=Label)
        except (OSError, msgspec.MsgspecError):
            return None
        same = found.digest == self.content.digest and found.size == self.content.size and bool(self.content.digest)
        return found if same else None

    def _check(self, checked: Callable[[int], None], stopped: Callable[[], bool]) -> None:
        """Keeps of the label what the bytes bear out."""
        length = os.fstat(self._handle).st_size
        if len(self.spans) == 1:
            self.label.begun = {0: min(length, self.content.size)}
            if length > self.content.size:
                os.ftruncate(self._handle, 0)
                self.label.begun = {}
        good: dict[int, str] = {}
        for number, digest in self.label.parts.items():
            if number < len(self.spans) and self.hash(*self.spans[number], stopped).hexdigest() == digest:
                good[number] = digest
                start, end = self.spans[number]
                checked(end - start)
        self.label.parts = good
        rest = {number: count for number, count in self.label.begun.items() if number not in good and 0 <= number < len(self.spans)}
        self.label.begun = {number: count for number, count in rest.items() if self.spans[number][0] + count <= length}
        self.resumed = {*good, *self.label.begun}

    def hash(self, start: int, end: int, stopped: Callable[[], bool] = lambda: False) -> hashlib._Hash:
        """The digest of bytes that are there."""
        return hash_span(self._handle, self.content, start, end, stopped)

    def close(self) -> None:
        """Lets go of the data; it stays."""
        if self._writing is not None:
            self._writing.close()
            self._writing = None
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    # What arrives; from threads

    def write(self, offset: int, data: memoryview) -> None:
        """Writes bytes where they belong."""
        assert self._writing is not None  # noqa: S101 (it was opened)
        self._writing.write(offset, data)

    def begun(self, number: int, count: int) -> None:
        """So many bytes of a part are there."""
        self.label.begun[number] = count
        if len(self.spans) > 1 and time.monotonic() - self._saved > _SAVE_SECONDS:
            self.save()

    def ended(self, number: int, digest: str) -> None:
        """A part is whole."""
        self.label.parts[number] = digest
        self.label.begun.pop(number, None)
        if len(self.spans) > 1:
            self.save()

    def forget(self, number: int) -> None:
        """What is there of a part counts for nothing."""
        self.label.parts.pop(number, None)
        self.label.begun.pop(number, None)
        self.resumed.discard(number)

    def save(self) -> None:
        """Writes the label, whole or not at all.

        Raises:
            MovedAwayError: The data are not where they were.
        """
        if not self._labelled:
            return
        self._check_there()
        with self._lock:
            self._saved = time.monotonic()
            beside = self.label_path.with_name(self.label_path.name + "~")
            label = Label(self.label.digest, self.label.size, dict(self.label.parts), dict(self.label.begun))
            # Never through a link that somebody left there.
            beside.unlink(missing_ok=True)
            with beside.open("xb") as file:
                file.write(msgspec.json.encode(label))
            beside.replace(self.label_path)

    def _check_there(self) -> None:
        """Makes sure that the data's name still means the data: nothing is written to where another folder, or a link, stands now."""
        try:
            found: os.stat_result | None = self.data.lstat()
        except (FileNotFoundError, NotADirectoryError):
            found = None
        if found is None or not os.path.samestat(found, os.fstat(self._handle)):
            raise MovedAwayError("what had arrived was removed or moved away meanwhile", subject=str(self.data))

    @property
    def missing(self) -> list[int]:
        """Parts that are not whole."""
        return [number for number in range(len(self.spans)) if number not in self.label.parts]

    def digest(self) -> str:
        """The digest of all, once no part is missing."""
        return self.content.whole([self.label.parts[number] for number in range(len(self.spans))])

    # The end

    def finish(self, *, modified: float, replace: bool) -> None:
        """Gives the data its final name; never takes the place of another file unless asked to.

        Raises:
            ExistsError: A file came there meanwhile.
            MovedAwayError: The data are not where they were.
        """
        self._check_there()
        os.fsync(self._handle)
        os.utime(self._handle, (modified, modified))
        if replace:
            self.data.replace(self.place)
        else:
            give_name(self.data, self.place)
        if self._labelled:
            # The journal may be on another disk: what it calls done must have its name after a power loss, too.
            sync_folder(self.place.parent)
        self.label_path.unlink(missing_ok=True)
        self.close()

    def discard(self) -> None:
        """Removes the data."""
        self.data.unlink(missing_ok=True)
        self.label_path.unlink(missing_ok=True)
        self.close()


def hash_span(handle: int, content: Content, start: int, end: int, stopped: Callable[[], bool] = lambda: False) -> hashlib._Hash:
    """The digest of some bytes of an open file."""
    hasher = content.hasher()
    while start < end and not stopped():
        chunk = os.pread(handle, min(CHUNK, end - start), start)
        if not chunk:
            break
        hasher.update(chunk)
        start += len(chunk)
    return hasher


def give_name(data: Path, place: Path) -> None:
    """Gives data a name that nothing else has.

    Raises:
        ExistsError: Something has it.
    """
    try:
        os.link(data, place, follow_symlinks=False)
    except FileExistsError as error:
        raise ExistsError("a file came there meanwhile; it is left as it is", subject=str(place)) from error
    except OSError:
        # File systems without hard links.
        if place.exists() or place.is_symlink():
            raise ExistsError("a file came there meanwhile; it is left as it is", subject=str(place)) from None
        data.rename(place)
    data.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Has the names in a folder on the disk, where the file system can be asked for that."""
    # One that may be written but not read, or a file system that knows no such thing, is left to itself.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
