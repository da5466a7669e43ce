"""The media type of a file, by its name alone."""

from __future__ import annotations

import mimetypes
from functools import lru_cache

NWB = "application/x-nwb"
ZARR = "application/x-zarr"
UNKNOWN = "application/octet-stream"


@lru_cache(maxsize=1)
def _types() -> mimetypes.MimeTypes:
    """Python's own list: the host's would give the same file another type on another machine."""
    return mimetypes.MimeTypes(filenames=())


def media_type(name: str) -> str:
    """The type that an asset of this file name has; of a compressed file, that of its compression."""
    found, compression = _types().guess_type(name, strict=False)
    if compression is None:
        return found or UNKNOWN
    return "application/gzip" if compression == "gzip" else f"application/x-{compression}"
