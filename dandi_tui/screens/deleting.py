"""Deleting: what can be meant from a place, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui.api.rights import why_not_delete_version
from dandi_tui.screens.menu import Choice
from dandi_tui.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dandi_tui.api.models import User


def choices(dandiset_id: str, version: str, path: str, marked: Sequence[str], reason: str, whole: str, user: User | None) -> list[Choice]:
    """What can be deleted from a place, each with the reason why not. Pure.

    Args:
        dandiset_id: Six digits.
        version: The version that is looked at.
        path: What is under the cursor; empty for nothing.
        marked: The marked paths.
        reason: Why its files can't be changed.
        whole: Why the whole Dandiset can't be deleted.
        user: Who asks.
    """
    files = reason or ("" if version == "draft" else "A published version stays as it is: V goes to the draft.")
    found = [Choice("path", path, reason=files)] if path else []
    found += [Choice("marks", plural(len(marked), "mark"), reason=files)] if marked else []
    found += [Choice("version", f"version {version}", reason=why_not_delete_version(user))] if version != "draft" else []
    return [*found, Choice("dandiset", f"the Dandiset {dandiset_id}, with all its files", reason=whole)]
