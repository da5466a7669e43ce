"""What is found wrong with a file or a Dandiset: one frozen record, whoever found it."""

from __future__ import annotations

import enum

import msgspec


class Severity(enum.IntEnum):
    """How grave a finding is; names as the `dandi` client's. From ERROR on it must be mended before an upload."""

    INFO = 10
    HINT = 20
    WARNING = 30
    ERROR = 40
    CRITICAL = 50


class Layer(enum.StrEnum):
    """Who says so."""

    ARCHIVE = "archive"
    METADATA = "metadata"
    SCHEMA = "schema"
    PRACTICE = "practice"


LAYER_WORDS = {
    Layer.ARCHIVE: "the archive's rules",
    Layer.METADATA: "the asset's metadata",
    Layer.SCHEMA: "the NWB schema",
    Layer.PRACTICE: "best practices",
}


class Finding(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Something that is wrong, or could be better.

    Attributes:
        path: The file, as given.
        location: The place within it: `/general/subject`, a field of `dandiset.yaml`; empty for the file as a whole.
        severity: How grave.
        id: What kind of problem it is: the same words for the same problem in every file.
        message: What is wrong, in one sentence.
        hint: Why it matters and how to mend it; empty where nothing is known.
        layer: Who says so.
        field: The field that settles it when filled in (`subject.age`, `session_id`; see `mend`), empty where none does.
    """

    path: str
    severity: Severity
    id: str
    message: str
    layer: Layer
    location: str = ""
    hint: str = ""
    field: str = ""

    @property
    def blocks(self) -> bool:
        """Whether it has to be mended before an upload."""
        return self.severity >= Severity.ERROR
