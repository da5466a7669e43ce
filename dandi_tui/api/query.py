"""What is asked of the list of Dandisets: filters, order, and the archive's search language."""

from __future__ import annotations

import re
from typing import Any

import msgspec

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


def suggestions(typed: str) -> list[str]:
    """Operators that the last word of a search may become; none within a quoted phrase or after a colon."""
    word = re.split(r"\s", typed)[-1]
    if not word or ":" in word or typed.count('"') % 2:
        return []
    return [name for name in OPERATORS if name.startswith(word)]


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

    def params(self) -> dict[str, Any]:
        """The query, as the archive reads it."""
        return {
            "search": self.search or None,
            "ordering": self.ordering or None,
            "draft": flag(self.draft),
            "empty": flag(self.empty),
            "embargoed": flag(self.embargoed),
            "starred": flag(self.starred),
            "user": "me" if self.mine else None,
        }


def flag(value: bool) -> str:
    """A flag as the archive reads it."""
    return "true" if value else "false"
