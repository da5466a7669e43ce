"""The metadata of an asset, as an upload sends it to the archive.

For NWB files the fields are those that the `dandi` client 0.81 computes: session, subject, techniques, approaches and variables.
A field that can't be understood is left out and said. Nothing here asks the network, and neither pynwb nor dandischema is needed.
"""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import dandi_tui
from dandi_tui.dataset.findings import Finding, Layer, Severity
from dandi_tui.dataset.media_types import NWB, ZARR, media_type
from dandi_tui.dataset.metadata_facts import NwbFacts, parse_time
from dandi_tui.dataset.metadata_subject import participant
from dandi_tui.dataset.neurodata_types import MEASURED
from dandi_tui.nwb.model import FileError

if TYPE_CHECKING:
    from collections.abc import Mapping

ETAG = "dandi:dandi-etag"
ZARR_CHECKSUM = "dandi:dandi-zarr-checksum"


class AssetMetadata(NamedTuple):
    """Metadata ready to be sent, and what was wrong with the file that they were read from."""

    metadata: dict[str, Any]
    findings: list[Finding]


def asset_metadata(path: str | os.PathLike[str], asset_path: str = "", *, digest: Mapping[str, str] | None = None, size: int | None = None) -> AssetMetadata:
    """The metadata of a file or Zarr store of this machine.

    Pure and picklable: runs in any process. An NWB file that can't be read has the metadata of any file, and a finding of severity ERROR.

    Args:
        path: The file.
        asset_path: Its path in the Dandiset, `/` separated; its name when empty.
        digest: As the archive writes it, `{"dandi:dandi-etag": …}` or `{"dandi:dandi-zarr-checksum": …}`; left empty when None.
        size: In bytes; asked of the file system when None.

    Raises:
        OSError: The file is not there, or may not be looked at.
    """
    source = Path(path)
    began = datetime.now().astimezone()
    facts, findings = read_facts(source)
    return metadata_from_facts(source, facts, findings, asset_path, digest=digest, size=size, began=began)


def metadata_from_facts(
    source: Path, facts: NwbFacts | None, findings: list[Finding], asset_path: str = "", *,
    digest: Mapping[str, str] | None = None, size: int | None = None, began: datetime | None = None,
) -> AssetMetadata:  # fmt: skip
    """As `asset_metadata`, of a file whose facts were read before (`read_facts`)."""
    common = _common(source, asset_path or source.name, digest, size, began or datetime.now().astimezone())
    if facts is None:
        return AssetMetadata({**_default(), **common}, findings)
    told, problems = metadata_of_facts(facts, str(source))
    generated = told.pop("wasGeneratedBy", []) + common.pop("wasGeneratedBy")
    return AssetMetadata({**_default(), **told, "wasGeneratedBy": generated, **common}, findings + problems)


def is_zarr(path: Path) -> bool:
    """Whether a path is an asset of its own that is a folder: by its name or by what it holds."""
    from dandi_tui.nwb.zarr_store import is_store

    return path.is_dir() and (path.suffix.lower() in {".zarr", ".ngff"} or is_store(path))


def read_facts(path: Path) -> tuple[NwbFacts | None, list[Finding]]:
    """What an NWB file says of itself; None, with a finding where it should, for a file that is none or can't be read."""
    if is_zarr(path):
        from dandi_tui.dataset.metadata_zarr import facts_of_store

        return facts_of_store(path), []
    if path.suffix.lower() != ".nwb":
        return None, []
    from dandi_tui.dataset.metadata_hdf5 import facts_of
    from dandi_tui.nwb.opening import open_local
    from dandi_tui.nwb.writers import kept_from_writers

    if path.exists() and not path.is_file():
        return None, [unreadable(str(path), "it is no file, but a folder, pipe or device")]
    try:
        with kept_from_writers(str(path)), open_local(str(path)) as file:
            return facts_of(file), []
    except (FileError, OSError, RuntimeError, ValueError, KeyError) as error:
        return None, [unreadable(str(path), str(error).removeprefix(f"{path} "))]


def unreadable(path: str, why: str) -> Finding:
    """The finding of a file that can't be read at all."""
    return Finding(
        path=path,
        severity=Severity.ERROR,
        id="metadata.unreadable",
        message=f"The file can't be read: {why}",
        hint="Open it with the program that wrote it, or convert it again; an incomplete copy has to be copied again.",
        layer=Layer.METADATA,
    )


def _default() -> dict[str, Any]:
    from dandischema.consts import DANDI_SCHEMA_VERSION

    access = [{"schemaKey": "AccessRequirements", "status": "dandi:OpenAccess"}]
    return {"schemaKey": "BareAsset", "schemaVersion": DANDI_SCHEMA_VERSION, "access": access}


def _common(source: Path, asset_path: str, digest: Mapping[str, str] | None, size: int | None, began: datetime) -> dict[str, Any]:
    """The fields that every asset has."""
    zarr = is_zarr(source)
    now = datetime.now(UTC)
    kind = ZARR if zarr else NWB if source.suffix.lower() == ".nwb" else media_type(source.name)
    return {
        "wasGeneratedBy": [_activity(began, now.astimezone())],
        "contentSize": size if size is not None else _size(source, digest, zarr=zarr),
        "encodingFormat": kind,
        "digest": dict(digest or {}),
        "path": asset_path,
        "dateModified": iso(now),
        "blobDateModified": iso(datetime.fromtimestamp(source.stat().st_mtime).astimezone()),
    }


def _size(source: Path, digest: Mapping[str, str] | None, *, zarr: bool) -> int:
    if not zarr:
        return source.stat().st_size
    checksum = (digest or {}).get(ZARR_CHECKSUM, "")
    if "--" in checksum and checksum.rpartition("--")[2].isdigit():
        return int(checksum.rpartition("--")[2])
    return sum(os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(source) for name in names)


def _activity(began: datetime, ended: datetime) -> dict[str, Any]:
    software = {"schemaKey": "Software", "name": "dandi-tui", "version": dandi_tui.__version__}
    return {
        "id": uuid.uuid4().urn,
        "schemaKey": "Activity",
        "name": "Metadata generation",
        "description": "Metadata read from the file by dandi-tui",
        "startDate": iso(began),
        "endDate": iso(ended),
        "wasAssociatedWith": [software],
    }


def iso(when: datetime) -> str:
    """A time as the archive writes it: `Z` for UTC."""
    return when.isoformat().replace("+00:00", "Z")


def metadata_of_facts(facts: NwbFacts, path: str) -> tuple[dict[str, Any], list[Finding]]:
    """The archive's fields of what an NWB file says of itself; and what of it can't be understood.

    Args:
        facts: What was read.
        path: The file, to be named in findings.
    """
    start, findings = _start(facts, path)
    findings += _structure_findings(facts, path)
    made: dict[str, Any] = {}
    if keywords := facts.fields.get("keywords"):
        made["keywords"] = keywords
    if "related_publications" in facts.fields:
        made["relatedResource"] = [_resource(one) for one in facts.fields["related_publications"] if _is_doi(one)]
    if session := _session(facts, start):
        made["wasGeneratedBy"] = [session]
    made.update(_measured(facts.types))
    if sample := _sample(facts.sample):
        made["wasDerivedFrom"] = [sample]
    person, more = participant(facts, start, path)
    made["wasAttributedTo"] = [person] if person else []
    return made, findings + more


def _start(facts: NwbFacts, path: str) -> tuple[datetime | None, list[Finding]]:
    text = facts.fields.get("session_start_time")
    if text is None or (start := parse_time(text)) is not None:
        return (start if text is not None else None), []
    message = f"The session's start time {text!r} is no time"
    hint = "Write it as 2024-05-03T14:30:00+02:00, with the zone of the laboratory."
    place = "/session_start_time"
    return None, [_error(path, place, "metadata.session_start_time", message, hint, "session_start_time")]


def _error(path: str, location: str, kind: str, message: str, hint: str, field: str = "") -> Finding:
    return Finding(path=path, location=location, severity=Severity.ERROR, id=kind, message=message, hint=hint, layer=Layer.METADATA, field=field)


def _structure_findings(facts: NwbFacts, path: str) -> list[Finding]:
    found = []
    if facts.nwb_version is None:
        words = "The file names no NWB version: it is no NWB file"
        found.append(_error(path, "/", "metadata.nwb_version", words, "Give a file that is no NWB file another name than .nwb, or convert it to NWB."))
    hint = "The archive keeps each file by itself: copy the data into the file (pynwb: `io.export` with `link_data=False`), or leave the link out."
    for place in facts.external_links[:20]:
        message = "A link leads into another file: such files are refused"
        found.append(_error(path, place, "metadata.external_link", message, hint))
    for place, why in facts.unreadable[:20]:
        found.append(_error(path, place, "metadata.unreadable_object", f"It can't be read: {why}", "Copy or convert the file again; this part is damaged."))
    for place, why in facts.no_times[:20]:
        words = f"Its times can't be understood, so the session's end leaves them out: {why}"
        found.append(Finding(path=path, location=place, severity=Severity.HINT, id="metadata.times", message=words, layer=Layer.METADATA))
    return found


def _session(facts: NwbFacts, start: datetime | None) -> dict[str, Any] | None:
    name = facts.fields.get("session_id")
    if not (name or start or facts.probe_ids):
        return None
    session: dict[str, Any] = {"schemaKey": "Session"}
    if name is not None:
        session["identifier"] = name
    session["name"] = name or "Acquisition session"
    if (description := facts.fields.get("session_description")) is not None:
        session["description"] = description
    if start:
        session["startDate"] = iso(start)
        if end := _end(start, facts):
            session["endDate"] = iso(end)
    if facts.probe_ids:
        session["used"] = [{"schemaKey": "Equipment", "identifier": f"probe:{one}", "name": "Ecephys Probe"} for one in facts.probe_ids]
    return session


def _end(start: datetime, facts: NwbFacts) -> datetime | None:
    try:
        return start + timedelta(seconds=facts.span.stop - facts.span.start) if facts.span else None
    except OverflowError:
        return None


def _sample(ids: Mapping[str, str]) -> dict[str, Any] | None:
    """A cell, derived from a slice, derived from a tissue sample: as far as they are named."""
    made: dict[str, Any] | None = None
    for field, kind in (("tissue_sample_id", "tissuesample"), ("slice_id", "slice"), ("cell_id", "cell")):
        if field in ids:
            derived = {"wasDerivedFrom": [made]} if made else {}
            made = {"schemaKey": "BioSample", "identifier": ids[field], "sampleType": {"schemaKey": "SampleType", "name": kind}, **derived}
    return made


def _measured(types: list[str]) -> dict[str, Any]:
    known = [kind for kind in types if kind in MEASURED]
    techniques = sorted({MEASURED[kind][0] for kind in known} - {""})
    approaches = sorted({MEASURED[kind][1] for kind in known} - {""})
    return {
        "approach": [{"schemaKey": "ApproachType", "name": name} for name in approaches],
        "measurementTechnique": [{"schemaKey": "MeasurementTechniqueType", "name": name} for name in techniques],
        "variableMeasured": [{"schemaKey": "PropertyValue", "value": kind} for kind in known],
    }


def _is_doi(text: str) -> bool:
    try:
        address = urlsplit(text)
    except ValueError:
        return False
    return address.scheme in {"http", "https"} and address.hostname == "doi.org"


def _resource(address: str) -> dict[str, str]:
    return {"schemaKey": "Resource", "identifier": address, "relation": "dcite:IsDescribedBy"}
