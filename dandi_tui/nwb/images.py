"""Images, frames of movies, and masks: one frame, thinned to what the screen can show, as levels of grey or of colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dandi_tui.nwb.drawn import drawn
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.node import Contents, Dataset, Group
from dandi_tui.nwb.plotted import Frame

if TYPE_CHECKING:
    from dandi_tui.nwb.messages import Picture

_MOST_VALUES = 16_000_000
_COLOURS = (3, 4)


def frame(contents: Contents, asked: Picture) -> Frame:
    """A frame of what is at a path: an image, one of a group of images, or a series of frames.

    Contrast goes from the first to the 99th percentile of what is shown. Frames of series have x before y: they are turned;
    single images stand as they are stored, by rows, as NWB's images are.

    Raises:
        FileError: It is no image, or can't be read.
    """
    import numpy as np

    data, names, series = _data(contents, asked)
    shape = data.shape or ()
    coloured = len(shape) > (3 if series else 2) and shape[-1] in _COLOURS
    flat = len(shape) - coloured == 2
    frames = len(names) or (1 if flat else int(shape[0]))
    index = max(0, min(asked.index, frames - 1))
    first, second = (int(one) for one in (shape[:2] if flat else shape[1:3]))
    turned = not flat
    wide, high = (first, second) if turned else (second, first)
    if not wide or not high or not frames:
        raise FileError("it holds no pixels")
    step = thinning(wide, high, asked)
    if (wide // step) * (high // step) > _MOST_VALUES:
        raise FileError("a frame is too large to be read for a look")
    where: tuple[Any, ...] = (slice(None, None, step), slice(None, None, step))
    values = np.asarray(data.read(where if flat else (index, *where)), dtype="float64")
    values = values[..., :3] if coloured else values[..., 0] if values.ndim == 3 else values
    return levels_frame(values.swapaxes(0, 1) if turned else values, asked, Frame(
        index=index, frames=frames, width=wide, height=high, step=step, low=0.0, high=0.0, rows=[], coloured=coloured, label=names[index] if names else "",
    ))  # fmt: skip


def thinning(wide: int, high: int, asked: Picture) -> int:
    """Every how many-th pixel is read: so that about as many are read as can be shown, and none fewer."""
    return max(1, int(max(wide / asked.wide, high / asked.high)))


def fitted(values: Any, asked: Picture) -> Any:  # noqa: ANN401 (an array of rows)
    """Pixels made to fill the screen, the nearest for each place; small images grow by whole numbers."""
    import numpy as np

    high, wide = values.shape[:2]
    scale = min(asked.wide / wide, asked.high / high)
    scale = float(int(scale)) if scale >= 1 else scale
    down, across = (np.minimum((np.arange(max(1, int(size * scale + 1e-9))) / scale).astype(int), size - 1) for size in (high, wide))
    return values[down][:, across]


def levels_frame(values: Any, asked: Picture, about: Frame) -> Frame:  # noqa: ANN401 (an array of rows)
    """Values as levels that fill the screen, from the first to the 99th percentile; of colours that are stored as bytes, as they are."""
    import msgspec
    import numpy as np

    values = fitted(values, asked)
    known = values[np.isfinite(values)]
    low, high = (float(one) for one in np.percentile(known, (1, 99))) if known.size else (0.0, 0.0)
    if about.coloured:
        low, high = 0.0, float(known.max()) if known.size and known.max() > 1.0 else 1.0
        high = 255.0 if 1.0 < high <= 255.0 else high
    span = high - low
    scaled = np.nan_to_num((values - low) / span if span else values * 0.0, nan=0.0, posinf=1.0, neginf=0.0)
    levels = (np.clip(scaled, 0, 1) * 255).astype("uint8")
    if not asked.form:
        return msgspec.structs.replace(about, low=low, high=high, rows=[row.tobytes() for row in levels])
    bytes_drawn = drawn(levels, asked.form, asked.most)
    return msgspec.structs.replace(about, low=low, high=high, drawn=bytes_drawn, drawn_wide=levels.shape[1], drawn_high=levels.shape[0])


def _data(contents: Contents, asked: Picture) -> tuple[Dataset, list[str], bool]:
    """The pixels, the names of the images where a group holds several, and whether they are frames in time: three dimensions of these have no colours."""
    found = contents.at(asked.path)
    names: list[str] = []
    series = False
    if isinstance(found, Group):
        held = found.dataset("data")
        series = held is not None and (found.dataset("timestamps") is not None or found.dataset("starting_time") is not None)
        if held is None or not _is_image(held):
            names = [name for name, one in found.members() if isinstance(one, Dataset) and _is_image(one)]
            held = found.dataset(names[max(0, min(asked.index, len(names) - 1))]) if names else None
        found = held or found
    if not isinstance(found, Dataset) or not _is_image(found):
        raise FileError("it is no image, and no series of frames")
    return found, names, series


def _is_image(one: Dataset) -> bool:
    return one.shape is not None and 2 <= len(one.shape) <= 4 and one.is_numbers
