"""Records sessions of the real program, in a real pseudo-terminal on the embedded archive, as pictures of text.

python docs/record.py [NAME…]        writes docs/sessions/*.md anew, all or those named
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import pyte

from dandi_tui.demo.sample_data.metadata import Recording
from dandi_tui.demo.sample_data.recordings import write

if TYPE_CHECKING:
    from collections.abc import Callable

SESSIONS = Path(__file__).parent / "sessions"
FIND = (
    ("The list of Dandisets, the latest first.", "", "found"),
    ("`Tab`, then words and operators: the search language of the archive.", "\tmouse species:mouse\r", "5 found"),
    ("`→` opens a Dandiset: what it is, and its files as a tree.", "G\x1b[C", "doi:"),
    ("`→` unfolds a folder.", "\x1b[C", "ses-20230721"),
    ("`/` filters all paths of the Dandiset.", "/0801", "1 of 4 paths"),
    ("`Esc`, then `Enter` on a file looks inside, streamed: the bytes that it took stand in the second line.", "\x1bj\r", "ElectricalSeries"),
    ("`Enter` on a series plots it; only the samples of the window are read.", "j\r", "µV"),
    ("`+` looks closer, `→` goes on in time, `>` shows more channels.", "+\x1b[C>", "channels 0–7"),
    ("`Esc` leads back. `p` on the units shows one's spikes; `A` aligns them to the times of a table.", "\x1bGpA", "Align to"),
    ("The raster, an event a row, above its histogram.", "cue\r", "aligned to"),
    ("`t` shows the table; only rows on the screen are read.", "t", "spike_times"),
    ("`y` in the file copies a place in any form, Python that opens it among them.", "\x1b[D\x1b[Dy", "notebook with pynwb"),
    ("`m` shows what the archive knows of the file.", "\x1bm", "dandi-etag"),
)
FETCH = (
    ("A Dandiset's tree: `Space` marks a folder.", "", "sub-M101"),
    ("The mark, and the next one.", "  ", "2 marks"),
    ("`d` asks where to.", "d", "Enter goes on"),
    ("The plan: how much, what is there already, and whether it fits.", "\r", "are free"),
    ("`Enter` downloads.", "\r", "downloaded to"),
    ("`2` shows every file.", "2", "4 done"),
)

OWN = (
    ("Nobody is logged in: `I` shows the account, and what there is to do.", "I", "Not logged in"),
    ("`L` asks for the API key, which is not shown.", "LKEY", "API key of"),
    ("It is checked with the archive, and kept.", "\r", "approved"),
    ("`M` lists my Dandisets, those with problems first.", "M", "1 problem"),
    ("`v` shows what is wrong, by file and field; `Enter` goes to each.", "jv", "is a required"),
    ("`E` on another one: a form made from the archive's schema.", "\x1bjjjE", "General"),
    ("A field is edited on a line.", "j\r in two areas", "in two areas"),
    ("People are records in a list, each to be unfolded.", "\rGkkkkkkk\x1b[C\x1b[B\x1b[C", "ORCID"),
    ("`D`: what saving would change, and what is advised.", "D", "difference"),
    ("`w` compares with what the archive has now, and asks.", "\x1bw", "Save"),
    ("Saved, validated, watched.", "w", "saved, and valid"),
    ("`U` lists the owners.", "\x1b\x1bU", "(you)"),
    ("`a` adds one, found as one types.", "aali", "(alice)"),
    ("Added, once it was said what that means.", "\x1b[B\ry", "2 owners"),
    ("`P`: what stands in the way of publishing, and what is advised.", "\x1b\x1bP", "Ready"),
    ("`e` writes release notes.", "eThe second area is new.", "characters of"),
    ("`P`, once more `P`: it is watched until the version and its DOI are there.", "\x1bPP", "Published as"),
)

CONTRIBUTE = (
    ("The list of Dandisets.", "", "found"),
    ("`3` opens the upload wizard.", "3", "No folder is chosen yet"),
    ("`a` chooses a folder: `Tab` completes, what stands there is listed as it comes.", "a", "Tab completes"),
    ("A folder with recordings as a laboratory names them.", "\x7f\x7fraw", "/raw"),
    ("What was found there, by kind and size.", "\r", "NWB files"),
    ("`n`: every file is read and checked; problems come together, the gravest first, each with how to mend it.", "n", "2 to mend"),
    ("`→` shows a problem's files; `Enter` there would look inside, at the place.", "\x1b[C", "m_final0"),
    ("Back, and `f` fills in a field for all of them at once.", "\x1bf", "Age of"),
    ("The values go into the organized files, never into the sources.", "P90D\r", "filled in"),
    ("`n`: the plan, each file with its source.", "n", "sub-M0_ses"),
    ("`Enter` tells why a name is what it is.", "G\r", "every name begins with it"),
    ("`n` says what will be done before it does it.", "\x1bn", "Nothing that is there is replaced"),
    ("One of my Dandisets, or a new one (`N`).", "\r", "Whiskers"),
    ("What would be added, replaced, or left as it is.", "\r", "added"),
    ("`Enter` sends; the worker goes on when the program is left.", "\r", "Sent:"),
    ("`n`: the archive's own validation, and what is missing before publishing.", "n", "files are valid"),
    ("`P`: the checklist, and release notes.", "P", "release notes"),
    ("`P` says what publishing means.", "P", "becomes a version"),
    ("`P` once more publishes; it is watched until the version and its DOI are there.", "P", "Published as"),
)


class Terminal:
    """The program in a pseudo-terminal of 80 × 24."""

    def __init__(self, arguments: list[str], folder: str, **environment: str) -> None:
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)
        self.pid, self.handle = pty.fork()
        if not self.pid:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8", **environment)
            os.chdir(folder)
            os.execv(sys.executable, [sys.executable, "-m", "dandi_tui", *arguments])
        fcntl.ioctl(self.handle, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def until(self, words: str) -> str:
        """The screen, once it shows some words and stands still."""
        end = time.monotonic() + 45
        while time.monotonic() < end:
            still = not select.select([self.handle], [], [], 0.5)[0]
            if still and words in (shown := "\n".join(line.rstrip() for line in self.screen.display)):
                return shown
            if not still:
                self.stream.feed(os.read(self.handle, 65536))
        raise SystemExit(f"{words!r} did not come:\n" + "\n".join(self.screen.display))

    def press(self, keys: str) -> None:
        """Types keys, those of arrows at once, others one by one."""
        for key in re.findall(r"\x1b\[.|.", keys, re.DOTALL):
            os.write(self.handle, key.encode())
            time.sleep(0.15)

    def close(self) -> None:
        """Ends the program."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.handle)


def raw_recordings(folder: Path) -> None:
    """Recordings as a laboratory has them: named anyhow, one of the subjects without an age."""
    for number in range(4):
        start = datetime(2024, 5, 3 + number, 10, tzinfo=UTC)
        path = folder / "raw" / f"day{number}" / f"m_final{number}.nwb"
        write(Recording(subject=f"M{number % 2}", session=f"s{number}", start=start, description="Licking for reward"), path, number, seconds=2.0)
        if number % 2 == 0:
            with h5py.File(path, "r+") as file:
                del file["general/subject/age"]


def register(api_url: str, key: str) -> None:
    """A Dandiset for what is contributed."""
    metadata = {"description": "Whiskers of mice that touch things in the dark, filmed and counted.", "license": ["spdx:CC-BY-4.0"]}
    body = json.dumps({"name": "Whiskers in the dark", "metadata": metadata}).encode()
    headers = {"Authorization": f"token {key}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{api_url}/dandisets/", body, headers)) as answer:
        answer.read()


def record(title: str, arguments: list[str], steps: tuple[tuple[str, str, str], ...], files: Callable[[Path], None] | None = None, **environment: str) -> str:
    """A session as Markdown: each step's words, and the screen after it; KEY stands for the demo user's key."""
    parts = [f"# {title}\n"]
    with tempfile.TemporaryDirectory(prefix="session-") as folder:
        if files is not None:
            files(Path(folder))
        terminal = Terminal(arguments, folder, **environment)
        try:
            for words, keys, wanted in steps:
                terminal.press(keys.replace("KEY", "d" * 40))
                shown = re.sub(r"/tmp/tmp\w+/own", "/home/alice/state", terminal.until(wanted).replace(folder, "/scratch/alice"))
                parts.append(f"{words}\n\n```text\n{re.sub(r'127.0.0.1:[0-9]+', '127.0.0.1:8000', shown)}\n```\n")
        finally:
            terminal.close()
    return "\n".join(parts)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as data:
        os.environ.update({f"DANDI_TUI_{name}_DIR": f"{data}/own" for name in ("STATE", "CONFIG", "CACHE")})
        command = [sys.executable, "-m", "dandi_tui", "demo-archive", "--data", f"{data}/archive"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            assert server.stdout is not None
            ready = json.loads(server.stdout.readline())
            where, key = ["-i", ready["api_url"]], ready["token"]
            SESSIONS.mkdir(exist_ok=True)
            wanted = sys.argv[1:] or ["find-and-look", "fetch", "own", "contribute"]
            made: dict[str, Callable[[], str]] = {
                "find-and-look": lambda: record("Find and look", where, FIND, DANDI_TUI_API_KEY=key),
                "fetch": lambda: record("Fetch", ["000001", *where], FETCH, DANDI_TUI_API_KEY=key),
                "own": lambda: record("Own", where, OWN, PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring"),
                "contribute": lambda: record("Contribute", where, CONTRIBUTE, raw_recordings, DANDI_TUI_API_KEY=key),
            }
            for name in wanted:
                if name == "contribute":
                    register(ready["api_url"], key)
                try:
                    (SESSIONS / f"{name}.md").write_text(made[name]())
                except SystemExit:
                    server.terminate()
                    raise
            server.terminate()
