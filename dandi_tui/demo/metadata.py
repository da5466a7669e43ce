"""Metadata as the archive answers it: what was sent, and what the server computes when it is read."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from dandi_tui.demo.store.facts import objects

if TYPE_CHECKING:
    from dandi_tui.demo.store.assets import Asset
    from dandi_tui.demo.store.dandisets import Dandiset
    from dandi_tui.demo.store.versions import Version

INSTANCE = "DANDI"
DOI_PREFIX = "10.80507"
SCHEMA = "0.7.0"
ALLOWED_SCHEMAS = ("0.4.4", "0.5.1", "0.5.2", *(f"0.6.{number}" for number in range(11)), SCHEMA)
CONTEXT = f"https://raw.githubusercontent.com/dandi/schema/master/releases/{SCHEMA}/context.json"
EMPTY_SUMMARY = {"schemaKey": "AssetsSummary", "numberOfBytes": 0, "numberOfFiles": 0}
# What the archive computes in the metadata of a version, whatever is sent.
_COMPUTED = frozenset(
    {
        "@context", "assetsSummary", "citation", "dateCreated", "datePublished", "doi", "id", "identifier", "manifestLocation", "name",
        "publishedBy", "releaseNotes", "repository", "schemaKey", "url", "version",
    }
)  # fmt: skip
_COMPUTED_ACCESS = frozenset({"status", "schemaKey", "embargoedUntil"})
_SPACE = uuid.UUID("4f1b9c0e-5a47-4a6e-9a57-0f3c7d2b8e11")


def identifier_of(*names: str) -> str:
    """A version-4 UUID that is always the same for the same names."""
    return str(uuid.UUID(bytes=uuid.uuid5(_SPACE, "/".join(names)).bytes, version=4))


def stamp(time: str) -> str:
    """A record's time as metadata has it."""
    return time.removesuffix("Z") + "+00:00"


def without_computed(sent: dict[str, Any]) -> dict[str, Any]:
    """What is kept of the metadata of a version that were sent; the version of the schema is added where it is missing."""
    kept = {name: value for name, value in sent.items() if name not in _COMPUTED}
    if "access" in kept:
        kept["access"] = [{name: value for name, value in one.items() if name not in _COMPUTED_ACCESS} for one in objects(kept["access"])]
        if not any(kept["access"]):
            del kept["access"]
    return {"schemaVersion": SCHEMA, **kept}


def access(dandiset: Dandiset, sent: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Who may read it, with what its owner wrote about that."""
    found = {"schemaKey": "AccessRequirements", "status": "dandi:OpenAccess" if dandiset.open else "dandi:EmbargoedAccess"}
    if dandiset.embargoed_until:
        found["embargoedUntil"] = dandiset.embargoed_until
    written = list(objects((sent or {}).get("access")))
    return [{**(written[0] if written else {}), **found}, *written[1:]]


def publish_activity(name: str, time: str) -> dict[str, Any]:
    """The act of publishing."""
    software = {
        "id": f"urn:uuid:{identifier_of('software')}",
        "identifier": "RRID:SCR_017571",
        "name": "DANDI API",
        "version": "0.1.0",
        "schemaKey": "Software",
    }
    return {
        "id": f"urn:uuid:{identifier_of('publish', name)}",
        "name": "DANDI publish",
        "startDate": time,
        "endDate": time,
        "wasAssociatedWith": [software],
        "schemaKey": "PublishActivity",
    }


def of_asset(sent: dict[str, Any], asset: Asset, dandiset: Dandiset, digest: dict[str, str | None], addresses: list[str]) -> dict[str, Any]:
    """The metadata of an asset.

    Args:
        sent: What the client sent, with what publishing wrote into it.
        asset: Its record.
        dandiset: Which tells who may read it.
        digest: The digests of its content.
        addresses: Where its content is.
    """
    return {
        **sent,
        "id": f"dandiasset:{asset.asset_id}",
        "access": access(dandiset),
        "path": asset.path,
        "identifier": asset.asset_id,
        "contentUrl": addresses,
        "contentSize": asset.size,
        "digest": digest,
        "@context": CONTEXT,
    }


def of_version(sent: dict[str, Any], version: Version, dandiset: Dandiset, origin: str, manifest: str) -> dict[str, Any]:
    """The metadata of a version.

    Args:
        sent: What the owner wrote, and the summary of the assets.
        version: Its record.
        dandiset: Which tells who may read it, and since when it is there.
        origin: Scheme, host and port of the archive.
        manifest: The address of the list of its assets.
    """
    page = f"{origin}/dandiset/{dandiset.identifier}/{version.version}"
    doi = f"{DOI_PREFIX}/dandi.{dandiset.identifier}/{version.version}"
    found = {
        **sent,
        "id": f"{INSTANCE}:{dandiset.identifier}/{version.version}",
        "url": page,
        "name": version.name,
        "access": access(dandiset, sent),
        "version": version.version,
        "@context": CONTEXT,
        "citation": citation(sent, version, page if version.draft else f"https://doi.org/{doi}"),
        "schemaKey": "Dandiset",
        "identifier": f"{INSTANCE}:{dandiset.identifier}",
        "repository": origin,
        "dateCreated": stamp(dandiset.created),
        "manifestLocation": [manifest],
    }
    if version.draft:
        return found
    time = stamp(version.created)
    activity = publish_activity(f"{dandiset.identifier}/{version.version}", time)
    return {**found, "doi": doi, "datePublished": time, "publishedBy": activity, "releaseNotes": version.release_notes}


def citation(sent: dict[str, Any], version: Version, link: str) -> str:
    """How a version is cited."""
    names = "; ".join(who["name"] for who in _people(sent) if who.get("includeInCitation"))
    if not names:
        return f"{version.name} ({version.modified[:4]}). (Version {version.version}) [Data set]. DANDI Archive. {link}"
    return f"{names} ({version.modified[:4]}) {version.name} (Version {version.version}) [Data set]. DANDI Archive. {link}"


def contact(sent: dict[str, Any]) -> str:
    """The name of the contact person; empty when there is none."""
    return next((str(who["name"]) for who in _people(sent) if "dcite:ContactPerson" in (who.get("roleName") or ())), "")


def _people(sent: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**who, "name": str(who["name"])} for who in objects(sent.get("contributor")) if "name" in who]
