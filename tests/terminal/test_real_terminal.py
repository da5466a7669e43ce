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

import psutil
import pyte
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Archive


class Terminal:
    """The program under a pseudo-terminal of 80 × 24; on an archive, or with other arguments."""

    def __init__(self, archive: Archive | None, *arguments: str, program: tuple[str, ...] = ("-m", "dandi_tui"), **environment: str) -> None:
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = 0
        self.raw = b""
        self.pid, self.handle = pty.fork()
        if not self.pid:
            os.environ.update({"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **environment})
            if archive:
                os.environ["DANDI_TUI_API_KEY"] = archive.token
                arguments = ("-i", archive.api_url, *arguments)
            os.execv(sys.executable, [sys.executable, *program, *arguments])
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
                self.raw += data
                self.feed(data)

    def feed(self, data: bytes) -> None:
        """What a terminal makes of what was written."""
        self.stream.feed(data)

    def until(self, words: str) -> str:
        for _ in range(600):
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

    def until_state(self, state: str) -> None:
        """Waits until the process is stopped (T) or sleeps (S)."""
        for _ in range(200):
            self.read(0.05)
            if psutil.Process(self.pid).status() == {"T": psutil.STATUS_STOPPED, "S": psutil.STATUS_SLEEPING}[state]:
                return
        raise AssertionError(self.text)

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
    terminal.until("CC-BY-4.0")
    terminal.until("sub-M101")
    terminal.press("q")
    assert terminal.ended() == 0


def test_from_a_search_to_a_plotted_trace_of_a_remote_file(terminal: Terminal) -> None:
    terminal.until("9 found")
    terminal.press("\tneuropixels-like\r")
    terminal.until("1 found")
    terminal.press("\x1b[C")
    terminal.until("sub-M101")
    terminal.press("\x1b[C")
    terminal.until("20230721")
    terminal.press("j\r")
    assert "streamed" in terminal.until("ElectricalSeries")
    terminal.press("j")
    terminal.read(0.3)
    terminal.press("\r")
    shown = terminal.until("µV")
    assert any(0x2800 < ord(char) < 0x2900 for char in shown)
    terminal.press("+")
    terminal.until("0.3720 s")


def test_what_is_typed_in_one_go_is_answered_whole(terminal: Terminal, tmp_path: Path) -> None:
    terminal.until("9 found")
    terminal.press("G\x1b[C")
    terminal.until("CC-BY-4.0")
    terminal.press("d")
    terminal.until("Enter goes on")
    terminal.press("\x15")
    terminal.read(0.3)
    terminal.press(f"{tmp_path}/in-one-go\r")
    assert f"{tmp_path}/in-one-go" in "".join(terminal.until("Enter download").split())


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


def test_a_resize_is_drawn_for_the_new_size(terminal: Terminal) -> None:
    terminal.until("9 found")
    terminal.resize(120, 40)
    terminal.until("│ contact")
    terminal.resize(60, 15)
    terminal.until("9 found")
    terminal.read(0.3)
    assert "│" not in terminal.text


def test_the_demo_opens_on_its_own_archive_and_ends_with_the_program() -> None:
    terminal = Terminal(None, "demo", LC_ALL="C.UTF-8")
    try:
        terminal.until("DANDI")
        terminal.until("8 found")
        servers = psutil.Process(terminal.pid).children(recursive=True)
        assert servers
        os.kill(terminal.pid, signal.SIGKILL)
        gone, _alive = psutil.wait_procs(servers, timeout=20)
        assert set(servers) <= set(gone)
    finally:
        terminal.close()


@pytest.mark.slow
def test_an_archive_of_the_demo_that_is_killed_is_started_again_but_not_for_ever(tmp_path: Path) -> None:
    terminal = Terminal(None, "demo", LC_ALL="C.UTF-8", TMPDIR=str(tmp_path))
    try:
        terminal.until("8 found")
        for _ in range(3):
            _server_of(terminal).kill()
            terminal.until("The archive ended by SIGKILL and was started again; r asks it anew.")
            _put_away(terminal, "started again")
        terminal.press("G\x1b[C")
        terminal.until("CC-BY-4.0")
        _server_of(terminal).kill()
        terminal.until("embedded archive ended 4 times in a row")
        _put_away(terminal, "What went wrong")
        terminal.press("q")
        assert terminal.ended() == 0
        assert not list(tmp_path.glob("dandi-tui-demo-*"))
    finally:
        terminal.close()


def _put_away(terminal: Terminal, words: str) -> None:
    terminal.press("\x1b")
    while words in terminal.text:
        terminal.read(0.1)


def _server_of(terminal: Terminal) -> psutil.Process:
    return next(one for one in psutil.Process(terminal.pid).children() if "dandi_tui.demo" in one.cmdline())


def test_an_unknown_archive_is_said_in_the_shell() -> None:
    terminal = Terminal(None, "000004", "-i", "nowhere", LC_ALL="C.UTF-8")
    try:
        terminal.until("nowhere")
        assert terminal.ended() == 2
    finally:
        terminal.close()


CRASH = """
import sys
from dandi_tui.screens.browse import BrowsePane
def broken(self):
    raise RuntimeError("nobody thought of it")
BrowsePane.do_sort = broken
from dandi_tui.cli import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_crash_is_one_sentence_in_the_shell_and_no_trace(archive: Archive, tmp_path: Path) -> None:
    terminal = Terminal(archive, LC_ALL="C.UTF-8", program=("-c", CRASH))
    try:
        terminal.until("9 found")
        terminal.press("s")
        shown = terminal.until("something went wrong that should not have")
        assert terminal.ended() == 1
        assert "Traceback" not in shown
        assert "nobody thought of it" not in shown
        log = tmp_path / "state" / "log" / "dandi-tui.log"
        assert "nobody thought of it" in log.read_text()
        assert archive.token not in log.read_text()
    finally:
        terminal.close()


def test_ctrl_z_gives_the_shell_back_and_fg_the_screen(archive: Archive) -> None:
    terminal = Terminal(archive, LC_ALL="C.UTF-8")
    try:
        terminal.until("9 found")
        terminal.press("\x1a")
        terminal.until_state("T")
        assert b"\x1b[?1049l" in terminal.raw
        terminal.screen.reset()
        os.kill(terminal.pid, signal.SIGCONT)
        assert "000001" in terminal.until("9 found")
        terminal.press("q")
        assert terminal.ended() == 0
    finally:
        terminal.close()


def test_a_broken_config_file_is_said_and_the_app_goes_on(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text("mouse = = true\n")
    terminal = Terminal(archive, LC_ALL="C.UTF-8")
    try:
        assert "The defaults are used" in " ".join(terminal.until("The config file").split())
        terminal.press(" ")
        terminal.until("9 found")
        terminal.press("q")
        assert terminal.ended() == 0
    finally:
        terminal.close()


def test_a_state_folder_that_can_not_be_written_is_said_where_it_matters(archive: Archive) -> None:
    terminal = Terminal(archive, LC_ALL="C.UTF-8", DANDI_TUI_STATE_DIR="/proc/nowhere")
    try:
        terminal.until("9 found")
        terminal.press("b")
        terminal.until("the state folder can't be written")
        terminal.press("\x1b[C")
        terminal.until("files")
        terminal.press("q")
        assert terminal.ended() == 0
    finally:
        terminal.close()


@pytest.mark.parametrize(("arguments", "listens"), [((), True), (("--no-mouse",), False)])
def test_the_mouse_is_left_to_the_terminal_when_asked(archive: Archive, arguments: tuple[str, ...], listens: bool) -> None:
    terminal = Terminal(archive, *arguments, LC_ALL="C.UTF-8")
    try:
        terminal.until("9 found")
        assert (b"\x1b[?1000h" in terminal.raw) == listens
    finally:
        terminal.close()


def test_keys_of_the_config_file_work_and_are_shown(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text('[keys]\nsort = "O"\nquit = "X"\n')
    terminal = Terminal(archive, LC_ALL="C.UTF-8")
    try:
        terminal.until("O sort")
        terminal.until("9 found")
        terminal.press("O")
        terminal.until("most starred first")
        terminal.press("\x1b")
        terminal.read(0.5)
        terminal.press("X")
        assert terminal.ended() == 0
    finally:
        terminal.close()
