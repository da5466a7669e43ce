"""A metadata document as YAML for an editor, and back. What the archive computes stands below as comments and is kept as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.errors import UsageError

if TYPE_CHECKING:
    from dandi_tui.describe.schema import Schema

_HEAD = "# {title}\n# Save and leave to go on; an empty file changes nothing.\n"
_COMPUTED = "# The archive fills these in; they are not changed here:\n"


def written(document: dict[str, Any], schema: Schema, title: str) -> str:
    """The document as YAML: what people may change, then what the archive fills in, as comments."""
    from dandi_tui.api.documents import as_yaml

    computed = computed_names(schema)
    own = {name: value for name, value in document.items() if name not in computed}
    rest = {name: value for name, value in document.items() if name in computed}
    comments = "".join(f"# {line}\n" for line in as_yaml(rest).splitlines()) if rest else ""
    return _HEAD.format(title=" ".join(title.split())) + as_yaml(own) + (_COMPUTED + comments if comments else "")


def computed_names(schema: Schema) -> set[str]:
    """The fields of the whole document that the archive fills in."""
    return {field.name for field in schema.root.fields if field.computed} | {"@context"}


def read_back(text: str, document: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """The document that edited YAML means; the very same one where nothing was changed.

    Raises:
        UsageError: It is no YAML, no record, or names a field twice; with the line.
    """
    found = parse(text)
    if found is None:
        return document
    if not isinstance(found, dict):
        raise UsageError("this is no record of fields and values", remedy="Write each field as `name: value`.")
    computed = computed_names(schema)
    kept = {name: found.get(name, value) if name not in computed else value for name, value in document.items() if name in computed or name in found}
    made = {**kept, **{str(name): value for name, value in found.items() if name not in kept and name not in computed}}
    return document if _same(made, document) else made


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 (any JSON)
    import msgspec

    return msgspec.json.encode(one) == msgspec.json.encode(other)


def parse(text: str) -> Any:  # noqa: ANN401
    """YAML as JSON has it: days stay texts, only true and false are flags.

    Raises:
        UsageError: With the line that is wrong.
    """
    import yaml

    from dandi_tui.api.documents import from_yaml

    class Loader(yaml.SafeLoader):
        """A loader of this document alone."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            names = [key.value for key, _ in node.value]
            for key, _ in node.value:
                if names.count(key.value) > 1:
                    raise yaml.MarkedYAMLError(problem=f"«{key.value}» stands there twice", problem_mark=key.start_mark)
            found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
            return found

    resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag not in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    import re

    for first in "tTfF":
        resolvers.setdefault(first, []).insert(0, ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")))
    Loader.yaml_implicit_resolvers = resolvers
    try:
        return from_yaml(text, Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}" if mark else ""
        raise UsageError(f"this is no YAML: {error.problem}", subject=where, remedy="Mend it, or leave it as it was.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise UsageError(f"this is no YAML: {' '.join(str(error).split())}", remedy="Mend it, or leave it as it was.") from error
