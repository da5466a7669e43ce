"""Regions of a plane segmentation: the mask of one, or of all together; as images, or as lists of pixels with weights."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.images import levels_frame, thinning
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.plotted import Frame
from dandi_tui.nwb.values import ragged_bounds

if TYPE_CHECKING:
    from dandi_tui.nwb.messages import Picture
    from dandi_tui.nwb.node import Contents, Dataset, Group

_MOST_REGIONS = 2_000
_MOST_PIXELS = 4_000_000


def has_masks(group: Group) -> bool:
    """Whether a table holds masks of regions."""
    return any(group.dataset(name) is not None for name in ("image_mask", "pixel_mask", "voxel_mask"))


def mask(contents: Contents, asked: Picture) -> Frame:
    """The mask of a region; with `together`, of each pixel the greatest of all masks.

    Raises:
        FileError: There are no masks, or they can't be read.
    """
    group = contents.group(asked.path)
    images = group.dataset("image_mask")
    if images is not None and images.shape is not None and len(images.shape) in {3, 4}:
        return _of_images(images, asked)
    for name in ("pixel_mask", "voxel_mask"):
        pixels, index = group.dataset(name), group.dataset(f"{name}_index")
        if pixels is not None and index is not None and index.shape:
            return _of_pixels(pixels, index, asked)
    raise FileError("it holds no masks")


def _of_images(images: Dataset, asked: Picture) -> Frame:
    import numpy as np

    count, wide, high = (int(one) for one in (images.shape or (0, 0, 0))[:3])
    if not count or not wide or not high:
        raise FileError("it holds no pixels")
    index = max(0, min(asked.index, count - 1))
    step = thinning(wide, high, asked)
    rest = (0,) if len(images.shape or ()) == 4 else ()
    if asked.together:
        taken = min(count, max(1, _MOST_PIXELS // (wide * high)), _MOST_REGIONS)
        values = np.asarray(images.read((slice(0, taken), slice(None, None, step), slice(None, None, step), *rest)), dtype="float64").max(axis=0)
    else:
        values = np.asarray(images.read((index, slice(None, None, step), slice(None, None, step), *rest)), dtype="float64")
    label = f"all {count} regions" if asked.together else f"region {index}"
    return levels_frame(values.T, asked, _about(index, count, wide, high, step, label))


def _about(index: int, count: int, wide: int, high: int, step: int, label: str) -> Frame:
    return Frame(index=index, frames=count, width=wide, height=high, step=step, low=0.0, high=0.0, rows=[], label=label)


def _of_pixels(pixels: Dataset, index: Dataset, asked: Picture) -> Frame:
    """Masks as lists of x, y and weight: the canvas is as large as what is read."""
    import numpy as np

    count = index.rows
    at = max(0, min(asked.index, count - 1))
    spans = ragged_bounds(index, 0, min(count, _MOST_REGIONS)) if asked.together else ragged_bounds(index, at, at + 1)
    low, high = (spans[0][0], spans[-1][1]) if spans else (0, 0)
    if not 0 <= low <= high <= pixels.rows:
        raise FileError(f"the pixels {low} to {high} are not there: {pixels.rows} are")
    found = pixels.read(slice(low, min(high, low + _MOST_PIXELS)))
    x, y, weight = _triples(found)
    wide, tall = _extent(x, y)
    step = thinning(wide, tall, asked)
    canvas = np.zeros((math.ceil(tall / step), math.ceil(wide / step)))
    inside = (x >= 0) & (x < wide) & (y >= 0) & (y < tall)
    np.maximum.at(canvas, (y[inside] // step, x[inside] // step), np.abs(weight[inside]))
    return levels_frame(canvas, asked, _about(at, count, wide, tall, step, f"all {count} regions" if asked.together else f"region {at}"))


def _triples(found: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401 (arrays)
    """x, y and weight of pixels, of a compound or of rows of three or four numbers."""
    import numpy as np

    names = found.dtype.names
    if names and {"x", "y"} <= set(names):
        weight = found["weight"] if "weight" in names else np.ones(len(found))
        return found["x"].astype("int64"), found["y"].astype("int64"), weight.astype("float64")
    plain = np.asarray([list(one) for one in found], dtype="float64") if found.dtype.kind == "O" else np.asarray(found, dtype="float64")
    if plain.ndim != 2 or plain.shape[1] < 2:
        raise FileError("its pixels are no x, y and weight")
    weight = plain[:, -1] if plain.shape[1] > 2 else np.ones(len(plain))
    return plain[:, 0].astype("int64"), plain[:, 1].astype("int64"), weight


def _extent(x: Any, y: Any) -> tuple[int, int]:  # noqa: ANN401
    """Width and height of the canvas: up to the farthest pixel."""
    wide, tall = (int(one.max()) + 1 if len(one) else 1 for one in (x, y))
    if not 0 < wide <= 16_384 or not 0 < tall <= 16_384:
        raise FileError(f"its pixels reach to {wide} × {tall}: too far for a look")
    return wide, tall
