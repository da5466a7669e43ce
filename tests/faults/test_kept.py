"""What a killed worker had brought or sent is shown by the next one at once, before anything is asked of the archive."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from transferring import planned

from dandi_tui.api.instances import find_instance
from dandi_tui.transfer.attach import attach
from dandi_tui.transfer.local_file import file_etag
from dandi_tui.transfer.model import FileSpec, JobSpec, State
from dandi_tui.transfer.plan import order_of
from faults import Fault, FaultyArchive
from faults.processes import digests, kill_worker, new_dandiset, submit, until_over, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dandi_tui.transfer.model import FileView

SIZE = 70 * 2**20 + 1234
PART = 64 * 2**20


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyArchive]:
    with FaultyArchive.started(tmp_path_factory.mktemp("faulty") / "data") as found:
        yield found


@pytest.fixture(autouse=True)
def _no_faults(archive: FaultyArchive) -> Iterator[None]:
    yield
    archive.clear()


def _uploading(archive: FaultyArchive, folder: Path, dandiset: str, *, rate: int = 0) -> tuple[JobSpec, list[FileSpec]]:
    place = folder / "large.dat"
    place.write_bytes(os.urandom(SIZE))
    spec = JobSpec(
        kind="upload", instance=find_instance(archive.api_url), root=str(folder), title="x", dandiset=dandiset, validation="skip", patience=60, rate=rate
    )
    return spec, [FileSpec(path="sub/large.dat", place=str(place), size=SIZE, verdict="send")]


async def _first_view(job: int) -> FileView:
    """How the file is told first by a worker that was just started."""
    transfers = await attach(start=True)
    assert transfers is not None
    async with transfers:
        async for changed in transfers.watch(job):
            for file in changed.files:
                if file.state is State.RUNNING:
                    return file
    raise AssertionError("the worker went away")


async def test_what_was_brought_and_what_was_sent(archive: FaultyArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(find_instance(archive.api_url).key_variable, archive.token)
    dandiset = new_dandiset(archive.api_url, archive.token)
    (tmp_path / "local").mkdir()
    job = await submit(*_uploading(archive, tmp_path / "local", dandiset, rate=25_000_000), archive.token)
    await until_over(job, over=lambda view: view.bytes > SIZE // 2)
    kill_worker()
    # Its second part, the small one, was taken long before.
    archive.fault(Fault("stall", place="api", times=3, seconds=2.0))
    view = await _first_view(job)
    assert view.bytes >= SIZE - PART, view
    assert (await until_over(job)).count(State.DONE) == 1
    kill_worker()

    archive.clear()
    root = tmp_path / "here"
    spec, files = order_of(await planned(archive.api_url, archive.token, root, dandiset), find_instance(archive.api_url), "a test", jobs=4, patience=60)
    values = {name: getattr(spec, name) for name in spec.__struct_fields__}
    job = await submit(JobSpec(**{**values, "rate": 20_000_000}), files, archive.token)
    await until_over(job, over=lambda view: view.bytes > SIZE // 3)
    wait_for(lambda: any(b'"begun":{"' in label.read_bytes() for label in root.rglob(".*.part.json")), "the label")
    kill_worker()
    archive.fault(Fault("stall", place="api", times=3, seconds=2.0))
    view = await _first_view(job)
    # The label is written once a second.
    assert view.bytes > 2**20, view
    assert (await until_over(job)).count(State.DONE) == 1
    kill_worker()


async def test_an_upload_whose_addresses_expired_begins_anew_says_so_and_is_not_hashed_again(
    archive: FaultyArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(find_instance(archive.api_url).key_variable, archive.token)
    dandiset = new_dandiset(archive.api_url, archive.token)
    spec, files = _uploading(archive, tmp_path, dandiset, rate=25_000_000)
    job = await submit(spec, files, archive.token)
    await until_over(job, over=lambda view: view.bytes > SIZE // 2)
    kill_worker()
    archive.expire_addresses()
    transfers = await attach(start=True)
    assert transfers is not None
    phases = set()
    async with transfers:
        await transfers.limit(job, rate=0)
        async for changed in transfers.watch(job):
            phases |= {file.phase for file in changed.files}
            if any(view.over for view in changed.jobs):
                break
        (file,) = await transfers.files(job)
        log = " ".join(line.words for line in await transfers.log(file.id))
    assert file.state is State.DONE
    assert "renews none" in log, log
    assert "6.3 MB that it had taken are sent again" in log, log
    assert "hashing" not in phases
    assert digests(archive.api_url, dandiset) == {"sub/large.dat": file_etag(files[0].place)}
    kill_worker()
