"""The log: what a maintainer needs to know of a failure. In the state folder, rotated, readable by its owner alone.

No key and no signed address gets into it: both are taken out of every line before it is written.
"""

from __future__ import annotations

import errno
import logging
import logging.handlers
import os
import re
import threading
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dandi_tui.config import cache_dir, config_dir, state_dir
from dandi_tui.text import safe, safe_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import TextIOWrapper

_LARGEST = 2**20
_KEPT = 3
_MOST_LINES, _LONGEST_LINE = 200, 4096
_NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG))
_SECRETS = (
    (re.compile(r"\b[0-9a-fA-F]{40}\b"), "<key>"),
    (re.compile(r"(?i)\b(token|authorization|api[_-]?key)(\W{1,4})[^\s'\",;]{16,}"), r"\1\2<key>"),
    (re.compile(r"(https?://[^\s?'\"<>]+)\?[^\s'\"<>]+"), r"\1?<query>"),
    (re.compile(r"(?i)\b(X-Amz-[A-Za-z-]+|X-Goog-[A-Za-z-]+|Signature|AWSAccessKeyId|sig)=[^\s&'\"<>]+"), r"\1=<secret>"),
    (re.compile(r"(https?://)[^\s/@'\"]+@"), r"\1<who>@"),
)


def log_path() -> Path:
    """Where the log is."""
    return state_dir() / "log" / "dandi-tui.log"


def without_secrets(words: str) -> str:
    """Words without keys, signed addresses, and names and passwords in addresses."""
    for pattern, instead in _SECRETS:
        words = pattern.sub(instead, words)
    return words


class PrivateFile(logging.handlers.RotatingFileHandler):
    """A log for its owner's eyes, also once it was rotated; what it takes in leaves its secrets behind."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.fchmod(handle, 0o600)
        return os.fdopen(handle, "a", encoding="utf-8", errors="replace")

    def format(self, record: logging.LogRecord) -> str:
        """A record in words, without secrets, and without what a terminal would obey that shows it."""
        return "\n".join(safe_lines(without_secrets(super().format(record))))


def write_log(words: str, level: int = logging.INFO) -> Path | None:
    """Writes words to the log.

    Returns:
        Where the log is; None where it can't be written, which is never a reason to fail.
    """
    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = PrivateFile(path, maxBytes=_LARGEST, backupCount=_KEPT, delay=True, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
        record = logging.LogRecord("dandi-tui", level, "", 0, words, None, None)
        if handler.shouldRollover(record):
            handler.doRollover()
        handler.stream = handler.stream or handler._open()
        handler.stream.write(handler.format(record) + "\n")
        handler.close()
    except OSError:
        return None
    return path


@contextmanager
def stderr_to_log(who: str) -> Iterator[int]:
    """Takes what a process says on its standard error, and those that it starts, into the log; never more than so much of it.

    Args:
        who: What the process is.

    Yields:
        The descriptor that a process is started with meanwhile.
    """
    reading, writing = os.pipe()
    try:
        threading.Thread(target=_take_in, args=(reading, who), name=f"what the {who} says", daemon=True).start()
        yield writing
    finally:
        os.close(writing)


def _take_in(reading: int, who: str) -> None:
    """Reads to the end, so that whoever says it is not held up; of very much, or of a very long line, the beginning is kept."""
    room, rest = _MOST_LINES, b""
    # Unbuffered: a thread that waits within a buffer keeps its lock, which the end of the program would stumble over.
    with os.fdopen(reading, "rb", buffering=0) as said:
        while data := said.read(2**16):
            *lines, rest = (rest + data).split(b"\n")
            rest = rest[:_LONGEST_LINE]
            for line in lines[:room]:
                _take_line(line, who)
            room -= len(lines[:room])
    if rest and room:
        _take_line(rest, who)


def _take_line(line: bytes, who: str) -> None:
    write_log(f"{who}: {safe(line[:_LONGEST_LINE].decode(errors='replace').rstrip())}", logging.WARNING)


def log_crash(error: BaseException) -> str:
    """Writes an error that nobody foresaw, with where it came from.

    Returns:
        One sentence for the person. Folders that are missing, full or not to be written are no secret of the program: they are named.
    """
    path = write_log("".join(traceback.format_exception(error)), logging.ERROR)
    if isinstance(error, OSError) and error.strerror and isinstance(error.filename, str | os.PathLike):
        return f"{os.fspath(error.filename)}: {error.strerror}{_other_folder(str(error.filename))}"
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return f"what was to be written could not be: {error.strerror}"
    told = f"{path} tells what" if path else f"no log could be written ({type(error).__name__})"
    return f"something went wrong that should not have; {told}"


def _other_folder(path: str) -> str:
    """How to name another folder, where a path lies in one of ours."""
    for variable, folder in (("CONFIG", config_dir()), ("STATE", state_dir()), ("CACHE", cache_dir())):
        if Path(path).is_relative_to(folder) or folder.is_relative_to(path):
            return f"; DANDI_TUI_{variable}_DIR can name another folder"
    return ""
