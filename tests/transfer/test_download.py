"""Downloads: whole, verified, resumed, and never outside the folder or over what was there."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dandi_tui.api.client import ArchiveClient
from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target, parse_target
from dandi_tui.errors import NoSpaceError, UnsafePathError
from dandi_tui.transfer.digest import EtagHasher, part_size, zarr_checksum
from dandi_tui.transfer.download import Download, Event, Partial
from dandi_tui.transfer.paths import check_parents, local_path
from dandi_tui.transfer.plan import Plan, Wanted, check_space, collect, make_plan

if TYPE_CHECKING:
    from conftest import Archive


async def _download(archive: Archive, root: Path, *texts: str, existing: str = "error") -> tuple[Plan, list[Event]]:
    instance = find_instance(archive.api_url)
    events: list[Event] = []
    async with ArchiveClient(instance, archive.token) as client:
        targets = [parse_target(text, default=instance) for text in texts]
        plan = make_plan(await collect(client, targets), root, existing=existing)
        await Download(plan, client, jobs=4, on_event=events.append).run()
    return plan, events


def _files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


async def test_a_whole_dandiset_arrives_with_its_dates(archive: Archive, tmp_path: Path) -> None:
    plan, events = await _download(archive, tmp_path, "000001")
    assert _files(tmp_path) == sorted(step.wanted.place for step in plan.steps)
    assert [event.event for event in events if event.event in {"failed", "skipped"}] == []
    first = plan.steps[0].wanted
    assert (tmp_path / first.place).stat().st_size == first.size
    assert abs((tmp_path / first.place).stat().st_mtime - first.modified) < 1


async def test_a_zarr_arrives_as_a_tree(archive: Archive, tmp_path: Path) -> None:
    await _download(archive, tmp_path, "000009")
    root = tmp_path / "000009" / "sub-L1" / "sub-L1_sample-A.ome.zarr"
    assert "0/1/1/1" in _files(root)
    assert json.loads((root / "0" / ".zarray").read_text())["shape"] == [16, 64, 64]


async def test_a_resumed_download_goes_on_from_what_has_arrived(archive: Archive, tmp_path: Path) -> None:
    plan, _ = await _download(archive, tmp_path / "whole", "000002")
    wanted = plan.steps[0].wanted
    content = (tmp_path / "whole" / wanted.place).read_bytes()
    hasher = EtagHasher(len(content))
    hasher.update(content)
    place = tmp_path / "again" / wanted.place
    partial = Partial(place, hasher.value())
    partial.open(lambda _chunk: None)
    partial.data.write_bytes(content[: len(content) // 2])
    _, events = await _download(archive, tmp_path / "again", "000002")
    assert place.read_bytes() == content
    assert not [event for event in events if event.event == "failed"]
    assert not list((tmp_path / "again").rglob(".*.part*"))


async def test_wrong_bytes_never_get_the_final_name(archive: Archive, tmp_path: Path) -> None:
    plan, _ = await _download(archive, tmp_path / "whole", "000002")
    wanted = plan.steps[0].wanted
    content = (tmp_path / "whole" / wanted.place).read_bytes()
    hasher = EtagHasher(len(content))
    hasher.update(content)
    place = tmp_path / "again" / wanted.place
    partial = Partial(place, hasher.value())
    partial.open(lambda _chunk: None)
    partial.data.write_bytes(b"\0" * 1000)
    _, events = await _download(archive, tmp_path / "again", "000002")
    failed = [event for event in events if event.event == "failed"]
    assert [event.path for event in failed] == [wanted.place]
    assert "etag" in failed[0].message
    assert not place.exists()


async def test_what_was_there_is_not_overwritten_unasked(archive: Archive, tmp_path: Path) -> None:
    plan, _ = await _download(archive, tmp_path, "000002")
    place = tmp_path / plan.steps[0].wanted.place
    place.write_text("mine")
    _, events = await _download(archive, tmp_path, "000002")
    assert {event.event for event in events} == {"failed", "summary"}
    await _download(archive, tmp_path, "000002", existing="skip")
    assert place.read_text() == "mine"
    again, _ = await _download(archive, tmp_path, "000002", existing="refresh")
    assert len(again.to_fetch) == 1
    assert place.read_bytes() != b"mine"


async def test_a_cancelled_download_leaves_no_final_names(archive: Archive, tmp_path: Path) -> None:
    instance = find_instance(archive.api_url)
    async with ArchiveClient(instance, archive.token) as client:
        plan = make_plan(await collect(client, [parse_target("000001", default=instance)]), tmp_path)
        work = Download(plan, client, jobs=2, on_event=lambda _event: None)
        work.cancel()
        await work.run()
    assert all(name.rpartition("/")[2].startswith(".") for name in _files(tmp_path))


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "C:/x", "a\\b", "a//b", "", ".", "a/\x1b[2J", "x" * 300])
def test_paths_that_would_leave_the_folder_are_refused(path: str) -> None:
    with pytest.raises(UnsafePathError) as caught:
        local_path(path)
    assert "\x1b" not in str(caught.value)


@given(st.text(max_size=40))
def test_an_accepted_path_stays_below_the_folder(path: str) -> None:
    try:
        relative = local_path(path)
    except UnsafePathError:
        return
    root = Path("/target")
    assert Path(os.path.normpath(root / relative)).is_relative_to(root)
    assert relative.parts


def test_a_folder_that_is_a_link_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "sub").symlink_to(tmp_path)
    with pytest.raises(UnsafePathError, match="leads elsewhere"):
        check_parents(tmp_path / "target", local_path("sub/x.nwb"))


def test_paths_that_differ_only_by_case_are_refused(tmp_path: Path) -> None:
    wanted = [Wanted("a", name, name, 1, 0.0) for name in ("sub/A.nwb", "sub/a.nwb")]
    plan = make_plan(wanted, tmp_path)
    assert [step.action for step in plan.steps] == ["fetch", "refuse"]


def test_a_plan_that_does_not_fit_the_disk_is_refused(tmp_path: Path) -> None:
    plan = make_plan([Wanted("a", "x.nwb", "x.nwb", 10**18, 0.0)], tmp_path)
    with pytest.raises(NoSpaceError, match="are free"):
        check_space(plan)


def test_etags_are_those_of_the_table(shared: Path) -> None:
    cases = json.loads((shared / "digests" / "etag-cases.json").read_text())
    for case in cases["etags"]:
        hasher = EtagHasher(case["bytes"])
        hasher.update((bytes(range(256)) * (case["bytes"] // 256 + 1))[: case["bytes"]])
        assert hasher.value() == case["etag"]
    for plan in cases["part_plans"]:
        if "error" not in plan and plan.get("parts", 0) > 1:
            assert part_size(plan["bytes"]) == plan["first"]


def test_the_etag_of_nothing_and_of_bytes() -> None:
    assert EtagHasher(0).value() == "d41d8cd98f00b204e9800998ecf8427e-0"
    hasher = EtagHasher(3)
    hasher.update(b"abc")
    assert hasher.value() == hashlib.md5(hashlib.md5(b"abc").digest()).hexdigest() + "-1"


def test_a_zarr_checksum_counts_files_and_bytes() -> None:
    assert zarr_checksum({"a/b": ("0" * 32, 3), "c": ("1" * 32, 4)}).endswith("-2--7")


async def test_a_single_file_and_a_folder_keep_their_last_names(archive: Archive) -> None:
    instance = find_instance(archive.api_url)
    async with ArchiveClient(instance) as client:
        folder = Target("folder", None, instance.api_url, "000001", "draft", "sub-M101/")
        assert {one.place.partition("/")[0] for one in await collect(client, [folder])} == {"sub-M101"}
        by_id = Target("asset", None, instance.api_url, asset_id=(await collect(client, [folder]))[0].asset_id)
        assert "/" not in (await collect(client, [by_id]))[0].place
    await asyncio.sleep(0)
