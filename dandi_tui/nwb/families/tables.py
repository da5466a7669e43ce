"""Tables: rows and columns, ragged ones folded; intervals with the time that they span; single columns and plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.nwb.families.family import Family, kind_words, length_words, span_words, text_of
from dandi_tui.nwb.model import FileError, Glance
from dandi_tui.nwb.values import column_length, column_names

if TYPE_CHECKING:
    from dandi_tui.nwb.node import Contents, Dataset, Group

_MOST_NAMED = 200
_EDGE = 100


def table_glance(contents: Contents, group: Group, fully: bool) -> Glance:
    """A table of any kind; columns that do not fit are its reason."""
    names = column_names(group)
    identifiers = group.dataset("id")
    lengths = {name: column_length(group, name) for name in names[:_MOST_NAMED]}
    rows = identifiers.rows if identifiers is not None else max(lengths.values(), default=0)
    odd = [f"{name} has {length:,} rows, not {rows:,}" for name, length in lengths.items() if length != rows]
    facts = [("rows", f"{rows:,}"), ("columns", ", ".join(_shown(group, name) for name in names[:_MOST_NAMED]))]
    if description := text_of(group, "description"):
        facts.append(("description", description))
    if fully:
        facts += [(name, words) for name in names[:60] if (column := group.dataset(name)) is not None and (words := column.text("description")[:300])]
    words = f"{rows:,} {'row' if rows == 1 else 'rows'} × {len(names)}"
    return Glance(family="table", words=words, facts=facts, views=["table"], reason="; ".join(odd[:3]))


def _shown(group: Group, name: str) -> str:
    return f"{name}[…]" if group.dataset(f"{name}_index") is not None else name


def table(contents: Contents, group: Group, fully: bool) -> Glance:
    """A DynamicTable; the one of electrodes is known by its place."""
    if group.path.endswith("/extracellular_ephys/electrodes"):
        from dandi_tui.nwb.families.ecephys import electrodes_table

        return electrodes_table(contents, group, fully)
    return table_glance(contents, group, fully)


def intervals(contents: Contents, group: Group, fully: bool) -> Glance:
    """Intervals: trials, epochs, or any other table with a start and a stop."""
    found = table_glance(contents, group, fully)
    starts, stops = group.dataset("start_time"), group.dataset("stop_time")
    if starts is None or not starts.is_numbers or not starts.rows:
        reason = found.reason or ("" if starts is not None else "it has no start_time")
        return msgspec.structs.replace(found, family="intervals", reason=reason)
    last = stops if stops is not None and stops.is_numbers and stops.rows else starts
    try:
        span = _span(starts, last)
    except (FileError, TypeError, ValueError) as error:
        return msgspec.structs.replace(found, family="intervals", reason=str(error))
    words = f"{found.words} · {span}"
    return msgspec.structs.replace(found, family="intervals", words=words, facts=[("times", span), *found.facts], views=["table", "together"])


def _span(starts: Dataset, stops: Dataset) -> str:
    """From the first start to the last stop that are known: the last rows of a session that was broken off have none."""
    import numpy as np

    first = np.asarray(starts.read(slice(0, _EDGE)), dtype="float64")
    last = np.asarray(stops.read(slice(max(0, stops.rows - _EDGE), stops.rows)), dtype="float64")
    known, ended = first[np.isfinite(first)], last[np.isfinite(last)]
    if not len(known):
        return "no known times"
    return span_words(float(known[0]), float(ended[-1] if len(ended) else known[-1]))


def column(contents: Contents, found: Dataset, fully: bool) -> Glance:
    """One column of a table."""
    target = found.leads_to("table")
    facts = [("values", f"{length_words(found.shape)} {kind_words(found)}".strip()), ("description", found.text("description")[:400])]
    facts += [("rows of", target)] if target else []
    return Glance(family="column", words=f"rows of {target}" if target else "", facts=facts, views=_views(found))


def values(contents: Contents, found: Dataset, fully: bool) -> Glance:
    """A plain array; a single value is told."""
    if found.shape == () or (found.shape == (1,) and found.dtype.kind in "OSU" and not found.holds_references):
        words = contents.cell(_one(found) if found.shape == () else found.read(0))
        return Glance(family="value", words=words[:120].strip() or "(empty)", facts=[("value", words)], views=["values"])
    return Glance(family="values", facts=[("values", f"{length_words(found.shape)} {kind_words(found)}".strip())], views=_views(found))


def _one(found: Dataset) -> object:
    value = found.read(())
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") and not value.dtype.names else value


def _views(found: Dataset) -> list[str]:
    """Rows; of numbers a histogram too, of three dimensions a picture."""
    if not found.is_numbers:
        return ["values"]
    pictured = len(found.shape or ()) >= 3 and min((found.shape or (0,))[1:3]) > 8
    return ["values", "histogram", *(["picture"] if pictured or (len(found.shape or ()) == 2 and min(found.shape or (0,)) > 8) else [])]


TABLE = Family("table", ("DynamicTable",), table)
INTERVALS = Family("intervals", ("TimeIntervals",), intervals)
VALUES = Family("values", (), values, group=None)
FAMILIES = (TABLE, INTERVALS, VALUES, Family("column", ("VectorData", "VectorIndex", "DynamicTableRegion", "ElementIdentifiers"), column, group=False))
