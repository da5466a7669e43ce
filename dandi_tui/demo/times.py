"""Times as the archive writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """This moment, as records have it: `2026-11-24T00:58:53.991292Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def in_zarr() -> str:
    """This moment, as the files of a Zarr have it: `2026-11-24 00:49:51+00:00`."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S+00:00")
