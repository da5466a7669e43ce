"""Series in time: how many samples and channels, how fast, from when to when, in which unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.nwb.clock import Clock
from dandi_tui.nwb.families.family import Family, kind_words, lasting_words, length_words, rate_words, span_words, text_of
from dandi_tui.nwb.model import FileError, Glance
from dandi_tui.text import plural

if TYPE_CHECKING:
    from dandi_tui.nwb.node import Contents, Dataset, Group


def glance(contents: Contents, group: Group, fully: bool) -> Glance:
    """A series of any kind."""
    return series_glance(contents, group, fully)


def series_glance(contents: Contents, group: Group, fully: bool, *, extra: list[tuple[str, str]] | None = None, views: tuple[str, ...] = ()) -> Glance:
    """A series, with the facts and views that its kind adds.

    Args:
        contents: The file.
        group: The series.
        fully: With all facts.
        extra: Facts that go before those of every series.
        views: Views that go before those of every series.
    """
    data = group.dataset("data")
    if data is None:
        return _without_data(group, extra or [], views)
    numbers = data.is_numbers
    size = f"{length_words(data.shape)} {kind_words(data)}".strip() if numbers else f"{data.rows:,} × {kind_words(data)}"
    reason, times, facts = "", "", [("values", size)]
    try:
        clock = Clock(group, data.rows)
        times = f"{rate_words(clock.rate)} · {lasting_words(clock.samples / clock.rate)}" if clock.rate else span_words(clock.begin, clock.end)
        reason = clock.oddness()
        facts += [("times", span_words(clock.begin, clock.end)), ("rate", rate_words(clock.rate) if clock.rate else "timestamps of its own")]
        if clock.stamps is not None and clock.stamps.rows != data.rows:
            reason = reason or f"{clock.stamps.rows:,} timestamps for {data.rows:,} samples"
    except FileError as error:
        reason = str(error)
    shown = ["trace", "values", "aligned", "together", "histogram"] if numbers and not _is_untimed(reason) else ["values"]
    shown = shown if numbers else ["values", "together"]
    return Glance(
        family="series",
        words=" · ".join(one for one in (size, times) if one),
        facts=[*(extra or []), *facts, *unit_facts(data), *(_prose(group) if fully else [])],
        views=list(dict.fromkeys((*views, *shown))),
        reason=reason,
    )


def _is_untimed(reason: str) -> bool:
    return "no time axis" in reason


def _without_data(group: Group, extra: list[tuple[str, str]], views: tuple[str, ...]) -> Glance:
    """A series that has times alone, or whose data are in other files, or none."""
    stamps = group.dataset("timestamps")
    if stamps is not None and stamps.is_numbers and stamps.rows:
        words, reason = plural(stamps.rows, "time"), ""
        try:
            clock = Clock(group, stamps.rows)
            words, reason = f"{words} · {span_words(clock.begin, clock.end)}", clock.oddness()
        except FileError as error:
            reason = str(error)
        shown = dict.fromkeys(("together", "tree", *(one for one in views if one != "values")))
        return Glance(family="series", words=words, facts=[*extra, ("times", words), *_prose(group)], views=list(shown), reason=reason)
    reason = "its data are a group" if group.get("data") is not None else "it has no data"
    return Glance(family="series", facts=[*extra, *_prose(group)], views=[*views, "tree"], reason=reason)


def unit_facts(data: Dataset) -> list[tuple[str, str]]:
    """Unit, and how stored values become ones of it."""
    unit, factor, offset = data.text("unit")[:60], data.number("conversion", 1.0), data.number("offset", 0.0)
    words = unit + (f" = stored × {factor:.6g}" if factor != 1.0 else "") + (f" + {offset:.6g}" if offset else "")
    resolution = data.number("resolution", -1.0)
    return [("unit", words)] + ([("resolution", f"{resolution:.6g} {unit}")] if resolution > 0 else [])


def _prose(group: Group) -> list[tuple[str, str]]:
    return [(name, words) for name in ("description", "comments") if (words := text_of(group, name)) and words not in {"no description", "no comments"}]


SERIES = Family("series", ("TimeSeries",), glance)
FAMILIES = (SERIES,)
