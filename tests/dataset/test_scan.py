"""What is found under folders, and what is read of it: whatever lies there, no file is fatal and no link is entered."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import h5py
import pytest
from small_nwb import small_nwb

from dandi_tui.dataset.cache import Cache
from dandi_tui.dataset.findings import Layer
from dandi_tui.dataset.nwb_fields import read_fields
from dandi_tui.dataset.scan import ScannedFile, scan, walk
from dandi_tui.dataset.validate import validate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG_AGO = 1_600_000_000


def scanned(*sources: Path | str) -> dict[str, ScannedFile]:
    return {os.path.basename(one.path): one for one in scan([str(source) for source in sources], jobs=1)}  # noqa: PTH119


def test_a_walk_finds_files_by_kind_and_leaves_hidden_ones_and_links_to_folders_alone(tmp_path: Path) -> None:
    for name in ("a.nwb", "sub/b.nwb", "film.MP4", "picture.png", "notes.txt", "UPPER.NWB", ".hidden.nwb", ".folder/c.nwb", ".git/d.nwb", "x.nwb/e.nwb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "sub/link.nwb").symlink_to(tmp_path / "a.nwb")
    (tmp_path / "sub/broken.nwb").symlink_to(tmp_path / "gone.nwb")
    found = {one.path.removeprefix(f"{tmp_path}/"): one.kind for one in walk([str(tmp_path)])}
    assert found == {
        "UPPER.NWB": "other", "a.nwb": "nwb", "film.MP4": "video", "notes.txt": "other", "picture.png": "image", "sub/b.nwb": "nwb",
        "sub/broken.nwb": "nwb", "sub/link.nwb": "nwb", "x.nwb/e.nwb": "nwb",
    }  # fmt: skip


def test_paths_are_told_as_they_were_given_and_a_file_given_twice_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.nwb").touch()
    monkeypatch.chdir(tmp_path)
    assert [one.path for one in walk(["src", "src/a.nwb", str(tmp_path / "src"), "./src/../src"])] == ["src/a.nwb"]


def test_what_names_are_made_of_is_read(tmp_path: Path) -> None:
    small_nwb(
        tmp_path / "a.nwb", "m 1", "s1", content=["ecephys", "behavior"], start="2020-01-02T03:04:05.5+09:00", object_id="o",
        sample={"cell_id": "c", "tissue_sample_id": ""}, probe_ids=[3, 1],
    )  # fmt: skip
    fields = scanned(tmp_path)["a.nwb"].fields
    assert fields is not None
    assert (fields.subject_id, fields.session_id, fields.session_start, fields.object_id) == ("m 1", "s1", "20200102T030405", "o")
    assert (fields.tissue_sample_id, fields.slice_id, fields.cell_id, fields.probe_ids) == ("", None, "c", ("3", "1"))
    assert {"ElectricalSeries", "Position", "Subject"} <= set(fields.types)


def test_media_that_are_referred_to_are_told_with_whether_they_are_there(tmp_path: Path) -> None:
    small_nwb(tmp_path / "a.nwb", videos=[["film.MP4", "odd.tiff", "https://example.org/f.mp4", "gone.avi"]], images=["picture.png", "drawing.svg"])
    (tmp_path / "film.MP4").touch()
    (tmp_path / "picture.png").touch()
    one = scanned(tmp_path)["a.nwb"]
    assert [(media.reference, media.number, media.index, media.there) for media in one.media] == [
        ("film.MP4", 0, 0, True), ("https://example.org/f.mp4", 1, 2, False), ("gone.avi", 2, 3, False), ("picture.png", 0, 0, True),
    ]  # fmt: skip
    assert one.unknown_media == ("odd.tiff", "drawing.svg")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"hello", "not an HDF5 file"), (b"\x89HDF\r\n\x1a\n" + bytes(100), "damaged"), (None, "no file, but a pipe")],
    ids=["empty", "text", "header alone", "pipe"],
)
def test_what_can_not_be_read_is_told_with_its_reason(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "a.nwb"
    if content is None:
        os.mkfifo(path)
    else:
        path.write_bytes(content)
    small_nwb(tmp_path / "b.nwb")
    found = scanned(tmp_path)
    assert words in found["a.nwb"].problem
    assert not found["b.nwb"].problem


def test_hdf5_without_nwb_a_broken_link_and_a_missing_file_are_told(tmp_path: Path) -> None:
    h5py.File(tmp_path / "plain.nwb", "w").close()
    (tmp_path / "link.nwb").symlink_to("gone")
    (tmp_path / "ring.nwb").symlink_to("ring.nwb")
    found = scanned(tmp_path)
    assert "no NWB file" in found["plain.nwb"].problem
    assert "not there" in found["link.nwb"].problem
    assert "link" in found["ring.nwb"].problem


def test_a_file_that_a_writer_has_open_is_told_as_being_written(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "b.nwb", "w", libver="latest") as writer:
        writer.attrs["nwb_version"] = "2.8.0"
        writer.swmr_mode = True
        assert "being written" in scanned(tmp_path)["b.nwb"].problem


def test_a_file_that_is_locked_by_its_writer_is_told_and_known_again_when_that_has_closed_it(tmp_path: Path) -> None:
    import os

    path = small_nwb(tmp_path / "a.nwb")
    os.utime(path, (1, 1))
    with Cache(tmp_path / "cache.sqlite") as cache:
        with h5py.File(path, "r+"):
            found = {one.path: one for one in scan([str(path)], cache=cache)}[str(path)]
            assert "being written" in found.problem
            (checked,) = [one for one in validate([path], layers=[Layer.METADATA], cache=cache) if one.is_asset]
            assert any("being written" in one.message for one in checked.findings)
        assert {one.path: one for one in scan([str(path)], cache=cache)}[str(path)].problem == ""
        (checked,) = [one for one in validate([path], layers=[Layer.METADATA], cache=cache) if one.is_asset]
        assert not any("being written" in one.message for one in checked.findings)


def test_links_into_other_files_are_told_and_not_followed(tmp_path: Path) -> None:
    small_nwb(tmp_path / "a.nwb", external_link="/etc/passwd")
    fields = scanned(tmp_path)["a.nwb"].fields
    assert fields is not None
    assert fields.external_links == ("/scratch_link",)


def test_soft_links_to_series_lead_to_their_videos(tmp_path: Path) -> None:
    path = small_nwb(tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        series = file.create_group("stash/film")
        series.create_dataset("external_file", data=["f.mp4"], dtype=h5py.string_dtype())
        file["acquisition/film"] = h5py.SoftLink("/stash/film")
        file["acquisition/ring"] = h5py.SoftLink("/acquisition/ring")
    (media,) = read_fields(str(path)).media
    assert (media.place, media.references) == ("/acquisition/film", ("f.mp4",))


def test_zarr_stores_that_are_nwb_are_read_and_others_are_other_files(shared: Path) -> None:
    found = {one.path.rpartition("/")[2]: one for one in scan([str(shared / "nwb/zarr")], jobs=1)}
    store = found["hdmf-zarr__ecephys_tutorial.nwb.zarr"]
    assert store.fields is not None
    assert (store.kind, store.fields.session_id) == ("zarr", "LONELYMTN")
    assert "ElectricalSeries" in store.fields.types
    assert found["dandi-cli__single_array.zarr"].kind == "other"


def test_files_made_to_break_readers_cost_themselves_alone(shared: Path) -> None:
    sources = [str(shared / "nwb/hostile"), str(shared / "nwb/hostile-fatal")]
    found = {one.path.rpartition("/")[2]: one for one in scan(sources, jobs=2)}
    assert "SIGSEGV" in found["btree_self.nwb"].problem
    assert found["external.nwb"].fields is not None
    assert found["external.nwb"].fields.external_links
    usable = {name for name, one in found.items() if one.is_nwb and not one.problem}
    assert {"names.nwb", "wide.nwb", "deep.nwb", "cycles.nwb", "explosion.nwb", "userblock.nwb", "latest.nwb"} <= usable


def test_every_real_file_gives_the_subject_and_session_that_h5py_finds(shared: Path) -> None:
    import gzip
    import json

    for path in sorted((shared / "nwb").glob("*.nwb")):
        session = json.loads(gzip.decompress((shared / f"nwb/truth/{path.name}.json.gz").read_bytes()))["session"]
        fields = read_fields(str(path))
        if not fields.problem:
            assert (fields.subject_id or None) == ((session["subject"] or {}).get("subject_id") or None), path.name
            assert fields.identifier == session["identifier"], path.name


def test_an_unchanged_file_is_known_from_the_last_time(tmp_path: Path) -> None:
    path = small_nwb(tmp_path / "src/a.nwb")
    os.utime(path, (LONG_AGO, LONG_AGO))
    with Cache() as cache:
        (first,) = scan([str(tmp_path / "src")], jobs=1, cache=cache)
        (again,) = scan([str(tmp_path / "src")], jobs=1, cache=cache)
    assert (first.cached, again.cached) == (False, True)
    assert again.fields == first.fields


@pytest.mark.slow
def test_a_scan_keeps_no_more_of_ten_times_as_many_files(tmp_path: Path) -> None:
    import tracemalloc
    from concurrent.futures import ThreadPoolExecutor

    path = small_nwb(tmp_path / "src/0.nwb")
    for number in range(1, 1000):
        (tmp_path / f"src/{number}.nwb").hardlink_to(path)

    def peak(count: int) -> int:
        with ThreadPoolExecutor(2) as threads:
            work: Iterator[ScannedFile] = scan([str(tmp_path / "src")], executor=threads)
            for _ in range(50):
                next(work)
            tracemalloc.start()
            for _ in range(count):
                next(work)
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    assert peak(800) < peak(80) + 500_000
