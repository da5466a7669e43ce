"""What an owner asks of the archive: register, describe, share, publish, open, delete."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.api.models import Answer, Dandiset, Owner, VersionInfo
from dandi_tui.api.paging import Pages
from dandi_tui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.api.http import Http

LONGEST_NAME = 300
LONGEST_NOTES = 5000


class Embargo(msgspec.Struct, frozen=True):
    """How a Dandiset is embargoed at its registration.

    Attributes:
        until: The last day; at most 2 years ahead, 5 with an award. None: the longest that the archive gives without an award.
        funder: Who funds it; only together with `award`.
        award: The award's number.
    """

    until: date | None = None
    funder: str = ""
    award: str = ""

    def params(self) -> dict[str, str | None]:
        """The query, in the names that the server reads."""
        return {
            "embargo": "true",
            "embargo_end_date": self.until.isoformat() if self.until else None,
            "funding_source": self.funder or None,
            "award_number": self.award or None,
        }


class UnfinishedUpload(Answer, frozen=True, kw_only=True):
    """An upload that was begun and not finished; `size` is in bytes."""

    created: datetime
    upload_id: str
    etag: str
    size: int


class OwnerCalls:
    """Requests that change Dandisets. Every method raises an `ArchiveError`.

    Args:
        http: The requests.
    """

    def __init__(self, http: Http) -> None:
        self._http = http

    async def create(self, name: str, metadata: dict[str, Any], embargo: Embargo | None = None) -> Dandiset:
        """Registers a Dandiset; the archive adds the creator as contact person where no contributor is given."""
        _check_document(name, metadata)
        body = {"name": name, "metadata": metadata}
        params = embargo.params() if embargo else None
        return await self._http.send("POST", "/dandisets/", body, Dandiset, params=params, repeatable=False)

    async def save_metadata(self, dandiset_id: str, metadata: dict[str, Any], *, once: bool = False) -> VersionInfo:
        """Replaces the draft's whole metadata; fields that the archive computes are ignored by it.

        Args:
            dandiset_id: Six digits.
            metadata: The whole document.
            once: Whether it is sent a single time, since somebody else may save before a second try.
        """
        name = metadata.get("name")
        _check_document(name, metadata)
        body = {"name": name, "metadata": metadata}
        return await self._http.send("PUT", f"/dandisets/{dandiset_id}/versions/draft/", body, VersionInfo, once=once)

    async def set_owners(self, dandiset_id: str, usernames: Sequence[str]) -> list[Owner]:
        """Makes these users the owners, all or nothing."""
        body = [{"username": name} for name in usernames]
        return await self._http.send("PUT", f"/dandisets/{dandiset_id}/users/", body, list[Owner])

    async def publish(self, dandiset_id: str, notes: str = "") -> None:
        """Asks for the draft to be published; it is done when its status is Published."""
        body = {"release_notes": notes} if notes else {}
        await self._http.send("POST", f"/dandisets/{dandiset_id}/versions/draft/publish/", body)

    async def unembargo(self, dandiset_id: str) -> None:
        """Asks for a Dandiset to be opened, for ever; it is done when its embargo status is OPEN."""
        await self._http.send("POST", f"/dandisets/{dandiset_id}/unembargo/")

    async def delete(self, dandiset_id: str) -> None:
        """Deletes a Dandiset that was never published, with all its files."""
        await self._http.send("DELETE", f"/dandisets/{dandiset_id}/")

    async def delete_version(self, dandiset_id: str, version: str) -> None:
        """Deletes a published version; administrators alone may."""
        await self._http.send("DELETE", f"/dandisets/{dandiset_id}/versions/{version}/")

    def unfinished_uploads(self, dandiset_id: str) -> Pages[UnfinishedUpload]:
        """Uploads into a Dandiset that were begun and not finished; they stand in the way of its opening."""
        return Pages(self._http, f"/dandisets/{dandiset_id}/uploads/", {"page_size": 1000}, UnfinishedUpload)

    async def clear_uploads(self, dandiset_id: str) -> None:
        """Drops all unfinished uploads, whoever began them."""
        await self._http.send("DELETE", f"/dandisets/{dandiset_id}/uploads/")


def _check_document(name: object, metadata: object) -> None:
    """The archive answers these with a failure of its own, without a word: they are told before they are sent."""
    if not isinstance(metadata, dict):
        raise UsageError("metadata must be one record of fields and values")
    if not isinstance(name, str) or not name.strip():
        raise UsageError("a Dandiset needs a name")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"the name has {len(name)} characters; the archive takes {LONGEST_NAME}")
