"""Files that become more than there is room for: each is told in words, the reader stays small, and the rest of the file is there."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

import h5py
import pytest

from dandi_tui.nwb.messages import Rows
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.reader import Reader

MOST = 560 * 2**10
"""kB: what a file may take of the reader's memory, and the reader itself."""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and told so on Linux alone")


def _peak(reader: Reader) -> int:
    assert reader._process is not None
    lines = Path(f"/proc/{reader._process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def _inflating(times: int) -> bytes:
    """What inflates to 64 MiB so many times; its checksum at the end is wrong, but then all of it is there."""
    machine = zlib.compressobj(1)
    piece = machine.compress(bytes(2**26)) + machine.flush(zlib.Z_FULL_FLUSH)
    return piece + piece[2:] * (times - 1)


def _deflated(file: h5py.File) -> None:
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((8,))
    properties.set_deflate(9)
    made = h5py.h5d.create(file.id, b"values", h5py.h5t.NATIVE_UINT8, h5py.h5s.create_simple((8,)), properties)
    made.write_direct_chunk((0,), _inflating(24))


def _deflated_twice(file: h5py.File) -> None:
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((8,))
    properties.set_deflate(9)
    properties.set_deflate(9)
    made = h5py.h5d.create(file.id, b"values", h5py.h5t.NATIVE_UINT8, h5py.h5s.create_simple((8,)), properties)
    made.write_direct_chunk((0,), zlib.compress(_inflating(24), 1))


def _one_text_many_times(file: h5py.File) -> None:
    made = file.create_dataset("values", (100,), dtype=h5py.string_dtype())
    made[0] = "a" * (20 * 2**20)
    file.flush()
    place, name = made.id.get_offset(), file.filename
    file.close()
    with Path(name).open("r+b") as raw:
        raw.seek(place)
        first = raw.read(16)
        raw.seek(place)
        raw.write(first * 100)


@pytest.mark.parametrize("make", [_deflated, _deflated_twice, _one_text_many_times])
def test_values_that_become_too_much_are_told_and_take_little_memory(make: object, tmp_path: Path) -> None:
    path = tmp_path / "bomb.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.6.0"
        file["other"] = [1, 2, 3]
        make(file)  # type: ignore[operator]
    with Reader(str(path)) as reader:
        with pytest.raises(FileError, match=r"can't be read|more memory"):
            reader.rows(Rows("/values"))
        assert _peak(reader) < MOST
        assert reader.rows(Rows("/other")).rows == [["1"], ["2"], ["3"]]
