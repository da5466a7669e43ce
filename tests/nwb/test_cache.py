"""What was read of files that never change is kept: the second look takes no request; the cache stays bounded and private."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from test_remote import _serving, _Store

from dandi_tui.nwb import costs
from dandi_tui.nwb.costs import PriceError
from dandi_tui.nwb.disk_cache import DiskCache, trim
from dandi_tui.nwb.messages import Open, Rows, Window
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.ranges import BLOCK
from dandi_tui.nwb.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOB = "0b1c2d3e-1111-2222-3333-444455556666"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A series of 12 MB that does not compress, and some objects."""
    path = tmp_path_factory.mktemp("cache") / "recording.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        file["identifier"] = "kept"
        series = file.create_group("acquisition/ElectricalSeries")
        series.attrs["neurodata_type"] = "ElectricalSeries"
        values = np.random.default_rng(1).integers(-2000, 2000, (1_500_000, 4), dtype="int16")
        series.create_dataset("data", data=values, chunks=(10_000, 4)).attrs["unit"] = "volts"
        series.create_dataset("starting_time", data=0.0).attrs["rate"] = 1000.0
        for number in range(40):
            file.create_dataset(f"processing/module/series_{number:03}", data=np.arange(10))
    return path


@pytest.fixture
def store(recording: Path) -> Iterator[_Store]:
    with _serving(recording.read_bytes()) as made:
        yield made


def test_the_second_look_at_a_blob_takes_no_request(store: _Store, tmp_path: Path) -> None:
    opened = Open(store.url, key=BLOB, folder=str(tmp_path))
    with Reader(opened) as reader:
        first = (reader.facts(), list(reader.walk()), reader.glances(["/acquisition/ElectricalSeries"]), reader.timed())
        assert reader.traffic.requests
    store.shutdown()
    with Reader(opened) as reader:
        again = (reader.facts(), list(reader.walk()), reader.glances(["/acquisition/ElectricalSeries"]), reader.timed())
        assert again == first
        assert reader.traffic.requests == 0
        assert reader.traffic.cached


def test_values_that_were_read_are_read_from_the_disk_again(store: _Store, tmp_path: Path) -> None:
    opened, asked = Open(store.url, key=BLOB, folder=str(tmp_path)), Window("/acquisition/ElectricalSeries", start=100.0, stop=110.0)
    with Reader(opened) as reader:
        first = reader.window(asked)
    with Reader(opened) as reader:
        assert reader.window(asked) == first
        assert reader.traffic.requests == 0


def test_an_address_is_kept_by_its_etag(store: _Store, tmp_path: Path) -> None:
    opened = Open(store.url, folder=str(tmp_path))
    with Reader(opened) as reader:
        list(reader.walk())
        first = reader.traffic.requests
    with Reader(opened) as reader:
        list(reader.walk())
        assert reader.traffic.requests < first
        assert reader.traffic.requests <= 2


def test_a_damaged_block_is_asked_for_again(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, BLOB)
    cache.keep_block(3, b"x" * BLOCK)
    (kept,) = tmp_path.rglob("blocks/3")
    kept.write_bytes(kept.read_bytes()[:-9])
    assert cache.block(3) is None
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    for name in ("oldest--1", "younger-2", "newest--3"):
        DiskCache(tmp_path, name).keep_block(0, b"x" * 1000)
    trim(tmp_path, 2500)
    assert sorted(path.parent.parent.name for path in tmp_path.rglob("blocks/0")) == ["1-newest--3", "1-younger-2"]


def test_a_cache_that_cant_be_written_is_no_error(store: _Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with Reader(Open(store.url, key=BLOB, folder=str(tmp_path / "file"))) as reader:
        assert reader.facts().session["identifier"] == "kept"


def test_a_dear_read_says_its_price_first(store: _Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Window("/acquisition/ElectricalSeries", start=0.0, stop=1500.0, columns=100, channels=4)
    monkeypatch.setenv("DANDI_TUI_READ_BUDGET", "2000000")
    assert costs.MOST_BYTES > 2_000_000
    with Reader(Open(store.url, key=BLOB, folder=str(tmp_path))) as reader:
        with pytest.raises(PriceError, match="MB in") as told:
            reader.window(asked)
        assert 11e6 < told.value.price.bytes < 14e6
        before = reader.traffic.bytes
        paid = reader.window(Window(asked.path, asked.start, asked.stop, asked.columns, 0, 4, paid=True))
        assert 11e6 < reader.traffic.bytes - before < 14e6
        assert reader.traffic.requests < 60
        assert reader.window(asked) == paid


def test_rows_far_down_a_remote_dataset_take_a_chunk(store: _Store) -> None:
    with Reader(store.url) as reader:
        reader.facts()
        before = reader.traffic.bytes
        table = reader.rows(Rows("/acquisition/ElectricalSeries/data", start=1_400_000, count=50))
        assert (table.total, len(table.rows)) == (1_500_000, 50)
        assert reader.traffic.bytes - before < 10 * BLOCK


# Zarr and reference indexes, far away


@pytest.fixture
def zarr_site(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """A store behind plain addresses, and what was asked of it."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    corpus = Path(__file__).resolve().parents[3] / "shared" / "nwb" / "zarr" / "pynwb__zarr_tutorial.nwb.zarr"
    if not corpus.is_dir():
        pytest.skip("the stores of shared/nwb are not beside the project")
    root = tmp_path / "site"
    shutil.copytree(corpus, root)
    asked: list[str] = []

    class Site(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            path = root / self.path.lstrip("/")
            data = path.read_bytes() if path.is_file() else b""
            self.send_response(200 if path.is_file() else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{{key}}", asked
        server.shutdown()
        thread.join()


def test_the_structure_of_a_remote_zarr_takes_one_request(zarr_site: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = zarr_site
    with Reader(Open(address, key="zarr-1234-abcd", folder=str(tmp_path / "cache"))) as reader:
        objects = list(reader.walk())
        assert asked[0] == "/.zmetadata"
        assert all(path.endswith("/0") for path in asked[1:])  # the session's own texts
        assert any(one.neurodata_type == "TimeSeries" for one in objects)
        trace = reader.window(Window("/acquisition/synthetic_timeseries", channels=3))
        assert (trace.samples, trace.channels, len(trace.low)) == (100, 100, 3)
        assert reader.facts().session["identifier"] == "EXAMPLE_ID"
    asked.clear()
    with Reader(Open(address, key="zarr-1234-abcd", folder=str(tmp_path / "cache"))) as reader:
        assert list(reader.walk()) == objects
        assert not asked


def test_a_zarr_without_consolidated_metadata_is_read_by_its_listed_documents(zarr_site: tuple[str, list[str]], tmp_path: Path) -> None:
    address, _asked = zarr_site
    root = tmp_path / "site"
    (root / ".zmetadata").unlink()
    keys = [str(path.relative_to(root)) for path in root.rglob(".z*")]
    with Reader(Open(address, documents=keys)) as reader:
        assert reader.facts().format == "zarr"
        assert any(one.path == "/acquisition/synthetic_timeseries" for one in reader.walk())
    with Reader(Open(address)) as reader, pytest.raises(FileError, match="no consolidated metadata"):
        reader.facts()


def _index(url: str, recording: Path) -> dict[str, object]:
    """An index of the recording's series, as LINDI writes them."""
    with h5py.File(recording) as file:
        data = file["acquisition/ElectricalSeries/data"]
        first = data.id.get_chunk_info(0)
    array = {"zarr_format": 2, "shape": [10_000, 4], "chunks": [10_000, 4], "dtype": "<i2", "compressor": None, "fill_value": 0, "order": "C", "filters": None}
    one = {"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "<f8", "compressor": None, "fill_value": 0, "order": "C", "filters": None}
    return {
        "refs": {
            ".zgroup": {"zarr_format": 2},
            ".zattrs": {"neurodata_type": "NWBFile", "namespace": "core", "nwb_version": "2.7.0"},
            "acquisition/.zgroup": {"zarr_format": 2},
            "acquisition/series/.zgroup": {"zarr_format": 2},
            "acquisition/series/.zattrs": {"neurodata_type": "TimeSeries", "namespace": "core"},
            "acquisition/series/data/.zarray": array,
            "acquisition/series/data/.zattrs": {"unit": "volts", "conversion": 1.0},
            "acquisition/series/data/0.0": ["{{u}}", first.byte_offset, first.size],
            "acquisition/series/starting_time/.zarray": one,
            "acquisition/series/starting_time/.zattrs": {"rate": 1000.0, "_SCALAR": True},
            "acquisition/series/starting_time/0": "base64:AAAAAAAAAAA=",
            "acquisition/again/.zgroup": {"zarr_format": 2},
            "acquisition/again/.zattrs": {"_SOFT_LINK": {"path": "/acquisition/series"}},
            "acquisition/elsewhere/.zarray": array,
            "acquisition/elsewhere/0.0": ["http://169.254.169.254/latest", 0, 80_000],
        },
        "templates": {"u": url},
    }


def test_a_files_index_gives_structure_and_values(store: _Store, recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "recording.nwb.lindi.json"
    path.write_text(json.dumps(_index(store.url, recording)))
    with Reader(Open(str(path), origins=[f"http://127.0.0.1:{store.server_port}"])) as reader:
        assert reader.facts().format == "lindi"
        objects = {one.path: one for one in reader.walk()}
        assert objects["/acquisition/again"].target == "/acquisition/series"
        with h5py.File(recording) as file:
            truth = file["acquisition/ElectricalSeries/data"][:3]
        assert reader.rows(Rows("/acquisition/series/data", count=3)).rows == [[str(one) for one in row] for row in truth]
        assert reader.window(Window("/acquisition/again", start=0.0, stop=1.0)).unit == "volts"
        with pytest.raises(FileError, match="lies elsewhere"):
            reader.rows(Rows("/acquisition/elsewhere"))


def test_an_index_asks_no_origin_that_was_not_opened(store: _Store, recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "recording.nwb.lindi.json"
    path.write_text(json.dumps(_index(store.url, recording)))
    with Reader(str(path)) as reader, pytest.raises(FileError, match="lies elsewhere"):
        reader.rows(Rows("/acquisition/series/data"))
    assert not store.keys


def test_the_index_of_a_far_file_is_used_where_it_leads_to_that_file(store: _Store, recording: Path) -> None:
    index = json.dumps(_index(store.url, recording)).encode()
    with _serving(index) as site, Reader(Open(store.url, index=site.url)) as reader:
        assert reader.facts().format == "lindi"
        assert reader.rows(Rows("/acquisition/series/data", count=1)).total == 10_000
    index = json.dumps(_index("http://elsewhere.example/file", recording)).encode()
    with _serving(index) as site, Reader(Open(store.url, index=site.url)) as reader:
        assert reader.facts().format == "hdf5"
