"""Which files of a folder are assets, and which Dandiset a place is in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dandi_tui.dataset.metadata import is_zarr
from dandi_tui.dataset.validate_dandiset import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

VIDEOS = (".mp4", ".avi", ".wmv", ".mov", ".flv", ".mkv")
IMAGES = (".png", ".jpg", ".jpeg", ".gif")
ASSETS = frozenset({*VIDEOS, *IMAGES, ".nwb"})


def find_assets(given: Path) -> Iterator[Path]:
    """The files of a folder that would be uploaded: NWB, Zarr, videos, images. Names that begin with a dot are left out.

    A file that is given itself is taken whatever its name. Links to folders are not followed, so that there is no going round.

    Raises:
        FileNotFoundError: It is not there.
    """
    if not given.is_dir() or is_zarr(given):
        if not given.exists() and not given.is_symlink():
            raise FileNotFoundError(2, "there is no such file or folder", str(given))
        yield given
        return
    closed: list[OSError] = []
    for folder, folders, names in os.walk(given, onerror=closed.append):
        here = Path(folder)
        stores = [name for name in sorted(folders) if not name.startswith(".") and is_zarr(here / name)]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in stores)
        wanted = [name for name in names if not name.startswith(".") and Path(name).suffix.lower() in ASSETS]
        for name in sorted([*stores, *wanted]):
            yield here / name
    yield from (Path(os.fsdecode(error.filename)) for error in closed)  # told as what can't be read


def find_dandiset(path: Path) -> Path | None:
    """The folder of the Dandiset that a path is in: the nearest that has a dandiset.yaml, be it a link to content that is elsewhere."""
    here = Path(os.path.abspath(path))
    return next((folder for folder in (here, *here.parents) if os.path.lexists(folder / NAME)), None)
