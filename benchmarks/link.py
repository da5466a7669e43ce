"""A link as people have it, on this machine: a network namespace of its own, whose loopback has a rate and a round trip.

Both ends of a benchmark run in it, so that nothing else on the machine is slowed. That takes root, iproute2, and a kernel with `netem`; where
the kernel has only `tbf`, the link has its rate and no round trip, which is said.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_MTU = "1500"


class LinkError(Exception):
    """No link can be made here, and why."""


class Link(NamedTuple):
    """What is put before a command that shall run on the link, and what the link is, in words."""

    before: list[str]
    words: str


@contextmanager
def link(rate: str, round_trip: float) -> Iterator[Link]:
    """A link, as long as the context lasts.

    Args:
        rate: As `tc` reads it: `1gbit`.
        round_trip: In milliseconds.

    Raises:
        LinkError: It can't be made here.
    """
    name = f"bench-{os.getpid()}"
    _do("ip", "netns", "add", name)
    try:
        _do("ip", "-n", name, "link", "set", "lo", "up", "mtu", _MTU)
        words = _shape(name, rate, round_trip)
        yield Link(["ip", "netns", "exec", name], words)
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False)


def _shape(name: str, rate: str, round_trip: float) -> str:
    """Gives the loopback its rate and delay; what it has then, in words."""
    queue = ["tc", "-n", name, "qdisc", "add", "dev", "lo", "root"]
    try:
        _do(*queue, "netem", "delay", f"{round_trip / 2}ms", "rate", rate, "limit", "20000")
    except LinkError:
        _do(*queue, "tbf", "rate", rate, "burst", "1mb", "latency", "50ms")
        return f"a link of {rate} without a round trip, since this kernel has no netem"
    return f"a link of {rate} and {round_trip:g} ms"


def _do(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise LinkError(f"{command[0]} is not installed (Debian's iproute2)") from error
    except subprocess.CalledProcessError as error:
        raise LinkError(f"{' '.join(command)}: {error.stderr.strip()}") from error
