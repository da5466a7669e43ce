"""The names that organized files get, each part with the field that it came from and why it is there. No disk, no clock.

The rules are those that the `dandi` client 0.81 was seen to follow:

    sub-SUBJECT/sub-SUBJECT[_ses-…][_tis-…][_slice-…][_cell-…][_desc-…][_probe-…][_obj-…][_MODALITIES].nwb

A session, tissue, slice or cell enters where files of the run differ in it, or it is asked for. A description, probe ids and
the object id enter only the names of files that would else be called the same, in this order, as far as needed. Modalities enter
wherever there are any.
"""

from __future__ import annotations

import binascii
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dandi_tui.dataset.file_fields import FileFields

FIELDS = (
    "subject_id", "session_id", "tissue_sample_id", "slice_id", "cell_id", "description", "probe_ids", "obj_id", "modalities", "extension",
)  # fmt: skip
_DIFFERING = ("session_id", "tissue_sample_id", "slice_id", "cell_id")
_TELLING_APART = ("description", "probe_ids", "obj_id")
_KEYS = {
    "subject_id": "sub-", "session_id": "_ses-", "tissue_sample_id": "_tis-", "slice_id": "_slice-", "cell_id": "_cell-",
    "description": "_desc-", "probe_ids": "_probe-", "obj_id": "_obj-", "modalities": "_", "extension": "",
}  # fmt: skip
WORDS = {
    "subject_id": "subject", "session_id": "session", "tissue_sample_id": "tissue sample", "slice_id": "slice", "cell_id": "cell",
    "description": "description", "probe_ids": "probes", "obj_id": "object id", "modalities": "modalities", "extension": "extension",
}  # fmt: skip
PLACES = {
    "subject_id": "/general/subject/subject_id", "session_id": "/general/session_id", "probe_ids": "/general/devices",
    "tissue_sample_id": "/general/DandiIcephysMetadata/tissue_sample_id", "slice_id": "/general/DandiIcephysMetadata/slice_id",
    "cell_id": "/general/DandiIcephysMetadata/cell_id", "description": "/general/DandiIcephysMetadata/description", "obj_id": "/ (object_id)",
}  # fmt: skip
_MODALITIES = {
    "behavior": "BehavioralEpochs BehavioralEvents BehavioralTimeSeries CompassDirection EyeTracking Position PupilTracking SpatialSeries",
    "core": "MultiContainerInterface NWBContainer NWBData NWBDataInterface NWBMixin ScratchData",
    "ecephys": "ClusterWaveforms Clustering ElectricalSeries ElectrodeGroup EventDetection EventWaveform FeatureExtraction FilteredEphys LFP SpikeEventSeries",
    "icephys": "CurrentClampSeries CurrentClampStimulusSeries IZeroClampSeries IntracellularElectrode PatchClampSeries VoltageClampSeries"
    " VoltageClampStimulusSeries",
    "image": "GrayscaleImage ImageMaskSeries ImageSeries IndexSeries OpticalSeries RGBAImage RGBImage",
    "ogen": "OptogeneticSeries OptogeneticStimulusSite",
    "ophys": "CorrectedImageStack DfOverF Fluorescence ImageSegmentation ImagingPlane MotionCorrection OnePhotonSeries OpticalChannel"
    " RoiResponseSeries TwoPhotonSeries",
}
MODALITY = {name: modality for modality, names in _MODALITIES.items() for name in names.split()}
_UNFIT = re.compile("[_*\\\\/<>:|\"'?%@;,\\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""What the `dandi` client leaves out of names, and what a terminal that lists them would obey."""
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Part(msgspec.Struct, frozen=True, gc=False):
    """A part of a name.

    Attributes:
        field: One of `FIELDS`.
        text: As it stands in the name, as `_ses-s1`.
        value: As it stands in the file.
        place: Where in the file it was found.
        why: Why it is in the name.
    """

    field: str
    text: str
    value: str
    place: str
    why: str


class Unnamed(msgspec.Struct, frozen=True):
    """Files that no name can be found for: which (by place in the sequence), what is the matter, and what would settle it."""

    kind: str
    files: tuple[int, ...]
    message: str
    hint: str


class Names(msgspec.Struct, frozen=True):
    """The parts of each file's name, in the order of the files, and what could not be settled."""

    parts: list[tuple[Part, ...]]
    unnamed: list[Unnamed]


def clean(value: str) -> str:
    """A value as it may stand in a name."""
    return _UNFIT.sub("-", value).replace(".", "-")


def modalities_of(types: Sequence[str]) -> tuple[str, ...]:
    """The modalities that neurodata types stand for, by name; types of extensions stand for none."""
    return tuple(sorted({MODALITY[name] for name in types if name in MODALITY}))


def short_object_id(object_id: str) -> str:
    """An object id as it stands in names: its CRC-32 in base 36."""
    rest, digits = binascii.crc32(object_id.encode("utf-8", "backslashreplace")), ""
    while rest:
        rest, digit = divmod(rest, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def path_of(parts: Sequence[Part]) -> str:
    """The path in the Dandiset that the parts of a name make."""
    return f"{parts[0].text}/{''.join(part.text for part in parts)}"


def names_for(files: Sequence[FileFields], extensions: Sequence[str], *, required: Collection[str] = (), usual: Collection[str] = ()) -> Names:
    """Finds names for files that each have a subject.

    Args:
        files: What each holds.
        extensions: The extension that each has, with its dot.
        required: Fields that enter wherever they have a value, since they were asked for.
        usual: The same, since the names that are in the Dandiset already have them.
    """
    return _Naming(files, extensions, required, usual).names()


class _Naming:
    """The names of one run while they are found."""

    def __init__(self, files: Sequence[FileFields], extensions: Sequence[str], required: Collection[str], usual: Collection[str]) -> None:
        self._files = files
        self._required, self._usual = frozenset(required), frozenset(usual)
        self._values = [_values_of(one, extension) for one, extension in zip(files, extensions, strict=True)]
        self._times = _fill_sessions(files, self._values)
        for values in self._values:
            for field in ("subject_id", "session_id"):
                if values[field]:
                    values[field] = clean(str(values[field]))
        self._distinct = {field: len({values[field] for values in self._values}) for field in _DIFFERING}
        # Fields that tell a file apart from others, with how many would else have the same name.
        self._telling: list[dict[str, int]] = [{} for _ in files]

    def names(self) -> Names:
        texts = [self._text(at) for at in range(len(self._files))]
        groups = _alike(texts)
        unnamed: list[Unnamed] = []
        for field in _TELLING_APART if groups else ():
            if field == "obj_id":
                unnamed += self._object_ids(groups)
            for group in groups:
                if any(self._values[at][field] for at in group):
                    for at in group:
                        self._telling[at][field] = len(group)
                        texts[at] = self._text(at)
            groups = _alike(texts)
            if not groups:
                break
        settled = {at for one in unnamed for at in one.files}
        unnamed += [_still_alike(group, texts[group[0]]) for group in groups if not settled & set(group)]
        return Names([self._parts(at) for at in range(len(self._files))], unnamed)

    def _enters(self, at: int, field: str) -> bool:
        if field in {"subject_id", "modalities", "extension"} or field in self._required or field in self._usual:
            return True
        return self._distinct.get(field, 1) > 1 or field in self._telling[at]

    def _text(self, at: int) -> str:
        values = self._values[at]
        found = [(field, _as_text(values[field], field)) for field in FIELDS if values[field] and self._enters(at, field)]
        return f"{found[0][1]}/" + "".join(_KEYS[field] + text for field, text in found)

    def _parts(self, at: int) -> tuple[Part, ...]:
        values = self._values[at]
        return tuple(self._part(at, field) for field in FIELDS if values[field] and self._enters(at, field))

    def _part(self, at: int, field: str) -> Part:
        file, value = self._files[at], self._values[at][field]
        original = "+".join(value) if isinstance(value, tuple) else str(value)
        place = PLACES.get(field, "")
        if field == "session_id":
            original, place = (file.session_id, place) if file.session_id else (file.session_start_time or "", "/session_start_time")
        elif field == "subject_id":
            original = file.subject_id or ""
        elif field == "obj_id":
            original = file.object_id or ""
        elif field == "modalities":
            original = ", ".join(name for name in file.types if name in MODALITY)
            place = "neurodata types"
        return Part(field, _KEYS[field] + _as_text(value, field), original, place, self._why(at, field))

    def _why(self, at: int, field: str) -> str:
        if field in self._required:
            why = "it was asked for in every name"
        elif field in self._telling[at]:
            why = f"tells apart {self._telling[at][field]} files that would else have one name"
        elif self._distinct.get(field, 1) > 1:
            why = f"{self._distinct[field]} different ones among {len(self._files)} files"
        elif field in self._usual:
            why = "names in the Dandiset have it"
        else:
            return {"subject_id": "every name begins with it", "modalities": "what kinds of data are in the file", "extension": "the file's own"}[field]
        if field == "session_id" and not self._files[at].session_id:
            why += f"; no session id is given, so it is the start, {self._times}"
        return why

    def _object_ids(self, groups: list[list[int]]) -> list[Unnamed]:
        """Gives short object ids to files that collide; tells which have none, or share one."""
        unnamed: list[Unnamed] = []
        owners: dict[str, list[int]] = defaultdict(list)
        for at in (at for group in groups for at in group):
            object_id = self._files[at].object_id
            if not object_id:
                said = "is empty" if object_id == "" else "is absent"
                unnamed.append(_no_object_id(at, said))
                continue
            owners[short_object_id(object_id)].append(at)
            self._values[at]["obj_id"] = short_object_id(object_id)
        for short, sharing in owners.items():
            if len(sharing) > 1:
                unnamed.append(self._sharing(short, sharing))
        return unnamed

    def _sharing(self, short: str, sharing: list[int]) -> Unnamed:
        known = {self._files[at].object_id for at in sharing}
        if len(known) == 1:
            message = f"{len(sharing)} files have the same object id, {known.pop()}, and nothing else tells them apart"
            return Unnamed("same-object-id", tuple(sharing), message, "If they are copies of one another, leave all but one out; else save each anew.")
        message = f"the object ids of {len(sharing)} files have the same short form, {short}"
        return Unnamed("same-short-object-id", tuple(sharing), message, "Give the files session ids that differ, or save one of them anew.")


def _no_object_id(at: int, said: str) -> Unnamed:
    message = f"others would have the same name, and its object id, which would tell it apart, {said}"
    return Unnamed("no-object-id", (at,), message, "Give the files session ids that differ, or save it anew with a recent PyNWB or MatNWB (NWB 2.1 or later).")


def _still_alike(group: list[int], name: str) -> Unnamed:
    message = f"{len(group)} files would all be called {name}"
    return Unnamed("same-name", tuple(group), message, "Give them session ids that differ (/general/session_id), or rename one.")


def _values_of(file: FileFields, extension: str) -> dict[str, str | tuple[str, ...] | None]:
    return {
        "subject_id": file.subject_id, "session_id": file.session_id, "tissue_sample_id": file.tissue_sample_id, "slice_id": file.slice_id,
        "cell_id": file.cell_id, "description": file.description, "probe_ids": file.probe_ids or None, "obj_id": None,
        "modalities": modalities_of(file.types), "extension": extension,
    }  # fmt: skip


def _fill_sessions(files: Sequence[FileFields], values: list[dict[str, str | tuple[str, ...] | None]]) -> str:
    """Gives files without a session id their start as one; in words, how it is written."""
    starts = [one.session_start for one in files if one.session_start]
    midnight = all(start.endswith("T000000") for start in starts)
    for file, found in zip(files, values, strict=True):
        if not file.session_id and file.session_start:
            found["session_id"] = file.session_start.removesuffix("T000000") if midnight else file.session_start
    return "without the time of day, since all start at midnight" if midnight else "in the file's own time zone"


def _as_text(value: str | tuple[str, ...] | None, field: str) -> str:
    text = "+".join(value) if isinstance(value, tuple) else value or ""
    return text if field == "extension" else clean(text)


def _alike(texts: list[str]) -> list[list[int]]:
    """Groups of files that would have the same name."""
    often = {text for text, count in Counter(texts).items() if count > 1}
    groups: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        if text in often:
            groups.setdefault(text, []).append(at)
    return list(groups.values())
