"""Extracellular recordings: series with the electrodes that they were taken from, and the electrodes' groups and table."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from dandi_tui.nwb.families.containers import container_glance
from dandi_tui.nwb.families.family import Family, numbers_of, target_name, told
from dandi_tui.nwb.families.series import series_glance
from dandi_tui.nwb.families.tables import table_glance
from dandi_tui.nwb.model import FileError, Glance
from dandi_tui.nwb.node import Contents, Group
from dandi_tui.text import clip, plural

_MOST_ELECTRODES = 5_000
_NAME = 40


def electrical(contents: Contents, group: Group, fully: bool) -> Glance:
    """A series of voltages with its electrodes."""
    region = group.dataset("electrodes")
    extra: list[tuple[str, str]] = []
    if region is not None and region.shape:
        extra.append(("electrodes", f"{region.rows:,}" + (f" · {words}" if fully and (words := region_words(contents, group)) else "")))
    if filtering := group.text("filtering"):
        extra.append(("filtering", filtering[:200]))
    found, data = series_glance(contents, group, fully, extra=extra), group.dataset("data")
    if not found.reason and region is not None and region.shape and data is not None and len(data.shape or ()) == 2 and data.shape is not None:
        odd = "" if region.rows == data.shape[1] else f"{plural(region.rows, 'electrode')} for {plural(data.shape[1], 'channel')}"
        return msgspec.structs.replace(found, reason=odd)
    return found


def region_words(contents: Contents, group: Group) -> str:
    """Where a series' electrodes are: the locations of the rows that it refers to."""
    region = group.dataset("electrodes")
    path = region.leads_to("table") if region is not None else None
    table = contents.find(path) if path else None
    location = table.dataset("location") if isinstance(table, Group) else None
    if region is None or location is None or location.rows > _MOST_ELECTRODES:
        return ""
    try:
        names = [contents.cell(one) for one in location.read(slice(0, location.rows))]
        return counted(names[int(row)] for row in region.read(slice(0, _MOST_ELECTRODES)) if 0 <= int(row) < len(names))
    except FileError:
        return ""


def counted(names: Any) -> str:  # noqa: ANN401 (an iterable of texts)
    """Names with how often each stands, the most frequent first: `CA1 (32), VISp (16)`."""
    found = Counter(names).most_common(9)
    return ", ".join(f"{clip(name, _NAME) or 'unnamed'} ({count:,})" for name, count in found[:8]) + (", …" if len(found) > 8 else "")


def electrode_group(contents: Contents, group: Group, fully: bool) -> Glance:
    """A group of electrodes: a shank, a probe, a tetrode."""
    facts = [*told(group, "location", "description"), ("device", target_name(group, "device")), ("position", numbers_of(group, "position"))]
    return Glance(
        family="electrode group", words=" · ".join(words for name, words in facts if words and name in {"location", "device"}), facts=facts, views=["tree"]
    )


def electrodes_table(contents: Contents, group: Group, fully: bool) -> Glance:
    """The table of electrodes, with where they are."""
    found = table_glance(contents, group, fully)
    location = group.dataset("location")
    if location is None or not location.rows or location.rows > _MOST_ELECTRODES:
        return found
    words = counted(contents.cell(one) for one in location.read(slice(0, location.rows)))
    return msgspec.structs.replace(found, words=f"{found.words} · {words}", facts=[*found.facts, ("locations", words)])


def spikes(contents: Contents, group: Group, fully: bool) -> Glance:
    """Snippets around threshold crossings: events × channels × samples."""
    data = group.dataset("data")
    extra = [("events", f"{data.rows:,}")] if data is not None else []
    return series_glance(contents, group, fully, extra=extra)


FAMILIES = (
    Family("electrical series", ("ElectricalSeries",), electrical),
    Family("spike snippets", ("SpikeEventSeries",), spikes),
    Family("electrode group", ("ElectrodeGroup",), electrode_group),
    Family("electrodes", ("ElectrodesTable",), electrodes_table),
    Family(
        "extracellular", ("LFP", "FilteredEphys", "EventWaveform", "EventDetection", "FeatureExtraction", "ClusterWaveforms", "Clustering"), container_glance
    ),
)
