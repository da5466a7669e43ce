"""What the file's own cached specifications say of a neurodata type: its words, and the types that it is one of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.core_types import CORE_PARENTS
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.node import Contents, Dataset, Group

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_TEXT = 8 * 2**20
_MOST_DOCUMENTS = 200
_LONGEST_CHAIN = 30


class Specifications:
    """The types that a file defines; broken documents are left out.

    Args:
        contents: The file.
    """

    def __init__(self, contents: Contents) -> None:
        self._types: dict[str, dict[str, Any]] = {}
        for document in _documents(contents):
            self._take(document)

    def _take(self, document: Any) -> None:  # noqa: ANN401 (any JSON)
        """Takes the types of a document, nested ones too, without recursion: a document may be nested at will."""
        waiting = [document]
        while waiting:
            one = waiting.pop()
            if isinstance(one, dict):
                name = one.get("neurodata_type_def", one.get("data_type_def"))
                if isinstance(name, str):
                    self._types.setdefault(name, one)
                waiting += [one[part] for part in ("groups", "datasets") if isinstance(one.get(part), list)]
            elif isinstance(one, list):
                waiting += one

    def ancestry(self, name: str) -> list[str]:
        """A type and those that it inherits from, the nearest first; a ring ends where it closes."""
        chain: list[str] = []
        here: Any = name
        while isinstance(here, str) and here not in chain and len(chain) < _LONGEST_CHAIN:
            chain.append(here)
            found = self._types.get(here, {})
            here = found.get("neurodata_type_inc", found.get("data_type_inc")) or CORE_PARENTS.get(here)
        return chain

    def words(self, name: str) -> str:
        """What the specification says of a type; empty where it says nothing."""
        found = self._types.get(name, {}).get("doc")
        return found[:5000] if isinstance(found, str) else ""

    def field_words(self, name: str, field: str) -> str:
        """What the specification says of a field of a type, or of one that it inherits from."""
        for kind in self.ancestry(name):
            for part in ("datasets", "groups", "attributes", "links"):
                held = self._types.get(kind, {}).get(part)
                for one in held if isinstance(held, list) else []:
                    if isinstance(one, dict) and one.get("name") == field and isinstance(one.get("doc"), str):
                        return str(one["doc"])[:5000]
        return ""


def _documents(contents: Contents) -> Iterator[Any]:
    """The documents of the newest version of each namespace, as far as they are JSON."""
    root = contents.find("/specifications")
    count = 0
    for _, versions in root.members() if isinstance(root, Group) else ():
        names = versions.names() if isinstance(versions, Group) else []
        newest = versions.group(names[-1]) if isinstance(versions, Group) and names else None
        for _, source in newest.members() if newest else ():
            count += 1
            if count > _MOST_DOCUMENTS:
                return
            document = _document(source)
            if document is not None:
                yield document


def _document(found: Any) -> Any:  # noqa: ANN401
    if not isinstance(found, Dataset) or found.shape != ():
        return None
    try:
        value = found.read(())
        text = value.item() if hasattr(value, "item") else value
        text = text.decode() if isinstance(text, bytes) else text
        if isinstance(text, dict):
            return text
        return json.loads(text) if isinstance(text, str) and len(text) <= _MOST_TEXT else None
    except (FileError, ValueError, TypeError, RecursionError):
        return None
