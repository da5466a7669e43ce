"""What the archive's API offers, resource by resource."""

from __future__ import annotations

from dandi_tui.demo.resources import (
    archive,
    asset_changes,
    assets,
    dandiset_changes,
    dandisets,
    folders,
    uploads,
    users,
    version_changes,
    versions,
    zarr_changes,
    zarrs,
)
from dandi_tui.demo.routing import Resource

_D = "/api/dandisets/{dandiset:digits}"
_V = _D + "/versions/{version:version}"
_A = "/assets/{asset:uuid4}"
_U = "/api/uploads/{upload:uuid4}"


def _get(name: str, path: str, handler: object, *, head: bool = True) -> Resource:
    return Resource(name, path, {"GET": handler}, head)  # type: ignore[dict-item]


def _of_asset(name: str, prefix: str) -> tuple[Resource, ...]:
    return (
        _get(f"{name} Info", f"{prefix}{_A}/info/", assets.info),
        _get(f"{name} Download", f"{prefix}{_A}/download/", assets.download),
    )


RESOURCES = (
    _get("Info View", "/api/info/", archive.info, head=False),
    _get("Server Info", "/server-info", archive.info, head=False),
    _get("Stats View", "/api/stats/", archive.stats, head=False),
    _get("Schema View", "/api/schemas/", archive.schema, head=False),
    _get("Schema List View", "/api/schemas/available/", archive.schema_models, head=False),
    _get("Users View", "/api/users/", users.everybody, head=False),
    _get("Users Me View", "/api/users/me/", users.me, head=False),
    _get("Users Search View", "/api/users/search/", users.search, head=False),
    Resource("Auth Token View", "/api/auth/token/", {"GET": users.token, "POST": users.new_token}, head=False),
    _get("Audit Asset View", "/api/audit/events/asset", assets.audit, head=False),
    _get("Species Search View", "/api/search/species/", dandisets.species, head=False),
    _get("Genotype Search View", "/api/search/genotypes/", dandisets.genotypes, head=False),
    Resource("Dandiset List", "/api/dandisets/", {"GET": dandisets.listed, "POST": dandiset_changes.create}),
    _get("Dandiset Search", "/api/dandisets/search/", dandisets.by_assets),
    Resource("Dandiset Instance", _D + "/", {"GET": dandisets.single, "DELETE": dandiset_changes.delete}),
    Resource("Dandiset Unembargo", _D + "/unembargo/", {"POST": dandiset_changes.unembargo}),
    Resource("Dandiset Users", _D + "/users/", {"GET": users.owners, "PUT": dandiset_changes.set_owners}),
    Resource("Dandiset Uploads", _D + "/uploads/", {"GET": uploads.unfinished, "DELETE": uploads.clear}),
    Resource("Dandiset Star", _D + "/star/", {"POST": dandisets.star, "DELETE": dandisets.star}),
    _get("Version List", _D + "/versions/", versions.listed),
    Resource("Version Instance", _V + "/", {"GET": versions.single, "PUT": version_changes.edit, "DELETE": version_changes.delete}),
    Resource("Version Publish", _V + "/publish/", {"POST": version_changes.publish}),
    _get("Version Info", _V + "/info/", versions.info),
    Resource("Nested Asset List", _V + "/assets/", {"GET": assets.listed, "POST": asset_changes.create}),
    _get("Nested Asset Paths", _V + "/assets/paths/", folders.view),
    _get("Nested Asset Validation", _V + _A + "/validation/", assets.validation),
    Resource("Nested Asset Instance", f"{_V}{_A}/", {"GET": assets.single, "PUT": asset_changes.replace, "DELETE": asset_changes.delete}),
    *_of_asset("Nested Asset", _V),
    _get("Asset Instance", f"/api{_A}/", assets.single),
    *_of_asset("Asset", "/api"),
    _get("Asset At Path", "/api/webdav/assets/atpath/", folders.at_path, head=False),
    Resource("Blob Read View", "/api/blobs/digest/", {"POST": assets.blob_by_digest}, head=False),
    Resource("Upload Initialize View", "/api/uploads/initialize/", {"POST": uploads.initialize}, head=False),
    Resource("Upload Complete View", _U + "/complete/", {"POST": uploads.complete}, head=False),
    Resource("Upload Validate View", _U + "/validate/", {"POST": uploads.validate}, head=False),
    Resource("Zarr List", "/api/zarr/", {"GET": zarrs.listed, "POST": zarr_changes.create}),
    _get("Zarr Instance", "/api/zarr/{zarr:uuid4}/", zarrs.single),
    Resource(
        "Zarr Files",
        "/api/zarr/{zarr:uuid4}/files/",
        {"GET": zarrs.files, "POST": zarr_changes.ask_for_addresses, "DELETE": zarr_changes.delete_files},
    ),
    Resource("Zarr Finalize", "/api/zarr/{zarr:uuid4}/finalize/", {"POST": zarr_changes.finalize}, head=False),
)
