"""The end of a program whose output nobody reads any more (`| head`): quiet, with the status of one that SIGPIPE ended."""

from __future__ import annotations

import os
import select
import sys

READER_GONE = 141
"""128 + SIGPIPE: what a shell says of `git log` in `git log | head -1`."""


def nobody_reads() -> bool:
    """Whether the reader of what goes to standard output or standard error is gone."""
    poll = select.poll()
    for stream in (1, 2):
        poll.register(stream, 0)
    return any(what & (select.POLLERR | select.POLLHUP) for _, what in poll.poll(0))


def reader_gone() -> int:
    """Lets what is still to be written go nowhere, since Python complains of it at its end; the exit status."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    return READER_GONE
