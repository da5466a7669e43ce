"""The archive's JSON schema of metadata, read into the fields of a form.

What a schema may say is taken as JSON Schema (draft 2020-12) and pydantic write it: references, unions by `schemaKey`, enumerations,
formats, lists. What is not understood becomes a shape of kind `any`: it is shown, kept, and edited as YAML.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dandi_tui.errors import DandiTuiError

KEY = "schemaKey"


class SchemaError(DandiTuiError):
    """What the archive serves as its schema is none that a form can be made of."""


class Shape(msgspec.Struct, frozen=True):
    """What a value may be.

    Attributes:
        kind: text, integer, number, flag, choice, list, record, or any.
        choices: The values of a `choice`.
        formats: Of texts: date, date-time, uri, email; one of them must fit.
        pattern: A regular expression that texts must match; empty without.
        shortest: Fewest letters of a text, or fewest items of a list.
        longest: Most letters of a text; None without a limit.
        items: The shape of a list's items.
        records: The names of the records that a `record` may be.
    """

    kind: str
    choices: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    pattern: str = ""
    shortest: int = 0
    longest: int | None = None
    items: Shape | None = None
    records: tuple[str, ...] = ()


class Field(msgspec.Struct, frozen=True):
    """One field of a record.

    Attributes:
        name: Its name in the document.
        title: How people call it.
        help: What it is for, in the schema's words.
        shape: What its value may be.
        required: Whether it must be there.
        computed: Whether the archive fills it in, and people can't.
        default: What it is when nobody says otherwise; None without.
    """

    name: str
    title: str
    help: str
    shape: Shape
    required: bool = False
    computed: bool = False
    default: Any = None


class Record(msgspec.Struct, frozen=True):
    """A kind of record: a Person, a Resource, the Dandiset itself."""

    name: str
    title: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """The field of a name."""
        return next((one for one in self.fields if one.name == name), None)


class Schema(msgspec.Struct, frozen=True):
    """A whole schema: the root record, all records by name, and its version."""

    root: Record
    records: dict[str, Record]
    version: str

    def record_of(self, shape: Shape, value: object) -> Record | None:
        """Which of a shape's records a value is: by its `schemaKey`, else the only one possible."""
        named = value.get(KEY) if isinstance(value, dict) else None
        if isinstance(named, str) and named in shape.records:
            return self.records.get(named)
        return self.records.get(shape.records[0]) if len(shape.records) == 1 else None

    def fields_of(self, shape: Shape, value: object) -> tuple[Field, ...]:
        """The fields of a value that is a record; none where it can't be told which."""
        record = self.record_of(shape, value)
        return record.fields if record else ()


ANY = Shape("any")


def read_schema(document: dict[str, Any]) -> Schema:
    """Reads a JSON schema.

    Raises:
        SchemaError: It has no fields.
    """
    properties = document.get("properties") if isinstance(document, dict) else None
    if not isinstance(properties, dict) or not properties:
        raise SchemaError("the archive's schema has no fields", remedy="Edit the metadata as YAML ($).")
    definitions = document.get("$defs") or document.get("definitions") or {}
    reader = _Reader(definitions if isinstance(definitions, dict) else {})
    root = reader.record("Dandiset", document)
    version = root.field("schemaVersion")
    return Schema(root, reader.records, str(version.default or "") if version else "")


class _Reader:
    def __init__(self, definitions: dict[str, Any]) -> None:
        self.definitions = definitions
        self.records: dict[str, Record] = {}
        for name, one in definitions.items():
            if isinstance(one, dict) and isinstance(one.get("properties"), dict):
                self.records[name] = self.record(name, one)

    def record(self, name: str, document: dict[str, Any]) -> Record:
        wanted = document.get("required")
        required = set(wanted) if isinstance(wanted, list) else set()
        fields = tuple(self.field(key, one, required=key in required) for key, one in document["properties"].items() if isinstance(one, dict))
        return Record(name, str(document.get("title") or name), fields)

    def field(self, name: str, document: dict[str, Any], *, required: bool) -> Field:
        words = document.get("description")
        return Field(
            name=name,
            title=str(document.get("title") or name),
            help=words if isinstance(words, str) else "",
            shape=self.shape(document),
            required=required,
            computed=document.get("readOnly") is True or name == KEY,
            default=document.get("default"),
        )

    def shape(self, document: dict[str, Any], depth: int = 0) -> Shape:
        if depth > 8:
            return ANY
        if isinstance(name := document.get("$ref"), str):
            return self._named(name.rpartition("/")[2], depth)
        for word in ("allOf", "oneOf", "anyOf"):
            if isinstance(document.get(word), list):
                return self._union([one for one in document[word] if isinstance(one, dict) and one.get("type") != "null"], depth)
        if isinstance(choices := document.get("enum"), list) and all(isinstance(one, str) for one in choices):
            return Shape("choice", choices=tuple(choices))
        if isinstance(document.get("const"), str):
            return Shape("choice", choices=(document["const"],))
        return self._plain(document, depth)

    def _named(self, name: str, depth: int) -> Shape:
        definition = self.definitions.get(name)
        if not isinstance(definition, dict):
            return ANY
        return Shape("record", records=(name,)) if isinstance(definition.get("properties"), dict) else self.shape(definition, depth + 1)

    def _union(self, members: list[dict[str, Any]], depth: int) -> Shape:
        shapes = [self.shape(one, depth + 1) for one in members]
        kinds = {shape.kind for shape in shapes}
        if len(shapes) == 1:
            return shapes[0]
        if kinds == {"record"}:
            return Shape("record", records=tuple(name for shape in shapes for name in shape.records))
        if kinds == {"choice"}:
            return Shape("choice", choices=tuple(name for shape in shapes for name in shape.choices))
        if kinds == {"text"} and not any(shape.pattern for shape in shapes):
            return Shape("text", formats=tuple(name for shape in shapes for name in shape.formats) if all(shape.formats for shape in shapes) else ())
        return ANY

    def _plain(self, document: dict[str, Any], depth: int) -> Shape:
        kind = document.get("type")
        if kind == "string":
            made, pattern = document.get("format"), document.get("pattern")
            return Shape(
                "text",
                formats=(made,) if made in {"date", "date-time", "uri", "email"} else (),
                pattern=pattern if isinstance(pattern, str) else "",
                shortest=_count(document.get("minLength")) or 0,
                longest=_count(document.get("maxLength")),
            )
        if kind == "array":
            items = document.get("items")
            inner = self.shape(items, depth + 1) if isinstance(items, dict) else ANY
            return Shape("list", items=inner, shortest=_count(document.get("minItems")) or 0)
        return Shape({"boolean": "flag", "integer": "integer", "number": "number"}.get(str(kind), "any"))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def blank(record: Record) -> dict[str, Any]:
    """A new record: its `schemaKey`, and the defaults that the schema gives."""
    made = {one.name: one.default for one in record.fields if one.default is not None and not one.computed}
    return {KEY: record.name, **made}
