"""A metadata document with everything filled in that a schema knows, and more that it doesn't."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from dandi_tui.describe.schema import ANY, Field, Schema, Shape, read_schema

_TEXTS = {
    "date": "2024-02-29", "date-time": "2024-02-29T12:30:00+00:00", "uri": "https://example.org/a?b=c#d", "email": "a.b@example.org",
}  # fmt: skip
_PATTERNS = {"ror.org": "https://ror.org/01an7q238", "RRID": "RRID:SCR_009368", r"\d{4}-\d{4}": "0000-0002-1825-0097", r",\s+": "Müller, Séverine"}


def schema_document() -> dict[str, Any]:
    """The schema that the embedded archive serves for a Dandiset."""
    kept = json.loads(resources.files("dandi_tui.demo").joinpath("schema-0.7.0.json").read_text())
    return {**kept["models"]["Dandiset"], "$defs": kept["$defs"]}


def schema() -> Schema:
    """The same, read."""
    return read_schema(schema_document())


def filled(schema: Schema) -> dict[str, Any]:
    """Every field of every kind of record, with letters of many scripts, and fields that no schema knows."""
    made = {field.name: _value(schema, field.shape, field) for field in schema.root.fields}
    made["@context"] = "https://example.org/context.json"
    made["license"] = ["spdx:CC0-1.0", "spdx:CC-BY-4.0"]
    made["x-unknown"] = {"nested": [1, 2.5, None, True, {"ä": ""}], "big": 12345678901234567890}
    made["description"] = "One line.\n\n  Another — 視覚野 \t«quoted» ‘text’\r\nthe last  \n"
    made["keywords"] = ["no", "2024-01-01", "0.10", "null", " padded ", "a: b # c", "- d", "\u200frtl"]
    made["about"] = []
    made["contributor"][0]["note from elsewhere"] = "kept"
    return made


def _value(schema: Schema, shape: Shape, field: Field | None = None, depth: int = 0) -> Any:
    if shape.kind == "text":
        return _text(shape, field)
    if shape.kind == "record":
        return _record(schema, shape.records[0], depth + 1)
    if shape.kind == "list":
        return _list(schema, shape.items or ANY, field, depth)
    return shape.choices[-1] if shape.choices else {"flag": False, "integer": 7, "number": 1.0}.get(shape.kind, {"any": ["thing"]})


def _list(schema: Schema, inner: Shape, field: Field | None, depth: int) -> list[Any]:
    if inner.kind == "record":
        return [_record(schema, name, depth + 1) for name in inner.records]
    return list(inner.choices[:3]) if inner.choices else [_value(schema, inner, field)] * 2


def _text(shape: Shape, field: Field | None) -> str:
    if shape.pattern:
        return next((text for part, text in _PATTERNS.items() if part in shape.pattern), "DANDI:000001")
    if field and field.name == "name":
        return "Müller, Séverine"
    return _TEXTS[shape.formats[0]] if shape.formats else f"Some words of {field.name if field else 'it'}"


def _record(schema: Schema, name: str, depth: int) -> dict[str, Any]:
    fields = schema.records[name].fields
    made = {field.name: _value(schema, field.shape, field, depth) for field in fields if depth < 5}
    return {**made, "schemaKey": name}
