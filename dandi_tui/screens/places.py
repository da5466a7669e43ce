"""Bookmarks and recent places, kept over runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dandi_tui.config import state_dir, write_private

if TYPE_CHECKING:
    from pathlib import Path

_MOST_RECENT = 50
SEARCH = "search:"
"""What a place begins with that is a search; its words follow."""


class Place(msgspec.Struct, frozen=True):
    """A place by its archive's API address and its identifier (`dandi://…`), and what people read for it."""

    api_url: str
    uri: str
    words: str


class Places(msgspec.Struct, frozen=True):
    """What is kept: bookmarks in the order they were made, recent places with the latest first, and where each archive was left."""

    bookmarks: tuple[Place, ...] = ()
    recent: tuple[Place, ...] = ()
    left_at: tuple[Place, ...] = ()

    def visited(self, place: Place) -> Places:
        """With a place as the most recent one."""
        others = [one for one in self.recent if (one.api_url, one.uri) != (place.api_url, place.uri)]
        return msgspec.structs.replace(self, recent=(place, *others[: _MOST_RECENT - 1]))

    def bookmarked(self, place: Place) -> Places:
        """With a bookmark more; one that is there already is taken away."""
        others = tuple(one for one in self.bookmarks if (one.api_url, one.uri) != (place.api_url, place.uri))
        return msgspec.structs.replace(self, bookmarks=others if len(others) < len(self.bookmarks) else (*others, place))

    def left(self, api_url: str, place: Place | None) -> Places:
        """With the place where an archive was left; None: at its list of Dandisets."""
        others = tuple(one for one in self.left_at if one.api_url != api_url)
        return msgspec.structs.replace(self, left_at=(place, *others[: _MOST_RECENT - 1]) if place else others)

    def last_of(self, api_url: str) -> Place | None:
        """Where an archive was left."""
        return next((one for one in self.left_at if one.api_url == api_url), None)


class History(msgspec.Struct, frozen=True):
    """The places of this session, as a browser keeps them: those before the present one, and those that were gone back from."""

    before: tuple[Place, ...] = ()
    here: Place | None = None
    after: tuple[Place, ...] = ()

    def visited(self, place: Place) -> History:
        """With a place as the present one; the one that is present already changes nothing."""
        if place == self.here:
            return self
        before = (*self.before, self.here) if self.here else self.before
        return History(before[-_MOST_RECENT:], place, ())

    def back(self) -> History:
        """One place back; the same at the first."""
        if not self.before:
            return self
        return History(self.before[:-1], self.before[-1], (self.here, *self.after) if self.here else self.after)

    def forward(self) -> History:
        """One place forward; the same at the last."""
        if not self.after:
            return self
        return History((*self.before, self.here) if self.here else self.before, self.after[0], self.after[1:])


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
