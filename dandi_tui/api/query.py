"""What is asked of the list of Dandisets: filters, order, and the archive's search language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

ORDERINGS = {
    "-modified": "last changed first",
    "modified": "longest unchanged first",
    "id": "by number",
    "-id": "by number, the latest first",
    "name": "by name",
    "-size": "largest first",
    "size": "smallest first",
    "-stars": "most starred first",
}
OPERATORS = {
    "species:": 'mouse, "house mouse": a species of the files',
    "approach:": "electrophysiological: an approach of the files",
    "technique:": '"two-photon": a measurement technique of the files',
    "file_type:": "nwb, image, text, video, or the start of a MIME type",
    "owner:": "a login, e-mail or name of an owner",
    "created_after:": "2024-01-31: registered on that day or later",
    "created_before:": "2024-01-31: registered before that day",
    "modified_after:": "2024-01-31: changed on that day or later",
    "modified_before:": "2024-01-31: changed before that day",
    "published_after:": "2024-01-31: published on that day or later",
    "published_before:": "2024-01-31: published before that day",
}


_FILE_TYPES = ("nwb", "image", "text", "video")


def suggestions(typed: str, species: Sequence[str] = ()) -> list[str]:
    """What the last word of a search may become: operators, or values of the operator that it begins with.

    Args:
        typed: The search so far.
        species: Names of species that the archive gives for what is typed after `species:`.
    """
    word = last_word(typed)
    operator, colon, value = word.partition(":")
    if not word:
        return []
    if not colon:
        return [] if '"' in word else [name for name in OPERATORS if name.startswith(word)]
    if operator == "file_type":
        return [f"file_type:{kind}" for kind in _FILE_TYPES if kind.startswith(value) and kind != value]
    if operator == "species":
        wanted = value.strip('"').lower()
        return [f'species:"{name}"' for name in species if wanted in name.lower() and f'"{name}"' != value]
    return []


def explanation(typed: str) -> str:
    """What the operator that the last word begins with takes: empty where it begins with none."""
    operator = last_word(typed).partition(":")[0] + ":"
    return f"{operator} {OPERATORS[operator]}" if operator in OPERATORS and operator in last_word(typed) else ""


def last_word(typed: str) -> str:
    """The last word of a search, a quoted phrase and the operator before it counted as one."""
    found = re.search(r"(?:[a-z_]+:)?\"[^\"]*\"?$|\S*$", typed)
    return found[0] if found else ""


def completed(typed: str, suggestion: str) -> str:
    """A search with its last word replaced by a suggestion."""
    return typed[: len(typed) - len(last_word(typed))] + suggestion


def is_half_typed(typed: str) -> bool:
    """Whether a search ends in something that can't be meant yet: an operator without value, an open quote."""
    word = last_word(typed)
    return typed.count('"') % 2 == 1 or word.endswith(":") or (bool(word) and ":" not in word and bool(suggestions(typed)))


class DandisetQuery(msgspec.Struct, frozen=True):
    """Which Dandisets are listed, and in which order.

    Attributes:
        search: Words and operators of the archive's search language.
        ordering: id, name, modified, size or stars, with `-` for the largest first; empty: as the archive likes.
        draft: Whether those that were never published are listed.
        empty: Whether those without assets are listed.
        embargoed: Whether embargoed ones that I may see are listed too.
        starred: Only those that I starred.
        mine: Only those that I own.
    """

    search: str = ""
    ordering: str = ""
    draft: bool = True
    empty: bool = True
    embargoed: bool = False
    starred: bool = False
    mine: bool = False

    @property
    def limits(self) -> str:
        """What keeps some Dandisets off the list, or brings others on, in words; empty where nothing does."""
        shown = {"mine": self.mine, "starred": self.starred, "with embargoed": self.embargoed, "published": not self.draft, "not empty": not self.empty}
        return ", ".join(name for name, holds in shown.items() if holds)

    def params(self) -> dict[str, Any]:
        """The query, as the archive reads it."""
        return {
            "search": self.search or None,
            "ordering": self.ordering or None,
            "draft": flag(self.draft),
            "empty": flag(self.empty),
            # Of one's own, and of those that one starred, the archive leaves out embargoed ones unless asked for these too.
            "embargoed": flag(self.embargoed or self.mine or self.starred),
            "starred": flag(self.starred),
            "user": "me" if self.mine else None,
        }


def flag(value: bool) -> str:
    """A flag as the archive reads it."""
    return "true" if value else "false"
