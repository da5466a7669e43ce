"""What a row of a table refers to: paths that its cells name, and rows of other tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_ROWS = 4
"""Rows of another table that are told of one cell."""


class Reference(NamedTuple):
    """Where a cell leads: an object, or a row of a table."""

    column: str
    path: str
    row: int | None = None

    @property
    def words(self) -> str:
        """The column, and what it leads to."""
        return f"{self.column}: {self.path}" if self.row is None else f"{self.column}: row {self.row} of {self.path}"


def references(columns: Sequence[str], cells: Sequence[str], regions: Mapping[str, str]) -> list[Reference]:
    """What the cells of a row refer to.

    Args:
        columns: The columns' names.
        cells: A text a column.
        regions: Of columns whose values are rows of another table, that table's path.
    """
    row = dict(zip(columns, cells, strict=False))
    objects = [Reference(name, path) for name, cell in row.items() for path in dict.fromkeys(re.findall(r"→ (/[^,\]}]*)", cell))]
    return objects + [Reference(name, path, number) for name, path in regions.items() if name in row for number in _row_numbers(row[name])]


def _row_numbers(cell: str) -> list[int]:
    return [int(one) for one in re.findall(r"\d+", cell.partition("…")[0])][:_MOST_ROWS]
