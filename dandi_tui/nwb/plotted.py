"""What plots are drawn from: series, spikes, images, ways and spans, thinned to what a screen holds. Frozen structs that pass between processes."""

from __future__ import annotations

import msgspec


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A window of a series: for each channel the least and greatest value of each column.

    Attributes:
        start: Time of the first column, in seconds.
        stop: Time after the last column.
        end: When the series ends; `begin` when it begins.
        channels: How many channels there are in all.
        first: The first channel given.
        low: For each channel given, one value a column; NaN where there is none.
        high: The same, the greatest.
        unit: The unit, conversion applied.
        rate: Samples a second; 0 with timestamps of their own.
        samples: How many samples the series has.
        share: The part of the window's samples that was read: below 1, each column shows a stretch of its time.
        note: What is odd of its times; empty where nothing is.
        place: Where in further dimensions the values stand; empty where there are none.
    """

    start: float
    stop: float
    begin: float
    end: float
    channels: int
    first: int
    low: list[list[float]]
    high: list[list[float]]
    unit: str
    rate: float
    samples: int
    share: float = 1.0
    note: str = ""
    place: str = ""


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A column that parts events into groups: its path, how many values it has, and the commonest of these."""

    path: str
    groups: int
    values: list[str]


class Bunch(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one condition: its value in words, how many there are, how many of them are among the rows.

    `mean` is their mean in each bin or column, NaN where there is none; `error` its standard error, of a series.
    """

    name: str
    events: int
    shown: int
    mean: list[float]
    error: list[float] = []


class Raster(msgspec.Struct, frozen=True, kw_only=True):
    """Spikes of one unit.

    Attributes:
        unit: Its row; of `units`. `name` is its id.
        spikes: How many it has; `rate` spikes a second, from its first to its last.
        start: The window's first time in seconds: of the session, or around each event.
        stop: Its last time.
        events: How many events the window was laid around.
        rows: Spike times in the window, a list an event; those of a group follow each other.
        rates: Spikes a second in each bin, the mean over the events.
        groups: The events by condition, in the order of the rows; empty where they are not grouped.
        note: What is odd of the events' times; empty where nothing is.
    """

    unit: int
    units: int
    name: str
    spikes: int
    rate: float
    start: float
    stop: float
    events: int
    rows: list[list[float]]
    rates: list[float]
    groups: list[Bunch] = []
    note: str = ""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame of an image: levels 0–255, a row of bytes for each line from the top; in colour three bytes a pixel.

    `index` of `frames`; it is `width` × `height` pixels, of which every `step`-th is given; `low` and `high` are the values
    that are drawn black and white. `label` says which of the frames it is, where they have names. Where bytes for a terminal
    were asked for, `drawn` are these, and it takes `drawn_wide` × `drawn_high` of its pixels; there are no rows.
    """

    index: int
    frames: int
    width: int
    height: int
    step: int
    low: float
    high: float
    rows: list[bytes]
    coloured: bool = False
    label: str = ""
    drawn: bytes = b""
    drawn_wide: int = 0
    drawn_high: int = 0


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How numbers are spread from `low` to `high`: `counts` a bin.

    `taken` of `total` values were read; `unknown` of these are NaN or infinite.
    """

    path: str
    total: int
    taken: int
    unknown: int
    low: float
    high: float
    mean: float
    counts: list[int]


class Population(msgspec.Struct, frozen=True, kw_only=True):
    """Spikes of many units in a window of the session.

    Attributes:
        units: How many there are in all; those given begin with `first`, `names` are their ids.
        begin: The first spike of those given; `end` the last.
        start: The window's first time; `stop` its last.
        rows: Spike times in the window, a list a unit.
        rates: Spikes a second and unit in each bin.
        total: Spikes of each unit in the whole session.
    """

    units: int
    first: int
    names: list[str]
    begin: float
    end: float
    start: float
    stop: float
    rows: list[list[float]]
    rates: list[float]
    total: list[int]


class Aligned(msgspec.Struct, frozen=True, kw_only=True):
    """A series around events.

    Attributes:
        start: The window's first time around an event; `stop` its last.
        events: How many there are; `shown` of them were read.
        channel: Which channel, of `channels`.
        unit: The unit, conversion applied.
        mean: The mean of each column; NaN where there is none. `error` is its standard error.
        rows: A segment an event, a value a column; those of a group follow each other.
        groups: The events by condition, in the order of the rows; empty where they are not grouped.
        note: What is odd of the events' times; empty where nothing is.
    """

    start: float
    stop: float
    events: int
    shown: int
    channel: int
    channels: int
    unit: str
    mean: list[float]
    error: list[float]
    rows: list[list[float]]
    groups: list[Bunch] = []
    note: str = ""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where something was: `x` and `y` in `unit`, every `step`-th sample of the window, NaN where it is not known.

    `begin` and `end` are the times of the whole series, `start` and `stop` those of the window; `unknown` points have no number.
    """

    start: float
    stop: float
    begin: float
    end: float
    samples: int
    step: int
    unknown: int
    x: list[float]
    y: list[float]
    unit: str
    frame: str


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """An object on a shared time axis.

    Attributes:
        path: The object.
        kind: `trace`, `spans`, `ticks`, or `none` where it can't be shown.
        begin: When it begins; `end` when it ends.
        count: Its samples, rows or spikes.
        note: What is odd of it, or why it can't be shown.
        words: What of it is shown.
        low: Least value of each column, of a trace; `high` the greatest, `unit` their unit, `share` the part that was read.
        spans: Start and stop of each interval in the window.
        counts: Events in each column.
    """

    path: str
    kind: str
    begin: float = 0.0
    end: float = 0.0
    count: int = 0
    note: str = ""
    words: str = ""
    low: list[float] = []
    high: list[float] = []
    unit: str = ""
    share: float = 1.0
    spans: list[tuple[float, float]] = []
    counts: list[int] = []


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """Objects on one time axis, from `begin` to `end`; the window is from `start` to `stop`."""

    begin: float
    end: float
    start: float
    stop: float
    lanes: list[Lane]


class Sweep(msgspec.Struct, frozen=True):
    """A sweep: its number, the paths of its responses and stimuli, and its electrode."""

    name: str
    responses: list[str]
    stimuli: list[str]
    electrode: str
