"""Behaviour: places as paths, events, epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.nwb.families.containers import container_glance
from dandi_tui.nwb.families.family import Family, text_of
from dandi_tui.nwb.families.series import series_glance

if TYPE_CHECKING:
    from dandi_tui.nwb.model import Glance
    from dandi_tui.nwb.node import Contents, Group


def spatial(contents: Contents, group: Group, fully: bool) -> Glance:
    """A place or direction over time; of two coordinates, a path."""
    data = group.dataset("data")
    plane = data is not None and len(data.shape or ()) == 2 and (data.shape or (0, 0))[1] in {2, 3}
    extra = [("frame", words)] if fully and (words := text_of(group, "reference_frame")) else []
    return series_glance(contents, group, fully, extra=extra, views=("path", "trace") if plane else ())


def spans(contents: Contents, group: Group, fully: bool) -> Glance:
    """Intervals as a series: a positive number where one begins, a negative one where it ends."""
    return series_glance(contents, group, fully, views=("together",))


def marks(contents: Contents, group: Group, fully: bool) -> Glance:
    """Notes at times."""
    return series_glance(contents, group, fully, views=("values", "together"))


EVENTS = Family("events", (), marks)
FAMILIES = (
    Family("spatial series", ("SpatialSeries",), spatial),
    Family("interval series", ("IntervalSeries",), spans),
    Family("annotations", ("AnnotationSeries",), marks),
    Family("behaviour", ("Position", "CompassDirection", "EyeTracking", "PupilTracking", "BehavioralEvents", "BehavioralEpochs", "BehavioralTimeSeries"),
           container_glance),
)  # fmt: skip
