"""Remote files by ranges: what is read equals the local file, few requests take it, and every lie of a server is noticed."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from dandi_tui.nwb import http, ranges
from dandi_tui.nwb.messages import Window
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.ranges import RemoteFile
from dandi_tui.nwb.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Ranged(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Store

    def do_GET(self) -> None:
        store = self.server
        store.keys.append((self.path, self.headers.get("Authorization", "")))
        if self.path == "/file":
            self.answer(302, b"", Location=f"http://localhost:{store.server_port}/signed?{store.good}")
        elif store.faults:
            store.faults.pop(0)(self)
        elif not self.path.endswith(str(store.good)):
            self.answer(403, b"expired")
        else:
            self.part()

    def part(self, shift: int = 0, etag: str = '"one"') -> None:
        start, stop = (int(one) for one in re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"]).groups())  # type: ignore[union-attr]
        data = self.server.data[start : stop + 1]
        span = f"bytes {start + shift}-{start + shift + len(data) - 1}/{len(self.server.data)}"
        self.answer(206, data, **{"Content-Range": span, "ETag": etag})

    def answer(self, status: int, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Store(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, data: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Ranged)
        self.data, self.good = data, 1
        self.faults: list[object] = []
        self.keys: list[tuple[str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/file"


@contextmanager
def _serving(data: bytes) -> Iterator[_Store]:
    with _Store(data) as store:
        thread = threading.Thread(target=store.serve_forever)
        thread.start()
        try:
            yield store
        finally:
            store.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.random, "random", lambda: 0.01)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a large series and many objects."""
    path = tmp_path_factory.mktemp("remote") / "recording.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        series = file.create_group("acquisition/ElectricalSeries")
        series.attrs["neurodata_type"] = "ElectricalSeries"
        shape, rate = (600_000, 8), 30_000.0
        wave = np.sin(np.arange(shape[0]) / rate * 2 * np.pi * 10)[:, None] * 1000 * np.arange(1, 9)
        data = series.create_dataset("data", data=wave.astype("int16"), chunks=(30_000, 8))
        data.attrs.update({"unit": "volts", "conversion": 1e-6})
        start = series.create_dataset("starting_time", data=5.0)
        start.attrs["rate"] = rate
        for number in range(150):
            file.create_dataset(f"processing/module/series_{number:03}", data=np.arange(10)).attrs["neurodata_type"] = "TimeSeries"
    return path


def test_a_remote_file_reads_as_the_local_one(recording: Path) -> None:
    with _serving(recording.read_bytes()) as store, RemoteFile(store.url) as remote:
        with h5py.File(remote, "r") as there, h5py.File(recording, "r") as here:
            assert np.array_equal(there["acquisition/ElectricalSeries/data"][100_000:200_000], here["acquisition/ElectricalSeries/data"][100_000:200_000])
        assert remote.size == recording.stat().st_size


def test_the_key_stays_with_its_own_origin_and_an_expired_address_is_renewed(recording: Path) -> None:
    with _serving(recording.read_bytes()) as store, RemoteFile(store.url, {"Authorization": "token secret"}) as remote:
        store.good = 2
        remote.seek(len(store.data) - 1000)
        assert remote.read(1000) == store.data[-1000:]
        assert {key for path, key in store.keys if path == "/file"} == {"token secret"}
        assert {key for path, key in store.keys if path != "/file"} == {""}


def test_a_walk_takes_few_requests_and_a_window_few_bytes(recording: Path) -> None:
    with _serving(recording.read_bytes()) as store, Reader(store.url) as reader:
        assert len(list(reader.walk())) == 156
        assert reader.traffic.requests < 25
        before = reader.traffic.bytes
        trace = reader.window(Window("/acquisition/ElectricalSeries", start=10.0, stop=10.2, columns=100, channels=2))
        assert reader.traffic.bytes - before < 2 * 30_000 * 8 * 2 + 20 * ranges.BLOCK
        assert max(trace.high[1]) == pytest.approx(2000e-6, rel=0.01)
        assert trace.unit == "volts"
        assert (trace.begin, trace.end) == (5.0, 25.0)
        assert trace.channels == 8


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (lambda handler: handler.answer(200, b"x" * 100), "ignores ranges"),
        (lambda handler: handler.part(shift=7), "another range"),
        (lambda handler: handler.part(etag='"two"'), "was changed"),
        (lambda handler: handler.answer(404, b""), "no such file"),
    ],
    ids=["all", "shifted", "changed", "gone"],
)
def test_a_server_that_lies_is_noticed(lie: object, words: str, recording: Path) -> None:
    with _serving(recording.read_bytes()) as store, RemoteFile(store.url) as remote:
        store.faults = [lie]
        remote.seek(3_000_000)
        with pytest.raises(FileError, match=words):
            remote.read(10)


def test_a_busy_server_is_asked_again(recording: Path) -> None:
    with _serving(recording.read_bytes()) as store, RemoteFile(store.url) as remote:
        store.faults = [lambda handler: handler.answer(503, b"")] * 3
        remote.seek(3_000_000)
        assert remote.read(10) == store.data[3_000_000:3_000_010]


def test_what_is_no_nwb_file_is_said() -> None:
    with _serving(b"<html>" * 1000) as store, Reader(store.url) as reader, pytest.raises(FileError, match="not an HDF5 file"):
        reader.facts()
