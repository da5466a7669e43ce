"""Rights of files in tests that may be run by root, who may read and write everything."""

from __future__ import annotations

import os
import sys


def without_roots_rights() -> None:
    """Has root heed the rights of files, as everybody else must: called in a child, between fork and exec.

    Of Linux's capabilities, those that pass over rights (1 and 2) are dropped for good from what a program can be given.
    """
    if sys.platform == "linux" and os.geteuid() == 0:
        import ctypes

        for capability in (1, 2):
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
