"""What one file holds of what names are made of: frozen structs that pass between processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

SAMPLE = "general/DandiIcephysMetadata"
SAMPLE_FIELDS = ("tissue_sample_id", "slice_id", "cell_id", "description")
LONGEST = 10_000
MOST_MEDIA = 10_000


class MediaObject(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An object that refers to videos or pictures beside the file.

    Attributes:
        place: Its path in the file.
        object_id: Its identifier; empty where it has none.
        kind: `video` (an ImageSeries) or `image` (an ExternalImage).
        references: The paths or addresses, as they are written.
        organized: Whether it stands where organizing looks for it: videos in `acquisition`, pictures anywhere.
    """

    place: str
    object_id: str
    kind: str
    references: tuple[str, ...]
    organized: bool = True


class FileFields(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What one file holds of what names are made of: an absent value is None, an empty one is empty.

    Attributes:
        format: `hdf5` or `zarr`; empty where it is neither.
        problem: Why the file can't be used; empty where it can.
        nwb_version: The version that the file names.
        identifier: The file's own identifier.
        object_id: The object identifier of the file.
        subject_id: From `/general/subject`.
        session_id: From `/general/session_id`.
        session_start: The start in the file's own zone, as `20210304T050607`; None where there is none that can be read.
        session_start_time: The same as it is written.
        tissue_sample_id, slice_id, cell_id, description: Of a `DandiIcephysMetadata`, where there is one.
        probe_ids: Of the devices, by their names.
        types: Neurodata types of the groups, by name, each once.
        media: Objects that refer to other files.
        external_links: Places of HDF5 links into other files.
        subjects: How many objects are of type Subject.
    """

    format: str = ""
    problem: str = ""
    nwb_version: str | None = None
    identifier: str | None = None
    object_id: str | None = None
    subject_id: str | None = None
    session_id: str | None = None
    session_start: str | None = None
    session_start_time: str | None = None
    tissue_sample_id: str | None = None
    slice_id: str | None = None
    cell_id: str | None = None
    description: str | None = None
    probe_ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    media: tuple[MediaObject, ...] = ()
    external_links: tuple[str, ...] = ()
    subjects: int = 0


def start_digits(text: str | None) -> str | None:
    """A time as `20210304T050607`, in its own zone, without fractions; None where it is none."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        from dateutil import parser

        try:
            found = parser.parse(text)
        except (ValueError, OverflowError, TypeError):
            return None
    return f"{found.year}{found:%m%d}T{found:%H%M%S}"


def plain(value: Any) -> str | None:  # noqa: ANN401
    """One value as text; None where it is several, or none."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")[:LONGEST]
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")[:LONGEST]
    if hasattr(value, "tolist") and getattr(value, "size", 0) == 1:
        return plain(value.reshape(-1)[0].item() if hasattr(value, "reshape") else value.item())
    return str(value) if isinstance(value, (int, float)) else None
