"""Names of BIDS: entities in their order, and which suffixes and extensions each kind of data has.

After the BIDS specification 1.10, "Appendix: entity table" and "Modality-specific files"; `ecephys` and `icephys` after BEP 032. Kinds of data that
are not in the table are not held to it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = re.compile(r"(?P<stem>sub-[0-9a-zA-Z+]+(?:_[a-zA-Z]+-[0-9a-zA-Z+]+)*)_(?P<suffix>[a-zA-Z0-9]+)(?P<extension>(?:\.[a-zA-Z0-9]+)+)")
ENTITIES = (
    "sub", "ses", "sample", "tpl", "cohort", "task", "tracksys", "acq", "nuc", "voi", "ce", "trc", "stain", "rec", "dir", "run", "mod", "echo",
    "flip", "inv", "mt", "part", "proc", "hemi", "space", "split", "recording", "chunk", "atlas", "seg", "scale", "res", "den", "label", "desc",
)  # fmt: skip
DATATYPES = frozenset("anat beh channels dwi ecephys eeg emg fmap func icephys ieeg ephys meg micr motion mrs nirs perf pet phenotype".split())  # noqa: SIM905
_TABLE, _PICTURE, _IMAGE = frozenset({".tsv", ".json"}), frozenset({".jpg", ".png", ".tif", ".json"}), frozenset({".nii", ".nii.gz", ".json"})
_RECORDED = frozenset({".tsv", ".tsv.gz", ".json"})
_EVENTS = {"events": _TABLE, "physio": frozenset({".tsv.gz", ".json"}), "stim": frozenset({".tsv.gz", ".json"})}
_PLACES = {"channels": _TABLE, "electrodes": _TABLE, "coordsystem": frozenset({".json"})}
_NWB = frozenset({".nwb", ".nix", ".json"})
_BRAIN_VISION = {".edf", ".vhdr", ".vmrk", ".eeg", ".json"}
_MICROSCOPY = frozenset({".ome.tif", ".ome.btf", ".ome.zarr", ".png", ".tif", ".json"})
_VIDEO = frozenset({".mp4", ".mkv", ".avi", ".mov", ".json"})
_CELLULAR = {**_EVENTS, **_PLACES, "probes": _TABLE, "contacts": _TABLE, "photo": _PICTURE}
_MICROSCOPES = "TEM SEM uCT BF DF PC DIC FLUO CONF PLI CARS 2PE MPE SR NLO OCT SPIM XPCT"
SUFFIXES: dict[str, dict[str, frozenset[str]]] = {
    "ecephys": {**_CELLULAR, "ecephys": _NWB},
    "icephys": {**_CELLULAR, "icephys": _NWB},
    "eeg": {**_EVENTS, **_PLACES, "eeg": frozenset({*_BRAIN_VISION, ".set", ".fdt", ".bdf"}), "photo": _PICTURE},
    "ieeg": {**_EVENTS, **_PLACES, "ieeg": frozenset({*_BRAIN_VISION, ".set", ".fdt", ".nwb", ".mefd"}), "photo": _PICTURE},
    "beh": {**_EVENTS, "beh": _RECORDED, "events": _TABLE, "video": _VIDEO, "audiovideo": _VIDEO},
    "micr": {**dict.fromkeys(_MICROSCOPES.split(), _MICROSCOPY), "photo": _PICTURE, "coordsystem": frozenset({".json"})},
    "motion": {**_EVENTS, "motion": _TABLE, "channels": _TABLE, "coordsystem": frozenset({".json"})},
    "nirs": {**_EVENTS, "nirs": frozenset({".snirf", ".json"}), "channels": _TABLE, "optodes": _TABLE, "coordsystem": frozenset({".json"})},
    "dwi": {"dwi": frozenset({*_IMAGE, ".bval", ".bvec"}), "sbref": _IMAGE, "physio": _RECORDED, "stim": _RECORDED},
    "func": {**_EVENTS, "bold": _IMAGE, "cbv": _IMAGE, "sbref": _IMAGE, "phase": _IMAGE, "noRF": _IMAGE},
    "pet": {**_EVENTS, "pet": _IMAGE, "blood": _RECORDED},
}
SIDECARS = frozenset({"ecephys", "icephys", "eeg", "ieeg", "nirs", "motion", "pet", "bold", *_MICROSCOPES.split()})
"""Suffixes whose recordings have to be described by a JSON file."""


class BidsName(NamedTuple):
    """A file's name in its parts: `entities` are keys and labels in their order, `extension` has all its dots."""

    entities: tuple[tuple[str, str], ...]
    suffix: str
    extension: str


def parse_name(name: str) -> BidsName | None:
    """The parts of a name; None where it does not follow BIDS."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    pairs = [one.partition("-") for one in found["stem"].split("_")]
    return BidsName(tuple((key, label) for key, _, label in pairs), found["suffix"], found["extension"])


def entity_faults(name: BidsName) -> list[str]:
    """What is wrong with a name's entities: unknown, twice, out of order."""
    keys = [key for key, _ in name.entities]
    unknown = [key for key in dict.fromkeys(keys) if key not in ENTITIES]
    twice = [key for key in dict.fromkeys(keys) if keys.count(key) > 1]
    known = [ENTITIES.index(key) for key in dict.fromkeys(keys) if key in ENTITIES]
    found = [f"«{key}-» is no entity of BIDS" for key in unknown] + [f"«{key}-» stands twice" for key in twice]
    if known != sorted(known):
        found.append(f"its entities are not in the order of BIDS, which is {', '.join(ENTITIES[at] for at in sorted(known))}")
    return found


def suffix_fault(name: BidsName, datatype: str) -> str:
    """Why a suffix or extension does not go with a kind of data; empty where it does, or the kind is not in the table."""
    known = SUFFIXES.get(datatype)
    if known is None:
        return ""
    if name.suffix not in known:
        return f"«{name.suffix}» is no suffix of {datatype}, whose suffixes are {', '.join(known)}"
    if name.extension.lower() not in known[name.suffix]:
        return f"{name.extension} does not go with «{name.suffix}» in {datatype}, whose files end in {', '.join(sorted(known[name.suffix]))}"
    return ""
