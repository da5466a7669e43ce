"""An index that refers to other places: asked of those alone that were agreed to, whatever the index says; also one in a tar."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import time
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from test_remote import _serving, _Store

from dandi_tui.nwb.messages import Open, Rows
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.reader import Reader
from dandi_tui.nwb.reference_keys import ReferenceKeys, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VALUES = np.arange(40_000, dtype="<i2").reshape(10_000, 4)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An HDF5 file with a dataset of one chunk."""
    path = tmp_path_factory.mktemp("lindi") / "recording.nwb"
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=VALUES, chunks=(10_000, 4))
    return path


@pytest.fixture
def store(recording: Path) -> Iterator[_Store]:
    with _serving(recording.read_bytes()) as made:
        yield made


def array(**more: Any) -> dict[str, Any]:
    return {"zarr_format": 2, "shape": [10_000, 4], "chunks": [10_000, 4], "dtype": "<i2", "compressor": None, "fill_value": 0, "order": "C",
            "filters": None, **more}  # fmt: skip


def index(recording: Path, url: str, **more: Any) -> dict[str, Any]:
    with h5py.File(recording) as file:
        first = file["data"].id.get_chunk_info(0)
    refs = {
        ".zgroup": {"zarr_format": 2},
        ".zattrs": {"neurodata_type": "NWBFile", "namespace": "core", "nwb_version": "2.7.0"},
        "acquisition/.zgroup": {"zarr_format": 2},
        "acquisition/data/.zarray": array(),
        "acquisition/data/0.0": [url, first.byte_offset, first.size],
        **more,
    }
    return {"refs": refs}


def written(tmp_path: Path, found: dict[str, Any]) -> Path:
    path = tmp_path / "recording.nwb.lindi.json"
    path.write_text(json.dumps(found))
    return path


def test_nothing_is_asked_before_it_was_agreed_to_and_the_values_after(store: _Store, recording: Path, tmp_path: Path) -> None:
    path = written(tmp_path, index(recording, store.url))
    origin = f"http://127.0.0.1:{store.server_port}"
    with Reader(str(path)) as reader:
        assert reader.facts().elsewhere == {origin: 1}
        with pytest.raises(FileError, match="lies elsewhere"):
            reader.rows(Rows("/acquisition/data"))
    assert not store.keys
    with Reader(Open(str(path), origins=[origin])) as reader:
        assert reader.facts().elsewhere == {}
        assert reader.rows(Rows("/acquisition/data", start=5, count=1)).rows == [["20", "21", "22", "23"]]
    assert store.keys


def test_the_key_goes_to_the_first_origin_alone(store: _Store, recording: Path, tmp_path: Path) -> None:
    path = written(tmp_path, index(recording, store.url))
    own = f"http://127.0.0.1:{store.server_port}"
    headers = {"Authorization": "token secret"}
    with Reader(Open(str(path), headers, origins=["https://api.example", own])) as reader:
        reader.rows(Rows("/acquisition/data", count=1))
    assert {key for _, key in store.keys} == {""}
    with Reader(Open(str(path), headers, origins=[own])) as reader:
        reader.rows(Rows("/acquisition/data", count=1))
    assert {key for where, key in store.keys if where == "/file"} == {"", "token secret"}
    assert {key for where, key in store.keys if where != "/file"} == {""}


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "/etc/passwd", "../x.h5", "ftp://host/x", "https://api.dandiarchive.org@evil.example/x", "https://dаndi.example/x",
     "https://a b/x", "https://", "http://[::1/x", "./blobs/x", "http://host\x1b[2J/x"],
)  # fmt: skip
def test_an_address_that_a_person_can_not_judge_is_never_offered(address: str, recording: Path, tmp_path: Path) -> None:
    assert origin_of(address) == ""
    path = written(tmp_path, index(recording, address))
    with Reader(Open(str(path), origins=["https://api.dandiarchive.org"])) as reader:
        assert reader.facts().elsewhere == {}
        with pytest.raises(FileError, match=r"elsewhere|Invalid|no "):
            reader.rows(Rows("/acquisition/data"))


def test_an_array_that_stays_in_its_hdf5_file_is_read_there(store: _Store, recording: Path, tmp_path: Path) -> None:
    link = {"_EXTERNAL_ARRAY_LINK": {"link_type": "hdf5_dataset", "url": store.url, "name": "/data"}}
    more = {"acquisition/linked/.zarray": array(), "acquisition/linked/.zattrs": link}
    found = index(recording, store.url, **more)
    del found["refs"]["acquisition/data/0.0"]
    path = written(tmp_path, found)
    origin = f"http://127.0.0.1:{store.server_port}"
    with Reader(str(path)) as reader:
        assert reader.facts().elsewhere == {origin: 1}
        with pytest.raises(FileError, match="lies elsewhere"):
            reader.rows(Rows("/acquisition/linked"))
    assert not store.keys
    with Reader(Open(str(path), origins=[origin])) as reader:
        assert reader.rows(Rows("/acquisition/linked", start=7, count=1)).rows == [["28", "29", "30", "31"]]


# In a tar


def in_tar(path: Path, document: dict[str, Any], blobs: dict[str, bytes], **lies: Any) -> Path:
    """A tar as LINDI writes it: where the table of its members is stands first."""
    members = {".tar_entry.json": bytes(1024), "lindi.json": json.dumps(document).encode() + b"  ", **blobs, ".tar_index.json": bytes(4096)}
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            one = tarfile.TarInfo(name)
            one.size = len(data)
            tar.addfile(one, io.BytesIO(data))
    with tarfile.open(path) as tar:
        table = {one.name: {"n": one.name, "o": one.offset, "d": one.offset_data, "s": one.size} for one in tar.getmembers()}
    places = {name: one["d"] for name, one in table.items()}
    table.update({name: {**table[name], **lie} for name, lie in lies.items()})
    with path.open("r+b") as file:
        for name, words in ((".tar_entry.json", {"index": table[".tar_index.json"]}), (".tar_index.json", {"files": list(table.values())})):
            file.seek(places[name])
            file.write(json.dumps(words).encode().ljust(1024 if "entry" in name else 4096))
    return path


def test_an_index_in_a_tar_reads_its_own_chunks_and_those_elsewhere(store: _Store, recording: Path, tmp_path: Path) -> None:
    more = {"acquisition/own/.zarray": array(), "acquisition/own/0.0": ["./blobs/acquisition/own/0.0", 0, 80_000]}
    path = in_tar(tmp_path / "x.nwb.lindi.tar", index(recording, store.url, **more), {"blobs/acquisition/own/0.0": VALUES[::-1].tobytes()})
    origin = f"http://127.0.0.1:{store.server_port}"
    with Reader(str(path)) as reader:
        assert (reader.facts().format, reader.facts().elsewhere) == ("lindi", {origin: 1})
        assert reader.rows(Rows("/acquisition/own", count=1)).rows == [[str(one) for one in VALUES[-1]]]
    assert not store.keys
    with Reader(Open(str(path), origins=[origin])) as reader:
        assert reader.rows(Rows("/acquisition/data", start=1, count=1)).rows == [["4", "5", "6", "7"]]


def test_of_a_far_tar_little_is_read(recording: Path, tmp_path: Path) -> None:
    more = {"acquisition/own/.zarray": array(), "acquisition/own/0.0": ["./blobs/one", 0, 80_000]}
    path = in_tar(
        tmp_path / "x.lindi.tar", index(recording, "https://elsewhere.example/x", **more), {"blobs/one": VALUES.tobytes(), "blobs/much": bytes(10**7)}
    )
    with _serving(path.read_bytes()) as far, Reader(Open(f"http://localhost:{far.server_port}/signed.lindi.tar?{far.good}")) as reader:
        assert reader.rows(Rows("/acquisition/own", start=1, count=1)).rows == [["4", "5", "6", "7"]]
        assert reader.facts().elsewhere == {"https://elsewhere.example": 1}
        assert 0 < reader.traffic.bytes < 10**6


@pytest.mark.parametrize(
    ("lies", "words"),
    [({".tar_index.json": {"d": 10**12}}, "not within"), ({"lindi.json": {"s": 10**12}}, "not within"), ({"lindi.json": {"d": -5}}, "not within"),
     ({"lindi.json": {"n": "other"}}, "no lindi.json"), ({".tar_index.json": {"s": 3}}, "can't be read|no JSON")],
)  # fmt: skip
def test_a_tar_whose_table_lies_is_said(lies: dict[str, Any], words: str, recording: Path, tmp_path: Path) -> None:
    path = in_tar(tmp_path / "x.lindi.tar", index(recording, "https://elsewhere.example/x"), {}, **lies)
    with Reader(str(path)) as reader, pytest.raises(FileError, match=words):
        reader.facts()


def test_a_member_that_is_not_there_or_too_short_is_said(recording: Path, tmp_path: Path) -> None:
    refs = {"a/.zarray": array(), "a/0.0": ["./../../etc/passwd", 0, 80_000], "b/.zarray": array(), "b/0.0": ["./blobs/one", 10, 80_000]}
    path = in_tar(tmp_path / "x.lindi.tar", index(recording, "https://elsewhere.example/x", **refs), {"blobs/one": bytes(80_000)})
    with Reader(str(path)) as reader:
        for name, words in (("a", "there is no"), ("b", "outside")):
            with pytest.raises(FileError, match=words):
                reader.rows(Rows(f"/{name}"))


def test_another_tar_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.lindi.tar"
    with tarfile.open(path, "w") as tar:
        tar.addfile(tarfile.TarInfo("else"))
    with Reader(str(path)) as reader, pytest.raises(FileError, match="no tar that LINDI wrote"):
        reader.facts()


# Made to break readers


def test_words_that_make_words_do_not_grow_without_an_end() -> None:
    templates = {f"t{at}": f"{{{{t{at + 1}}}}}" * 50 for at in range(40)}
    keys = ReferenceKeys({"refs": {"a/.zarray": array(), "a/0.0": ["{{t0}}", 0, 5]}, "templates": templates}, [], {})
    assert keys.elsewhere() == {}
    with pytest.raises(FileError, match="without an end"):
        keys.read("a/0.0", 100)


def test_very_many_parts_and_places_are_bounded(tmp_path: Path) -> None:
    refs = {f"a/{at}": [f"https://h{at}.example/x", 0, 5] for at in range(200_000)}
    keys = ReferenceKeys({"refs": refs}, [], {})
    start = time.process_time()
    assert len(keys.elsewhere()) == 8
    assert time.process_time() - start < 3
    path = tmp_path / "x.lindi.json"
    path.write_bytes(b'{"refs":{"a":[' + b"[]," * 8_000_000 + b"[]]}}")
    # Asked in a process of its own, whose only child is the reader.
    code = (
        "import resource, sys; from dandi_tui.nwb.reader import Reader\n"
        "with Reader(sys.argv[1]) as reader:\n"
        "    try: reader.facts()\n"
        "    except Exception as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    said, memory = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True).stdout.splitlines()
    assert "too many parts" in said
    assert int(memory) < 300 * 1024


def test_the_hostile_index_ends_in_words_and_asks_nobody(shared: Path) -> None:
    path = shared / "nwb" / "hostile-zarr" / "references.nwb.lindi.json"
    with Reader(str(path), patience=60) as reader:
        facts = reader.facts()
        assert all(origin.startswith("http") for origin in facts.elsewhere)
        for one in list(reader.walk(limit=500)):
            try:
                said = str(reader.rows(Rows(one.path, count=200)).rows)
            except FileError as error:
                said = str(error)
            assert "root:" not in said
            assert "ended the reader process" not in said
        assert not reader.traffic.requests
