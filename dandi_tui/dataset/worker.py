"""A worker process: does what it is asked with one file after another. It may crash or hang over a file; one file is lost then.

python -m dandi_tui.dataset.worker MEMORY      frames on standard input and output; at most MEMORY bytes of address space
"""

from __future__ import annotations

import importlib
import os
import struct
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_FRAME = 256 * 2**20
_LENGTH = struct.Struct(">I")


class Call(msgspec.Struct, frozen=True, array_like=True):
    """A function, as `module:name`, and its arguments."""

    function: str
    arguments: list[Any]


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What a function gave; or in words why it failed."""

    result: msgspec.Raw = msgspec.Raw(b"\xc0")
    failure: str = ""


def write_frame(stream: IO[bytes], message: msgspec.Struct) -> None:
    """Writes a message after its length."""
    data = msgspec.msgpack.encode(message)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes:
    """Reads a message; empty at the end of the stream.

    Raises:
        ValueError: The message is longer than any that this program writes.
    """
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return b""
    (length,) = _LENGTH.unpack(head)
    if length > LARGEST_FRAME:
        raise ValueError(f"a message of {length} bytes")
    data = stream.read(length)
    return data if len(data) == length else b""


def name_of(function: Callable[..., Any]) -> str:
    """The name by which another process finds a function of a module."""
    return f"{function.__module__}:{function.__qualname__}"


def found(name: str) -> Callable[..., Any]:
    """The function of that name."""
    module, _, function = name.partition(":")
    made: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return made


def one_by_one(function: str, paths: list[bytes], options: bytes) -> list[bytes]:
    """Does something with each of some files, on whichever machine this runs.

    Args:
        function: `module:name` of a function of a path and options.
        paths: The files.
        options: Further arguments, as a msgpack list.

    Returns:
        What the function gave for each, as msgpack.
    """
    does, arguments = found(function), msgspec.msgpack.decode(options)
    return [msgspec.msgpack.encode(does(os.fsdecode(path), *arguments)) for path in paths]


def serve(asking: IO[bytes], answering: IO[bytes]) -> None:
    """Answers calls until there are no more."""
    decoder = msgspec.msgpack.Decoder(Call)
    while data := read_frame(asking):
        call = decoder.decode(data)
        try:
            answer = Answer(msgspec.Raw(msgspec.msgpack.encode(found(call.function)(*call.arguments))))
        except MemoryError:
            answer = Answer(failure="it needs more memory than a reader is given")
        except Exception as error:  # noqa: BLE001 (whatever a file brings about is told of that file alone)
            answer = Answer(failure=f"{type(error).__name__}: {error}"[:2000].encode("utf-8", "backslashreplace").decode())
        write_frame(answering, answer)


def limit_memory(most: int) -> None:
    """Gives this process so many bytes of address space, and lets it leave no core behind."""
    import resource

    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def keep_to_one_thread() -> None:
    """Keeps libraries that are loaded later from starting threads, and from locking the files that they read."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")


if __name__ == "__main__":
    keep_to_one_thread()
    limit_memory(int(sys.argv[1]))
    # What a library prints must not come between the frames.
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, frames)
