"""Zarr format 3: what the zarr library writes reads as it does there; shards are read by the parts that are needed."""

from __future__ import annotations

import json
import re
import resource
import struct
import threading
import time
import warnings
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dandi_tui.nwb.costs import PriceError
from dandi_tui.nwb.crc32c import crc32c
from dandi_tui.nwb.messages import Open, Rows
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.reader import Reader
from dandi_tui.nwb.zarr_store import ZarrStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

zarr = pytest.importorskip("zarr", minversion="3")
VALUES = np.random.default_rng(5).integers(-1000, 1000, (50, 70)).astype("int32")
SHARDED: dict[str, Any] = {"chunks": (10, 7), "shards": (20, 35)}


@pytest.fixture
def store(tmp_path: Path) -> Any:
    """An empty store of format 3 in a folder."""
    return zarr.open_group(str(tmp_path / "made.zarr"), mode="w", zarr_format=3)


def read(store: Any, where: Any = slice(None), name: str = "x") -> np.ndarray:
    found: np.ndarray = ZarrStore(store.store.root).array(f"/{name}").read(where)
    return found


def _codecs() -> dict[str, dict[str, Any]]:
    from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from zarr.codecs import numcodecs as other

        return {
            "as it is by default": {},
            "not packed": {"compressors": None},
            "zstd with checksum": {"compressors": ZstdCodec(level=3, checksum=True)},
            "gzip": {"compressors": GzipCodec()},
            "blosc": {"compressors": BloscCodec(cname="lz4", shuffle="bitshuffle")},
            "big-endian": {"serializer": BytesCodec(endian="big")},
            "checksum": {"compressors": [Crc32cCodec()]},
            "checksum over zstd": {"compressors": [ZstdCodec(), Crc32cCodec()]},
            "transposed": {"filters": TransposeCodec(order=(1, 0))},
            "delta": {"filters": other.Delta(dtype="int32")},
            "scaled": {"filters": other.FixedScaleOffset(offset=0, scale=1, dtype="int32", astype="int16")},
            "as another type": {"filters": other.AsType(encode_dtype="int64", decode_dtype="int32")},
            "zlib": {"compressors": other.Zlib()},
            "bz2": {"compressors": other.BZ2()},
            "lzma": {"compressors": other.LZMA()},
            "lz4": {"compressors": other.LZ4()},
            "shuffle": {"compressors": [other.Shuffle(elementsize=4), other.Zlib()]},
            "shards": SHARDED,
            "shards, the index first": {"shards": (20, 35), "chunks": (20, 35), "serializer": ShardingCodec(chunk_shape=(10, 7), index_location="start")},
            "shards of transposed parts": {**SHARDED, "filters": TransposeCodec(order=(1, 0)), "compressors": [GzipCodec(), Crc32cCodec()]},
            "packed shards": {"serializer": ShardingCodec(chunk_shape=(10, 7)), "compressors": GzipCodec()},
            "shards in shards": {"serializer": ShardingCodec(chunk_shape=(10, 35), codecs=[ShardingCodec(chunk_shape=(5, 7))]), "compressors": None},
            "other keys": {"chunk_key_encoding": {"name": "v2", "separator": "."}},
        }


@pytest.mark.parametrize("name", _codecs())
def test_values_come_out_of_every_codec(name: str, store: Any) -> None:
    options = {"chunks": (20, 35), **_codecs()[name]}
    if name == "shards, the index first":
        options.pop("shards")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store.create_array("x", shape=VALUES.shape, dtype="int32", **options)[...] = VALUES
    np.testing.assert_array_equal(read(store), VALUES)
    np.testing.assert_array_equal(read(store, (slice(17, 43), slice(30, 60, 3))), VALUES[17:43, 30:60:3])


TYPES = {
    "float16": np.linspace(0, 1, 9, dtype="f2"),
    "complex": np.arange(9) * (1 + 2j),
    "bool": np.arange(9) % 2 == 0,
    "times": np.array(["2020-01-01", "2021-02-03", "NaT"], dtype="M8[s]"),
    "spans": np.array([5, 7], dtype="m8[25ms]"),
    "texts": np.array(["a", "bé", ""], dtype=object),
    "texts of one length": np.array(["a", "bé"]),
    "bytes of one length": np.array([b"a", b"bcd"]),
    "raw bytes": np.array([b"abcd", b"\0efg"], dtype="V4"),
    "structures": np.array([(1, 2.5, b"x")], dtype=[("a", "i4"), ("b", "f8"), ("c", "S3")]),
    "a single value": np.array(4.5),
}


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("sharded", [False, True], ids=["chunks", "shards"])
def test_values_of_every_type(name: str, sharded: bool, store: Any) -> None:
    values = TYPES[name]
    if sharded and (not values.shape or values.dtype.kind == "V"):
        pytest.skip("zarr does not write such values into shards")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = store.create_array("x", shape=values.shape, dtype=str if values.dtype == object else values.dtype,
                                  **({"chunks": (1,), "shards": (2,)} if sharded else {}))  # fmt: skip
        made[...] = values
    found = read(store, slice(None) if values.shape else ())
    np.testing.assert_array_equal(found.view("i8") if values.dtype.kind in "mM" else found, values.view("i8") if values.dtype.kind in "mM" else values)


@pytest.mark.parametrize(("dtype", "fill"), [("float64", np.nan), ("float32", np.inf), ("complex128", 1 + 2j), ("int16", -7), ("bool", True), (str, "none")])
def test_what_was_never_written_has_the_fill_value(dtype: Any, fill: Any, store: Any) -> None:
    store.create_array("x", shape=(40,), dtype=dtype, chunks=(5,), shards=(20,), fill_value=fill)[3:4] = np.zeros(1, dtype="i1").astype(dtype)
    found, wanted = read(store), store["x"][...]
    np.testing.assert_array_equal(found, wanted)


# Far away


class _Ranges(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.server.root / self.path.lstrip("/")  # type: ignore[attr-defined]
        if not path.is_file():
            self._answer(404, b"")
            return
        data = path.read_bytes()
        first, last = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers["Range"]).groups()  # type: ignore[union-attr]
        start, stop = (int(first), min(int(last) + 1, len(data))) if first else (max(0, len(data) - int(last)), len(data))
        self.server.asked.append((self.path, stop - start))  # type: ignore[attr-defined]
        if start >= len(data):
            self._answer(416, b"")
        else:
            self._answer(206, data[start:stop], **{"Content-Range": f"bytes {start}-{stop - 1}/{len(data)}"})

    def _answer(self, status: int, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(root: Path) -> Iterator[ThreadingHTTPServer]:
    """A folder by HTTP ranges; `asked` says what was brought."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Ranges) as server:
        server.root, server.asked = root, []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("kept", [False, True], ids=["", "kept on disk"])
def test_of_a_far_shard_only_the_parts_that_are_needed_are_brought(kept: bool, store: Any, tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 2**31, (512, 512))
    store.create_array("x", shape=values.shape, dtype="int64", chunks=(64, 64), shards=(512, 512), compressors=None)[...] = values
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(store.store)
    with serving(tmp_path / "made.zarr") as server:
        address = f"http://127.0.0.1:{server.server_port}/{{key}}"
        opened = Open(address, folder=str(tmp_path / "cache") if kept else "", key="of-ever" if kept else "")
        for asked in (1, 2) if kept else (1,):
            server.asked.clear()
            with Reader(opened) as reader:
                table = reader.rows(Rows("/x", start=130, count=2, column=70, columns=3))
            assert table.rows == [[str(one) for one in row] for row in values[130:132, 70:73]]
            brought = [size for path, size in server.asked if path.startswith("/x/c/")]
            assert brought == ([64 * 16 + 4, 64 * 64 * 8] if asked == 1 else [])


def test_a_dear_read_of_shards_says_its_price_first(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.create_array("x", shape=(1000,), dtype="int64", chunks=(100,), shards=(1000,), compressors=None)[...] = np.arange(1000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(store.store)
    monkeypatch.setenv("DANDI_TUI_READ_BUDGET", "1000")
    with serving(tmp_path / "made.zarr") as server, Reader(Open(f"http://127.0.0.1:{server.server_port}/{{key}}")) as reader:
        with pytest.raises(PriceError) as told:
            reader.rows(Rows("/x", count=150))
        assert (told.value.price.requests, told.value.price.bytes) == (1, 1600)
        assert reader.rows(Rows("/x", start=149, count=1, paid=True)).rows == [["149"]]


# Made to break readers


def _shard(tmp_path: Path, index: list[tuple[int, int]], *, good: bool = True, parts: Any = (2,), shard: Any = (4,), shape: Any = (4,)) -> Path:
    """An array of int64 in one shard of two parts, with an index of one's own."""
    options = {"chunk_shape": list(parts), "codecs": [{"name": "bytes"}], "index_codecs": [{"name": "bytes"}, {"name": "crc32c"}]}
    document = {
        "zarr_format": 3, "node_type": "array", "shape": list(shape), "data_type": "int64", "fill_value": 0,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(shard)}},
        "chunk_key_encoding": {"name": "default"}, "codecs": [{"name": "sharding_indexed", "configuration": options}],
    }  # fmt: skip
    (tmp_path / "x" / "c").mkdir(parents=True)
    (tmp_path / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group"}')
    (tmp_path / "x" / "zarr.json").write_text(json.dumps(document))
    table = b"".join(struct.pack("<QQ", *one) for one in index)
    (tmp_path / "x" / "c" / "0").write_bytes(bytes(32) + table + struct.pack("<I", crc32c(table) ^ (0 if good else 1)))
    return tmp_path


HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "beyond the file": ({"index": [(0, 16), (10**9, 16)]}, "too short"),
    "of a size that no file has": ({"index": [(0, 16), (2**63, 2**63)]}, "no file has"),
    "longer than it is": ({"index": [(0, 16), (16, 10**9)]}, "more than can be read"),
    "over each other": ({"index": [(0, 16), (8, 16)]}, "over each other"),
    "a wrong checksum": ({"index": [(0, 16), (16, 16)], "good": False}, "checksum"),
    "too small a part": ({"index": [(0, 16), (16, 3)]}, "does not hold"),
    "an index cut short": ({"index": []}, "checksum|too short"),
    "very many parts": ({"index": [], "parts": [1], "shard": [2**40], "shape": [2**40]}, "too many"),
    "many shards of many parts": ({"index": [], "parts": [2**20], "shard": [2**40], "shape": [2**50]}, "too many|too short|spread"),
    "parts of no size": ({"index": [], "parts": [0]}, "are none"),
    "parts that do not fit": ({"index": [], "parts": [3]}, "do not fill"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_shard_ends_in_words(name: str, tmp_path: Path) -> None:
    options, words = HOSTILE[name]
    path = _shard(tmp_path / "made.zarr", **options)
    start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileError, match=words):
        ZarrStore(path).array("/x").read(slice(0, 2**30))
    assert time.process_time() - start < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
    with Reader(str(path)) as reader:
        assert [one.kind for one in reader.walk()] in (["dataset"], ["unreadable"])


@pytest.mark.parametrize("name", [[2], {}, {"name": []}, None, "r", "r-8", {"name": "raw_bytes", "configuration": {"length_bytes": 2**40}}, "nothing"])
def test_a_type_that_is_none_is_said(name: Any, tmp_path: Path) -> None:
    path = _shard(tmp_path / "made.zarr", [(0, 16), (16, 16)])
    document = json.loads((path / "x" / "zarr.json").read_text())
    (path / "x" / "zarr.json").write_text(json.dumps({**document, "data_type": name}))
    with pytest.raises(FileError, match=r"is none|more than|too much|does not hold"):
        ZarrStore(path).array("/x").read(slice(None))


def test_the_same_bytes_may_stand_for_several_parts(tmp_path: Path) -> None:
    path = _shard(tmp_path / "made.zarr", [(0, 16), (0, 16)])
    assert ZarrStore(path).array("/x").read(slice(None)).tolist() == [0, 0, 0, 0]


def test_a_damaged_part_is_said_and_the_others_are_read(store: Any, tmp_path: Path) -> None:
    from zarr.codecs import Crc32cCodec

    store.create_array("x", shape=(20,), dtype="int64", chunks=(5,), shards=(20,), compressors=[Crc32cCodec()])[...] = np.arange(20)
    file = tmp_path / "made.zarr" / "x" / "c" / "0"
    data = bytearray(file.read_bytes())
    data[50] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(FileError, match="checksum"):
        read(store)
    assert read(store, slice(0, 5)).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("codec", ["zstd", "numcodecs.bz2", "numcodecs.lzma", "gzip"])
def test_what_inflates_to_very_much_is_not_inflated(codec: str, tmp_path: Path) -> None:
    import bz2
    import gzip
    import lzma

    path = _shard(tmp_path / "made.zarr", [])
    document = json.loads((path / "x" / "zarr.json").read_text())
    document["codecs"] = [{"name": "bytes"}, {"name": codec}]
    (path / "x" / "zarr.json").write_text(json.dumps(document))
    runs = b"\x28\xb5\x2f\xfd\x00\x58" + (b"\x02\x00\x10" + b"\0") * 1000 + b"\x01\x00\x00"
    much = bytes(200 * 2**20)
    made = {
        "zstd": lambda: runs,
        "numcodecs.bz2": lambda: bz2.compress(much),
        "numcodecs.lzma": lambda: lzma.compress(much, preset=0),
        "gzip": lambda: gzip.compress(much),
    }
    (path / "x" / "c" / "0").write_bytes(made[codec]())
    with pytest.raises(FileError, match="more than can be read"):
        ZarrStore(path).array("/x").read(slice(None))


def test_the_checksum_is_that_of_its_standard() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    long = bytes(range(256)) * 100
    assert crc32c(long + b"x") != crc32c(long + b"y")
    google = pytest.importorskip("google_crc32c")
    for size in (0, 1, 4096, 4097, 25_600, 100_003):
        data = np.random.default_rng(size).bytes(size)
        assert crc32c(data) == google.value(data)
