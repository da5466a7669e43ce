"""What an upload does where the draft has an asset at the path already."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.errors import ExistsError

if TYPE_CHECKING:
    from dandi_tui.api.models import Asset

MODES = ("error", "skip", "refresh", "overwrite", "force")


class Decision(msgspec.Struct, frozen=True):
    """Whether to send the file, and why not."""

    send: bool
    reason: str = ""


def before_hashing(mode: str, asset: Asset | None) -> Decision:
    """What can be decided before the file's digest is known.

    Raises:
        ExistsError: The mode is `error`, and an asset is there.
    """
    if asset is None or mode not in {"error", "skip"}:
        return Decision(True)
    if mode == "skip":
        return Decision(False, "the draft has an asset there")
    raise ExistsError("the draft has an asset there already", subject=asset.path, remedy="`--existing refresh` replaces those that differ; `skip` leaves them.")


def after_hashing(mode: str, asset: Asset | None, digest: str, modified: float) -> Decision:
    """What is decided once the digest is known.

    Args:
        mode: error, skip, refresh, overwrite or force.
        asset: The asset that is there, with its metadata; None where there is none.
        digest: The local file's dandi-etag.
        modified: When the local file was last changed, seconds since 1970.
    """
    if asset is None or mode == "force":
        return Decision(True)
    metadata: dict[str, Any] = asset.metadata or {}
    digests = metadata.get("digest")
    if isinstance(digests, dict) and digests.get("dandi:dandi-etag") == digest:
        return Decision(False, "the archive has this content there already")
    if mode == "refresh" and (theirs := _time(metadata.get("blobDateModified"))) is not None and theirs >= modified:
        return Decision(False, "the archive's file was changed later than this one; `--existing overwrite` replaces it")
    return Decision(True)


def _time(text: object) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None
