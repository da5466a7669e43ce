"""What stands between a draft and its publishing: what blocks, what is still under way, what is advised. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.api.remedies import NOT_YET, remedy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dandi_tui.api.models import VersionInfo

_VAGUE = {"test", "data", "dataset", "dandiset", "untitled", "new dandiset"}


class Check(msgspec.Struct, frozen=True):
    """One line of the checklist.

    Attributes:
        state: good, blocks, waits, or advised.
        words: What it is.
        field: The field of the metadata that it is about; empty for none.
        path: The asset that it is about; empty for none.
        remedy: How to mend it; empty where the words say it.
    """

    state: str
    words: str
    field: str = ""
    path: str = ""
    remedy: str = ""


def checklist(info: VersionInfo, *, has_zarr: bool = False) -> list[Check]:
    """The checks of a draft, what blocks first.

    Args:
        info: The draft's record.
        has_zarr: Whether it holds a Zarr, which the archive does not publish yet.
    """
    checks = [*_state(info, has_zarr=has_zarr), *_metadata(info), *_assets(info), *_advice(info.metadata)]
    order = ("blocks", "waits", "advised", "good")
    return sorted(checks, key=lambda one: order.index(one.state))


def is_ready(checks: Iterable[Check]) -> bool:
    """Whether nothing blocks and nothing is awaited."""
    return all(one.state in {"good", "advised"} for one in checks)


def _state(info: VersionInfo, *, has_zarr: bool) -> Iterable[Check]:
    status = info.dandiset.embargo_status
    if status == "EMBARGOED":
        yield Check("blocks", "it is embargoed: open it to all first (O)")
    elif status == "UNEMBARGOING":
        yield Check("waits", "it is being opened to all")
    if has_zarr:
        yield Check("blocks", "it holds a Zarr, and the archive does not publish Zarrs yet")
    if info.active_uploads:
        yield Check("advised", f"{info.active_uploads} unfinished uploads: their files will not be in the version")
    if info.status == "Published":
        yield Check("blocks", "nothing has changed since the last version")
    elif info.status in {"Pending", "Validating"}:
        yield Check("waits", "the archive is validating the metadata" if info.status == "Validating" else "the archive has not validated the metadata yet")
    elif info.status == "Publishing":
        yield Check("waits", "it is being published")


def _metadata(info: VersionInfo) -> Iterable[Check]:
    for one in info.version_validation_errors:
        yield Check("blocks", one.message, field=one.field or "metadata", remedy=remedy(one.field, one.message, of_file=False))
    if info.status == "Invalid" and not info.version_validation_errors:
        yield Check("blocks", "the archive finds the metadata invalid, without saying where", field="metadata")
    if info.status in {"Valid", "Publishing"} and not info.version_validation_errors:
        yield Check("good", "the metadata is valid")


def _assets(info: VersionInfo) -> Iterable[Check]:
    told = info.asset_validation_errors
    for one in told:
        waits = NOT_YET in one.message
        yield Check("waits" if waits else "blocks", one.message, field=one.field, path=one.path or "", remedy=remedy(one.field, one.message, of_file=True))
    if len({one.path for one in told}) >= 50:
        yield Check("blocks", "the archive names 50 files at most; there may be more")
    if not told and info.asset_count:
        yield Check("good", "the one file is valid" if info.asset_count == 1 else f"{info.asset_count:,} files are valid")
    if not info.asset_count:
        yield Check("blocks", "it has no files", remedy="3 leads from a folder of NWB files to a draft, or `dandi-tui upload` does.")


def _advice(metadata: dict[str, Any]) -> Iterable[Check]:
    """What the archive advises to look at before publishing, since a version can't be changed."""
    name, words = str(metadata.get("name") or ""), str(metadata.get("description") or "")
    yield _advised(len(name.split()) >= 4 and name.casefold() not in _VAGUE, "a title that tells the study from others", "name")
    yield _advised(len(words.split()) >= 20, "a description of what was done, and what the files hold", "description")
    yield _advised(bool(metadata.get("protocol")), "the address of a protocol", "protocol")
    yield _advised(bool(metadata.get("ethicsApproval")), "the number of the ethics approval", "ethicsApproval")
    people = [one for one in metadata.get("contributor") or [] if isinstance(one, dict)]
    yield _advised(any("dcite:Funder" in (one.get("roleName") or []) for one in people), "who funded it, with the award's number", "contributor")
    yield _advised(bool(metadata.get("relatedResource")), "papers, preprints and code that go with it", "relatedResource")


def _advised(there: bool, words: str, field: str) -> Check:
    return Check("good", f"has {words}", field=field) if there else Check("advised", f"advised: {words}", field=field)
