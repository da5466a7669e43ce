"""What the archive answers, as frozen typed structs.

Only fields that the program uses are named; the archive may add others at any time. Text in them comes from outside:
it goes through `dandi_tui.text.safe` before it is drawn or printed. Metadata documents (`dict[str, Any]`) stay as
they are, since their schema changes by version.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

Word = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z._:-]{1,100}\Z")]
"""A name that the archive gives: it becomes part of addresses, paths, commands and programs, so that it may mean nothing in any of these."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A typed answer of the archive."""


class EmbargoStatus(StrEnum):
    """Who may read a Dandiset."""

    OPEN = "OPEN"
    EMBARGOED = "EMBARGOED"
    UNEMBARGOING = "UNEMBARGOING"


class Version(Answer, frozen=True, kw_only=True):
    """A version of a Dandiset as lists give it: `draft`, or `0.YYMMDD.HHMM` once published.

    `size` is in bytes; `status` is Pending, Validating, Valid, Invalid, Publishing or Published.
    """

    version: Word
    name: str
    asset_count: int
    size: int
    status: Word
    created: datetime
    modified: datetime
    active_uploads: int = 0
    release_notes: str | None = None

    @property
    def is_draft(self) -> bool:
        """Whether this is the draft, which can still change."""
        return self.version == "draft"


class DandisetRecord(Answer, frozen=True, kw_only=True):
    """A Dandiset's own record, without its versions."""

    identifier: Word
    created: datetime
    modified: datetime
    contact_person: str | None = None
    embargo_status: str = EmbargoStatus.OPEN
    star_count: int = 0
    is_starred: bool = False


class Dandiset(DandisetRecord, frozen=True, kw_only=True):
    """A Dandiset as the list and the single address give it, with its newest published version and its draft."""

    most_recent_published_version: Version | None = None
    draft_version: Version | None = None
    asset_counts: dict[str, int] | None = None

    @property
    def shown(self) -> Version | None:
        """The version that is shown when none is named: the newest published one, else the draft."""
        return self.most_recent_published_version or self.draft_version

    @property
    def name(self) -> str:
        """The name of the version that is shown."""
        return self.shown.name if self.shown else ""


class ValidationProblem(Answer, frozen=True, kw_only=True):
    """What the archive finds wrong with the metadata of a version, or of the asset at `path`."""

    field: str
    message: str
    path: str | None = None


class VersionInfo(Version, frozen=True, kw_only=True):
    """The full record of one version, its metadata and what is wrong with it (at most 50 assets are named)."""

    dandiset: DandisetRecord
    metadata: dict[str, Any] = {}
    asset_validation_errors: list[ValidationProblem] = []
    version_validation_errors: list[ValidationProblem] = []
    contact_person: str | None = None


class Asset(Answer, frozen=True, kw_only=True):
    """One file (or Zarr) of a version; exactly one of `blob` and `zarr` is set. `size` is in bytes."""

    asset_id: Word
    path: str
    size: int
    created: datetime
    modified: datetime
    blob: str | None = None
    zarr: Word | None = None
    metadata: dict[str, Any] | None = None

    @property
    def _access(self) -> str:
        access = (self.metadata or {}).get("access")
        return str(access[0].get("status")) if isinstance(access, list) and access and isinstance(access[0], dict) else ""

    @property
    def is_open(self) -> bool:
        """Whether its record says that everybody may read it."""
        return self._access == "dandi:OpenAccess"

    @property
    def open_store_address(self) -> str:
        """The unsigned address of an open file in the object store; empty where the record names none."""
        addresses = (self.metadata or {}).get("contentUrl")
        if self._access == "dandi:EmbargoedAccess" or not isinstance(addresses, list):
            return ""
        return next((one for one in addresses if isinstance(one, str) and "/assets/" not in one and "/zarr/" in one), "")


class RangedAsset(msgspec.Struct, frozen=True):
    """How the inside of a file is reached.

    Attributes:
        address: Where it can be read by ranges; of a Zarr, with `{key}` where its keys stand.
        headers: What the archive's own origin needs; empty of a file that everybody may read.
        content: What names the content for ever: the id of the blob, or of the Zarr with its checksum; empty where nothing does.
        size: Its size in bytes.
        documents: Keys of a Zarr's metadata documents, where these are not consolidated.
    """

    address: str
    headers: dict[str, str]
    content: str
    size: int
    documents: list[str] = []


class FolderAsset(Answer, frozen=True, kw_only=True):
    """The asset behind a file of the folder view; `url` is unsigned and in the object store."""

    asset_id: Word
    url: str | None = None


class FolderEntry(Answer, frozen=True, kw_only=True):
    """A file or folder directly below a folder; the aggregates (files, bytes) count all that is below it."""

    path: str
    aggregate_files: int
    aggregate_size: int
    asset: FolderAsset | None = None

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder."""
        return self.asset is None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class PlaceFolder(Answer, frozen=True, kw_only=True):
    """A folder as the one-call path look-up gives it."""

    path: str
    total_assets: int
    total_size: int


class Place(Answer, frozen=True, kw_only=True):
    """What stands at a path: a folder or an asset, never both."""

    folder: PlaceFolder | None = None
    asset: Asset | None = None

    @property
    def path(self) -> str:
        """The path in the version, without a slash at its end."""
        found = self.folder or self.asset
        return found.path if found else ""


class AssetValidation(Answer, frozen=True, kw_only=True):
    """The archive's validation of one asset within a version."""

    status: Word
    validation_errors: list[ValidationProblem] = []


class User(Answer, frozen=True, kw_only=True):
    """The account that a key belongs to; `status` is INCOMPLETE, PENDING, APPROVED or REJECTED."""

    username: str
    name: str
    admin: bool = False
    status: Word = "APPROVED"


class Owner(Answer, frozen=True, kw_only=True):
    """An owner of a Dandiset; `email` is None for readers who are not signed in."""

    username: str
    name: str | None = None
    email: str | None = None


class ServiceAddress(Answer, frozen=True, kw_only=True):
    """The address of a service that the instance names."""

    url: str | None = None


class InstanceConfig(Answer, frozen=True, kw_only=True):
    """How an instance calls itself: the name stands in identifiers (`DANDI:000004`)."""

    instance_name: str = ""
    instance_identifier: str | None = None
    instance_url: str | None = None
    doi_prefix: str | None = None
    licenses: list[str] = []


class ArchiveInfo(Answer, frozen=True, kw_only=True):
    """What an instance says of itself."""

    version: str
    schema_version: str = ""
    schema_url: str = ""
    allowed_schema_versions: list[str] = []
    services: dict[str, ServiceAddress | None] = {}
    instance_config: InstanceConfig = InstanceConfig()


class ArchiveStats(Answer, frozen=True, kw_only=True):
    """How much the archive holds; `size` is in bytes."""

    dandiset_count: int
    published_dandiset_count: int
    user_count: int
    size: int


class Zarr(Answer, frozen=True, kw_only=True):
    """A Zarr archive; `checksum` is `MD5-files--bytes`, None unless `status` is Complete; `size` is in bytes."""

    zarr_id: Word
    name: str
    dandiset: str
    status: Word
    checksum: str | None = None
    file_count: int = 0
    size: int = 0


class ZarrFile(Answer, frozen=True, kw_only=True, rename="pascal"):
    """A file within a Zarr archive: `key` is its path in it, `e_tag` its MD5, `size` in bytes."""

    key: str
    size: int
    e_tag: str = msgspec.field(name="ETag")
    last_modified: str = ""
