"""Bytes that arrive go to their places in the file, whichever way the disk takes them."""

from __future__ import annotations

import itertools
import mmap
import os
import random
import threading
from typing import TYPE_CHECKING

import pytest

from dandi_tui.transfer.control import CHUNK
from dandi_tui.transfer.writing import BLOCK, Writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = 4 * CHUNK + 1234


@pytest.fixture
def content() -> bytes:
    return random.Random(1).randbytes(SIZE)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    path = tmp_path / "data"
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    yield path, handle
    os.close(handle)


def _mapped(data: bytes) -> memoryview:
    """In memory that begins at a page, as answers are read into it."""
    buffer = mmap.mmap(-1, max(1, len(data)))
    buffer[: len(data)] = data
    return memoryview(buffer)[: len(data)]


def test_pieces_of_any_place_and_length_make_the_file(content: bytes, opened: tuple[Path, int]) -> None:
    path, handle = opened
    writing = Writing(path, handle, large=True)
    ends = [0, 5, BLOCK + 1, CHUNK, 2 * CHUNK, 2 * CHUNK + 300_000, 3 * CHUNK, 4 * CHUNK, SIZE]
    spans = list(itertools.pairwise(ends))
    random.Random(2).shuffle(spans)
    threads = [threading.Thread(target=writing.write, args=(start, _mapped(content[start:end]))) for start, end in spans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writing.close()
    assert path.read_bytes() == content


def test_a_piece_that_the_disk_refuses_past_the_cache_goes_through_it(content: bytes, opened: tuple[Path, int]) -> None:
    path, handle = opened
    writing = Writing(path, handle, large=True)
    for start in range(0, SIZE, CHUNK):
        # Memory that begins at an odd address is what the system refuses.
        piece = content[start : start + CHUNK]
        writing.write(start, _mapped(b"x" + piece)[1:])
    refused = not writing.past_cache
    writing.close()
    assert path.read_bytes() == content
    if not refused:
        pytest.skip("this disk takes memory that begins anywhere")


def test_a_disk_that_is_full_is_an_error_past_the_cache_too(content: bytes, opened: tuple[Path, int]) -> None:
    import resource

    path, handle = opened
    writing = Writing(path, handle, large=True)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (CHUNK, before[1]))
    try:
        writing.write(0, _mapped(content[:CHUNK]))
        with pytest.raises(OSError, match="File too large"):
            writing.write(CHUNK, _mapped(content[CHUNK : 2 * CHUNK]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        writing.close()
