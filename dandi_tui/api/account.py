"""What an account asks for itself: its key, other users, stars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.api.models import Answer, User

if TYPE_CHECKING:
    from dandi_tui.api.http import Http


class _Stars(Answer, frozen=True, kw_only=True):
    count: int


class AccountCalls:
    """Requests in the name of an account. Every method raises an `ArchiveError`.

    Args:
        http: The requests.
    """

    def __init__(self, http: Http) -> None:
        self._http = http

    async def key(self) -> str:
        """The account's present key, 40 hex digits; approved accounts alone may ask."""
        return await self._http.get("/auth/token/", str)

    async def new_key(self) -> str:
        """Another key, 40 hex digits. The one before it ends at once, everywhere."""
        return await self._http.send("POST", "/auth/token/", None, str, repeatable=False)

    async def find_users(self, text: str) -> list[User]:
        """Approved users with a text in their login or name; at most 10."""
        return await self._http.get("/users/search/", list[User], {"username": text})

    async def star(self, dandiset_id: str) -> int:
        """Stars a Dandiset; how many stars it then has."""
        return (await self._http.send("POST", f"/dandisets/{dandiset_id}/star/", None, _Stars, repeatable=True)).count

    async def unstar(self, dandiset_id: str) -> int:
        """Takes the star away; how many stars are left."""
        return (await self._http.send("DELETE", f"/dandisets/{dandiset_id}/star/", None, _Stars)).count


def standing(user: User) -> str:
    """What an account's status means, and what to do about it; empty for an approved one."""
    return {
        "APPROVED": "",
        "PENDING": "The account waits for approval, which takes up to two working days. Until then it can read, and nothing else.",
        "REJECTED": "The account was not approved. Its mails say where to appeal; the archive's help address answers too.",
        "INCOMPLETE": "The account's questionnaire is not filled in: log in on the archive's pages once, and answer it.",
    }.get(user.status, f"The account's status is {user.status.lower()}.")
