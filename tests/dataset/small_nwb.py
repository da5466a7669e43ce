"""Small NWB files written by h5py in a millisecond: what organizing looks at, and nothing else."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import h5py

if TYPE_CHECKING:
    from pathlib import Path

TYPES = {
    "ecephys": ("ElectricalSeries", "ElectrodeGroup", "Device", "DynamicTable"),
    "lfp": ("LFP", "ElectricalSeries", "ElectrodeGroup", "Device", "DynamicTable", "ProcessingModule"),
    "icephys": ("CurrentClampSeries", "IntracellularElectrode", "Device"),
    "ophys": ("TwoPhotonSeries", "ImagingPlane", "OpticalChannel", "Device"),
    "behavior": ("Position", "SpatialSeries", "ProcessingModule"),
    "behavior-events": ("BehavioralEvents", "TimeSeries", "ProcessingModule"),
    "image": ("Images",),
    "units": ("Units",),
    "trials": ("TimeIntervals",),
    "timeseries": ("TimeSeries",),
    "ogen": ("OptogeneticSeries", "OptogeneticStimulusSite", "Device"),
}


def small_nwb(path: Path, subject: str | None = "m1", session: str | None = None, **more: Any) -> Path:
    """Writes a file; `more` may give start, object_id, content, sample, probe_ids, videos, images, external_link, identifier."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.8.0"
        file.attrs["neurodata_type"] = "NWBFile"
        if more.get("object_id", "") is not None:
            file.attrs["object_id"] = more.get("object_id", str(uuid.uuid5(uuid.NAMESPACE_URL, str(path))))
        file["session_start_time"] = more.get("start", "2021-03-04T05:06:07+00:00")
        file["identifier"] = more.get("identifier", str(path))
        if session is not None:
            file["general/session_id"] = session
        if subject is not None:
            group = file.create_group("general/subject")
            group.attrs["neurodata_type"] = "Subject"
            group["subject_id"] = subject
        _fill(file, more)
    return path


def _fill(file: h5py.File, more: dict[str, Any]) -> None:
    for content in more.get("content", ["ecephys"]):
        for kind in TYPES[content]:
            file.require_group(f"acquisition/{kind}").attrs["neurodata_type"] = kind
    for name, value in more.get("sample", {}).items():
        file[f"general/DandiIcephysMetadata/{name}"] = value
    for number, probe in enumerate(more.get("probe_ids", ())):
        file.create_group(f"general/devices/probe{number}").attrs["probe_id"] = probe
    for number, references in enumerate(more.get("videos", ())):
        series = file.create_group(f"acquisition/video{number}")
        series.attrs["neurodata_type"] = "ImageSeries"
        series.attrs["object_id"] = f"{number:08}-0000-4000-8000-000000000000"
        series.create_dataset("external_file", data=[references] if isinstance(references, str) else references, dtype=more.get("text", h5py.string_dtype()))
    for number, reference in enumerate(more.get("images", ())):
        file.require_group("acquisition/images").attrs["neurodata_type"] = "Images"
        picture = file.create_dataset(f"acquisition/images/picture{number}", data=reference, dtype=h5py.string_dtype())
        picture.attrs["neurodata_type"] = "ExternalImage"
        picture.attrs["object_id"] = f"{number:08}-1111-4000-8000-000000000000"
    if link := more.get("external_link"):
        file["scratch_link"] = h5py.ExternalLink(link, "/")
