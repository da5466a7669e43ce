"""What a family of neurodata types is, and words that several of them use."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec

from dandi_tui.nwb.model import FileError, Glance
from dandi_tui.nwb.node import Contents, Dataset, Group


class Family(msgspec.Struct, frozen=True):
    """A family.

    Attributes:
        name: What it is called.
        types: The neurodata types that belong to it, and with each the types that inherit from it.
        glance: Tells what an object of it is: of a file, an object, and whether all facts are wanted.
        group: Whether its objects are groups; None: either.
    """

    name: str
    types: tuple[str, ...]
    glance: Callable[[Contents, Any, bool], Glance]
    group: bool | None = True

    def fits(self, found: Group | Dataset) -> bool:
        """Whether an object is of the kind that the family's types are: one that is not is looked at by what it holds."""
        return self.group is None or isinstance(found, Group) == self.group


def length_words(shape: tuple[int, ...] | None) -> str:
    """Lengths as people read them: `1,200,000 × 384`."""
    return " × ".join(f"{one:,}" for one in shape) if shape else "empty" if shape is None else ""


def kind_words(data: Dataset) -> str:
    """The type of values in a word."""
    try:
        kind = data.dtype
    except FileError:
        return ""
    if data.holds_references:
        return "reference" if data.shape == () else "references"
    if kind.kind in "OSU":
        return "text"
    return "bool" if kind.kind == "b" else kind.name if not kind.names else "compound"


def rate_words(hertz: float) -> str:
    """A rate as people read it: `30 kHz`, `12.5 Hz`."""
    return f"{hertz / 1000:.4g} kHz" if hertz >= 1000 else f"{hertz:.4g} Hz"


def span_words(begin: float, end: float) -> str:
    """From when to when, in seconds."""
    longest, width = max(abs(begin), abs(end)), abs(end - begin)
    decimals = 3 if longest < 10 else 1 if longest < 10_000 else 0
    if width:
        decimals = min(6, max(decimals, 1 - math.floor(math.log10(width))))
    first, last = (f"{round(one, decimals) + 0.0:,.{decimals}f}" if round(one, decimals) else "0" for one in (begin, end))
    return f"{first} – {last} s"


def lasting_words(seconds: float) -> str:
    """How long something lasts: `21.5 s`, `2.5 ms`."""
    if not seconds:
        return "0 s"
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if abs(seconds) >= factor * 0.1 or unit == "µs":
            return f"{seconds / factor:,.1f} {unit}" if abs(seconds) >= factor * 10 else f"{seconds / factor:.3g} {unit}"
    return ""


def range_words(low: float, high: float, form: str = ",") -> str:
    """From the least to the greatest; one number where both are the same."""
    first, last = (f"{one:{form}}" for one in (low, high))
    return first if first == last else f"{first} – {last}"


def text_of(group: Group, name: str, most: int = 400) -> str:
    """A field that is one short text, as an attribute or as a dataset; empty without."""
    if found := group.text(name):
        return found[:most]
    held = group.dataset(name)
    if held is None or held.shape is None or held.rows > 100:
        return ""
    try:
        value = held.read(())
    except FileError:
        return ""
    value = value.tolist() if hasattr(value, "tolist") else value
    parts = value if isinstance(value, list) else [value]
    return ", ".join(part.decode("utf-8", "backslashreplace") if isinstance(part, bytes) else str(part) for part in parts)[:most]


def numbers_of(group: Group, name: str) -> str:
    """A field that is a number or a few, in words; empty without."""
    held = group.dataset(name)
    if held is None:
        found = group.attribute(name)
        return f"{found:.6g}" if isinstance(found, (int, float)) else ""
    if held.shape is None or held.rows > 12 or held.dtype.kind not in "iuf":
        return ""
    try:
        value = held.read(()).tolist()
    except FileError:
        return ""
    return ", ".join(f"{one:.6g}" if isinstance(one, (int, float)) else str(one) for one in value) if isinstance(value, list) else f"{value:.6g}"


def told(group: Group, *names: str) -> list[tuple[str, str]]:
    """Text fields, those that are there."""
    return [(name.replace("_", " "), words) for name in names if (words := text_of(group, name))]


def linked(group: Group, name: str) -> str:
    """The name of what a field leads to; empty without."""
    found = group.get(name)
    return found.name if found is not None else ""


def target_name(group: Group, name: str) -> str:
    """The name of the object that a link or a hard link leads to, where it has one of its own; empty without."""
    found = group.group(name)
    if found is None:
        return ""
    return text_of(found, "name", 100) or found.name
