"""Events by condition: the columns beside a column of times that part its rows into a few groups, and the rows of each group."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.costs import PriceError
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.node import Dataset, Group
from dandi_tui.nwb.plotted import Condition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.nwb.messages import Conditions
    from dandi_tui.nwb.node import Contents

MOST_GROUPS = 8
OTHERS = "others"
MOST_EVENTS = 2_000
_MOST_ROWS = 20_000
_MOST_COLUMNS = 200
_WORD = 60


def event_rows(contents: Contents, column: str, most: int = MOST_EVENTS) -> tuple[list[float], list[int]]:
    """The times that a column holds, `PATH/COLUMN`, and the rows that they stand in; those that are none are left out.

    Raises:
        FileError: It is no column of times.
    """
    import numpy as np

    found = contents.at(column)
    if not isinstance(found, Dataset) or not found.is_numbers or len(found.shape or ()) != 1:
        raise FileError(f"{column} is no column of times")
    events = np.asarray(found.read(slice(0, most)), dtype="float64")
    known = np.flatnonzero(np.isfinite(events))
    return events[known].tolist(), known.tolist()


def oddness(contents: Contents, column: str) -> str:
    """What is odd of a column of times: those that are counted from the start of their own row lie before it."""
    import numpy as np

    above, _, name = column.rpartition("/")
    table, times = contents.find(above), contents.dataset(column)
    starts = table.dataset("start_time") if isinstance(table, Group) else None
    if name == "start_time" or starts is None or starts.rows != times.rows or not starts.is_numbers:
        return ""
    these, begun = (np.asarray(one.read(slice(0, MOST_EVENTS)), dtype="float64") for one in (times, starts))
    known = np.isfinite(these) & np.isfinite(begun)
    before = these[known] < begun[known]
    return "these times lie before their own rows begin: are they counted from there?" if len(before) > 2 and before.mean() > 0.9 else ""


def conditions(contents: Contents, asked: Conditions) -> list[Condition]:
    """The columns that events can be grouped by: two groups or more, and not every row a group of its own.

    Raises:
        FileError: The column of times can't be read.
    """
    above, _, column = asked.align.rpartition("/")
    table, times = contents.at(above), contents.dataset(asked.align)
    if not isinstance(table, Group):
        return []
    found = []
    for name in table.names()[:_MOST_COLUMNS]:
        one = table.dataset(name)
        if name in {column, "id"} or one is None or not _can_group(table, name, one, times.rows):
            continue
        try:
            counts = Counter(_words(contents, one, min(times.rows, _MOST_ROWS)))
        except PriceError:
            raise
        except FileError:
            continue  # a column that can't be read is none to choose
        if 1 < len(counts) <= max(MOST_GROUPS, min(times.rows, _MOST_ROWS) // 4) and len(counts) < times.rows:
            found.append(Condition(path=one.path, values=[value for value, _ in _ordered(counts)], groups=len(counts)))
    return found


def _can_group(table: Group, name: str, column: Dataset, rows: int) -> bool:
    """Whether a column has one value a row, and is not made of times or of lists."""
    if column.shape is None or len(column.shape) != 1 or column.rows != rows or not column.dtype.itemsize:
        return False
    return not name.endswith(("_time", "_index", "timestamps")) and table.get(f"{name}_index") is None and column.dtype.names is None


def grouped(contents: Contents, align: str, by: str, rows: Sequence[int]) -> list[tuple[str, list[int]]]:
    """The groups that a column parts events into, the commonest few; what is left is one more.

    Args:
        contents: The file.
        align: The column of times.
        by: A column beside it; empty: all are one group, without a name.
        rows: The rows that the events stand in.

    Returns:
        For each group its name and its events, as places in `rows`.

    Raises:
        FileError: The column has no value for each of the times.
    """
    if not by:
        return [("", list(range(len(rows))))]
    times, column = contents.dataset(align), contents.dataset(by)
    if by.rpartition("/")[0] != align.rpartition("/")[0] or len(column.shape or ()) != 1 or column.rows != times.rows:
        raise FileError(f"{by} has no value for each of the times of {align}")
    words = _words(contents, column, max(rows, default=-1) + 1)
    each = [words[row] for row in rows]
    names = [value for value, _ in _ordered(Counter(each))]
    held: dict[str, list[int]] = {name: [] for name in names}
    for at, value in enumerate(each):
        held.setdefault(value if value in held else OTHERS, []).append(at)
    return list(held.items())


def _ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    """The commonest values, in the order of their numbers or words."""
    kept = counts.most_common(MOST_GROUPS if len(counts) <= MOST_GROUPS else MOST_GROUPS - 1)
    return sorted(kept, key=lambda one: (*_place(one[0]), one[0]))


def _place(word: str) -> tuple[int, float]:
    try:
        return (0, float(word))
    except ValueError:
        return (1, 0.0)


def _words(contents: Contents, column: Dataset, rows: int) -> list[str]:
    """The values of a column in words, whole numbers of any type as whole numbers."""
    values: Any = column.read(slice(0, rows))
    return [(contents.cell(one) or "(empty)")[:_WORD] for one in values]
