"""What is left out before a document is saved: fields that were emptied, records that were begun and never filled.

Only what the schema knows is looked at: what stands in fields of others is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.describe.schema import ANY, KEY, Field, Schema, Shape
from dandi_tui.describe.tree import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable


def cleaned(schema: Schema, document: dict[str, Any]) -> dict[str, Any]:
    """The document without empty texts, nulls and records that hold nothing; the same one where there are none."""
    return _fields(schema, schema.root.fields, document)


def _fields(schema: Schema, fields: Iterable[Field], record: dict[str, Any]) -> dict[str, Any]:
    shapes = {field.name: field.shape for field in fields if not field.computed}
    made = {name: _value(schema, shapes[name], old) if name in shapes else old for name, old in record.items()}
    if all(made[name] is old for name, old in record.items()):
        return record
    return {name: value for name, value in made.items() if value is not MISSING}


def _value(schema: Schema, shape: Shape, value: Any) -> Any:  # noqa: ANN401 (any JSON)
    if value is None or value == "":
        return MISSING
    if isinstance(value, dict) and shape.kind == "record":
        kept = _fields(schema, schema.fields_of(shape, value), value)
        return kept if kept.keys() - {KEY, "includeInCitation"} or KEY not in kept else MISSING
    if isinstance(value, list) and shape.kind == "list":
        items = [_value(schema, shape.items or ANY, old) for old in value]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else [one for one in items if one is not MISSING]
    return value
