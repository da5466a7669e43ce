"""What a problem that the archive finds asks for: where in the file it is mended, and how. Pure."""

from __future__ import annotations

import re

NOT_YET = "is currently being validated"
_REQUIRED = re.compile(r"'(\w+)' is a required property")
_FROM_BYTES = "The archive has it from the bytes: upload the file again."
_FROM_TYPES = "It follows from the types of the objects in the file: the file may hold no data, or was not read; upload it again."
_READ = "It is read from the file: correct it there, and upload the file again."
_WORDS = {
    "contentSize": _FROM_BYTES, "digest": _FROM_BYTES, "contentUrl": _FROM_BYTES, "encodingFormat": _FROM_BYTES, "blobDateModified": _FROM_BYTES,
    "approach": _FROM_TYPES, "measurementTechnique": _FROM_TYPES, "variableMeasured": _FROM_TYPES,
}  # fmt: skip
_SUBJECT = {"species": "species", "sex": "sex", "age": "age", "strain": "strain", "genotype": "genotype"}
_SESSION = {"startDate": ("/session_start_time", "session_start_time"), "description": ("/session_description", "session_description")}


def remedy(field: str, message: str, *, of_file: bool) -> str:
    """How to mend what the archive finds wrong, as a sentence.

    Args:
        field: The field of the metadata, as a path with dots.
        message: The archive's words.
        of_file: Whether it is a file's metadata, which is read from the file, or the Dandiset's own, which people write.
    """
    if NOT_YET in message:
        return "The archive is looking at it: ask again later."
    if not of_file and field.startswith("assetsSummary"):
        return "It is counted from the files: upload some, and the archive counts anew."
    if not of_file:
        return "Fill it in in the metadata form (E), or by `dandi-tui dandiset edit`."
    parts = [part for part in field.split(".") if part and not part.isdigit()] or [""]
    missing = _REQUIRED.search(message)
    if found := _in_file(parts[0], missing[1] if missing else parts[-1]):
        place, name = found
        return f"In the file it is {place}: `dandi-tui mend FILE --set {name}=…` fills it in; then upload the file again."
    return _WORDS.get(parts[0] or (missing[1] if missing else ""), _READ)


def _in_file(first: str, last: str) -> tuple[str, str] | None:
    """Where in an NWB file a field of an asset's metadata is read from, and its name in `mend`; None where it has no one place."""
    if first == "wasAttributedTo":
        name = _SUBJECT.get(last, "subject_id")
        return f"/general/subject/{name}", f"subject.{name}"
    if first == "wasGeneratedBy":
        return _SESSION.get(last, ("/general/session_id", "session_id"))
    return ("/general/keywords", "keywords") if first == "keywords" else None
