"""Disks of the tests' own: small ones, and ones that become read-only. Only root may make them; tests are skipped elsewhere."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Disk:
    """A disk that is mounted at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def again(self, options: str) -> bool:
        """Mounts it with other options; whether that could be done, which it can't while a file is open for writing."""
        return _mount("-o", f"remount,{options}", str(self.path))


@contextmanager
def disk(path: Path, size: str) -> Iterator[Disk]:
    """A disk of this size; the test is skipped where none can be mounted."""
    path.mkdir(parents=True)
    if not _mount("-t", "tmpfs", "-o", f"size={size}", "none", str(path)):
        pytest.skip("a small disk can't be mounted here: that takes root")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=False, capture_output=True, timeout=60)


def _mount(*arguments: str) -> bool:
    try:
        return subprocess.run(["mount", *arguments], check=False, capture_output=True, timeout=60).returncode == 0
    except FileNotFoundError:
        return False
