"""Rows of a table or dataset written to a file, CSV or NPY, a piece at a time; complete, or not at all."""

from __future__ import annotations

import csv
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.messages import Export, Rows
from dandi_tui.nwb.model import Exported, FileError
from dandi_tui.nwb.node import Contents, Dataset
from dandi_tui.nwb.values import rows_of
from dandi_tui.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = 1_000
_MOST_PIECE_VALUES = 1_000_000
_WIDEST = 10_000


def export(contents: Contents, asked: Export) -> Exported:
    """Writes rows to a file that is not there yet.

    Raises:
        FileError: There is such a file, it can't be written, or the values can't be read.
    """
    target = Path(asked.target)
    if target.exists():
        raise FileError(f"{target} is there already; it was left as it is")
    try:
        # A name of its own: what stands under a name that can be guessed may be the person's, or a link to what is.
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    except OSError as error:
        raise FileError(f"{target} can't be written: {error.strerror or error}") from error
    part = Path(name)
    try:
        os.fchmod(handle, 0o666 & ~_mask())
        os.close(handle)
        written = _npy(contents, asked, part) if target.suffix == ".npy" else _csv(contents, asked, part)
        os.link(part, target)
    except OSError as error:
        raise FileError(f"{target} can't be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return Exported(written, str(target))


def _mask() -> int:
    """The rights that the person's files don't have."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _csv(contents: Contents, asked: Export, part: Path) -> int:
    count = 0
    with part.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        for number, piece in enumerate(_pieces(contents, asked)):
            if not number:
                out.writerow([safe(one) for one in piece[0]])
            out.writerows([[safe(cell) for cell in row] for row in piece[1]])
            count += len(piece[1])
    return count


def _pieces(contents: Contents, asked: Export) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Column names with rows, a piece at a time; cells are written whole."""
    at = max(0, asked.start)
    stop = asked.stop
    while stop is None or at < stop:
        count = _PIECE if stop is None else min(_PIECE, stop - at)
        found = rows_of(contents, Rows(asked.path, at, count, 0, _WIDEST, asked.at))
        yield found.columns, found.rows
        at += len(found.rows)
        if not found.rows or at >= found.total:
            return


def _npy(contents: Contents, asked: Export, part: Path) -> int:
    import numpy as np

    found = contents.at(asked.path)
    if not isinstance(found, Dataset) or not found.is_numbers or found.shape is None:
        raise FileError("NPY holds numbers: write this as CSV")
    start = max(0, min(asked.start, found.rows))
    stop = found.rows if asked.stop is None else max(start, min(asked.stop, found.rows))
    each = 1
    for length in found.shape[1:]:
        each *= max(1, length)
    step = max(1, _MOST_PIECE_VALUES // each)
    with part.open("wb") as file:
        head: dict[str, Any] = {"descr": np.lib.format.dtype_to_descr(found.dtype), "fortran_order": False, "shape": (stop - start, *found.shape[1:])}
        np.lib.format.write_array_header_1_0(file, head)
        for at in range(start, stop, step):
            file.write(np.ascontiguousarray(found.read(slice(at, min(at + step, stop)))).tobytes())
    return stop - start
