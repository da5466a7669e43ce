"""What the screen costs: bytes written to an 80 × 24 terminal, and how long until something, and something usable, is shown.

Times are the shortest of some runs, since what else runs on the machine only adds to them.
Each figure stands beside its budget. The peer of the start is the smallest Textual application, in the same terminal.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

RUNS = 5
SMALLEST = "from textual.app import App\nclass Smallest(App):\n    def on_ready(self): self.exit()\nSmallest().run()"


class Terminal:
    """A program under a pseudo-terminal; counts what it writes."""

    def __init__(self, arguments: list[str], **environment: str) -> None:
        self.start = time.perf_counter()
        self.first = 0.0
        self.seen = b""
        self.pid, self.handle = pty.fork()
        if not self.pid:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8", **environment)
            os.execv(sys.executable, [sys.executable, *arguments])
        fcntl.ioctl(self.handle, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def read(self, seconds: float, until: bytes = b"") -> float:
        """Reads for some time or until some bytes came; when that was, in seconds since the start."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.handle], [], [], left)[0]:
                try:
                    data = os.read(self.handle, 65536)
                except OSError:
                    break
                self.first = self.first or time.perf_counter() - self.start
                self.seen += data
                if until and until in self.seen:
                    break
        return time.perf_counter() - self.start

    def press(self, keys: str, seconds: float = 0.25) -> int:
        """Presses keys, waits, and tells how many bytes were written."""
        before = len(self.seen)
        os.write(self.handle, keys.encode())
        self.read(seconds)
        return len(self.seen) - before

    def close(self) -> None:
        """Ends the program."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.handle)


def row(what: str, figure: str, budget: str) -> None:
    """Prints a figure beside its budget."""
    print(f"{what:44} {figure:>12}   budget {budget}", flush=True)


def starts(api_url: str) -> None:
    """First words and first usable screen."""
    firsts, usable, answered, smallest = [], [], [], []
    for run in range(RUNS + 1):
        # The archive's address stands after the target, so that the line is one that surely opens the app.
        app = Terminal(["-m", "dandi_tui", "000100", "-i", api_url])
        usable.append(app.read(20, b"unfold"))
        answered.append(app.read(20, b"sub-0000"))
        firsts.append(app.first)
        app.close()
        peer = Terminal(["-c", SMALLEST])
        smallest.append(peer.read(20, b"\x1b[?1049l"))
        peer.close()
        if not run:  # The first run compiles the modules.
            for figures in (firsts, usable, answered, smallest):
                figures.clear()
    row("something on the screen", f"{min(firsts) * 1000:.0f} ms", "≤ 60 ms")
    ratio = min(usable) / min(smallest)
    row("smallest Textual app, to its ready state", f"{min(smallest) * 1000:.0f} ms", "–")
    row("usable screen: drawn, keys work", f"{min(usable) * 1000:.0f} ms", f"≤ 1.3 × the smallest; here {ratio:.2f}")
    row("the archive's answer on it", f"{min(answered) * 1000:.0f} ms", "–")


def written(api_url: str, token: str) -> None:
    """Bytes for the first screen, moves, panes, and idling."""
    app = Terminal(["-m", "dandi_tui", "-i", api_url], DANDI_TUI_API_KEY=token)
    app.read(15, b"found")
    app.read(1)
    row("first usable screen", f"{len(app.seen):,} B", "≤ 16,000 B")
    row("idle, 3 s", f"{_idle(app)} B", "0 B")
    row("into a Dandiset", f"{app.press(chr(27) + '[C', 2):,} B", "≤ 8,000 B")
    moves = [app.press("j", 0.12) for _ in range(60)]
    row("cursor down, mean over a scrolling list", f"{statistics.mean(moves):.0f} B", "≤ 300 B")
    row("help", f"{app.press('?', 1):,} B", "≤ 8,000 B")
    row("back", f"{app.press(chr(27) + '[D', 1):,} B", "≤ 8,000 B")
    app.close()


def _idle(app: Terminal) -> int:
    before = len(app.seen)
    app.read(3)
    return len(app.seen) - before


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as data:
        os.environ.update({f"DANDI_TUI_{name}_DIR": data for name in ("STATE", "CONFIG", "CACHE")})
        # As pip installs them, modules are compiled before they are run.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = f"{data}/compiled"
        command = [sys.executable, "-m", "dandi_tui", "demo-archive", "--assets", "3000", "--data", f"{data}/archive"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            assert server.stdout is not None
            ready = json.loads(server.stdout.readline())
            starts(ready["api_url"])
            written(ready["api_url"], ready["token"])
            server.terminate()
