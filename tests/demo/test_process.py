"""The archive's process never outlives who started it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("option", ["--attached", "--child"])
def test_it_ends_with_its_standard_input(option: str) -> None:
    command = [sys.executable, "-m", "dandi_tui.demo", "--empty", option]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        assert server.stdout.readline()
        server.stdin.close()
        server.wait(60)
