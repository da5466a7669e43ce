"""What the archive's API offers, resource by resource."""

from __future__ import annotations

from dandi_tui.demo.resources import archive, assets, dandisets, folders, users, versions, zarrs
from dandi_tui.demo.routing import Resource

_D = "/api/dandisets/{dandiset:digits}"
_V = _D + "/versions/{version:version}"
_A = "/assets/{asset:uuid4}"


def _get(name: str, path: str, handler: object, *, head: bool = True) -> Resource:
    return Resource(name, path, {"GET": handler}, head)  # type: ignore[dict-item]


def _of_asset(name: str, prefix: str) -> tuple[Resource, ...]:
    return (
        _get(f"{name} Instance", f"{prefix}{_A}/", assets.single),
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
    _get("Dandiset List", "/api/dandisets/", dandisets.listed),
    _get("Dandiset Search", "/api/dandisets/search/", dandisets.by_assets),
    _get("Dandiset Instance", _D + "/", dandisets.single),
    _get("Dandiset Users", _D + "/users/", users.owners),
    _get("Dandiset Uploads", _D + "/uploads/", dandisets.unfinished_uploads),
    Resource("Dandiset Star", _D + "/star/", {"POST": dandisets.star, "DELETE": dandisets.star}),
    _get("Version List", _D + "/versions/", versions.listed),
    _get("Version Instance", _V + "/", versions.single),
    _get("Version Info", _V + "/info/", versions.info),
    _get("Nested Asset List", _V + "/assets/", assets.listed),
    _get("Nested Asset Paths", _V + "/assets/paths/", folders.view),
    _get("Nested Asset Validation", _V + _A + "/validation/", assets.validation),
    *_of_asset("Nested Asset", _V),
    *_of_asset("Asset", "/api"),
    _get("Asset At Path", "/api/webdav/assets/atpath/", folders.at_path, head=False),
    Resource("Blob Read View", "/api/blobs/digest/", {"POST": assets.blob_by_digest}, head=False),
    _get("Zarr List", "/api/zarr/", zarrs.listed),
    _get("Zarr Instance", "/api/zarr/{zarr:uuid4}/", zarrs.single),
    _get("Zarr Files", "/api/zarr/{zarr:uuid4}/files/", zarrs.files),
)
