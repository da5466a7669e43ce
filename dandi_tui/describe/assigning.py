"""Changes written as FIELD=VALUE on a command line: `name=…`, `keywords=[a, b]`, `contributor.0.email=…`, `keywords+=c`, `url=`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.describe import tree
from dandi_tui.describe.as_text import computed_names, parse
from dandi_tui.describe.tree import MISSING, Path
from dandi_tui.describe.values import value_of
from dandi_tui.errors import UsageError

if TYPE_CHECKING:
    from dandi_tui.describe.form import Form


def assign(form: Form, assignment: str) -> None:
    """Does one assignment: `=` puts a value (nothing: clears the field), `+=` adds an item to a list.

    A value is a text where the field is one; elsewhere it is YAML, so that lists and records can be written.

    Raises:
        UsageError: It is no assignment, the field can't be changed, or the value means nothing there.
    """
    name, sign, text = assignment.partition("=")
    if not sign or not name.strip():
        raise UsageError("write FIELD=VALUE", subject=assignment)
    adds = name.endswith("+")
    path = path_of(form, name.rstrip("+").strip())
    shape = form.shape_at(path)
    if adds and shape.kind != "list":
        raise UsageError("only a list can be added to", subject=name)
    if adds:
        form.add(path, _value(shape.items.kind if shape.items else "any", text, form, (*path, 0)))
    else:
        form.set_value(path, MISSING if not text.strip() else _value(shape.kind, text, form, path))


def path_of(form: Form, name: str) -> Path:
    """The path that a dotted name means; places in lists are counted from 0.

    Raises:
        UsageError: There is no such field, or the archive fills it in.
    """
    path: Path = tuple(int(step) if step.isdigit() else step for step in name.split("."))
    first = form.schema.root.field(str(path[0]))
    if first is None and path[0] not in form.document:
        known = ", ".join(sorted(one.name for one in form.schema.root.fields if not one.computed))
        raise UsageError("there is no such field", subject=name, remedy=f"Fields are {known}.")
    if path[0] in computed_names(form.schema):
        raise UsageError("the archive fills this in", subject=name)
    for end in range(1, len(path)):
        if isinstance(path[end], int) and tree.get(form.document, path[: end + 1]) is MISSING:
            raise UsageError("there is no such item", subject=name)
    return path


def _value(kind: str, text: str, form: Form, path: Path) -> Any:  # noqa: ANN401 (any JSON)
    if kind in {"text", "choice", "flag", "integer", "number"}:
        return value_of(form.shape_at(path), text)
    return parse(text)
