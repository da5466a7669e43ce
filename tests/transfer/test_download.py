"""Downloads: whole, verified, resumed, and never outside the folder or over what was there."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from between import between
from hypothesis import given
from hypothesis import strategies as st
from transferring import bring, download, engine_at, planned, submit, until_over

from dandi_tui.api.client import ArchiveClient
from dandi_tui.api.instances import find_instance
from dandi_tui.api.targets import Target, parse_target
from dandi_tui.errors import NoSpaceError, UnsafePathError
from dandi_tui.transfer.digest import etag_of, part_size, zarr_checksum
from dandi_tui.transfer.model import State
from dandi_tui.transfer.partial import Content, Partial
from dandi_tui.transfer.paths import LONGEST_NAME, check_parents, local_path
from dandi_tui.transfer.plan import Wanted, check_space, collect, make_plan, order_of

if TYPE_CHECKING:
    from conftest import Archive


def _files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


async def test_a_whole_dandiset_arrives_with_its_dates(archive: Archive, tmp_path: Path) -> None:
    plan, files, _ = await download(*archive, tmp_path / "here", "000001")
    tmp_path = tmp_path / "here"
    assert _files(tmp_path) == sorted(step.wanted.place for step in plan.steps)
    assert {file.state for file in files} == {"done"}
    first = plan.steps[0].wanted
    assert (tmp_path / first.place).stat().st_size == first.size
    assert abs((tmp_path / first.place).stat().st_mtime - first.modified) < 1


async def test_the_record_of_a_dandiset_comes_with_it(archive: Archive, tmp_path: Path) -> None:
    instance = find_instance(archive.api_url)
    async with ArchiveClient(instance, archive.token) as client:
        plan = make_plan(await collect(client, [parse_target("000002", default=instance)], ["dandiset.yaml"]), tmp_path / "here")
    await bring(plan, *archive)
    again = make_plan([step.wanted for step in plan.steps], tmp_path / "here", existing="refresh")
    record = yaml.safe_load((tmp_path / "here" / "000002" / "dandiset.yaml").read_text())
    assert record["identifier"] == "DANDI:000002"
    assert record["contributor"][0]["name"] == "Müller, Séverine"
    assert [step.action for step in again.steps] == ["skip"]


async def test_a_zarr_arrives_as_a_tree(archive: Archive, tmp_path: Path) -> None:
    await download(*archive, tmp_path / "here", "000009")
    root = tmp_path / "here" / "000009" / "sub-L1" / "sub-L1_sample-A.ome.zarr"
    assert "0/1/1/1" in _files(root)
    assert json.loads((root / "0" / ".zarray").read_text())["shape"] == [16, 64, 64]
    assert not [name for name in _files(tmp_path / "here") if ".part" in name]


async def test_a_zarr_is_refreshed_from_what_stands_there(archive: Archive, tmp_path: Path) -> None:
    await download(*archive, tmp_path / "here", "000009")
    root = tmp_path / "here" / "000009" / "sub-L1" / "sub-L1_sample-A.ome.zarr"
    (root / "0" / "1" / "1" / "1").write_bytes(b"other")
    (root / "more").write_text("not of the archive")
    kept = (root / "0" / ".zarray").stat().st_ino
    before = _files(root)
    assert (await download(*archive, tmp_path / "here", "000009", existing="overwrite")).job.count(State.DONE) == 1
    assert _files(root) == [name for name in before if name != "more"]
    assert (root / "0" / "1" / "1" / "1").read_bytes() != b"other"
    assert (root / "0" / ".zarray").stat().st_ino == kept


async def test_a_resumed_download_fetches_only_what_is_missing(archive: Archive, tmp_path: Path) -> None:
    plan, _, _ = await download(*archive, tmp_path / "whole", "000002", first=1)
    wanted = plan.steps[0].wanted
    content = (tmp_path / "whole" / wanted.place).read_bytes()
    _left_behind(tmp_path / "again" / wanted.place, content, content[: len(content) // 2])
    with between(archive) as server:
        done = await download(f"{server.origin}/api", archive.token, tmp_path / "again", "000002", first=1)
        assert server.asked == [f"bytes={len(content) // 2}-{len(content) - 1}"]
    assert done.job.count(State.DONE) == 1
    assert (tmp_path / "again" / wanted.place).read_bytes() == content
    assert not list((tmp_path / "again").rglob(".*.part*"))


def _left_behind(place: Path, content: bytes, there: bytes) -> None:
    """Partial data of content, as an engine that was killed leaves it."""
    place.parent.mkdir(parents=True)
    of = Content(len(content), etag_of([hashlib.md5(content).hexdigest()]))
    partial = Partial(place, of)
    partial._labelled = True
    partial.open(lambda _count: None)
    partial.data.write_bytes(there)
    partial.close()


async def test_partial_data_that_is_wrong_is_noticed_and_fetched_again(archive: Archive, tmp_path: Path) -> None:
    plan, _, _ = await download(*archive, tmp_path / "whole", "000002", first=1)
    wanted = plan.steps[0].wanted
    content = (tmp_path / "whole" / wanted.place).read_bytes()
    _left_behind(tmp_path / "again" / wanted.place, content, bytes(1000))
    done = await download(*archive, tmp_path / "again", "000002", first=1)
    assert done.job.count(State.DONE) == 1
    assert (tmp_path / "again" / wanted.place).read_bytes() == content


async def test_partial_data_of_another_content_is_not_used(archive: Archive, tmp_path: Path) -> None:
    plan, _, _ = await download(*archive, tmp_path / "whole", "000002", first=1)
    wanted = plan.steps[0].wanted
    _left_behind(tmp_path / "again" / wanted.place, b"other" * wanted.size, b"other")
    with between(archive) as server:
        done = await download(f"{server.origin}/api", archive.token, tmp_path / "again", "000002", first=1)
        assert server.asked == [""]
    assert done.job.count(State.DONE) == 1


async def test_what_was_there_is_not_overwritten_unasked(archive: Archive, tmp_path: Path) -> None:
    plan, _, _ = await download(*archive, tmp_path / "here", "000002")
    place = tmp_path / "here" / plan.steps[0].wanted.place
    place.write_text("mine")
    done = await download(*archive, tmp_path / "here", "000002")
    assert {file.state for file in done.files} == {"failed"}
    await download(*archive, tmp_path / "here", "000002", existing="skip")
    assert place.read_text() == "mine"
    again = await download(*archive, tmp_path / "here", "000002", existing="refresh")
    assert len(again.plan.to_fetch) == 1
    assert place.read_bytes() != b"mine"


async def test_a_file_that_came_there_after_the_plan_is_left_as_it_is(archive: Archive, tmp_path: Path) -> None:
    plan = await planned(*archive, tmp_path / "here", "000002", first=1)
    place = tmp_path / "here" / plan.steps[0].wanted.place
    place.parent.mkdir(parents=True)
    place.write_text("mine")
    done = await bring(plan, *archive)
    assert "left as it is" in done.files[0].reason
    assert place.read_text() == "mine"


async def test_two_jobs_for_one_place_bring_it_once(archive: Archive, tmp_path: Path) -> None:
    plan = await planned(*archive, tmp_path / "here", "000002", first=1)
    with between(archive) as server:
        instance = find_instance(f"{server.origin}/api")
        async with engine_at(tmp_path / "journal") as engine:
            # The first is at it still when the second comes.
            engine.rate.rate = plan.size
            jobs = [await submit(engine, *order_of(plan, instance, "a test", jobs=2)) for _ in range(2)]
            assert [(await until_over(engine, job)).count(State.DONE) for job in jobs] == [1, 1]
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/etc/passwd",
        "a/../../x",
        "C:/x",
        "a\\b",
        "a//b",
        "",
        ".",
        "a/\x1b[2J",
        "x" * 300,
        "a\ud800",
        "a/.b.nwb.part",
        ".b.nwb.part.json",
        ".b.zarr.part/0",
        ".b.part.old/x",
    ],
)
def test_paths_that_would_leave_the_folder_are_refused(path: str) -> None:
    with pytest.raises(UnsafePathError) as caught:
        local_path(path)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("path", ["a.part", ".part", "a/.hidden", "a.part.json", ".a.old", "é" * 121])
def test_names_that_are_like_those_of_downloads_are_taken(path: str) -> None:
    assert str(local_path(path)) == path


def test_the_longest_name_has_room_for_all_that_downloads_call_theirs(tmp_path: Path) -> None:
    partial = Partial(tmp_path / ("x" * LONGEST_NAME), Content(2**20, "1-1"))
    partial.open(lambda _: None)
    partial.save()
    partial.discard()
    assert not list(tmp_path.iterdir())


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
        content = (bytes(range(256)) * (case["bytes"] // 256 + 1))[: case["bytes"]]
        parts = Content(len(content), "").spans()
        assert etag_of([hashlib.md5(content[start:end]).hexdigest() for start, end in parts]) == case["etag"]
    for plan in cases["part_plans"]:
        if "error" not in plan and plan.get("parts", 0) > 1:
            assert part_size(plan["bytes"]) == plan["first"]


def test_the_etag_of_nothing_and_of_bytes() -> None:
    assert etag_of([]) == "d41d8cd98f00b204e9800998ecf8427e-0"
    assert etag_of([hashlib.md5(b"abc").hexdigest()]) == hashlib.md5(hashlib.md5(b"abc").digest()).hexdigest() + "-1"


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
