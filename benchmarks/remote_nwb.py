"""Remote NWB: a walk over all objects, the first tree, and a second look, beside remfile, fsspec and pynwb, over a server with delay.

python benchmarks/remote_nwb.py [FILE]        FILE: a large NWB file; without one, one of some hundred objects is made
"""

from __future__ import annotations

import contextlib
import importlib
import re
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import h5py
import numpy as np

DELAY = 0.08
BUDGET = "≤ half of remfile's time, no more of its bytes; first tree ≤ 1 s"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(b"", 200, self.server.size)  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        time.sleep(DELAY)
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "bytes=0-"))
        size = self.server.size  # type: ignore[attr-defined]
        start, stop = int(found[1]), min(int(found[2] or size - 1), size - 1) + 1  # type: ignore[index]
        with open(self.server.path, "rb") as file:  # type: ignore[attr-defined]  # noqa: PTH123
            file.seek(start)
            data = file.read(stop - start)
        self.server.requests += 1  # type: ignore[attr-defined]
        self.server.bytes += len(data)  # type: ignore[attr-defined]
        if "Range" in self.headers:
            self._answer(data, 206, len(data), f"bytes {start}-{stop - 1}/{size}")
        else:
            self._answer(data, 200, size)

    def _answer(self, data: bytes, status: int, length: int, span: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", '"one"')
        if span:
            self.send_header("Content-Range", span)
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # many connections come at once, as to an object store


def made(folder: str) -> Path:
    """A file of some 280 objects and 170 MB, as pynwb writes it: headers between data, specifications cached."""
    import datetime as dt

    from pynwb import NWBHDF5IO, NWBFile, TimeSeries

    path = Path(folder) / "made.nwb"
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    nwbfile = NWBFile(session_description="made", identifier="made", session_start_time=start)
    for number in range(70):
        data = np.random.default_rng(number).integers(0, 1000, (200_000, 2), dtype="int16")
        nwbfile.add_acquisition(TimeSeries(name=f"series_{number:02}", data=data, unit="n.a.", timestamps=np.arange(200_000) / 1000.0))
    with NWBHDF5IO(path, "w") as io:
        io.write(nwbfile)
    return path


def walked(file: h5py.File) -> int:
    """Reads the header and the attributes of every object, as inspectors do."""
    found: list[str] = []

    def visit(name: str, obj: h5py.HLObject) -> None:
        found.append(name)
        obj.attrs.get("neurodata_type")
        getattr(obj, "shape", None)

    file.visititems(visit)
    return len(found)


def ours(url: str) -> int:
    """Our walk."""
    from dandi_tui.nwb.hdf5 import walk
    from dandi_tui.nwb.ranges import RemoteFile

    with RemoteFile(url) as remote, h5py.File(remote, "r") as file:
        return sum(1 for _ in walk(file, ahead=remote))


def first_tree(url: str) -> int:
    """What the inspector shows first: the session, the first level, and what is in acquisition."""
    from dandi_tui.nwb.hdf5 import children
    from dandi_tui.nwb.hdf5_nodes import Hdf5Contents
    from dandi_tui.nwb.ranges import RemoteFile
    from dandi_tui.nwb.session import session_of

    with RemoteFile(url) as remote, h5py.File(remote, "r") as file:
        session_of(Hdf5Contents(file, remote))
        return len(children(file, "/", remote)) + len(children(file, "/acquisition", remote))


def second_look(url: str) -> int:
    """The first tree again, of a file that was looked at before: by the reader process, as the screens ask it."""
    from dandi_tui.nwb.messages import Open
    from dandi_tui.nwb.reader import Reader

    with tempfile.TemporaryDirectory() as folder:
        opened = Open(url, key="0b1c2d3e-1111-2222-3333-444455556666", folder=folder)
        for again in (False, True):
            with Reader(opened) as reader:
                begin = time.perf_counter()
                reader.facts()
                count = len(reader.children("/")) + len(reader.children("/acquisition"))
                if again:
                    print(f"{'  of this, the second':24} {count:5} objects {reader.traffic.requests:5} requests {time.perf_counter() - begin:20.2f} s")
    return count


def pynwb(url: str) -> int:
    """Pynwb over fsspec, as its documentation shows it: it reads the file's specifications and all objects."""
    nwb, module = importlib.import_module("pynwb"), importlib.import_module("fsspec")
    with module.open(url, "rb").open() as opened, h5py.File(opened, "r") as file, nwb.NWBHDF5IO(file=file, load_namespaces=True) as io:
        return len(io.read().objects)


def remfile(url: str) -> int:
    """Remfile's."""
    module = importlib.import_module("remfile")
    with h5py.File(module.File(url), "r") as file:
        return walked(file)


def fsspec(url: str) -> int:
    """fsspec's, as it comes."""
    module = importlib.import_module("fsspec")
    with module.open(url, "rb").open() as opened, h5py.File(opened, "r") as file:
        return walked(file)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, _Server(("127.0.0.1", 0), _Handler) as server:
        server.path = Path(sys.argv[1]) if len(sys.argv) > 1 else made(folder)  # type: ignore[attr-defined]
        server.size = server.path.stat().st_size  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"{server.path.name}: {server.size / 1e6:.0f} MB; {DELAY * 1000:.0f} ms a request; budget {BUDGET}")  # type: ignore[attr-defined]
        base = 0.0
        rivals = (("remfile", remfile), ("fsspec", fsspec), ("pynwb over fsspec", pynwb))
        for name, how in (*rivals, ("dandi-tui, walk", ours), ("dandi-tui, first tree", first_tree), ("dandi-tui, two looks", second_look)):
            server.requests = server.bytes = 0  # type: ignore[attr-defined]
            start = time.perf_counter()
            try:
                count = how(f"http://127.0.0.1:{server.server_port}/made.nwb")
            except ImportError:
                print(f"{name:24} is not installed")
                continue
            seconds = time.perf_counter() - start
            base = base or seconds
            moved = f"{server.requests:5} requests {server.bytes / 1e6:8.1f} MB"  # type: ignore[attr-defined]
            print(f"{name:24} {count:5} objects {moved} {seconds:7.2f} s   {seconds / base:.2f} × remfile")
        server.shutdown()
