"""Places in a document, and changes at them: a changed document shares all that did not change with the one before it."""

from __future__ import annotations

from typing import Any

Path = tuple[str | int, ...]
MISSING: Any = object()
"""Stands for a value that is not there: None is a value."""


def get(document: Any, path: Path) -> Any:  # noqa: ANN401 (any JSON)
    """The value at a path; MISSING where there is none."""
    for step in path:
        inside = step in document if isinstance(document, dict) else isinstance(document, list) and isinstance(step, int) and 0 <= step < len(document)
        if not inside:
            return MISSING
        found: Any = document
        document = found[step]
    return document


def put(document: Any, path: Path, value: Any) -> Any:  # noqa: ANN401
    """The document with another value at a path; a field that was not there comes last.

    Raises:
        KeyError: The path leads through something that is neither record nor list.
    """
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(document, dict) and isinstance(step, str):
        return {**document, step: put(document.get(step, {} if rest and isinstance(rest[0], str) else []), rest, value)}
    if isinstance(document, list) and isinstance(step, int) and 0 <= step <= len(document):
        inner = document[step] if step < len(document) else {}
        return [*document[:step], put(inner, rest, value), *document[step + 1 :]]
    raise KeyError(path)


def without(document: Any, path: Path) -> Any:  # noqa: ANN401
    """The document without what stands at a path; the same document where nothing does."""
    if get(document, path) is MISSING or not path:
        return document
    parent, last = get(document, path[:-1]), path[-1]
    if isinstance(parent, dict):
        return put(document, path[:-1], {key: value for key, value in parent.items() if key != last})
    assert isinstance(last, int)  # noqa: S101 (a list was found there)
    return put(document, path[:-1], [*parent[:last], *parent[last + 1 :]])


def inserted(document: Any, path: Path, value: Any) -> Any:  # noqa: ANN401
    """The document with an item more in a list, before the place that the path names; the list is made where there is none."""
    items = get(document, path[:-1])
    at = path[-1]
    assert isinstance(at, int)  # noqa: S101 (the last step of an item's path)
    items = items if isinstance(items, list) else []
    return put(document, path[:-1], [*items[:at], value, *items[at:]])


def moved(document: Any, path: Path, by: int) -> tuple[Any, Path]:  # noqa: ANN401
    """The document with a list's item moved by some places, and the item's new path; unchanged at the ends."""
    items, at = get(document, path[:-1]), path[-1]
    if not isinstance(items, list) or not isinstance(at, int) or not 0 <= at + by < len(items):
        return document, path
    others = [*items[:at], *items[at + 1 :]]
    others.insert(at + by, items[at])
    return put(document, path[:-1], others), (*path[:-1], at + by)
