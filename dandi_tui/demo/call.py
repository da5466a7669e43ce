"""One request to the archive: who asks, what for, and what she may read."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.demo.answers import RefusalError, invalid, no_owner, not_allowed, not_found, not_logged_in
from dandi_tui.demo.store import dandisets, users, versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from dandi_tui.demo.addresses import Addresses
    from dandi_tui.demo.store import Store
    from dandi_tui.demo.store.dandisets import Dandiset
    from dandi_tui.demo.store.users import User
    from dandi_tui.demo.store.versions import Version

_TRUE = frozenset({"true", "1", "yes", "on", "t", "y"})
_FALSE = frozenset({"false", "0", "no", "off", "f", "n"})


class Call:
    """One request.

    Args:
        request: As it came.
        body: Its body.
        store: The archive's memory.
        addresses: The addresses that answers name.
    """

    def __init__(self, request: Request, body: bytes, store: Store, addresses: Addresses) -> None:
        self.request = request
        self.method = request.method
        self.store = store
        self.addresses = addresses
        self._body = body

    @cached_property
    def user(self) -> User | None:
        """The user whose key came along; None without one.

        Raises:
            RefusalError: The key is not valid.
        """
        scheme, _, key = self.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "token":
            return None
        if not key.strip():
            raise not_logged_in({"detail": "Invalid token header. No credentials provided."})
        if " " in key.strip():
            raise not_logged_in({"detail": "Invalid token header. Token string should not contain spaces."})
        user = users.by_token(self.store, key.strip())
        if user is None:
            raise not_logged_in({"detail": "Invalid token."})
        return user

    def need_user(self) -> User:
        """The user, who must be signed in."""
        if self.user is None:
            raise not_logged_in()
        return self.user

    def need_approved(self) -> User:
        """The user, whose account must be approved."""
        user = self.need_user()
        if not user.approved:
            raise not_allowed()
        return user

    def need_admin(self) -> User:
        """The user, who must be an administrator."""
        user = self.need_approved()
        if not user.admin:
            raise not_allowed()
        return user

    def place(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def text(self, name: str) -> str:
        """A text of the query; empty when it isn't there."""
        return self.request.query_params.get(name, "")

    def texts(self, name: str) -> list[str]:
        """All texts of a name in the query."""
        return [value for value in self.request.query_params.getlist(name) if value]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A flag of the query."""
        text = self.text(name).lower()
        if not text:
            return default
        if text not in _TRUE | _FALSE:
            raise invalid(name, "Must be a valid boolean.")
        return text in _TRUE

    def word(self, name: str, known: Sequence[str], default: str = "") -> str:
        """A word of the query that must be one of those known."""
        text = self.request.query_params.get(name, default)
        if text not in {*known, default}:
            raise invalid(name, f'"{text}" is not a valid choice.')
        return text

    def order(self, known: Sequence[str]) -> str:
        """The keys of an order, all known, with commas between."""
        for key in (text := self.text("order")).split(","):
            if key and key.removeprefix("-") not in known:
                raise invalid("order", f"Select a valid choice. {key} is not one of the available choices.")
        return text

    def number(self, name: str, least: int = 0) -> int | None:
        """A whole number of the query."""
        text = self.text(name)
        if not text:
            return None
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 18):
            raise invalid(name, "A valid integer is required.")
        if int(text) < least:
            raise invalid(name, f"Ensure this value is greater than or equal to {least}.")
        return int(text)

    def document(self) -> dict[str, Any]:
        """The body, which must be a JSON object.

        Raises:
            RefusalError: It is of another type (415), no JSON, or no object (400).
        """
        found = self._json({})
        if not isinstance(found, dict):
            raise invalid("non_field_errors", f"Invalid data. Expected a dictionary, but got {type(found).__name__}.")
        return found

    def documents(self) -> list[Any]:
        """The body, which must be a JSON list.

        Raises:
            RefusalError: It is of another type (415), no JSON, or no list (400).
        """
        found = self._json([])
        if not isinstance(found, list):
            raise invalid("non_field_errors", f'Expected a list of items but got type "{type(found).__name__}".')
        return found

    def _json(self, nothing: object) -> object:
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip()
        if kind and kind != "application/json":
            raise RefusalError(415, {"detail": f'Unsupported media type "{kind}" in request.'})
        try:
            return msgspec.json.decode(self._body) if self._body else nothing
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RefusalError(400, {"detail": f"JSON parse error - {_words(self._body) or error}"}) from error

    def dandiset(self, identifier: str | None = None) -> Dandiset:
        """The Dandiset of the address (or another), which the user must be allowed to read.

        Raises:
            RefusalError: It does not exist, or is embargoed and the user no owner.
        """
        found = dandisets.get(self.store, identifier or self.place("dandiset"))
        if found is None:
            raise not_found()
        if not found.open and not self.owns(found, self.need_user()):
            raise not_allowed()
        return found

    def owns(self, dandiset: Dandiset, user: User) -> bool:
        """Whether a user may do what owners may."""
        return bool(user.admin) or users.owns(self.store, dandiset.identifier, user)

    def owned_version(self) -> tuple[Dandiset, Version]:
        """The Dandiset and version of the address, which the user may change; whether it can be changed now is told by `check_changeable`.

        Raises:
            RefusalError: The user is no owner.
        """
        user = self.need_approved()
        dandiset, version = self.version()
        if not self.owns(dandiset, user):
            raise no_owner()
        return dandiset, version

    def owned(self) -> Dandiset:
        """The Dandiset of the address, which must be the user's."""
        user = self.need_approved()
        found = dandisets.get(self.store, self.place("dandiset"))
        if found is None:
            raise not_found()
        if not self.owns(found, user):
            raise not_allowed()
        return found

    def version(self) -> tuple[Dandiset, Version]:
        """The Dandiset and version of the address, which the user must be allowed to read."""
        dandiset = self.dandiset()
        found = versions.get(self.store, dandiset.identifier, self.place("version"))
        if found is None:
            raise not_found()
        return dandiset, found


def check_changeable(dandiset: Dandiset, version: Version) -> None:
    """Refuses changes of published versions, and of a Dandiset that is being opened."""
    if not version.draft:
        raise RefusalError(405, "Only draft versions can be modified.")
    check_not_unembargoing(dandiset)


def check_not_unembargoing(dandiset: Dandiset) -> None:
    """Refuses changes of a Dandiset that is being opened."""
    if dandiset.embargo_status == "UNEMBARGOING":
        raise RefusalError(400, "Dandiset modification not allowed during unembargo")


def _words(body: bytes) -> str:
    """What the archive's own reader says of a body that is no JSON."""
    try:
        json.loads(body)
    except ValueError as error:
        return str(error)
    return ""
