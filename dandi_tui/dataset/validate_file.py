"""What is wrong with one file, by its content: runs in worker processes, so that a file may crash them.

Layers: the asset's metadata (by the archive's schema), the NWB schema (pynwb), best practices (nwbinspector). `look_into` does what
h5py is enough for, and says whether `judge` may follow, which is pynwb's and nwbinspector's part: pynwb follows links into other
files, external storage and virtual datasets without a word, so that such files are told, and not given to it.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from dandi_tui.dataset import validate_zarr
from dandi_tui.dataset.findings import Finding, Layer, Severity
from dandi_tui.dataset.metadata import ETAG, ZARR_CHECKSUM, is_zarr, metadata_from_facts, read_facts
from dandi_tui.dataset.validate_hints import hint_for
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.writers import kept_from_writers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dandi_tui.dataset.metadata_facts import NwbFacts

_MOST_OUTSIDE = 20
_MOST_DEPTH = 7
_MOST_ENTRIES = 500_000
CONTENT_LAYERS = (Layer.METADATA, Layer.SCHEMA, Layer.PRACTICE)
_JUDGED = {Layer.SCHEMA, Layer.PRACTICE}


class FileReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one file's content says.

    Attributes:
        findings: What is wrong.
        identifier: The NWB file's identifier, by which copies are told; empty where it has none.
        subject_id: Its subject's id; empty where it has none.
        judge: Whether pynwb and nwbinspector are still to be asked.
    """

    findings: list[Finding] = []
    identifier: str = ""
    subject_id: str = ""
    judge: bool = False


def check_file(path: str, layers: Sequence[str] = CONTENT_LAYERS) -> FileReport:
    """Checks a file's or Zarr store's content.

    Args:
        path: The file.
        layers: Which layers: `metadata`, `schema`, `practice`.

    Raises:
        OSError: The file is not there, or may not be looked at.
        FileError: It is a folder, and no Zarr store.
    """
    report = look_into(path, layers)
    return joined(report, judge(path, layers)) if report.judge else report


def look_into(path: str, layers: Sequence[str] = CONTENT_LAYERS) -> FileReport:
    """Checks what can be checked without pynwb.

    Raises:
        OSError: The file is not there, or may not be looked at.
        FileError: It is a folder, and no Zarr store.
    """
    source = Path(path)
    if source.is_dir() and not is_zarr(source):
        raise FileError("it is a folder that can't be read")
    if source.is_file() and source.suffix.lower() == ".nwb":
        with kept_from_writers(path):
            pass  # raised, not told as a finding: what is told is remembered, and this ends when the writer does
    facts, findings = read_facts(source)
    of_nwb = source.suffix.lower() == ".nwb" and not findings and facts is not None
    made = metadata_from_facts(source, facts, findings)
    found = [*made.findings, *_invalid_metadata(path, made.metadata)] if Layer.METADATA in layers else [*findings]
    to_judge = False
    if is_zarr(source):
        found = [one for one in found if one.id != "metadata.unreadable_object"] + _store_findings(source)
        to_judge = facts is not None and validate_zarr.can_read() and bool(_JUDGED & set(layers))
        if facts is not None and not to_judge:
            found += _not_checked(path, layers, "of an NWB file in Zarr, as hdmf-zarr is not installed", validate_zarr.INSTALL)
    elif of_nwb and facts is not None:
        outside = _outside_findings(path, facts, layers)
        found += outside
        to_judge = not outside and not facts.external_links and bool(_JUDGED & set(layers))
    subject = str(((facts and facts.subject) or {}).get("subject_id", ""))
    return FileReport(findings=_once(found), identifier=_field(facts, "identifier"), subject_id=subject, judge=to_judge)


def joined(report: FileReport, found: list[Finding]) -> FileReport:
    """What `look_into` and `judge` found together."""
    return msgspec.structs.replace(report, findings=_once(report.findings + found), judge=False)


def _field(facts: NwbFacts | None, name: str) -> str:
    found = facts.fields.get(name) if facts else None
    return found if isinstance(found, str) else ""


def _once(findings: list[Finding]) -> list[Finding]:
    """Each finding once; and of a file that is no NWB, not also that pynwb can't read it."""
    seen = dict.fromkeys(findings)
    if any(one.id == "metadata.nwb_version" for one in seen):
        return [one for one in seen if one.id != "pynwb.GENERIC"]
    return list(seen)


def _outside_findings(path: str, facts: NwbFacts, layers: Sequence[str]) -> list[Finding]:
    """Of a file that leads into others, which pynwb would open: where, and that it is not given to it."""
    outside = _outside_data(path)
    if outside or facts.external_links:
        return outside + _not_checked(path, layers, "of a file that leads into other files", "Nothing outside a file is opened for its sake.")
    return []


def judge(path: str, layers: Sequence[str] = CONTENT_LAYERS) -> list[Finding]:
    """What pynwb and nwbinspector say of a file that `look_into` found to lead nowhere else; what both can't read is told once."""
    from dandi_tui.dataset.loading import load_pynwb
    from dandi_tui.dataset.validate_practice import practice_findings
    from dandi_tui.dataset.validate_reading import schema_and_practice
    from dandi_tui.dataset.validate_schema import schema_findings

    load_pynwb()
    if is_zarr(Path(path)):
        return validate_zarr.store_findings(path, layers)
    if Layer.PRACTICE not in layers:
        return schema_findings(path) if Layer.SCHEMA in layers else []
    found, further = schema_and_practice(path) if Layer.SCHEMA in layers else ([], practice_findings(path))
    known = {one.id for one in found} & {"pynwb.GENERIC"}
    return found + [one for one in further if one.id not in known]


def _not_checked(path: str, layers: Sequence[str], whose: str, hint: str) -> list[Finding]:
    if not _JUDGED & set(layers):
        return []
    words = f"NWB schema and best practices are not checked {whose}"
    return [Finding(path=path, severity=Severity.INFO, id="pynwb.not_checked", message=words, hint=hint, layer=Layer.SCHEMA)]


# The asset's metadata


def _invalid_metadata(path: str, metadata: dict[str, Any]) -> list[Finding]:
    """What the archive's schema does not allow; the digest, which needs the whole file, is taken as given."""
    from dandischema.models import BareAsset
    from pydantic import ValidationError

    zarr = metadata["encodingFormat"] == "application/x-zarr"
    digest = {ZARR_CHECKSUM: f"{'0' * 32}-0--{metadata['contentSize']}"} if zarr else {ETAG: f"{'0' * 32}-1"}
    try:
        BareAsset(**{**metadata, "digest": digest})
    except ValidationError as error:
        return [schema_error(path, one, Layer.METADATA, Severity.ERROR) for one in _of_its_kind(error.errors())]
    return []


def _of_its_kind(errors: list[Any]) -> list[Any]:
    """Without what is said of kinds that a record is not: where it may be of several, each is tried."""
    others = {one["loc"][:-1] for one in errors if one["loc"][-1:] == ("schemaKey",)}
    return [one for one in errors if not any(one["loc"][: len(other)] == other for other in others)] or errors


def schema_error(path: str, error: Any, layer: Layer, severity: Severity) -> Finding:  # noqa: ANN401 (pydantic's error as a dict)
    """An error of the archive's schema as a finding: its place is the field."""
    place = "/".join(str(part) for part in error.get("loc", ()))
    kind = f"dandischema.{error.get('type', 'error')}"
    identifier = ".".join([kind, *(str(part) for part in error.get("loc", ()) if isinstance(part, str))])
    given = error.get("input")
    shown = f" ({given!r} was given)" if isinstance(given, str | int | float) and not isinstance(given, bool) else ""
    message = f"{place or 'The metadata'}: {str(error.get('msg', '')).removeprefix('Value error, ')}{shown}"[:1000]
    return Finding(path=path, location=place, severity=severity, id=identifier, message=message, hint=hint_for(kind), layer=layer)


# Data that lie in other files


def _outside_data(path: str) -> list[Finding]:
    """Datasets whose values lie in other files: external storage and virtual datasets."""
    import h5py

    found: list[Finding] = []

    def look(name: str, item: Any) -> bool | None:  # noqa: ANN401
        if isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
            how = "are a view of other files (a virtual dataset)" if item.is_virtual else "lie in another file (external storage)"
            found.append(_outside(path, f"/{name}", f"Its values {how}: an upload leaves them behind"))
        return True if len(found) >= _MOST_OUTSIDE else None

    try:
        with h5py.File(path, "r") as file:
            file.visititems(look)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError):
        return found
    return found


def _outside(path: str, location: str, words: str) -> Finding:
    kind = "DANDI.OUTSIDE_DATA"
    return Finding(path=path, location=location, severity=Severity.WARNING, id=kind, message=words, hint=hint_for(kind), layer=Layer.ARCHIVE)


# Zarr stores


def _store_findings(source: Path) -> list[Finding]:
    """What the archive asks of a Zarr store: readable, not empty, not too deep."""
    from dandi_tui.nwb.zarr_store import ZarrStore

    path = str(source)
    store = ZarrStore(source)
    top = store.listed("/")
    if top.kind == "unreadable":
        return [_of_store(path, "/", "zarr.cannot_open", f"It can't be read as a Zarr store: {top.reason}")]
    objects = list(itertools.islice(store.walk(), _MOST_ENTRIES)) if top.kind == "group" else []
    found = [_of_store(path, one.path, "zarr.broken", f"It can't be read: {one.reason}") for one in objects if one.kind == "unreadable"][:_MOST_OUTSIDE]
    if top.kind == "group" and not objects:
        found.append(_of_store(path, "/", "dandi_zarr.empty_group", "The Zarr group is empty"))
    if deep := _too_deep(source):
        found.append(_of_store(path, deep, "dandi_zarr.tree_depth_exceeded", f"The store has folders more than {_MOST_DEPTH} levels deep"))
    return found


def _of_store(path: str, location: str, kind: str, words: str) -> Finding:
    return Finding(path=path, location=location, severity=Severity.ERROR, id=kind, message=words, hint=hint_for(kind), layer=Layer.ARCHIVE)


def _too_deep(source: Path) -> str:
    """The first file that is too deep; empty where none is."""
    files: Iterable[Path] = itertools.islice(source.rglob("*"), _MOST_ENTRIES)
    for one in files:
        place = one.relative_to(source)
        if len(place.parts) > _MOST_DEPTH and not one.is_dir():
            return f"/{place.as_posix()}"
    return ""
