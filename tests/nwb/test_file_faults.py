"""Bad input and bad luck: each is said in words, what was read stays, and the reader goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
import psutil
import pytest
from faults.processes import wait_for
from rights import without_roots_rights
from test_remote import _serving

from dandi_tui.nwb import http
from dandi_tui.nwb.messages import AllSpikes, Rows, Together, Window
from dandi_tui.nwb.model import FileError
from dandi_tui.nwb.ranges import RemoteFile
from dandi_tui.nwb.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "nwb"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.random, "random", lambda: 0.01)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        file["acquisition/series/data"] = np.arange(100)
        file["acquisition/series/timestamps"] = np.arange(100.0)
        file["loop/self"] = h5py.SoftLink("/loop/other")
        file["loop/other"] = h5py.SoftLink("/loop/self")
        file["loop/parent"] = file["/"]
        file["nowhere"] = h5py.SoftLink("/not/there")
        references = file.create_dataset("references", (3,), dtype=h5py.ref_dtype)
        references[0] = file["acquisition/series"].ref
        gone = file.create_group("gone")
        references[2] = gone.ref
        del gone
        del file["gone"]
    return path


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"no file of this kind" * 100, "is not an HDF5 file"), (None, "is cut off .5,000 of [0-9,]+ bytes are there")],
)
def test_a_far_file_that_is_none_says_so_in_words(data: bytes | None, words: str, small: Path) -> None:
    with _serving(small.read_bytes()[:5000] if data is None else data) as store, Reader(store.url) as reader, pytest.raises(FileError, match=words):
        reader.facts()


def test_a_far_file_without_bytes_says_so(small: Path) -> None:
    def empty(handler: object) -> None:
        handler.send_response(416)  # type: ignore[attr-defined]
        handler.send_header("Content-Range", "bytes */0")  # type: ignore[attr-defined]
        handler.send_header("Content-Length", "0")  # type: ignore[attr-defined]
        handler.end_headers()  # type: ignore[attr-defined]

    with _serving(small.read_bytes()) as store:
        store.faults = [empty]
        with Reader(store.url) as reader, pytest.raises(FileError, match="is empty"):
            reader.facts()


def test_references_to_nothing_are_said_and_others_followed(small: Path) -> None:
    with Reader(str(small)) as reader:
        rows = reader.rows(Rows("/references")).rows
    assert rows[0] == ["→ /acquisition/series"]
    assert rows[1] == ["→ nothing"]
    assert rows[2][0] in {"→ an object that is not there", "→ nothing"}


def test_links_in_a_ring_and_to_nowhere_end_in_words(small: Path) -> None:
    with Reader(str(small)) as reader:
        assert len(list(reader.walk())) < 20
        for path in ("/loop/self", "/nowhere"):
            with pytest.raises(FileError, match=r"ring|can't be read|no /"):
                reader.rows(Rows(path))
        glances = reader.glances(["/loop/self", "/acquisition/series"])
        assert glances["/loop/self"].reason
        assert glances["/acquisition/series"].views[0] == "trace"


def test_a_lost_connection_is_tried_again_then_said(small: Path) -> None:
    data = small.read_bytes() + bytes(2_000_000)

    def cut(handler: object) -> None:
        handler.send_response(206)  # type: ignore[attr-defined]
        handler.send_header("Content-Length", "65536")  # type: ignore[attr-defined]
        handler.end_headers()  # type: ignore[attr-defined]
        handler.wfile.write(b"x" * 100)  # type: ignore[attr-defined]
        handler.close_connection = True  # type: ignore[attr-defined]
        handler.connection.close()  # type: ignore[attr-defined]

    with _serving(data) as store, RemoteFile(store.url) as remote:
        store.faults = [cut, cut]
        remote.seek(1_500_000)
        assert remote.read(10) == bytes(10)
        store.faults = [cut] * 5
        remote.seek(600_000)
        with pytest.raises(FileError, match="connection was lost, 5 times"):
            remote.read(10)
        remote.seek(1_500_000)
        assert remote.read(10) == bytes(10)


@pytest.mark.parametrize("closed", ["file", "folder", "chunk", "store"])
def test_what_may_not_be_read_says_so(closed: str, small: Path, tmp_path: Path) -> None:
    store = tmp_path / "small.nwb.zarr"
    (store / "data").mkdir(parents=True)
    (store / ".zgroup").write_text('{"zarr_format": 2}')
    array = {"zarr_format": 2, "shape": [4], "chunks": [4], "dtype": "|u1", "fill_value": 0, "order": "C", "filters": None, "compressor": None}
    (store / "data" / ".zarray").write_text(json.dumps(array))
    (store / "data" / "0").write_bytes(b"abcd")
    place, target = {
        "file": (small, str(small)),
        "folder": (tmp_path, str(small)),
        "chunk": (store / "data" / "0", f"{store}::/data"),
        "store": (store, str(store)),
    }[closed]
    mode = place.stat().st_mode
    place.chmod(0)
    command = [sys.executable, "-m", "dandi_tui", "inspect", target, *(["--rows", "0:4"] if closed == "chunk" else [])]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=without_roots_rights)
    place.chmod(mode)
    assert ran.returncode == 1
    assert "may not be read" in ran.stderr
    assert place.name in ran.stderr
    assert "Traceback" not in ran.stderr


_WRITER = """
import h5py, sys, time
file = h5py.File(sys.argv[1], "w", libver="latest")
data = file.create_dataset("acquisition/series/data", (10,), maxshape=(None,), chunks=(10,), dtype="f8")
file.attrs["nwb_version"] = "2.7.0"
if sys.argv[2] == "swmr":
    file.swmr_mode = True
file.flush()
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def writer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "written.nwb"
    with subprocess.Popen([sys.executable, "-c", _WRITER, str(path), request.param], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline().strip() == "ready"
        yield path
        process.kill()


@pytest.mark.parametrize("writer", ["swmr"], indirect=True)
def test_a_file_that_a_swmr_writer_holds_is_read_beside_it(writer: Path) -> None:
    before = writer.read_bytes()
    with Reader(str(writer)) as reader:
        assert reader.rows(Rows("/acquisition/series/data")).total == 10
    assert writer.read_bytes() == before


@pytest.mark.parametrize("writer", ["plain"], indirect=True)
def test_a_file_that_is_being_written_is_read_or_refused_in_words(writer: Path) -> None:
    with Reader(str(writer)) as reader:
        try:
            reader.facts()
        except FileError as error:
            assert "being written" in str(error)  # noqa: PT017 (either way is right)


def test_a_reader_that_hangs_is_ended_and_another_one_started(small: Path) -> None:
    with Reader(str(small)) as reader:
        reader.facts()
        reader._patience = 1.0
        (child,) = [one for one in psutil.Process().children() if "dandi_tui.nwb.serving" in one.cmdline()]
        child.send_signal(signal.SIGSTOP)
        with pytest.raises(FileError, match="took more than 1 s"):
            reader.rows(Rows("/acquisition/series/data"))
        reader._patience = 60.0
        assert reader.rows(Rows("/acquisition/series/data")).total == 100


def test_a_read_can_be_stopped_and_the_file_stays_open(small: Path) -> None:
    with Reader(str(small)) as reader:
        reader.facts()
        (child,) = [one for one in psutil.Process().children() if "dandi_tui.nwb.serving" in one.cmdline()]
        child.send_signal(signal.SIGSTOP)
        said: list[str] = []

        def ask() -> None:
            try:
                reader.rows(Rows("/acquisition/series/data"))
            except FileError as error:
                said.append(str(error))

        thread = threading.Thread(target=ask)
        thread.start()
        wait_for(lambda: reader._busy, "the question")
        reader.stop()
        thread.join()
        assert said == ["the read was stopped"]
        assert reader.window(Window("/acquisition/series")).samples == 100


def test_a_reader_that_dies_between_questions_is_replaced(small: Path) -> None:
    with Reader(str(small)) as reader:
        reader.facts()
        (child,) = [one for one in psutil.Process().children() if "dandi_tui.nwb.serving" in one.cmdline()]
        child.kill()
        child.wait()
        with pytest.raises(FileError, match="ended the reader process"):
            reader.children("/")
        assert reader.children("/")


@pytest.mark.parametrize(
    ("name", "words"),
    [("hostile/truncated", "cut off"), ("hostile/text", "not an HDF5 file"), ("hostile/empty", "empty")],
)
def test_what_is_wrong_with_a_broken_file_is_said(name: str, words: str) -> None:
    path = CORPUS / f"{name}.nwb"
    if not path.exists():
        pytest.skip("the files of shared/nwb are not beside the project")
    with Reader(str(path)) as reader, pytest.raises(FileError, match=words):
        reader.facts()


@pytest.mark.slow
def test_no_hostile_file_blinds_a_glance_or_takes_much_memory(shared: Path) -> None:
    for path in sorted((shared / "nwb" / "hostile").glob("*.nwb")):
        with Reader(str(path), patience=30) as reader:
            try:
                reader.facts()
                objects = [one.path for one in reader.walk(limit=300) if one.kind in {"group", "dataset"}]
                glances = reader.glances(objects[:200], fully=True)
            except FileError as error:
                assert len(str(error)) > 20  # noqa: PT017
                continue
            assert len(glances) == min(200, len(objects))
            (child,) = [one for one in psutil.Process().children() if "dandi_tui.nwb.serving" in one.cmdline()]
            assert child.memory_info().rss < 300 * 2**20, path
            reader.timed()


def test_a_table_of_a_billion_spikes_and_rows_stays_small_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        units = file.create_group("units")
        units["id"], units["spike_times_index"] = np.arange(1000), np.arange(1, 1001) * 10**6
        units.create_dataset("spike_times", shape=(10**9,), chunks=(10**6,), dtype="f8")
        trials = file.create_group("intervals/trials")
        for name in ("id", "start_time", "stop_time"):
            trials.create_dataset(name, shape=(10**9,), chunks=(10**6,), dtype="f8")
    with Reader(str(path)) as reader:
        assert reader.all_spikes(AllSpikes("/units")).units == 1000
        lanes = reader.together(Together(["/units", "/intervals/trials"])).lanes
        assert [lane.words for lane in lanes] == ["the first 2,000,000 times"] * 2
        assert reader._process is not None
        status = Path(f"/proc/{reader._process.pid}/status")
        if status.exists():
            (most,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
            assert int(most) < 300 * 1024
