"""The archive's rules on names and folders: pure functions of a file's path in its Dandiset.

The scheme `sub-ID/sub-ID_ses-ID_modality.nwb` and the ids of findings are the `dandi` client's; which signs a path may have is
the archive's own rule, which refuses others only when the upload is over.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from dandi_tui.dataset.asset_path import path_fault
from dandi_tui.dataset.findings import Finding, Layer, Severity
from dandi_tui.dataset.validate_hints import field_for, hint_for

_LABEL = r"[^_*\\/<>:|\"'?%@;.]+"
_FILE = re.compile(rf"sub-{_LABEL}(_ses-{_LABEL})?(_(tis|slice|cell|desc|probe|obj)-{_LABEL})*(_[a-z]+(\+[a-z]+)*)?\.nwb")
_FOLDER = re.compile(rf"sub-{_LABEL}")
_REPLACED = re.compile(r"[_*\\/<>:|\"'?%@;,.\s]")


def finding(path: str, kind: str, message: str, severity: Severity = Severity.ERROR, location: str = "", layer: Layer = Layer.ARCHIVE) -> Finding:
    """A finding of the archive's rules, with its remedy."""
    return Finding(path=path, location=location, severity=severity, id=kind, message=message, hint=hint_for(kind), field=field_for(kind), layer=layer)


def organized_findings(path: str, asset_path: str) -> list[Finding]:
    """Whether an NWB file is named and placed as the archive wants it.

    Args:
        path: The file, to be named in findings.
        asset_path: Its path in the Dandiset, `/` separated.
    """
    place = PurePosixPath(asset_path)
    if place.suffix != ".nwb":
        return []
    found = []
    if not _FILE.fullmatch(place.name):
        found.append(finding(path, "DANDI.NON_DANDI_FILENAME", f"The name {place.name} does not follow the archive's scheme"))
    if not _FOLDER.fullmatch(str(place.parent)):
        found.append(finding(path, "DANDI.NON_DANDI_FOLDERNAME", "It does not stand in a folder of its subject at the root of the Dandiset"))
    if not found and (subject := _FOLDER.match(place.name)) and subject[0] != str(place.parent):
        words = f"The name says {subject[0]}, the folder {place.parent}"
        found.append(finding(path, "DANDI.METADATA_MISMATCH_SUBJECT", words))
    return found


def path_findings(path: str, asset_path: str) -> list[Finding]:
    """Whether the archive takes this path."""
    fault = path_fault(asset_path)
    return [finding(path, "DANDI.PATH_REFUSED", f"The archive does not take its path, which {fault}")] if fault else []


def subject_finding(path: str, asset_path: str, subject_id: str) -> list[Finding]:
    """Whether the name says the subject that the file holds."""
    found = re.match(rf"sub-({_LABEL})", PurePosixPath(asset_path).name)
    if not found or not subject_id or not asset_path.endswith(".nwb") or found[1] in {subject_id, _REPLACED.sub("-", subject_id)}:
        return []
    words = f"The name says sub-{found[1]}, the file's subject is {subject_id!r}"
    return [finding(path, "DANDI.SUBJECT_DIFFERS", words, Severity.WARNING, "/general/subject/subject_id")]
