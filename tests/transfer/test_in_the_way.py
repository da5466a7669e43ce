"""A file that stands where another belongs: it is never lost, and a person says whether it stays or is replaced."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from between import between
from transferring import bring, download, engine_at, planned, submit, until_over, views

from dandi_tui.api.instances import find_instance
from dandi_tui.transfer.model import JobState, State
from dandi_tui.transfer.plan import order_of
from dandi_tui.transfer.steering import steer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conftest import Archive

    from dandi_tui.transfer.engine import Engine
    from dandi_tui.transfer.model import FileView

MINE = b"mine"


class InTheWay:
    """A job of one file that failed since another stands at its place."""

    def __init__(self, engine: Engine, job: int, place: Path, right: bytes) -> None:
        self.engine, self.job, self.place, self.right = engine, job, place, right

    async def steer(self, action: str) -> int:
        return await steer(self.engine, action, [self.job], [])

    async def file(self) -> FileView:
        (file,) = await views(self.engine, self.job)
        return file

    def left_beside(self) -> list[Path]:
        return list(self.place.parent.glob(".*.part*"))


async def _failed(engine: Engine, archive: Archive, folder: Path) -> InTheWay:
    plan = await planned(*archive, folder / "here", "000002", first=1)
    wanted = plan.steps[0].wanted
    whole = await download(*archive, folder / "whole", "000002", first=1)
    place = folder / "here" / wanted.place
    place.parent.mkdir(parents=True)
    place.write_bytes(MINE)
    job = await submit(engine, *order_of(plan, find_instance(archive.api_url), "a test", jobs=1))
    assert (await until_over(engine, job)).count(State.FAILED) == 1
    return InTheWay(engine, job, place, (whole.plan.root / wanted.place).read_bytes())


@pytest.fixture
async def in_the_way(archive: Archive, tmp_path: Path) -> AsyncIterator[InTheWay]:
    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
        yield await _failed(engine, archive, tmp_path)


async def test_trying_again_says_that_it_is_still_there(in_the_way: InTheWay) -> None:
    before = await in_the_way.file()
    assert before.need == "place"
    assert "transfers keep" in before.remedy
    assert "transfers replace" in before.remedy
    assert await in_the_way.steer("retry") == 0
    assert await steer(in_the_way.engine, "retry", [], [before.id]) == 0
    assert await in_the_way.file() == before
    assert in_the_way.engine.jobs[in_the_way.job].state is JobState.ENDED


async def test_once_it_is_gone_trying_again_is_enough(in_the_way: InTheWay) -> None:
    in_the_way.place.unlink()
    assert await in_the_way.steer("retry") == 1
    assert (await until_over(in_the_way.engine, in_the_way.job)).count(State.DONE) == 1
    assert in_the_way.place.read_bytes() == in_the_way.right


@pytest.mark.parametrize("singly", [False, True])
async def test_what_is_kept_counts_as_skipped(*, singly: bool, in_the_way: InTheWay) -> None:
    file = await in_the_way.file()
    await steer(in_the_way.engine, "keep", *(([], [file.id]) if singly else ([in_the_way.job], [])))
    file = await in_the_way.file()
    assert (file.state, file.need, file.remedy) == (State.SKIPPED, "", "")
    assert "kept" in file.reason
    assert in_the_way.place.read_bytes() == MINE
    assert not in_the_way.left_beside()
    view = in_the_way.engine.jobs[in_the_way.job].view()
    assert view.state is JobState.ENDED
    assert view.counts == {State.SKIPPED: 1}


@pytest.mark.parametrize("singly", [False, True])
async def test_what_is_replaced_is_the_archives(*, singly: bool, in_the_way: InTheWay) -> None:
    file = await in_the_way.file()
    assert await steer(in_the_way.engine, "replace", *(([], [file.id]) if singly else ([in_the_way.job], []))) == 1
    assert (await until_over(in_the_way.engine, in_the_way.job)).count(State.DONE) == 1
    assert in_the_way.place.read_bytes() == in_the_way.right
    assert not in_the_way.left_beside()


async def test_another_of_the_same_size_and_time_is_replaced_too(archive: Archive, tmp_path: Path) -> None:
    plan = await planned(*archive, tmp_path / "here", "000002", first=1)
    wanted = plan.steps[0].wanted
    place = tmp_path / "here" / wanted.place

    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
        # It comes while the bytes do, so that only the naming finds it.
        engine.rate.rate = wanted.size
        job = await submit(engine, *order_of(plan, find_instance(archive.api_url), "a test", jobs=1))
        for _ in range(6000):
            if place.parent.exists():
                break
            await asyncio.sleep(0.01)
        place.write_bytes(bytes(wanted.size))
        os.utime(place, (wanted.modified, wanted.modified))
        engine.rate.rate = 0
        assert (await until_over(engine, job)).count(State.FAILED) == 1
        assert await steer(engine, "retry", [job], []) == 0
        assert await steer(engine, "replace", [job], []) == 1
        assert (await until_over(engine, job)).count(State.DONE) == 1
    assert place.read_bytes() != bytes(wanted.size)


async def test_what_stands_in_the_way_is_known_to_the_next_worker(archive: Archive, tmp_path: Path) -> None:
    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
        found = await _failed(engine, archive, tmp_path)
    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
        assert await steer(engine, "retry", [found.job], []) == 0
        assert await steer(engine, "replace", [found.job], []) == 1
        assert (await until_over(engine, found.job)).count(State.DONE) == 1
    assert found.place.read_bytes() == found.right


async def test_the_same_content_is_not_in_the_way_and_not_fetched(archive: Archive, tmp_path: Path) -> None:
    whole = await download(*archive, tmp_path / "whole", "000002", first=1)
    place = whole.plan.steps[0].wanted.place
    with between(archive) as server:
        api_url = f"{server.origin}/api"
        plan = await planned(api_url, archive.token, tmp_path / "here", "000002", first=1)
        (tmp_path / "here" / place).parent.mkdir(parents=True)
        (tmp_path / "here" / place).write_bytes((tmp_path / "whole" / place).read_bytes())
        done = await bring(plan, api_url, archive.token)
        assert not server.asked
    assert [file.state for file in done.files] == [State.SKIPPED]
    assert "same" in done.files[0].reason
    assert not list((tmp_path / "here").rglob(".*.part*"))


async def test_files_that_the_plan_found_there_can_be_kept_or_replaced(archive: Archive, tmp_path: Path) -> None:
    whole = await download(*archive, tmp_path / "here", "000002")
    places = [tmp_path / "here" / step.wanted.place for step in whole.plan.steps]
    right = [place.read_bytes() for place in places]
    for place in places:
        place.write_bytes(MINE)
    plan = await planned(*archive, tmp_path / "here", "000002")
    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
        job = await submit(engine, *order_of(plan, find_instance(archive.api_url), "a test", jobs=1))
        assert (await until_over(engine, job)).count(State.FAILED) == 2
        first, second = await views(engine, job)
        assert await steer(engine, "keep", [], [first.id]) == 1
        assert await steer(engine, "replace", [job], []) == 1
        assert (await until_over(engine, job)).counts == {State.DONE: 1, State.SKIPPED: 1}
        assert second.need == "place"
    assert [place.read_bytes() for place in places] == [MINE, right[1]]


async def test_a_folder_in_a_files_way_is_never_removed(in_the_way: InTheWay) -> None:
    in_the_way.place.unlink()
    (in_the_way.place / "within").mkdir(parents=True)
    await in_the_way.steer("replace")
    assert (await until_over(in_the_way.engine, in_the_way.job)).count(State.FAILED) == 1
    file = await in_the_way.file()
    assert "folder is in the" in file.reason
    assert "Move it away" in file.remedy
    assert (in_the_way.place / "within").is_dir()


async def test_a_zarr_and_a_record_in_the_way(archive: Archive, tmp_path: Path) -> None:
    plan = await planned(*archive, tmp_path / "here", "000009", first=1)
    place = tmp_path / "here" / plan.steps[0].wanted.place
    assert plan.steps[0].wanted.zarr
    place.mkdir(parents=True)
    (place / "mine").write_bytes(MINE)
    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
        job = await submit(engine, *order_of(plan, find_instance(archive.api_url), "a test", jobs=1))
        assert (await until_over(engine, job)).count(State.FAILED) == 1
        assert await steer(engine, "retry", [job], []) == 0
        assert (place / "mine").exists()
        assert await steer(engine, "replace", [job], []) == 1
        assert (await until_over(engine, job)).count(State.DONE) == 1
        assert not (place / "mine").exists()
        again = await planned(*archive, tmp_path / "here", "000009", first=1)
        job = await submit(engine, *order_of(again, find_instance(archive.api_url), "a test", jobs=1))
        (place / "mine").write_bytes(MINE)
        assert (await until_over(engine, job)).count(State.FAILED) == 1
        assert await steer(engine, "keep", [job], []) == 1
    assert (place / "mine").read_bytes() == MINE
    assert not list(tmp_path.rglob(".*.part*"))
