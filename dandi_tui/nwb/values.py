"""Values of datasets and tables, a window at a time: no more is read than is asked for."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from dandi_tui.nwb.model import FileError, Table
from dandi_tui.nwb.node import Contents, Dataset, Group
from dandi_tui.nwb.words import MOST_IN_A_CELL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dandi_tui.nwb.messages import Rows

_MOST_CELLS = 20_000
_MOST_COLUMNS = 1_000


class Form(NamedTuple):
    """In what form the cells of a table are told.

    Attributes:
        cells: Tells each value of an array.
        most: So many values of a list are read.
        longest: A longer list is not told.
        joined: Tells a list of values that were told, and how many it has in all.
    """

    cells: Callable[[Any], list[Any]]
    most: int
    longest: float
    joined: Callable[[list[Any], int], Any]


def in_words(contents: Contents) -> Form:
    """Cells as texts for a screen."""
    return Form(lambda values: [contents.cell(one) for one in values], MOST_IN_A_CELL, inf, _list_words)


def _list_words(shown: list[str], length: int) -> str:
    return "[" + ", ".join(shown) + (f", … {length}]" if length > MOST_IN_A_CELL else "]")


def rows_of(contents: Contents, asked: Rows) -> Table:
    """Rows of a dataset, or of the table that a group with columns is.

    Raises:
        FileError: There is nothing of rows at the path, or it can't be read.
    """
    found = contents.at(asked.path)
    if isinstance(found, Group):
        return table_rows(contents, found, asked.start, asked.count, in_words(contents))
    if not isinstance(found, Dataset):
        raise FileError(f"{asked.path} has no values")
    return _dataset_rows(contents, found, asked)


def _dataset_rows(contents: Contents, found: Dataset, asked: Rows) -> Table:
    if found.shape is None:
        return Table(columns=["value"], rows=[], start=0, total=0, notes=["it is empty"])
    if not found.shape:
        return Table(columns=["value"], rows=[[contents.cell(_single(found.read(())))]], start=0, total=1)
    total = found.rows
    start = max(0, min(asked.start, total))
    stop = min(total, start + asked.count)
    if found.dtype.names:
        values = found.read(slice(start, stop))
        names = list(found.dtype.names)[: asked.columns]
        rows = [[contents.cell(one[name]) for name in names] for one in values]
        return Table(columns=[shown_name(name) for name in names], rows=rows, start=start, total=total)
    if len(found.shape) == 1:
        return Table(columns=["value"], rows=[[contents.cell(one)] for one in found.read(slice(start, stop))], start=start, total=total, shape=[total])
    return _many_dimensions(contents, found, asked, start, stop)


def _many_dimensions(contents: Contents, found: Dataset, asked: Rows, start: int, stop: int) -> Table:
    """Two dimensions as rows and columns; the others stand at the places that are asked for."""
    shape = [int(one) for one in found.shape or ()]
    first = max(0, min(asked.column, shape[1] - 1)) if shape[1] else 0
    last = min(shape[1], first + max(1, min(asked.columns, _MOST_CELLS // max(1, asked.count))))
    rest = tuple(max(0, min(asked.at[number] if number < len(asked.at) else 0, length - 1)) for number, length in enumerate(shape[2:]))
    if any(not length for length in shape):
        return Table(columns=["value"], rows=[], start=0, total=0, notes=["one of its dimensions has no length"], shape=shape)
    values = found.read((slice(start, stop), slice(first, last), *rest))
    notes = [f"[:, :, {', '.join(map(str, rest))}] of {' × '.join(map(str, shape))}"] if rest else []
    rows = [[contents.cell(one) for one in row] for row in values]
    return Table(columns=[str(at) for at in range(first, last)], rows=rows, start=start, total=shape[0], notes=notes, shape=shape)


def _single(value: Any) -> Any:  # noqa: ANN401
    """The one value of an array without dimensions; a compound's stays as it is."""
    if getattr(value, "shape", None) == () and hasattr(value, "item") and not getattr(getattr(value, "dtype", None), "names", None):
        return value.item()
    return value


def column_names(group: Group) -> list[str]:
    """The columns of a table in their order: those that it names, then those that it holds besides."""
    held = [name for name, one in group.members() if isinstance(one, Dataset)]
    named = _named_columns(group)
    indices = {name for name in held if name.endswith("_index") and name.removesuffix("_index") in held}
    known = set(held)
    order = [name for name in dict.fromkeys(named) if name in known] + [name for name in held if name not in named]
    return [name for name in order if name not in indices and name != "id"]


def _named_columns(group: Group) -> list[str]:
    found = group.attribute("colnames")
    try:
        return [name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in found] if found is not None else []
    except TypeError:
        return []


def table_rows(contents: Contents, group: Group, start: int, count: int, form: Form) -> Table:
    """Rows of a table, its cells in a form.

    Raises:
        FileError: It holds no columns, or can't be read.
    """
    contents.ahead([group.path])
    names = column_names(group)[:_MOST_COLUMNS]
    has_id = group.dataset("id") is not None
    if not names and not has_id:
        raise FileError("it holds no columns")
    lengths = {name: column_length(group, name) for name in (["id"] if has_id else []) + names}
    total = lengths["id"] if has_id else max(lengths.values())
    notes = [f"{shown_name(name)} has {length} rows, not {total}" for name, length in lengths.items() if length != total]
    notes += [f"{shown_name(name)} is named as a column, and is not there" for name in _named_columns(group) if group.get(name) is None][:5]
    start = max(0, min(start, total))
    stop = min(total, start + count)
    made = {}
    for name in lengths:
        try:
            made[name] = _column(form, group, name, start, stop)
        except FileError as error:
            notes.append(f"{shown_name(name)}: {error}")
            made[name] = []
    rows = [[column[at] if at < len(column) else "" for column in made.values()] for at in range(stop - start)]
    regions = {shown_name(name): path for name in made if (column := group.dataset(name)) is not None and (path := column.leads_to("table"))}
    return Table(columns=[shown_name(name) for name in made], rows=rows, start=start, total=total, notes=notes, regions=regions)


def shown_name(name: str) -> str:
    """A name that can be told, whatever its bytes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def column_length(group: Group, name: str) -> int:
    """How many rows a column has: of a ragged one, its index says."""
    dataset = outer_index(group, name)[0] or group.dataset(name)
    return dataset.rows if dataset else 0


def outer_index(group: Group, name: str) -> tuple[Dataset | None, list[Dataset]]:
    """The outermost index of a column, and the further ones from there inwards."""
    found: list[Dataset] = []
    while (one := group.dataset(f"{name}_index")) is not None and one.shape and len(found) < 8:
        found.append(one)
        name += "_index"
    found.reverse()
    return (found[0], found[1:]) if found else (None, [])


def _column(form: Form, group: Group, name: str, start: int, stop: int) -> list[Any]:
    data = group.dataset(name)
    index, further = outer_index(group, name)
    if data is None:
        return []
    if index is None:
        stop = min(stop, data.rows)
        return form.cells(data.read(slice(start, stop))) if stop > start else []
    return [_folded(form, data, further, low, high) for low, high in ragged_bounds(index, start, min(stop, index.rows))]


def ragged_bounds(index: Dataset, start: int, stop: int) -> list[tuple[int, int]]:
    """First and last-plus-one value of each row of a ragged column.

    Raises:
        FileError: The index can't be read.
    """
    if stop <= start:
        return []
    if not index.is_numbers:
        raise FileError("its index holds no numbers")
    ends = [int(one) for one in index.read(slice(max(0, start - 1), stop))]
    begin = ends.pop(0) if start else 0
    return list(zip([begin, *ends], ends, strict=False))


def _folded(form: Form, data: Dataset, further: Sequence[Dataset], low: int, high: int) -> Any:  # noqa: ANN401 (as the form tells a list)
    length = further[0].rows if further else data.rows
    if not 0 <= low <= high <= length:
        return f"index {low}:{high} does not fit {length} values"
    if high - low > form.longest:
        raise FileError(f"a list of {high - low:,} values is more than is told at once: read its dataset by rows")
    last = min(high, low + form.most)
    if further:
        shown = [_folded(form, data, further[1:], *one) for one in ragged_bounds(further[0], low, last)]
    else:
        shown = form.cells(data.read(slice(low, last))) if high > low else []
    return form.joined(shown, high - low)
