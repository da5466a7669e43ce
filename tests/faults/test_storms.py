"""Storms: servers that fail at random, connections that end at random bytes, bodies of other lengths or bytes; both ways."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import msgspec
import pytest
from transferring import engine_at, planned, submit, until_over, views

from dandi_tui.api.instances import find_instance
from dandi_tui.transfer import bringing, sending
from dandi_tui.transfer.local_file import file_etag
from dandi_tui.transfer.model import FileSpec, JobSpec, State
from dandi_tui.transfer.plan import order_of
from dandi_tui.transfer.steering import steer
from faults import Fault, FaultyArchive
from faults.processes import contents, digests, new_dandiset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZES = (1, 70_000, 262_144, 400_000, 700_001)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyArchive]:
    with FaultyArchive.started(tmp_path_factory.mktemp("faulty") / "data") as found:
        yield found


@pytest.fixture(autouse=True)
def _quickly(archive: FaultyArchive, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(bringing.random, "random", lambda: 0.01)
    monkeypatch.setattr(sending.random, "random", lambda: 0.01)
    monkeypatch.setattr("dandi_tui.transfer.tries.wait_before", lambda _tried: 0.05)
    yield
    archive.clear()


def _storm(seed: int, method: str) -> list[Fault]:
    """Every kind of failure, by chance, at chosen places of bodies that are the same in each run."""
    chance = random.Random(seed)
    failing = [Fault("status", status=status, retry_after="0", times=3, chance=0.2, seed=seed + status) for status in (500, 502, 503, 429)]
    cut = "cut" if method == "GET" else "cut_upload"
    breaking = [Fault(cut, method=method, place="store", after=chance.uniform(1, 400_000) // 1, times=1, chance=0.5, seed=seed + at) for at in range(4)]
    lost = [Fault(kind, place="store", times=2, chance=0.2, seed=seed) for kind in ("drop", "drop_done")]
    others = [Fault(kind, method="GET", place="store", times=1, chance=0.4, seed=seed) for kind in ("short", "long", "corrupt")] if method == "GET" else []
    return [*failing, *breaking, *lost, *others]


def _upload(archive: FaultyArchive, folder: Path) -> tuple[JobSpec, list[FileSpec], dict[str, bytes]]:
    dandiset, files, content = new_dandiset(archive.api_url, archive.token), [], {}
    for at, size in enumerate(SIZES):
        place = folder / f"{at}.dat"
        content[place.name] = os.urandom(size)
        place.write_bytes(content[place.name])
        files.append(FileSpec(path=place.name, place=str(place), size=size, verdict="send"))
    instance = find_instance(archive.api_url)
    return JobSpec(kind="upload", instance=instance, root="/", title="x", dandiset=dandiset, validation="skip", jobs=3, patience=300), files, content


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_is_there_after_a_storm_is_right_and_the_rest_is_listed(seed: int, archive: FaultyArchive, tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    spec, files, content = _upload(archive, tmp_path / "from")
    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
        archive.fault(*_storm(seed, "PUT"))
        job = await submit(engine, spec, files)
        await until_over(engine, job)
        archive.clear()
        if engine.jobs[job].count(State.FAILED):
            assert all(file.reason for file in await views(engine, job) if file.state is State.FAILED)
            await steer(engine, "retry", [job], [])
        assert (await until_over(engine, job)).count(State.DONE, State.SKIPPED) == len(files)
        assert digests(archive.api_url, spec.dandiset) == {file.path: file_etag(file.place) for file in files}

        root = tmp_path / "to"
        plan = await planned(archive.api_url, archive.token, root, spec.dandiset)
        archive.fault(*_storm(seed, "GET"))
        order, wanted = order_of(plan, spec.instance, "a test", jobs=3, patience=300)
        job = await submit(engine, msgspec.structs.replace(order, jobs=3), wanted)
        await until_over(engine, job)
        told = await views(engine, job)
        whole = {name: data for name, data in contents(root).items() if ".part" not in name}
        assert {file.path for file in told if file.state is State.DONE} == set(whole)
        assert {file.path for file in told if file.state is State.FAILED and file.reason} == {step.wanted.place for step in plan.steps} - set(whole)
        archive.clear()
        await steer(engine, "retry", [job], [])
        assert (await until_over(engine, job)).count(State.DONE) == len(files)
    assert {name.rpartition("/")[2]: data for name, data in contents(root).items()} == content
