"""Start: the version at once; everything else by the commands."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the program and ends with its exit status."""
    if sys.argv[1:] == ["--version"]:
        from dandi_tui import __version__

        sys.stdout.write(f"dandi-tui {__version__}\n")
        return
    from dandi_tui.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
