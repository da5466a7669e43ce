"""A file that is changed changes no other, wherever its links and storage lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import pytest

from dandi_tui.dataset.external_files import rewrite_references
from dandi_tui.dataset.placing import copied, hard_linked
from dandi_tui.dataset.plan_model import MediaMove
from dandi_tui.errors import OrganizeError, TransferError
from dandi_tui.transfer.zarr_upload import _walk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VIDEO, MOVED = "video.avi", "media/1.avi"


def _recording(path: Path, poses: Callable[[h5py.Group, Path], Any]) -> Path:
    with h5py.File(path, "w") as file:
        series = file.create_group("acquisition/video")
        series.attrs["neurodata_type"] = "ImageSeries"
        series.create_dataset("external_file", data=[VIDEO], dtype=h5py.string_dtype())
        pose = file.create_group("processing/behavior/pose")
        pose.attrs["neurodata_type"] = "PoseEstimation"
        poses(pose, path.parent)
    return path


def _linked(pose: h5py.Group, folder: Path) -> None:
    with h5py.File(folder / "other.nwb", "w") as other:
        other.create_dataset("videos", data=[VIDEO], dtype=h5py.string_dtype())
    pose["original_videos"] = h5py.ExternalLink("other.nwb", "/videos")


def _stored_outside(pose: h5py.Group, folder: Path) -> None:
    (folder / "other.txt").write_bytes(VIDEO.encode().ljust(20, b"\0"))
    pose.create_dataset("original_videos", (1,), dtype="S20", external=[(str(folder / "other.txt"), 0, 20)])


def _of_its_own(pose: h5py.Group, _folder: Path) -> None:
    pose.create_dataset("original_videos", data=[VIDEO], dtype=h5py.string_dtype())


def _media(place: str = "/acquisition/video") -> MediaMove:
    return MediaMove(source="/data/video.avi", destination="sub-1/media/1.avi", place=place, index=0, reference=VIDEO, rewritten=MOVED)


@pytest.mark.parametrize("poses", [_linked, _stored_outside])
def test_references_of_other_files_stay_as_they_are(poses: Callable[[h5py.Group, Path], Any], tmp_path: Path) -> None:
    path = _recording(tmp_path / "recording.nwb", poses)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir() if one != path}
    rewrite_references(str(path), [_media()])
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir() if one != path} == before
    with h5py.File(path) as file:
        assert file["acquisition/video/external_file"][0] == MOVED.encode()


def test_references_of_its_own_poses_are_changed(tmp_path: Path) -> None:
    path = _recording(tmp_path / "recording.nwb", _of_its_own)
    rewrite_references(str(path), [_media()])
    with h5py.File(path) as file:
        assert file["processing/behavior/pose/original_videos"][0] == MOVED.encode()


def test_a_reference_that_is_stored_outside_is_not_written(tmp_path: Path) -> None:
    path = _recording(tmp_path / "recording.nwb", _stored_outside)
    before = (tmp_path / "other.txt").read_bytes()
    with pytest.raises(OrganizeError, match="other files"):
        rewrite_references(str(path), [_media("/processing/behavior/pose/original_videos")])
    assert (tmp_path / "other.txt").read_bytes() == before


@pytest.mark.parametrize("how", ["copy", "hardlink"])
@pytest.mark.parametrize("kind", ["file", "folder", "within", "annexed"])
def test_a_store_brings_nothing_along_that_its_links_lead_to(how: str, kind: str, tmp_path: Path) -> None:
    store, elsewhere = tmp_path / "it.zarr", tmp_path / ("repository/.git/annex/objects" if kind == "annexed" else "elsewhere")
    for folder in (store / "x", elsewhere):
        folder.mkdir(parents=True)
    (store / "x" / "0").write_bytes(b"own")
    (elsewhere / "secret").write_bytes(b"secret")
    (store / "x" / "1").symlink_to({"file": elsewhere / "secret", "folder": elsewhere, "within": "0", "annexed": elsewhere / "secret"}[kind])
    made = tmp_path / "made.zarr"
    act = (lambda: copied(str(store), str(made), lambda _: None)) if how == "copy" else (lambda: hard_linked(str(store), str(made)))
    if kind in {"file", "folder"}:
        with pytest.raises(OrganizeError, match="is a link"):
            act()
        assert sorted(one.name for one in tmp_path.iterdir()) == ["elsewhere", "it.zarr"]
    else:
        act()
        assert (made / "x" / "0").read_bytes() == b"own"
        if how == "copy":
            assert (made / "x" / "1").read_bytes() == (b"own" if kind == "within" else b"secret")
            assert not (made / "x" / "1").is_symlink()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_store_whose_links_lead_elsewhere_is_not_sent(kind: str, tmp_path: Path) -> None:
    store, elsewhere = tmp_path / "it.zarr", tmp_path / "elsewhere"
    for folder in (store, elsewhere):
        folder.mkdir()
    (store / "0").write_bytes(b"own")
    (elsewhere / "secret").write_bytes(b"secret")
    (store / "1").symlink_to(elsewhere / "secret" if kind == "file" else elsewhere)
    with pytest.raises(TransferError, match="is a link"):
        _walk(store)
