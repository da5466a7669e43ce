"""What a picture takes on the terminal: in half blocks, by the kitty graphics protocol, as sixels; 80 × 19 cells of 10 × 20 pixels."""

from __future__ import annotations

import time

import numpy as np

from dandi_tui.demo.sample_data.signals import texture
from dandi_tui.nwb.images import levels_frame
from dandi_tui.nwb.messages import Picture
from dandi_tui.nwb.plotted import Frame
from dandi_tui.widgets.frame_diff import FrameDiff, Placed
from dandi_tui.widgets.line import Piece, strip
from dandi_tui.widgets.pixels import MOST_BYTES, Drawing, Way, placed
from dandi_tui.widgets.plot import grey_lines

COLUMNS, ROWS = 80, 19


def half_blocks(frame: Frame) -> int:
    """Bytes of a frame in half blocks on an empty screen."""
    lines = grey_lines(frame.rows, half="▀")
    return len(FrameDiff().write([Placed(0, y, strip([Piece(*one) for one in line], COLUMNS)) for y, line in enumerate(lines)]).encode())


def main() -> None:
    """Prints a line a picture."""
    random = np.random.default_rng(1)
    pictures = {
        "a scene, 96 × 128": texture(random, 96, 128),
        "a smooth frame, 512 × 512": texture(random, 512, 512),
        "a noisy frame, 512 × 512": random.normal(100, 20, (512, 512)),
    }
    print(f"{'':28}{'half blocks':>12}{'kitty':>10}{'sixel':>10}   bytes; no more than {MOST_BYTES:,}")
    for name, values in pictures.items():
        about = Frame(index=0, frames=1, width=values.shape[1], height=values.shape[0], step=1, low=0, high=0, rows=[])
        sizes = [half_blocks(levels_frame(values, Picture("/", 0, COLUMNS, ROWS * 2), about))]
        start = time.process_time()
        for form in ("png", "sixel"):
            way = Way(form, 10, 20)
            found = levels_frame(values, Picture("/", 0, COLUMNS * 10, ROWS * 20, form=form, most=way.most()), about)
            sizes.append(len(placed(Drawing(0, 0, COLUMNS, ROWS, form, found.drawn))))
        print(f"{name:28}{sizes[0]:12,}{sizes[1]:10,}{sizes[2]:10,}   {time.process_time() - start:.2f} s of CPU for both")


if __name__ == "__main__":
    main()
