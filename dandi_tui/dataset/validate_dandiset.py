"""dandiset.yaml: whether it can be read, and what the archive's schema says of the metadata in it.

These metadata are edited on the archive, and the file is brought from there: what is missing has to be mended before the Dandiset is
published, not before files are uploaded. Only a file that can't be used at all is an error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.findings import Finding, Layer, Severity
from dandi_tui.dataset.validate_layout import finding

if TYPE_CHECKING:
    from pathlib import Path

NAME = "dandiset.yaml"
_LARGEST = 16 * 2**20
_REQUIRED = ("identifier", "name", "description")
_PLACEHOLDERS = ("REQUIRED", "PLACEHOLDER")
_OF_THE_ARCHIVE = frozenset({"id", "version", "citation", "assetsSummary", "manifestLocation", "url", "repository", "dateCreated", "access"})
_IDENTIFIER = re.compile(r"(?:[A-Z][-A-Z]*:)?\d{6}")


def dandiset_findings(path: Path, shown: str) -> list[Finding]:
    """What is wrong with a dandiset.yaml.

    Args:
        path: The file.
        shown: Its path as it is to be shown.
    """
    metadata = _read(path)
    if isinstance(metadata, str):
        return [finding(shown, "dandiset_yaml.unreadable", metadata)]
    found = []
    for name in _REQUIRED:
        value = metadata.get(name)
        grave = Severity.ERROR if name == "identifier" else Severity.WARNING
        if value is None or not str(value).strip():
            found.append(finding(shown, "dandischema.required_field", f"{name} has no value", grave, name))
        elif value in _PLACEHOLDERS:
            found.append(finding(shown, "dandischema.placeholder_value", f"{name} is still {value!r}", Severity.WARNING, name))
    identifier = metadata.get("identifier")
    if identifier and not _IDENTIFIER.fullmatch(str(identifier)):
        words = f"identifier {str(identifier)[:100]!r} is none of a Dandiset, such as DANDI:000123"
        found.append(finding(shown, "dandiset_yaml.identifier", words, Severity.ERROR, "identifier"))
    return found + (_by_schema(metadata, shown) if metadata.get("schemaVersion") else [])


def _read(path: Path) -> dict[str, Any] | str:
    """The metadata; or in words why there are none."""
    import yaml

    from dandi_tui.api.documents import from_yaml

    try:
        if path.stat().st_size > _LARGEST:
            return "It is too large to be read"
        metadata = from_yaml(path.read_bytes())
    except OSError as error:
        return f"It can't be read: {error.strerror}"
    except (yaml.YAMLError, ValueError) as error:
        return f"It is no YAML: {' '.join(str(error).split())[:300]}"
    return metadata if isinstance(metadata, dict) else "It holds no metadata"


def _by_schema(metadata: dict[str, Any], shown: str) -> list[Finding]:
    from dandischema.models import Dandiset
    from pydantic import ValidationError

    from dandi_tui.dataset.validate_file import schema_error

    try:
        Dandiset(**{str(key): value for key, value in metadata.items()})
    except ValidationError as error:
        errors = [one for one in error.errors() if not _is_known_already(one)]
        return [schema_error(shown, one, Layer.ARCHIVE, Severity.WARNING) for one in errors]
    return []


def _is_known_already(error: Any) -> bool:  # noqa: ANN401 (pydantic's error as a dict)
    """Whether an error is of a field that the archive fills in itself, or that was told as required."""
    return error.get("type") == "missing" and len(error["loc"]) == 1 and error["loc"][0] in _OF_THE_ARCHIVE | set(_REQUIRED)
