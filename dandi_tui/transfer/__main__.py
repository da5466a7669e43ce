"""`python -m dandi_tui.transfer`: the worker; with `--detach` in a process that nobody has to wait for.

After it `reading` or `judging`: what it will be asked for in a moment.
"""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Runs the worker and ends with its exit status."""
    if "--detach" in sys.argv[1:] and os.fork():
        # The other process runs on; whoever started this one is not kept.
        os._exit(0)
    # Nearly all that a start makes is kept: looking through it for what could be thrown away costs a sixth of the start.
    gc.set_threshold(50_000)
    from dandi_tui.transfer.home import JUDGING, READING
    from dandi_tui.transfer.worker import run_worker

    sys.exit(run_worker(next((name for name in (JUDGING, READING) if name in sys.argv[1:]), "")))


if __name__ == "__main__":
    main()
