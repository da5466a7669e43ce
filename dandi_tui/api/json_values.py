"""Values of JSON documents in which nothing is promised: of another type, or missing, they are read as empty."""

from __future__ import annotations

from typing import Any


def text_of(value: Any) -> str:  # noqa: ANN401 (any JSON)
    """The value where it is a text."""
    return value if isinstance(value, str) else ""


def list_of(value: Any) -> list[Any]:  # noqa: ANN401 (any JSON)
    """The value where it is a list."""
    return value if isinstance(value, list) else []


def record_of(value: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """The value where it is an object."""
    return value if isinstance(value, dict) else {}


def records_of(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (any JSON)
    """The objects of the value where it is a list."""
    return [one for one in list_of(value) if isinstance(one, dict)]


def names_of(value: Any) -> tuple[str, ...]:  # noqa: ANN401 (any JSON)
    """The names of the value's objects that have one."""
    return tuple(name for one in records_of(value) if (name := text_of(one.get("name"))))
