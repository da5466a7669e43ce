"""A store that fails in every way: what is downloaded is whole and right, or not there under its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from between import between, broken, busy, corrupt, cut, deaf, expired, longer, lost, overrun, revoked
from transferring import bring, download, engine_at, planned, submit, until_over

from dandi_tui.api.instances import find_instance
from dandi_tui.transfer import bringing, failures
from dandi_tui.transfer.model import JobState, State
from dandi_tui.transfer.partial import Content, Partial
from dandi_tui.transfer.plan import order_of
from dandi_tui.transfer.steering import steer

if TYPE_CHECKING:
    from pathlib import Path

    from between import Fault
    from conftest import Archive


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing.random, "random", lambda: 0.01)
    monkeypatch.setattr(failures, "wait_before", lambda _tried: 0.01)
    monkeypatch.setattr("dandi_tui.transfer.tries.wait_before", lambda _tried: 0.01)


@pytest.mark.parametrize(
    "faults",
    [[cut], [busy, busy], [overrun, broken], [expired], [lost], [longer], [cut, expired, busy, cut], [cut, deaf]],
    ids=lambda faults: "-".join(f.__name__ for f in faults),
)
async def test_a_file_arrives_whole_through_faults(faults: list[Fault], archive: Archive, tmp_path: Path) -> None:
    whole = await download(*archive, tmp_path / "whole", "000002", first=1)
    content = (tmp_path / "whole" / whole.plan.steps[0].wanted.place).read_bytes()
    with between(archive) as server:
        server.faults = list(faults)
        done = await download(f"{server.origin}/api", archive.token, tmp_path / "here", "000002", first=1)
        assert done.job.count(State.DONE) == 1, done.files
        assert (tmp_path / "here" / done.plan.steps[0].wanted.place).read_bytes() == content
        assert not server.keys
        if faults[0] is cut:
            assert server.asked[1] == f"bytes={len(content) // 3}-{len(content) - 1}"
    assert not list((tmp_path / "here").rglob(".*.part*"))


async def test_corrupt_bytes_are_said_and_removed(archive: Archive, tmp_path: Path) -> None:
    with between(archive) as server:
        server.faults = [corrupt]
        done = await download(f"{server.origin}/api", archive.token, tmp_path / "here", "000002", first=1)
    assert "the archive says" in done.files[0].reason
    assert "retry" in done.files[0].remedy
    assert not [path for path in (tmp_path / "here").rglob("*") if path.is_file()]


async def test_a_store_that_stays_away_ends_in_words_and_keeps_what_arrived(archive: Archive, tmp_path: Path) -> None:
    with between(archive) as server:
        server.faults = [cut] + [busy] * 10
        plan = await planned(f"{server.origin}/api", archive.token, tmp_path / "here", "000002", first=1)
        part = Partial(tmp_path / "here" / plan.steps[0].wanted.place, Content(1, ""))
        done = await bring(plan, f"{server.origin}/api", archive.token)
    assert "503" in done.files[0].reason
    assert part.data.stat().st_size > 0
    assert (await download(*archive, tmp_path / "here", "000002", first=1)).job.count(State.DONE) == 1


async def test_a_store_that_comes_back_is_waited_for(archive: Archive, tmp_path: Path) -> None:
    with between(archive) as server:
        server.faults = [busy] * 12
        done = await download(f"{server.origin}/api", archive.token, tmp_path / "here", "000002", first=1, patience=60)
    assert done.job.count(State.DONE) == 1


async def test_a_key_that_is_revoked_pauses_the_job_until_there_is_another(archive: Archive, tmp_path: Path) -> None:
    plan = await planned(*archive, tmp_path / "here", "000002")
    with between(archive) as server:
        server.archive_faults = [revoked]
        api_url = f"{server.origin}/api"
        async with engine_at(tmp_path / "journal", {api_url: "0" * 40}) as engine:
            job = await submit(engine, *order_of(plan, find_instance(api_url), "a test", jobs=1))
            paused = await until_over(engine, job)
            assert paused.state is JobState.PAUSED
            assert "API key" in paused.reason
            assert "Log in" in paused.remedy
            await steer(engine, "resume", engine.use_key(api_url, archive.token), [])
            assert (await until_over(engine, job)).count(State.DONE) == 2


async def test_a_file_in_the_way_of_a_folder_is_left_and_said(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "000002").write_text("mine")
    done = await download(*archive, tmp_path / "here", "000002")
    assert {file.state for file in done.files} == {"failed"}
    assert (tmp_path / "here" / "000002").read_text() == "mine"
