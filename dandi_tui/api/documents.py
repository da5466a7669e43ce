"""Metadata records as documents for people: YAML and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


def as_json(record: object) -> str:
    """A record as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode()


_MOST_VALUES = 1_000_000
_DEEPEST = 200


def from_yaml(text: str | bytes, loader: Any = None) -> Any:  # noqa: ANN401 (any document)
    """A document from YAML, with no more in it than its writer wrote: names for parts of it are not followed without end.

    Args:
        text: The YAML.
        loader: A kind of `yaml.SafeLoader`; None: that itself.

    Raises:
        yaml.YAMLError: It is none.
        ValueError: It can't be read, or becomes too large.
    """
    import yaml

    try:
        found = yaml.load(text, Loader=loader or yaml.SafeLoader)  # noqa: S506 (a safe one)
    except (AttributeError, TypeError, RecursionError) as error:
        raise ValueError("it holds what can't be read") from error
    _check_bounds(found)
    return found


def _check_bounds(found: Any) -> None:  # noqa: ANN401
    waiting: list[Iterator[Any]] = [iter((found,))]
    count = 0
    while waiting:
        one = next(waiting[-1], waiting)
        if one is waiting:
            waiting.pop()
            continue
        count += 1
        if count > _MOST_VALUES or len(waiting) > _DEEPEST:
            raise ValueError("it becomes larger or deeper than any document is")
        if isinstance(one, dict):
            waiting.append(iter(one.values()))
        elif isinstance(one, list | set | tuple):
            waiting.append(iter(one))


def as_yaml(record: object) -> str:
    """A record as YAML: fields in their own order, letters of any script as they are, paragraphs as blocks."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """A dumper of this document alone."""

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        # Signs that don't print are escaped; PyYAML would fold some of them away as line breaks.
        plain = value.replace("\n", "").isprintable()
        style = '"' if not plain else "|" if "\n" in value.strip() else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    written: str = yaml.dump(msgspec.to_builtins(record), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=2**31 - 1)
    return written
