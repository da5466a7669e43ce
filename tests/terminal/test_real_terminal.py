"""The installed program in a real pseudo-terminal: start, keys, resize, quit, hang-up, and the bytes that it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from typing import TYPE_CHECKING

import pyte
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Archive


class Terminal:
    """The program under a pseudo-terminal of 80 × 24."""

    def __init__(self, archive: Archive, **environment: str) -> None:
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = 0
        self.pid, self.handle = pty.fork()
        if not self.pid:
            os.environ.update(TERM="xterm-256color", DANDI_TUI_API_KEY=archive.token, **environment)
            os.execv(sys.executable, [sys.executable, "-m", "dandi_tui", "-i", archive.api_url])
        self.resize(80, 24)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.handle, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self.handle], [], [], left)[0]:
                try:
                    data = os.read(self.handle, 65536)
                except OSError:
                    time.sleep(left)
                    return
                self.bytes += len(data)
                self.stream.feed(data)

    def until(self, words: str) -> str:
        for _ in range(200):
            self.read(0.1)
            if words in self.text:
                return self.text
        raise AssertionError(self.text)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def press(self, keys: str) -> None:
        os.write(self.handle, keys.encode())

    def ended(self) -> int:
        """The exit status; negative for a signal."""
        for _ in range(100):
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("it does not end")

    def close(self) -> None:
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.handle)


@pytest.fixture
def terminal(archive: Archive) -> Iterator[Terminal]:
    made = Terminal(archive, LC_ALL="C.UTF-8")
    yield made
    made.close()


def test_from_the_list_into_a_dandiset_and_out_to_the_shell(terminal: Terminal) -> None:
    terminal.until("9 found")
    terminal.press("G\x1b[C")
    assert "CC-BY-4.0" in terminal.until("sub-M101")
    terminal.press("q")
    assert terminal.ended() == 0


def test_a_hang_up_ends_the_program(terminal: Terminal) -> None:
    terminal.until("9 found")
    os.kill(terminal.pid, signal.SIGHUP)
    assert terminal.ended() in {0, -signal.SIGHUP}


def test_an_idle_screen_writes_nothing_and_a_move_writes_little(terminal: Terminal) -> None:
    terminal.until("9 found")
    terminal.read(1.0)
    assert terminal.bytes < 16_000
    before = terminal.bytes
    terminal.read(1.5)
    assert terminal.bytes == before
    for _ in range(8):
        terminal.press("j")
        terminal.read(0.15)
    assert (terminal.bytes - before) / 8 <= 300


def test_without_colour_and_in_ascii_nothing_else_is_written(archive: Archive) -> None:
    terminal = Terminal(archive, LC_ALL="C", NO_COLOR="1", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    try:
        terminal.until("9 found")
        assert terminal.text.isascii()
        assert all(cell.fg == "default" for row in terminal.screen.buffer.values() for cell in row.values())
    finally:
        terminal.close()
