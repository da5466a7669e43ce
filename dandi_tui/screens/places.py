"""Bookmarks and recent places, kept over runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.config import state_dir, write_private

if TYPE_CHECKING:
    from pathlib import Path

_MOST_RECENT = 50


class Place(msgspec.Struct, frozen=True):
    """A place by its archive's API address and its identifier (`dandi://…`), and what people read for it."""

    api_url: str
    uri: str
    words: str


class Places(msgspec.Struct, frozen=True):
    """What is kept: bookmarks in the order they were made, recent places with the latest first."""

    bookmarks: tuple[Place, ...] = ()
    recent: tuple[Place, ...] = ()

    def visited(self, place: Place) -> Places:
        """With a place as the most recent one."""
        others = [one for one in self.recent if (one.api_url, one.uri) != (place.api_url, place.uri)]
        return Places(self.bookmarks, (place, *others[: _MOST_RECENT - 1]))

    def bookmarked(self, place: Place) -> Places:
        """With a bookmark more; one that is there already is taken away."""
        others = tuple(one for one in self.bookmarks if (one.api_url, one.uri) != (place.api_url, place.uri))
        return Places(others if len(others) < len(self.bookmarks) else (*others, place), self.recent)


def places_file() -> Path:
    """Where they are kept."""
    return state_dir() / "places.json"


def load_places() -> Places:
    """What is kept; nothing where the file is missing or broken."""
    try:
        return msgspec.json.decode(places_file().read_bytes(), type=Places)
    except (OSError, msgspec.DecodeError):
        return Places()


def save_places(places: Places) -> bool:
    """Keeps the places; False where the folder can't be written."""
    try:
        write_private(places_file(), msgspec.json.format(msgspec.json.encode(places), indent=1).decode())
    except OSError:
        return False
    return True
