"""What an NWB file says of itself, as the asset metadata needs it: plain values, read once, from HDF5 or Zarr."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

SESSION_FIELDS = ("identifier", "session_description", "session_start_time")
GENERAL_FIELDS = ("session_id", "experimenter", "institution", "lab", "experiment_description", "keywords", "related_publications")
SUBJECT_FIELDS = ("subject_id", "age", "date_of_birth", "genotype", "sex", "species", "strain", "description", "weight")
SAMPLE_FIELDS = ("tissue_sample_id", "slice_id", "cell_id")
LISTS = frozenset({"experimenter", "keywords", "related_publications"})
SAMPLE_GROUP = "DandiIcephysMetadata"


class Span(NamedTuple):
    """The times that a file's data cover, in seconds of its own clock."""

    start: float
    stop: float


class NwbFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of itself.

    Attributes:
        nwb_version: As written; None where the file names none.
        fields: Of the session: texts, lists of texts for people, keywords and publications; absent ones are left out.
        subject: The subject's fields; None where there is no subject.
        age_reference: `birth` or `gestational`, empty where the file does not say.
        sample: Ids of tissue sample, slice and cell.
        probe_ids: Of devices that have one.
        types: Neurodata types of groups, by name.
        span: The times that its data cover.
        external_links: Paths in the file that lead into other files.
        unreadable: Places that can't be read, with the reason.
        no_times: Series and tables whose times can't be understood, with the reason.
    """

    nwb_version: str | None = None
    fields: dict[str, Any] = {}
    subject: dict[str, Any] | None = None
    age_reference: str = ""
    sample: dict[str, str] = {}
    probe_ids: list[str] = []
    types: list[str] = []
    span: Span | None = None
    external_links: list[str] = []
    unreadable: list[tuple[str, str]] = []
    no_times: list[tuple[str, str]] = []


def parse_time(text: str) -> datetime | None:
    """A time as NWB files write it; the zone of this machine where none is written, None where it is no time."""
    try:
        found: datetime | None = datetime.fromisoformat(text.strip())
    except ValueError:
        found = _parse_loosely(text)
    try:
        return found if found is None or found.tzinfo else found.astimezone()
    except (OverflowError, ValueError):
        return None


def _parse_loosely(text: str) -> datetime | None:
    """Other spellings, where the text has a year and dateutil, which pynwb reads times with, understands it."""
    if len(text) > 100 or not re.search(r"\d{4}", text):
        return None
    try:
        from dateutil.parser import parse

        found: datetime = parse(text)
    except (ImportError, ValueError, OverflowError, TypeError):
        return None
    return found
