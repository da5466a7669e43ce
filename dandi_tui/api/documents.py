"""Metadata records as documents for people: YAML and JSON."""

from __future__ import annotations

import msgspec


def as_json(record: object) -> str:
    """A record as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode()


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
