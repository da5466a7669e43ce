"""A metadata document being edited: its changes, undone and redone, what is wrong with it, and its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.describe import tree
from dandi_tui.describe.changes import Change, differences
from dandi_tui.describe.checks import Problem, problems
from dandi_tui.describe.cleaning import cleaned
from dandi_tui.describe.outline import COMPUTED, FUNDING, GENERAL, OTHER, Found, Outline, Row
from dandi_tui.describe.schema import ANY, KEY, Record, Shape, blank
from dandi_tui.describe.tree import MISSING, Path
from dandi_tui.describe.values import text_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dandi_tui.describe.schema import Schema

_MOST_UNDONE = 1000


class Form:
    """A document and its edits.

    Args:
        schema: What the archive asks of a document.
        base: The document as the archive has it.
        document: The document as it was left, where edits are taken up again.
    """

    def __init__(self, schema: Schema, base: dict[str, Any], document: dict[str, Any] | None = None) -> None:
        self.schema = schema
        self.base = base
        self.document = base if document is None else document
        self.unfolded: set[Path] = {GENERAL}
        self.told: list[Problem] = []
        self._past: list[dict[str, Any]] = []
        self._future: list[dict[str, Any]] = []
        self._compared: tuple[dict[str, Any], dict[str, Any], list[Change]] | None = None
        self._checked: tuple[dict[str, Any], list[Problem]] | None = None

    # What it is

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what the archive has."""
        return self.document is not self.base and self.document != self.base

    @property
    def changes(self) -> list[Change]:
        """What saving would change at the archive."""
        if self._compared is None or self._compared[0] is not self.base or self._compared[1] is not self.document:
            after = cleaned(self.schema, self.document) if self.is_changed else self.document
            self._compared = (self.base, self.document, differences(self.base, after))
        return self._compared[2]

    @property
    def problems(self) -> list[Problem]:
        """What the form and the archive find wrong, in the order of the fields."""
        if self._checked is None or self._checked[0] is not self.document:
            self._checked = (self.document, problems(self.schema, self.document))
        return [*self._checked[1], *self.told]

    @property
    def to_mend(self) -> list[Problem]:
        """The problems without those that are advice."""
        return [one for one in self.problems if not one.advice]

    def rows(self) -> list[Row]:
        """The rows that are not folded away."""
        return Outline(self.schema, self.document, self.base, self.unfolded, Found.of(self.problems)).rows()

    def shape_at(self, path: Path) -> Shape:
        """What the value at a path may be."""
        shape, value = Shape("record", records=()), self.document
        fields = self.schema.root.fields
        for step in path:
            if isinstance(step, int):
                shape = shape.items or ANY
            else:
                field = next((one for one in fields if one.name == step), None)
                shape = field.shape if field else ANY
            value = tree.get(value, (step,))
            fields = self.schema.fields_of(shape, value)
        return shape

    def kind_at(self, path: Path) -> str:
        """The kind of the record at a path; empty where there is none."""
        record = self.schema.record_of(self.shape_at(path), tree.get(self.document, path))
        return record.name if record else ""

    def ask(self, schema: Schema) -> None:
        """Holds the document to another schema from now on."""
        if schema != self.schema:
            self.schema, self._checked, self._compared = schema, None, None

    # Changes

    def become(self, document: dict[str, Any], *touched: Path) -> bool:
        """Takes another document in one step that can be undone; whether it differs.

        Args:
            document: The document.
            touched: Where it differs: what the archive said of these places holds no longer.
        """
        if document is self.document or document == self.document:
            return False
        self._past = [*self._past[-_MOST_UNDONE:], self.document]
        self._future.clear()
        self.document = document
        self.told = [one for one in self.told if not any(_touch(one.path, path) for path in touched)]
        return True

    def set_text(self, path: Path, text: str) -> bool:
        """Takes a typed text as the value at a path; an empty one clears it. Whether anything changed.

        Raises:
            UsageError: The text means nothing there.
        """
        if text == text_of(tree.get(self.document, path)):
            return False
        return self.set_value(path, value_of(self.shape_at(path), text))

    def set_value(self, path: Path, value: Any) -> bool:  # noqa: ANN401 (any JSON)
        """Puts a value at a path; MISSING clears it."""
        if value is MISSING:
            return self.remove(path)
        if value == (old := tree.get(self.document, path)) and type(value) is type(old):
            return False
        return self.become(tree.put(self.document, path, value), path)

    def remove(self, path: Path) -> bool:
        """Clears a field, or takes an item out of its list."""
        return self.become(tree.without(self.document, path), path, *([path[:-1]] if path and isinstance(path[-1], int) else []))

    def list_around(self, path: Path) -> Path | None:
        """The list that an item is added to here: the one at the path, else the one around it; funders are contributors."""
        if path[:2] == FUNDING:
            return ("contributor",)
        for end in range(len(path), 0, -1):
            if path[:end] and path[0] != "" and self.shape_at(path[:end]).kind == "list":
                return path[:end]
        return None

    def kinds_of(self, list_path: Path) -> list[Record]:
        """The kinds of records that a list may hold; none where it holds plain values."""
        inner = self.shape_at(list_path).items or ANY
        return [self.schema.records[name] for name in inner.records if name in self.schema.records]

    def add(self, list_path: Path, value: Any, *, after: int | None = None) -> Path:  # noqa: ANN401
        """Adds an item to a list, at its end or behind another; its path. A record is unfolded."""
        items = tree.get(self.document, list_path)
        at = (len(items) if isinstance(items, list) else 0) if after is None else after + 1
        path = (*list_path, at)
        self.become(tree.inserted(self.document, path, value), list_path)
        self.unfolded |= {list_path, *([path] if isinstance(value, dict) else [])}
        return path

    def add_record(self, path: Path, record: Record, more: dict[str, Any] | None = None, *, after: int | None = None) -> Path:
        """Adds a new record of a kind to the list at a path, or makes it the value there; its path."""
        made = {**blank(record), **(more or {})}
        if self.shape_at(path).kind == "list":
            return self.add(path, made, after=after)
        self.become(tree.put(self.document, path, made), path)
        self.unfolded.add(path)
        return path

    def move(self, path: Path, by: int) -> Path:
        """Moves a list's item; its new path."""
        document, place = tree.moved(self.document, path, by)
        self.become(document, path[:-1])
        if place != path:
            self.unfolded = {_swapped(one, path, place) for one in self.unfolded}
        return place

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to do again."""
        return bool(self._future)

    def undo(self) -> bool:
        """Takes the latest change back; whether there was one."""
        return self._step(self._past, self._future)

    def redo(self) -> bool:
        """Does again what was taken back; whether there was something."""
        return self._step(self._future, self._past)

    def _step(self, source: list[dict[str, Any]], target: list[dict[str, Any]]) -> bool:
        if not source:
            return False
        target.append(self.document)
        self.document = source.pop()
        return True

    def saved(self, base: dict[str, Any]) -> None:
        """Takes what the archive now has as the document and its base; undoing goes on."""
        self.become(base)
        self.base = self.document = base
        self.told = []

    # Folding and going

    def fold(self, path: Path) -> None:
        """Folds what is at a path."""
        self.unfolded.discard(path)

    def unfold(self, path: Path) -> None:
        """Unfolds what is at a path."""
        self.unfolded.add(path)

    def show(self, path: Path) -> None:
        """Unfolds all that is around a path."""
        self.unfolded |= {path[:end] for end in range(1, len(path))}
        if path and path[0] != "":
            field = self.schema.root.field(str(path[0]))
            self.unfolded.add(OTHER if field is None else COMPUTED if field.computed else GENERAL)

    def problem_from(self, path: Path | None, by: int = 1) -> Path | None:
        """The place of the next problem behind a path (or before it), around the ends; None when there is none."""
        places = sorted({one.path for one in self.problems}, key=self._order)
        if not places:
            return None
        here = self._order(path or ())
        if by > 0:
            return next((one for one in places if self._order(one) > here), places[0])
        return next((one for one in reversed(places) if self._order(one) < here), places[-1])

    def _order(self, path: Path) -> tuple[tuple[int, int, str], ...]:
        names = {field.name: place for place, field in enumerate(self.schema.root.fields)}
        return tuple((step, 0, "") if isinstance(step, int) else (0, names.get(step, 99) if at == 0 else 0, step) for at, step in enumerate(path))

    def suggestions(self, path: Path) -> list[str]:
        """Texts that stand in fields of the same name elsewhere in the document, the most frequent first."""
        end = next((place for place in range(len(path) - 1, -1, -1) if isinstance(path[place], str)), 0)
        name, kind = str(path[end]), self.kind_at(path[:end]) if end else ""
        own = tree.get(self.document, path)
        counts: dict[str, int] = {}
        for text in _texts(self.document, name, kind):
            if text != own:
                counts[text] = counts.get(text, 0) + 1
        return sorted(counts, key=lambda one: -counts[one])[:50]


def _touch(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _swapped(path: Path, old: Path, new: Path) -> Path:
    end = len(old)
    if path[:end] == old:
        return (*new, *path[end:])
    return (*old, *path[end:]) if path[:end] == new and abs(int(old[-1]) - int(new[-1])) == 1 else path


def _texts(value: Any, name: str, kind: str) -> Iterable[str]:  # noqa: ANN401
    """The texts of all fields of a name, in records of a kind; of any where there is none."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name and (not kind or value.get(KEY) == kind):
                yield from (one for one in (inner if isinstance(inner, list) else [inner]) if isinstance(one, str) and one)
            yield from _texts(inner, name, kind)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name, kind)
