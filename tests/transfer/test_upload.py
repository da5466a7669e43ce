"""Uploads: what the archive then has is what the file was; nothing is sent twice; what changes meanwhile is noticed."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import httpx
import pytest
from between import Between, between, broken, busy, expired, lost, unanswered
from transferring import engine_at, submit, until_over, views

from dandi_tui.api.instances import find_instance
from dandi_tui.errors import NotAllowedError, UsageError
from dandi_tui.transfer import bringing, failures, sending
from dandi_tui.transfer.existing import after_hashing
from dandi_tui.transfer.local_file import file_etag
from dandi_tui.transfer.model import FileSpec, JobSpec, JobState, JobView, State
from dandi_tui.transfer.steering import steer
from dandi_tui.transfer.upload import merged
from dandi_tui.transfer.upload_plan import make_upload_plan

if TYPE_CHECKING:
    from conftest import Archive

    from dandi_tui.transfer.model import FileView

PART = 64 * 2**20
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing.random, "random", lambda: 0.01)
    monkeypatch.setattr(sending.random, "random", lambda: 0.01)
    monkeypatch.setattr(failures, "wait_before", lambda _tried: 0.01)
    monkeypatch.setattr("dandi_tui.transfer.tries.wait_before", lambda _tried: 0.01)


@pytest.fixture
def dandiset(archive: Archive) -> str:
    """A new Dandiset of the demo user."""
    made = httpx.post(f"{archive.api_url}/dandisets/", json={"name": "a test", "metadata": {}}, headers=_key(archive))
    return str(made.json()["identifier"])


def _key(archive: Archive) -> dict[str, str]:
    return {"Authorization": f"token {archive.token}"}


def _assets(archive: Archive, dandiset: str) -> dict[str, dict[str, Any]]:
    address = f"{archive.api_url}/dandisets/{dandiset}/versions/draft/assets/?metadata=true"
    return {asset["path"]: asset for asset in httpx.get(address).json()["results"]}


def _content(archive: Archive, dandiset: str, path: str) -> bytes:
    asset = _assets(archive, dandiset)[path]["asset_id"]
    return httpx.get(f"{archive.api_url}/assets/{asset}/download/", follow_redirects=True).content


def _spec(api_url: str, dandiset: str, **more: Any) -> JobSpec:
    given = {"validation": "skip", "patience": 0.0, "jobs": 4, **more}
    return JobSpec(kind="upload", instance=find_instance(api_url), root="/", title=dandiset, dandiset=dandiset, **given)


def _file(folder: Path, path: str, content: bytes) -> FileSpec:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return FileSpec(path=path, place=str(place), size=len(content), verdict="send")


def _nwb(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.attrs.update(nwb_version="2.8.0", neurodata_type="NWBFile", object_id=str(path))
        file["identifier"], file["session_start_time"], file["general/subject/subject_id"] = str(path), "2021-03-04T05:06:07+00:00", "a"
    return path


async def _upload(archive: Archive, api_url: str, spec: JobSpec, files: list[FileSpec], folder: Path) -> tuple[JobView, list[FileView]]:
    async with engine_at(folder / f"journal-{next(_numbers)}", {api_url: archive.token}) as engine:
        job = await submit(engine, spec, files)
        return await until_over(engine, job), await views(engine, job)


async def test_files_are_in_the_draft_with_their_metadata(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    nwb = _nwb(tmp_path / "sub-a" / "sub-a.nwb")
    files = [
        FileSpec(path="sub-a/sub-a.nwb", place=str(nwb), size=nwb.stat().st_size, verdict="send", metadata={"keywords": ["barrel"]}),
        _file(tmp_path, "notes/about.txt", b"what was done"),
    ]
    job, told = await _upload(archive, archive.api_url, _spec(archive.api_url, dandiset), files, tmp_path)
    assert job.counts == {State.DONE: 2}, told
    assets = _assets(archive, dandiset)
    assert _content(archive, dandiset, "notes/about.txt") == b"what was done"
    record = assets["sub-a/sub-a.nwb"]["metadata"]
    assert record["digest"]["dandi:dandi-etag"] == file_etag(str(nwb))
    assert record["encodingFormat"] == "application/x-nwb"
    assert record["keywords"] == ["barrel"]
    assert record["wasAttributedTo"][0]["identifier"]


async def test_content_that_the_archive_has_is_not_sent(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    content = os.urandom(1000)
    files = [_file(tmp_path, "a.txt", content)]
    await _upload(archive, archive.api_url, _spec(archive.api_url, dandiset), files, tmp_path)
    with between(archive) as server:
        again = [*files, _file(tmp_path, "copy.txt", content)]
        job, told = await _upload(archive, f"{server.origin}/api", _spec(f"{server.origin}/api", dandiset), again, tmp_path)
        assert not server.asked
    assert job.counts == {State.SKIPPED: 1, State.DONE: 1}
    assert "has this content" in told[0].reason
    assert sorted(_assets(archive, dandiset)) == ["a.txt", "copy.txt"]


@pytest.mark.parametrize(
    ("mode", "state", "after"),
    [("error", "failed", b"old"), ("skip", "skipped", b"old"), ("refresh", "done", b"new"), ("overwrite", "done", b"new"), ("force", "done", b"new")],
)
async def test_what_is_there_is_treated_as_asked(mode: str, state: str, after: bytes, archive: Archive, dandiset: str, tmp_path: Path) -> None:
    await _upload(archive, archive.api_url, _spec(archive.api_url, dandiset), [_file(tmp_path, "a.txt", b"old" + dandiset.encode())], tmp_path)
    files = [_file(tmp_path, "a.txt", b"new" + dandiset.encode())]
    os.utime(files[0].place, (2e9, 2e9))
    _, told = await _upload(archive, archive.api_url, _spec(archive.api_url, dandiset, existing=mode), files, tmp_path)
    assert told[0].state == state
    assert _content(archive, dandiset, "a.txt") == after + dandiset.encode()


@pytest.mark.parametrize(("word", "state", "after"), [("keep", "skipped", b"old"), ("replace", "done", b"new")])
async def test_an_asset_in_the_way_is_kept_or_replaced_as_a_person_says(
    word: str, state: str, after: bytes, archive: Archive, dandiset: str, tmp_path: Path
) -> None:
    await _upload(archive, archive.api_url, _spec(archive.api_url, dandiset), [_file(tmp_path, "a.txt", b"old" + dandiset.encode())], tmp_path)
    files = [_file(tmp_path, "a.txt", b"new" + dandiset.encode())]
    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
        job = await submit(engine, _spec(archive.api_url, dandiset, existing="error"), files)
        await until_over(engine, job)
        (file,) = await views(engine, job)
        assert (file.state, file.need) == (State.FAILED, "place")
        assert await steer(engine, word, [job], []) == 1
        await until_over(engine, job)
        assert [file.state for file in await views(engine, job)] == [state]
    assert _content(archive, dandiset, "a.txt") == after + dandiset.encode()


async def test_an_asset_in_the_way_that_was_deleted_meanwhile_is_not_looked_for(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    """Of many files the draft was listed once; what it had then does not count any more."""
    await _upload(archive, archive.api_url, _spec(archive.api_url, dandiset), [_file(tmp_path, "0.txt", b"old" + dandiset.encode())], tmp_path)
    files = [_file(tmp_path, f"{number}.txt", f"{number} {dandiset}".encode()) for number in range(14)]
    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
        job = await submit(engine, _spec(archive.api_url, dandiset, existing="error"), files)
        assert (await until_over(engine, job)).counts == {State.DONE: 13, State.FAILED: 1}
        old = _assets(archive, dandiset)["0.txt"]["asset_id"]
        async with httpx.AsyncClient(headers=_key(archive)) as owner:
            (await owner.delete(f"{archive.api_url}/dandisets/{dandiset}/versions/draft/assets/{old}/")).raise_for_status()
        assert await steer(engine, "retry", [job], []) == 0
        assert await steer(engine, "replace", [job], []) == 1
        assert (await until_over(engine, job)).counts == {State.DONE: 14}


def test_refresh_leaves_what_was_changed_later_at_the_archive() -> None:
    from datetime import UTC, datetime

    from dandi_tui.api.models import Asset

    now = datetime(2026, 1, 1, tzinfo=UTC)
    asset = Asset(asset_id="a", path="a", size=1, created=now, modified=now, metadata={"blobDateModified": now.isoformat()})
    assert not after_hashing("refresh", asset, "e", now.timestamp() - 1).send
    assert after_hashing("refresh", asset, "e", now.timestamp() + 1).send
    assert after_hashing("overwrite", asset, "e", now.timestamp() - 1).send


@pytest.mark.parametrize(
    ("faults", "archive_faults"),
    [([busy, broken], []), ([lost], []), ([unanswered], []), ([expired], []), ([], [broken] * 2)],
    ids=["busy-broken", "lost", "unanswered", "expired", "archive"],
)
async def test_a_file_arrives_through_faults(faults: list[Any], archive_faults: list[Any], archive: Archive, dandiset: str, tmp_path: Path) -> None:
    content = os.urandom(3000)
    with between(archive) as server:
        server.faults, server.archive_faults = list(faults), list(archive_faults)
        spec = _spec(f"{server.origin}/api", dandiset, patience=30.0)
        job, told = await _upload(archive, f"{server.origin}/api", spec, [_file(tmp_path, "a.txt", content)], tmp_path)
        assert not server.keys
    assert job.counts == {State.DONE: 1}, told
    assert _content(archive, dandiset, "a.txt") == content


@pytest.mark.parametrize("ending", ["assets/", "validate/", "complete/", "initialize/"])
async def test_an_answer_that_is_lost_does_not_make_two_of_it(ending: str, archive: Archive, dandiset: str, tmp_path: Path) -> None:
    content = os.urandom(2000)

    def once(handler: Between, answer: Any) -> None:
        if handler.command == "POST" and handler.path.endswith(ending) and not handler.server.keys:
            handler.server.keys.append(ending)
            lost(handler, answer)
        else:
            handler.plain(answer)

    with between(archive) as server:
        server.archive_faults = [once] * 100
        spec = _spec(f"{server.origin}/api", dandiset, patience=30.0)
        job, told = await _upload(archive, f"{server.origin}/api", spec, [_file(tmp_path, "a.txt", content)], tmp_path)
        assert server.keys == [ending]
    assert job.counts == {State.DONE: 1}, told
    assert list(_assets(archive, dandiset)) == ["a.txt"]
    assert _content(archive, dandiset, "a.txt") == content


async def test_parts_that_were_accepted_are_not_sent_again(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    spec = _file(tmp_path, "big.dat", os.urandom(2**20) * 130)
    with between(archive) as server:
        api_url = f"{server.origin}/api"
        held, unanswered_yet = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def hold(handler: Between, answer: Any) -> None:
            # The first part is answered; the others are held until the engine is gone.
            if held.is_set():
                unanswered_yet.wait(20)
            handler.plain(answer)
            loop.call_soon_threadsafe(held.set)

        server.faults = [hold] * 100
        async with engine_at(tmp_path / "journal", {api_url: archive.token}) as engine:
            job = await submit(engine, _spec(api_url, dandiset), [spec])
            await held.wait()
            await engine.recorder.do(lambda journal: journal.limits())
        unanswered_yet.set()
        server.faults = []
        sent = await _accepted(tmp_path / "journal")
        before = len(server.asked)
        async with engine_at(tmp_path / "journal", {api_url: archive.token}) as engine:
            assert (await until_over(engine, job)).counts == {State.DONE: 1}
        again = [one for one in server.asked[before:] if one.startswith("PUT")]
        assert len(again) == 3 - len(sent)
    assert _assets(archive, dandiset)["big.dat"]["size"] == spec.size
    assert _assets(archive, dandiset)["big.dat"]["metadata"]["digest"]["dandi:dandi-etag"] == file_etag(spec.place)


async def _accepted(journal: Path) -> dict[int, tuple[int, str]]:
    from dandi_tui.transfer.journal import Journal

    opened = Journal(journal / "journal.sqlite")
    try:
        return opened.parts(1)
    finally:
        opened.close()


async def test_a_file_that_changes_while_it_is_sent_is_noticed(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    file = _file(tmp_path, "a.txt", b"before" * 100)

    def changing(handler: Between, answer: Any) -> None:
        Path(file.place).write_bytes(b"after!" * 100)
        handler.plain(answer)

    with between(archive) as server:
        server.faults = [changing]
        _, told = await _upload(archive, f"{server.origin}/api", _spec(f"{server.origin}/api", dandiset), [file], tmp_path)
    assert "changed while it was uploaded" in told[0].reason
    assert not _assets(archive, dandiset)


async def test_bytes_that_arrive_otherwise_are_sent_again(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    def other(handler: Between, answer: Any) -> None:
        handler.plain(answer._replace(headers=[("ETag", '"00000000000000000000000000000000"')]))

    with between(archive) as server:
        server.faults = [other]
        job, _ = await _upload(archive, f"{server.origin}/api", _spec(f"{server.origin}/api", dandiset), [_file(tmp_path, "a.txt", b"abc")], tmp_path)
        assert server.asked[:2] == ["PUT 3", "PUT 3"]
    assert job.counts == {State.DONE: 1}


async def test_files_that_are_not_valid_stay_here_unless_asked_otherwise(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    files = [_file(tmp_path, "sub-a/sub-a.nwb", b"no NWB file")]
    _, told = await _upload(archive, archive.api_url, _spec(archive.api_url, dandiset, validation="require"), files, tmp_path)
    assert told[0].state == "failed"
    assert "not valid" in told[0].reason
    assert not _assets(archive, dandiset)
    job, _ = await _upload(archive, archive.api_url, _spec(archive.api_url, dandiset, validation="ignore"), files, tmp_path)
    assert job.counts == {State.DONE: 1}


async def test_empty_and_missing_files_are_said(archive: Archive, dandiset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dandi_tui.transfer.local_file._NFS_SECONDS", 0.001)
    files = [_file(tmp_path, "empty.txt", b""), FileSpec(path="gone.txt", place=str(tmp_path / "gone.txt"), size=3, verdict="send")]
    _, told = await _upload(archive, archive.api_url, _spec(archive.api_url, dandiset), files, tmp_path)
    assert [file.state for file in told] == ["failed", "failed"]
    assert "is empty" in told[0].reason
    assert "No such file" in told[1].reason


async def test_a_key_without_the_right_fails_in_the_archives_words(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    async with engine_at(tmp_path / "journal", {archive.api_url: "0" * 40}) as engine:
        job = await submit(engine, _spec(archive.api_url, dandiset), [_file(tmp_path, "a.txt", b"abc")])
        paused = await until_over(engine, job)
        assert paused.state is JobState.PAUSED
        assert "API key" in paused.reason
        await steer(engine, "resume", engine.use_key(archive.api_url, archive.token), [])
        assert (await until_over(engine, job)).counts == {State.DONE: 1}


# Zarr


def _zarr_record(archive: Archive, zarr: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{archive.api_url}/zarr/{zarr}/", headers=_key(archive)).json()
    return found


def _zarr(folder: Path, path: str, seed: bytes = b"") -> FileSpec:
    root = folder / path
    for key, content in ((".zgroup", b'{"zarr_format": 2}'), ("0/.zarray", b"{}" + seed), ("0/0/0", b"abc" + seed), ("0/0/1", b"def" + seed)):
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(content)
    return FileSpec(path=path, place=str(root), size=100, zarr="folder", verdict="send")


async def test_a_zarr_is_sent_and_only_what_differs_is_sent_later(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    file = _zarr(tmp_path, "sub-a/sub-a_sample-1.ome.zarr")
    with between(archive) as server:
        server.faults = [busy, expired, lost]
        spec = _spec(f"{server.origin}/api", dandiset)
        job, told = await _upload(archive, f"{server.origin}/api", spec, [file], tmp_path)
        assert job.counts == {State.DONE: 1}, told
        root = Path(file.place)
        (root / "0" / "0" / "1").unlink()
        (root / "0" / "1" / "0").parent.mkdir()
        (root / "0" / "1" / "0").write_bytes(b"a new chunk")
        server.asked.clear()
        job, told = await _upload(archive, f"{server.origin}/api", spec, [file], tmp_path)
        assert job.counts == {State.DONE: 1}, told
        assert server.asked == ["PUT 11"]
        job, told = await _upload(archive, f"{server.origin}/api", spec, [file], tmp_path)
        assert job.counts == {State.SKIPPED: 1}
    asset = _assets(archive, dandiset)["sub-a/sub-a_sample-1.ome.zarr"]
    record = _zarr_record(archive, asset["zarr"])
    assert (record["status"], record["file_count"]) == ("Complete", 4)
    assert asset["metadata"]["digest"]["dandi:dandi-zarr-checksum"] == record["checksum"]


async def test_a_zarr_that_links_out_of_itself_is_refused(archive: Archive, dandiset: str, tmp_path: Path) -> None:
    file = _zarr(tmp_path, "a.zarr")
    (tmp_path / "secret").write_text("of another")
    (Path(file.place) / "0" / "0" / "2").symlink_to(tmp_path / "secret")
    _, told = await _upload(archive, archive.api_url, _spec(archive.api_url, dandiset), [file], tmp_path)
    assert "leads out of it" in told[0].reason


# Plans


def test_the_plan_names_files_by_their_place_in_the_dandiset(tmp_path: Path) -> None:
    (tmp_path / "dandiset.yaml").write_text("identifier: DANDI:000123\nname: x\n")
    _nwb(tmp_path / "sub-a" / "sub-a.nwb")
    (tmp_path / "sub-a" / "x.nwb.dandidownload").mkdir()
    (tmp_path / "sub-a" / "x.nwb.dandidownload" / "y.nwb").touch()
    (tmp_path / "sub-a" / "gone.nwb").symlink_to(tmp_path / "nowhere")
    plan = make_upload_plan([tmp_path / "sub-a", tmp_path / "dandiset.yaml"])
    assert (plan.root, plan.dandiset) == (tmp_path, "000123")
    assert {source.path: bool(source.skipped) for source in plan.sources} == {
        "sub-a/sub-a.nwb": False, "sub-a/gone.nwb": True, "sub-a/x.nwb.dandidownload/y.nwb": True, "dandiset.yaml": True,
    }  # fmt: skip


def test_files_outside_of_the_dandiset_and_folders_without_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there.nwb").touch()
    with pytest.raises(UsageError, match="no folder above"):
        make_upload_plan([tmp_path / "here"])
    with pytest.raises(UsageError, match="not in the Dandiset's folder"):
        make_upload_plan([tmp_path / "there.nwb"], tmp_path / "here", "000123")


def test_fields_that_are_given_go_over_those_that_were_read() -> None:
    assert merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": [2]}) == {"a": {"b": 3, "c": 2}, "d": [2]}


async def test_who_is_no_owner_is_told_before_anything_is_hashed(archive: Archive, dandiset: str) -> None:
    from conftest import TOKENS

    from dandi_tui.api.client import ArchiveClient
    from dandi_tui.transfer.upload_plan import check_owner

    async with ArchiveClient(find_instance(archive.api_url), TOKENS["alice"]) as client:
        with pytest.raises(NotAllowedError, match="no owner"):
            await check_owner(client, dandiset)
