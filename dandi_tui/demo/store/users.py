"""Users, their keys and standing, and who owns what."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from dandi_tui.demo.store import select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dandi_tui.demo.store import Store

MOST_FOUND = 10


class User(msgspec.Struct, frozen=True):
    """An account; `status` is INCOMPLETE, PENDING, APPROVED or REJECTED, `token` its key (40 hex digits)."""

    id: int
    username: str
    first_name: str
    last_name: str
    email: str
    admin: int
    status: str
    token: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def approved(self) -> bool:
        """Whether the account may do more than read."""
        return self.status == "APPROVED"


_USER = select(User, "user u")


def add(store: Store, users: Iterable[User]) -> None:
    """Makes accounts; those whose number is taken stay as they are."""
    for user in users:
        if not store.has("SELECT 1 FROM user WHERE id = ?", user.id):
            store.insert("user", [msgspec.structs.astuple(user)])


def by_token(store: Store, token: str) -> User | None:
    """The user whom a key belongs to."""
    return store.record(User, f"{_USER} WHERE u.token = ?", token)


def by_username(store: Store, username: str) -> User | None:
    """The user of a name."""
    return store.record(User, f"{_USER} WHERE u.username = ?", username)


def replace_token(store: Store, user: User) -> str:
    """Ends a user's key and gives another."""
    token = secrets.token_hex(20)
    store.run("UPDATE user SET token = ? WHERE id = ?", token, user.id)
    return token


def matching(store: Store, text: str) -> list[User]:
    """Approved users with a text in their login, name or e-mail address, the first few."""
    pattern = f"%{text.replace('_', chr(92) + '_')}%"
    like = " OR ".join(f"u.{column} LIKE ?1 ESCAPE '\\'" for column in ("username", "first_name", "last_name", "email"))
    return store.records(User, f"{_USER} WHERE u.status = 'APPROVED' AND ({like}) ORDER BY u.username LIMIT {MOST_FOUND}", pattern)


def usernames(store: Store, *, approved_only: bool) -> list[str]:
    """All logins."""
    only = "WHERE status = 'APPROVED'" if approved_only else ""
    return [row[0] for row in store.rows(f"SELECT username FROM user {only} ORDER BY username")]  # noqa: S608 (no words of others)


def owners(store: Store, dandiset: str) -> list[User]:
    """The owners of a Dandiset, in the order of their registration."""
    return store.records(User, f"{_USER} JOIN owner o ON o.user = u.id WHERE o.dandiset = ? ORDER BY u.id", dandiset)


def owns(store: Store, dandiset: str, user: User) -> bool:
    """Whether a user is an owner of a Dandiset."""
    return store.has("SELECT 1 FROM owner WHERE dandiset = ? AND user = ?", dandiset, user.id)


def set_owners(store: Store, dandiset: str, found: Iterable[User]) -> None:
    """Makes users the owners of a Dandiset, and nobody else."""
    store.run("DELETE FROM owner WHERE dandiset = ?", dandiset)
    store.insert("owner", [(dandiset, user.id) for user in found])
