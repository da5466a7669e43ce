"""Start: the version and the first words on the screen at once; everything else by the commands."""

from __future__ import annotations

import gc
import sys


def _tell_version() -> int:
    from dandi_tui import __version__

    try:
        sys.stdout.write(f"dandi-tui {__version__}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        from dandi_tui.standard_output import reader_gone

        return reader_gone()
    return 0


def main() -> None:
    """Runs the program and ends with its exit status."""
    if sys.argv[1:] == ["--version"]:
        sys.exit(_tell_version())
    # Nearly all that a start makes is kept: looking through it for what could be thrown away costs a sixth of the start.
    gc.set_threshold(50_000)
    from dandi_tui.first_frame import opens_the_app, show

    if opens_the_app(sys.argv[1:]):
        show("DANDI")
    from dandi_tui.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
