"""The clipboard: what is written to a terminal, to tmux and to screen."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from dandi_tui.screens.clipboard import MOST, osc52, sequence_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_the_terminal_is_asked_by_osc_52(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    assert sequence_for("héllo") == f"\x1b]52;c;{base64.b64encode('héllo'.encode()).decode()}\x07"
    assert not sequence_for("x" * (MOST + 1))


def test_within_screen_it_is_wrapped_in_pieces() -> None:
    made = osc52("x" * 3000, inside="screen")
    pieces = made.split("\x1b\\")[:-1]
    assert all(piece.startswith("\x1bP") and len(piece) < 768 for piece in pieces)
    assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == osc52("x" * 3000)


def test_within_tmux_escapes_are_doubled() -> None:
    assert osc52("a", inside="tmux") == "\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\"


@pytest.fixture
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    socket = str(tmp_path / "tmux")
    subprocess.run(["tmux", "-S", socket, "-f", os.devnull, "new-session", "-d", "sleep 60"], check=True)
    monkeypatch.setenv("TMUX", f"{socket},0,0")
    yield socket
    subprocess.run(["tmux", "-S", socket, "kill-server"], check=False)


def test_a_real_tmux_takes_the_text(tmux: str) -> None:
    assert sequence_for("copied within tmux") == ""
    assert subprocess.run(["tmux", "-S", tmux, "show-buffer"], capture_output=True, text=True, check=True).stdout == "copied within tmux"
