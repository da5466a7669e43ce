"""Units: how many, how many spikes, how fast they fire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.nwb.families.family import Family, lasting_words, range_words
from dandi_tui.nwb.families.tables import table_glance
from dandi_tui.nwb.model import FileError, Glance
from dandi_tui.text import plural

if TYPE_CHECKING:
    from dandi_tui.nwb.node import Contents, Group

_MOST = 20_000
_MOST_SPIKES = 1_000_000


def glance(contents: Contents, group: Group, fully: bool) -> Glance:
    """A table of units."""
    found = table_glance(contents, group, fully)
    data, index = group.dataset("spike_times"), group.dataset("spike_times_index")
    rows = max((one.rows for one in (group.dataset("id"), index) if one is not None), default=0)
    if data is None or index is None or not index.shape:
        return msgspec.structs.replace(found, words=plural(rows, "unit"), facts=[("units", f"{rows:,}"), *found.facts], views=["table"])
    facts = [("units", f"{rows:,}"), ("spikes", f"{data.rows:,}")]
    reason = found.reason
    if fully and rows <= _MOST:
        try:
            facts += _rates(group)
        except FileError as error:
            reason = str(error)
    words = f"{plural(rows, 'unit')}, {plural(data.rows, 'spike')}"
    return msgspec.structs.replace(found, family="units", words=words, facts=[*facts, *found.facts], views=["units", "population", "table"], reason=reason)


def _rates(group: Group) -> list[tuple[str, str]]:
    """How many spikes the units have, and how fast they fire over the time from the first spike of any to the last; of very many, of the first unit."""
    import numpy as np

    index, data = group.dataset("spike_times_index"), group.dataset("spike_times")
    if index is None or data is None or not data.rows:
        return []
    if not index.is_numbers:
        raise FileError("its index of spike times holds no numbers")
    ends = np.asarray(index.read(slice(0, index.rows)), dtype="int64")
    counts = np.diff(np.concatenate([[0], ends]))
    if counts.min() < 0 or ends[-1] > data.rows:
        raise FileError("its index of spike times does not fit them")
    whole = data.rows <= _MOST_SPIKES
    read = np.asarray(data.read(slice(0, data.rows if whole else min(int(ends[0]), _MOST_SPIKES))), dtype="float64")
    known = read[np.isfinite(read)]
    length = float(np.ptp(known)) if len(known) > 1 else 0.0
    several = len(counts) > 1
    facts = [("spikes a unit", range_words(int(counts.min()), int(counts.max())) + (f", median {int(np.median(counts)):,}" if several else ""))]
    if length > 0:
        rates = range_words(counts.min() / length, counts.max() / length, ".3g")
        middle = f", median {np.median(counts) / length:.3g} Hz" if several else ""
        facts.append(("rates", f"{rates} Hz{middle}, over {lasting_words(length)}{'' if whole else ' of the first unit'}"))
    return facts


UNITS = Family("units", ("Units",), glance)
FAMILIES = (UNITS,)
