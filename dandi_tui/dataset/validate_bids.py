"""BIDS datasets: recognised by their dataset_description.json, and held to the rules that are cheap to look at.

These are: description, README, participants, names with folders, entities, suffixes and extensions, sidecars. BIDS has rules beyond these,
which its own validator checks. See the BIDS specification, "Common principles" and "Modality-agnostic files".
"""

from __future__ import annotations

import csv
import json
import os
import re
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dandi_tui.dataset.asset_files import ASSETS
from dandi_tui.dataset.bids_names import DATATYPES, SIDECARS, BidsName, entity_faults, parse_name, suffix_fault
from dandi_tui.dataset.findings import Finding, Severity
from dandi_tui.dataset.validate_layout import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

DESCRIPTION = "dataset_description.json"
PARTICIPANTS = "participants.tsv"
_READMES = ("README", "README.md", "README.rst", "README.txt")
_KINDS = ("raw", "derivative", "study")
_VERSION = re.compile(r"\d+\.\d+\.\d+.*")
_APART = frozenset({"sourcedata", "derivatives", "code", "stimuli"})
_FOLDERS_THAT_ARE_FILES = (".zarr", ".ngff", ".ds", ".mefd")
_LARGEST = 2**20
_MOST_FILES = 50_000
_MOST_NAMED = 20


def find_bids_root(folder: Path, top: Path | None) -> Path | None:
    """The nearest BIDS dataset that a folder is in, not above `top`."""
    for one in (folder, *folder.parents):
        if (one / DESCRIPTION).is_file():
            return one
        if one == top:
            return None
    return None


def dataset_findings(root: Path, shown: str) -> list[Finding]:
    """What is wrong with a BIDS dataset as a whole, and with its files that are no assets of their own; and that it is one.

    Args:
        root: Its folder.
        shown: The path of its dataset_description.json, as it is to be shown.
    """
    _documents_in.cache_clear()
    told, wrong = _described(root / DESCRIPTION)
    name, version = (str(told[key])[:100] if isinstance(told.get(key), str) else "" for key in ("Name", "BIDSVersion"))
    words = f"This is a BIDS dataset{f' ({name})' if name else ''}, version {version or 'not told'}: names, folders, sidecars and participants are checked"
    found = [finding(shown, "BIDS.dataset", f"{words}, not the rest of BIDS", Severity.INFO)]
    found += [finding(shown, "BIDS.description", one, location=DESCRIPTION) for one in wrong]
    if not any((root / one).is_file() for one in _READMES):
        found.append(finding(shown, "BIDS.readme", "There is no README", Severity.WARNING))
    above = shown.removesuffix(DESCRIPTION)
    return [*found, *_of_participants(root, f"{above}{PARTICIPANTS}"), *_of_others(root, above)]


def _described(path: Path) -> tuple[dict[str, Any], list[str]]:
    told, fault = _read_json(path)
    if fault:
        return {}, [fault]
    wrong = [f"{key} is missing" for key in ("Name", "BIDSVersion") if not isinstance(told.get(key), str) or not told[key].strip()]
    version, kind = told.get("BIDSVersion"), told.get("DatasetType", "raw")
    if isinstance(version, str) and version.strip() and not _VERSION.fullmatch(version.strip()):
        wrong.append(f"BIDSVersion «{version[:50]}» is no version such as 1.10.0")
    if kind not in _KINDS:
        wrong.append(f"DatasetType «{str(kind)[:50]}» is none of {', '.join(_KINDS)}")
    made_by = told.get("GeneratedBy")
    if kind == "derivative" and not (isinstance(made_by, list) and made_by and all(isinstance(one, dict) and one.get("Name") for one in made_by)):
        wrong.append("GeneratedBy is missing: a derivative names the programs that made it, each with its Name")
    return told, wrong


def _read_json(path: Path) -> tuple[dict[str, Any], str]:
    """A JSON document, and what is wrong with it."""
    try:
        if path.stat().st_size > _LARGEST:
            return {}, ""
        told = json.loads(path.read_bytes())
    except OSError as error:
        return {}, f"It can't be read: {error.strerror}"
    except (ValueError, RecursionError):
        return {}, "It can't be read as JSON"
    return (told, "") if isinstance(told, dict) else ({}, "It is no JSON object")


# Participants


def _of_participants(root: Path, shown: str) -> Iterator[Finding]:
    """Whether the participants that are listed are those that have folders."""
    path = root / PARTICIPANTS
    if not path.is_file():
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, delimiter="\t") if row]
    except (OSError, ValueError, csv.Error) as error:
        yield finding(shown, "BIDS.participants", f"It can't be read as a table: {error}"[:300])
        return
    if not rows or rows[0][0] != "participant_id":
        yield finding(shown, "BIDS.participants", "Its first column is not participant_id")
        return
    listed = [row[0] for row in rows[1:]]
    folders = {one.name for one in os.scandir(root) if one.name.startswith("sub-") and one.is_dir()}
    for words, names, severity in (
        ("is no participant_id such as sub-01", [one for one in listed if not re.fullmatch(r"sub-[0-9a-zA-Z+]+", one)], Severity.ERROR),
        ("is listed twice", [one for one in dict.fromkeys(listed) if listed.count(one) > 1] if len(listed) != len(set(listed)) else [], Severity.ERROR),
        ("has a folder, and is not listed", sorted(folders - set(listed)), Severity.ERROR),
        ("is listed, and has no folder", [one for one in dict.fromkeys(listed) if one.startswith("sub-") and one not in folders], Severity.WARNING),
    ):
        for name in names[:_MOST_NAMED]:
            yield finding(shown, "BIDS.participants", f"{name[:100]} {words}", severity)


# Names


def _of_others(root: Path, above: str) -> Iterator[Finding]:
    """Names and JSON of the files that are no assets of their own: images of the brain, tables, sidecars."""
    for count, path in enumerate(_files(root)):
        if count >= _MOST_FILES:
            return
        place = path.relative_to(root).as_posix()
        if path.suffix.lower() not in ASSETS:
            yield from name_findings(f"{above}{place}", place)
        fault = _read_json(path)[1] if path.suffix == ".json" else ""
        if fault:
            yield finding(f"{above}{place}", "BIDS.json", fault)


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(
            one for one in folders if not one.startswith(".") and not one.endswith(_FOLDERS_THAT_ARE_FILES) and (here != root or one.startswith("sub-"))
        )
        yield from (here / one for one in sorted(names) if not one.startswith(".") and here != root)


def name_findings(path: str, bids_path: str) -> list[Finding]:
    """Whether a file's name and folders follow BIDS.

    Args:
        path: The file, to be named in findings.
        bids_path: Its path in the BIDS dataset, `/` separated.
    """
    place = PurePosixPath(bids_path)
    if place.parts[0] in _APART or len(place.parts) == 1 or place.name.endswith(("_scans.tsv", "_scans.json", "_sessions.tsv", "_sessions.json")):
        return []
    name, folders = parse_name(place.name), list(place.parent.parts)
    if name is None or not folders[0].startswith("sub-"):
        return [finding(path, "BIDS.name", f"{bids_path} does not follow BIDS")]
    labels = dict(reversed(name.entities))
    expected = [f"{key}-{labels[key]}" for key in ("sub", "ses") if key in labels]
    if [one for one in folders if one.startswith(("sub-", "ses-"))] != expected:
        return [finding(path, "BIDS.name_differs", f"The name says {'/'.join(expected)}, its folders {'/'.join(folders)}")]
    if folders == expected and name.extension == ".json":
        return []
    if len(folders) != len(expected) + 1 or folders[-1] not in DATATYPES:
        return [finding(path, "BIDS.name", f"{folders[-1]} is no folder of a kind of data, such as ecephys")]
    found = [finding(path, "BIDS.entities", f"{place.name}: {one}") for one in entity_faults(name)]
    if fault := suffix_fault(name, folders[-1]):
        found.append(finding(path, "BIDS.suffix", fault, Severity.WARNING))
    return found


# Sidecars


def sidecar_findings(path: str, bids_path: str, root: Path) -> list[Finding]:
    """Whether a recording is described by a JSON file: beside it, or in a folder above for several ("inheritance principle").

    Args:
        path: The file, to be named in findings.
        bids_path: Its path in the BIDS dataset, `/` separated.
        root: The dataset's folder.
    """
    place = PurePosixPath(bids_path)
    name = parse_name(place.name)
    if name is None or name.suffix not in SIDECARS or name.extension == ".json" or place.parts[0] in _APART:
        return []
    folders = [root.joinpath(*place.parts[:count]) for count in range(len(place.parts))]
    if any(_describes(one, name) for folder in folders for one in _documents_in(folder)):
        return []
    stem = place.name.removesuffix(name.extension)
    return [finding(path, "BIDS.sidecar", f"No JSON file describes it: {stem}.json, or one for several above it", Severity.WARNING)]


def _describes(document: str, name: BidsName) -> bool:
    """Whether a JSON file's name has the same suffix, and no entity that the recording has not."""
    stem = document.removesuffix(".json")
    *entities, suffix = stem.split("_")
    return suffix == name.suffix and {tuple(one.split("-", 1)) for one in entities} <= set(name.entities)


@lru_cache(maxsize=4096)
def _documents_in(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(one.name for one in os.scandir(folder) if one.name.endswith(".json"))
    except OSError:
        return ()
