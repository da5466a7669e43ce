"""Versions: their list, their metadata, and their records with what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.demo.paging import paged
from dandi_tui.demo.resources import records
from dandi_tui.demo.store import versions

if TYPE_CHECKING:
    from dandi_tui.demo.call import Call


def listed(call: Call) -> dict[str, Any]:
    """The versions of a Dandiset, the oldest first unless asked otherwise."""
    dandiset = call.dandiset()
    found = versions.of_dandiset(call.store, dandiset.identifier)
    draft = next((one for one in found if one.draft), None)
    if call.order(("created",)).startswith("-"):
        found.reverse()
    owner = records.dandiset_of_version(dandiset, draft)
    return paged(call, len(found), lambda offset, size: [{**records.version(call, one), "dandiset": owner} for one in found[offset : offset + size]])


def single(call: Call) -> dict[str, Any]:
    """The metadata of a version."""
    dandiset, version = call.version()
    return records.version_metadata(call, dandiset, version)


def info(call: Call) -> dict[str, Any]:
    """The record of a version, with what validation found."""
    dandiset, version = call.version()
    draft = version if version.draft else versions.get(call.store, dandiset.identifier, versions.DRAFT)
    return {
        **records.version(call, version),
        "dandiset": records.dandiset_of_version(dandiset, draft),
        "asset_validation_errors": versions.asset_problems(call.store, version),
        "version_validation_errors": versions.problems(call.store, version),
        "metadata": records.version_metadata(call, dandiset, version),
        "contact_person": version.contact,
    }
