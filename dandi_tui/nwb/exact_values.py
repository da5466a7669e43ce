"""Values as programs take them: numbers exact, lists whole, all dimensions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from dandi_tui.nwb.model import ExactTable, FileError
from dandi_tui.nwb.node import Contents, Dataset, Group
from dandi_tui.nwb.values import Form, shown_name, table_rows

if TYPE_CHECKING:
    from dandi_tui.nwb.messages import ExactRows

MOST_VALUES = 2_000_000
"""Values that are told at once; more are written to a file."""
_NUMBERS = "biuf"


def exact_rows(contents: Contents, asked: ExactRows) -> ExactTable:
    """Rows of a dataset with all its dimensions, or of the table that a group with columns is.

    Raises:
        FileError: There is nothing of rows at the path, it can't be read, or one row is more than is told.
    """
    found = contents.at(asked.path)
    if isinstance(found, Group):
        table = table_rows(contents, found, asked.start, asked.count, _form(contents))
        return ExactTable(columns=table.columns, rows=table.rows, start=table.start, total=table.total, notes=table.notes, regions=table.regions)
    if not isinstance(found, Dataset):
        raise FileError(f"{asked.path} has no values")
    if not found.shape:
        rows = [] if found.shape is None else [[_exact(contents, found.read(()))]]
        return ExactTable(columns=["value"], rows=rows, start=0, total=len(rows))
    return _dataset(contents, found, asked)


def _dataset(contents: Contents, found: Dataset, asked: ExactRows) -> ExactTable:
    shape = [int(one) for one in found.shape or ()]
    start, stop, notes = _span(shape, asked)
    names = list(found.dtype.names or ())
    columns = [shown_name(one) for one in names] or (["value"] if len(shape) == 1 else [str(at) for at in range(shape[1])])
    values = found.read(slice(start, stop)) if stop > start and all(shape) else []
    if names:
        rows = [[_exact(contents, one[name]) for name in names] for one in values]
    else:
        told = _exact(contents, values)
        rows = [[one] for one in told] if len(shape) == 1 else told
    return ExactTable(columns=columns, rows=rows, start=start, total=shape[0], notes=notes, shape=shape)


def _span(shape: list[int], asked: ExactRows) -> tuple[int, int, list[str]]:
    """The rows that are told, of those that are asked for; and what is left out."""
    each = 1
    for length in shape[1:]:
        each *= max(1, length)
    if each > MOST_VALUES:
        raise FileError(f"a row of {asked.path} has {each:,} values: write rows with -o FILE.npy")
    start = max(0, min(asked.start, shape[0]))
    wanted = min(shape[0], start + asked.count)
    stop = min(wanted, start + MOST_VALUES // each)
    return start, stop, [f"rows {stop}:{wanted} are left out: -o FILE writes all"] if stop < wanted else []


def _form(contents: Contents) -> Form:
    return Form(lambda values: _exact(contents, values), MOST_VALUES, MOST_VALUES, lambda values, _length: values)


def _exact(contents: Contents, value: Any) -> Any:  # noqa: ANN401 (a value of any type)
    """A number as it is (None where it is none: JSON has no such), an array as a list, anything else in words."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind and kind in _NUMBERS:
        listed = value.tolist()
        return listed if np.isfinite(value).all() else _exact(contents, listed)
    if getattr(value, "shape", ()) or isinstance(value, list):
        return [_exact(contents, one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (bool, int, float)) else contents.cell(value)
