"""Who may do what, told before it is asked: each function gives the reason why not, an empty text when it may be done. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.api.account import standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.api.models import Dandiset, DandisetRecord, Owner, User

_OPENING = "It is being opened to all; until that is done nothing in it can change."


def why_not_write(user: User | None) -> str:
    """Why an account may not change anything at all: register, star, own."""
    return "Log in first." if user is None else standing(user)


def is_owner(user: User | None, owners: Sequence[Owner]) -> bool:
    """Whether a user is among the owners; administrators are not, though they may do the same."""
    return user is not None and any(one.username == user.username for one in owners)


def why_not_own(user: User | None, owners: Sequence[Owner]) -> str:
    """Why an account may not do what owners do."""
    if reason := why_not_write(user):
        return reason
    if user is not None and (user.admin or is_owner(user, owners)):
        return ""
    names = ", ".join(one.name or one.username for one in owners[:3]) + (" …" if len(owners) > 3 else "")
    return f"Only owners may do this: {names}." if names else "Only owners may do this."


def why_not_change(user: User | None, owners: Sequence[Owner], dandiset: DandisetRecord | None) -> str:
    """Why metadata, owners and files of a draft can't be changed now."""
    if dandiset is not None and dandiset.embargo_status == "UNEMBARGOING":
        return why_not_own(user, owners) or _OPENING
    return why_not_own(user, owners)


def why_not_unembargo(user: User | None, owners: Sequence[Owner], dandiset: DandisetRecord | None) -> str:
    """Why a Dandiset can't be opened to all."""
    if dandiset is not None and dandiset.embargo_status == "OPEN":
        return "It is open to all already."
    return why_not_change(user, owners, dandiset)


def why_locked(dandiset: Dandiset) -> str:
    """Why nothing in a draft can be changed by anybody at the moment."""
    if dandiset.embargo_status == "UNEMBARGOING":
        return _OPENING
    return "It is being published." if dandiset.draft_version is not None and dandiset.draft_version.status == "Publishing" else ""


def why_not_delete(user: User | None, owners: Sequence[Owner], dandiset: Dandiset | None) -> str:
    """Why a Dandiset can't be deleted."""
    if dandiset is not None and dandiset.most_recent_published_version is not None:
        return why_not_own(user, owners) or "It was published: what is published stays."
    if dandiset is not None and dandiset.draft_version is not None and dandiset.draft_version.status == "Publishing":
        return "It is being published."
    return why_not_change(user, owners, dandiset)


def why_not_delete_version(user: User | None) -> str:
    """Why a published version can't be deleted."""
    return why_not_write(user) or ("" if user and user.admin else "Published versions can be deleted by the archive's administrators alone.")


def why_not_remove_owner(owners: Sequence[Owner]) -> str:
    """Why no owner can be removed."""
    return "" if len(owners) > 1 else "The last owner can't be removed: add another one first."


def as_administrator(user: User | None, owners: Sequence[Owner]) -> bool:
    """Whether a user may do it only as an administrator, which is worth a warning."""
    return user is not None and user.admin and not is_owner(user, owners)
