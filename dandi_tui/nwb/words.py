"""Values in words: numbers short, arrays as lists, compounds by their fields, references as paths."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_CELL = 2_000
MOST_IN_A_CELL = 20
_DEEPEST = 6
_DIGITS = 7
_LARGE = 1e12
"""Numbers from here on are told by their first digits."""


def value_words(value: Any, referred: Callable[[Any], str | None], depth: int = 0) -> str:  # noqa: ANN401, PLR0911 (a value of any type)
    """One value in words.

    Args:
        value: The value.
        referred: Words for a value that is a reference; None for all others.
        depth: How deep it is nested.
    """
    if isinstance(value, bytes):
        return value[:LONGEST_CELL].decode("utf-8", "backslashreplace")
    if isinstance(value, str):
        return value[:LONGEST_CELL].encode("utf-8", "backslashreplace").decode()
    if (words := referred(value)) is not None:
        return words
    if depth > _DEEPEST:
        return "…"
    if getattr(value, "shape", ()) or getattr(getattr(value, "dtype", None), "names", None) or isinstance(value, list):
        return _many(value, referred, depth)
    if isinstance(value, dict):
        return json.dumps(value)[:LONGEST_CELL]
    if isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "") == "f":
        return _float_words(float(value) + 0.0)  # a zero has no sign
    return str(value)[:LONGEST_CELL]


def _float_words(value: float) -> str:
    """A number by seven digits, or as many as leave four behind the point: times of a long session, or since 1970, differ there."""
    whole = len(str(int(abs(value)))) if abs(value) < _LARGE else 0
    return f"{value:.{max(_DIGITS, whole + 4)}g}"


def _many(values: Any, referred: Callable[[Any], str | None], depth: int) -> str:  # noqa: ANN401
    """An array as a list, a compound by its fields."""
    if not isinstance(values, list) and not values.shape:
        names = values.dtype.names[:MOST_IN_A_CELL]
        parts = (f"{_name(name)}: {value_words(values[name], referred, depth + 1)}" for name in names)
        return ("{" + ", ".join(parts) + "}")[:LONGEST_CELL]
    shown = ", ".join(value_words(one, referred, depth + 1) for one in values[:MOST_IN_A_CELL])
    return (f"[{shown}, … {len(values)}]" if len(values) > MOST_IN_A_CELL else f"[{shown}]")[:LONGEST_CELL]


def _name(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
