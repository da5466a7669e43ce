"""Who owns a Dandiset: the list after adding and removing, checked before it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.api.models import Owner


def changed(owners: Sequence[Owner], add: Iterable[str], remove: Iterable[str]) -> list[str]:
    """The names after a change, in their order; those already there are not added again.

    Raises:
        UsageError: Somebody to be removed is no owner, or nobody would be left.
    """
    names = [one.username for one in owners]
    gone = list(remove)
    for name in gone:
        if name not in names:
            raise UsageError(f"{name} is no owner", remedy=f"Owners are {', '.join(names)}.")
    left = [*names, *(name for name in dict.fromkeys(add) if name not in names)]
    left = [name for name in left if name not in gone]
    if not left:
        raise UsageError("nobody would own it any more", remedy="Add another owner first.")
    return left


async def change_owners(client: ArchiveClient, dandiset_id: str, add: Iterable[str], remove: Iterable[str]) -> list[Owner]:
    """Adds and removes owners; the owners after it. Nothing is sent where nothing changes.

    Raises:
        UsageError: See `changed`.
        ArchiveError: The archive refuses it, or does not know a user.
    """
    owners = await client.owners(dandiset_id)
    names = changed(owners, add, remove)
    if names == [one.username for one in owners]:
        return owners
    try:
        return await client.ownership.set_owners(dandiset_id, names)
    except RefusedError as error:
        error.remedy = error.remedy or f"`dandi-tui dandiset owners {dandiset_id} --find TEXT` looks for users by a part of their name."
        raise
