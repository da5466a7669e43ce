"""Files that a transfer is bringing already are left to it: the plan says so, and nothing is fetched or written twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from between import between
from faults.processes import command, kill_worker, submit, until_over
from transferring import planned

from dandi_tui.api.instances import find_instance
from dandi_tui.cli import run
from dandi_tui.transfer.attach import attach
from dandi_tui.transfer.coming import coming_to
from dandi_tui.transfer.model import State
from dandi_tui.transfer.plan import counts_words, make_plan, order_of, plan_words

if TYPE_CHECKING:
    from conftest import Archive

    from dandi_tui.transfer.plan import Plan


async def _slowly(archive: Archive, root: Path, api_url: str = "", **more: int) -> tuple[int, Plan]:
    """A transfer of two files that takes its time."""
    plan = await planned(api_url or archive.api_url, archive.token, root, "000002")
    spec, files = order_of(plan, find_instance(api_url or archive.api_url), "first", jobs=2)
    return await submit(msgspec.structs.replace(spec, rate=10_000), [msgspec.structs.replace(file, **more) for file in files], archive.token), plan


async def _as_fast_as_it_goes(job: int) -> None:
    transfers = await attach(start=True)
    assert transfers is not None
    async with transfers:
        await transfers.limit(job, rate=0)


@pytest.mark.parametrize("worker", [True, False])
async def test_a_plan_leaves_them_to_the_transfer_that_is_bringing_them(*, worker: bool, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "here")
    try:
        job, plan = await _slowly(archive, tmp_path / "here")
        if not worker:
            kill_worker()
        wanted = [step.wanted for step in plan.steps]
        assert not make_plan(wanted, tmp_path / "there", coming=await coming_to(tmp_path / "there")).left_to
        for root in (tmp_path / "here", tmp_path / "link"):
            again = make_plan(wanted, root, existing="overwrite", coming=await coming_to(root))
            assert again.left_to == {job: 2}
            assert not again.to_fetch
            assert f"nothing to download: transfer {job} is bringing 2 files of these" in plan_words(again)
        below = tmp_path / "here" / Path(wanted[0].place).parts[0]
        assert list(await coming_to(below)) == [wanted[at].place.partition("/")[2] for at in range(2)]
        other = [msgspec.structs.replace(wanted[0], asset_id="another"), msgspec.structs.replace(wanted[1], place="else.nwb")]
        part = make_plan(other, tmp_path / "here", coming=await coming_to(tmp_path / "here"))
        assert [step.action for step in part.steps] == ["refuse", "fetch"]
        assert "another version" in part.steps[0].reason
        mixed = make_plan([wanted[0], other[1]], tmp_path / "here", coming=await coming_to(tmp_path / "here"))
        assert "1 coming already" in counts_words(mixed)
        assert f"Transfer {job} is bringing 1 file" in plan_words(mixed)
    finally:
        kill_worker()


async def test_a_transfer_that_was_paused_keeps_nobody_away(archive: Archive, tmp_path: Path) -> None:
    job, _ = await _slowly(archive, tmp_path / "here")
    transfers = await attach()
    assert transfers is not None
    async with transfers:
        await transfers.steer("pause", [job])
        assert not await coming_to(tmp_path / "here")
        await transfers.steer("resume", [job])
        assert len(await coming_to(tmp_path / "here")) == 2
    kill_worker()


async def test_the_command_says_so_and_ends_when_the_files_are_there(archive: Archive, tmp_path: Path) -> None:
    with between(archive) as server:
        api_url = f"{server.origin}/api"
        job, plan = await _slowly(archive, tmp_path / "here", api_url)
        given = ["download", "-i", api_url, "-o", str(tmp_path / "here"), "--what", "assets", "000002"]
        dry = command(*given, "--dry-run")
        said = (await asyncio.to_thread(dry.communicate, timeout=60))[0]
        assert f"transfer {job} is bringing it" in said
        left = command(*given, "--background")
        said = (await asyncio.to_thread(left.communicate, timeout=60))[0]
        assert f"Transfer {job} is bringing 2 files" in said
        assert "goes on by itself" not in said
        second = command(*given)
        assert second.stdout
        while f"Following transfer {job}" not in (line := await asyncio.to_thread(second.stdout.readline)):
            assert line, "it ended before the files were there"
        await _as_fast_as_it_goes(job)
        said = (await asyncio.to_thread(second.communicate, timeout=60))[0]
        assert second.returncode == 0, said
        for step in plan.steps:
            assert (tmp_path / "here" / step.wanted.place).stat().st_size == step.wanted.size
        assert (await until_over(job)).count(State.DONE) == 2
        assert len(server.asked) == 2
    kill_worker()


def test_nothing_is_said_where_nothing_is_coming(archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["download", "-i", archive.api_url, "-o", str(tmp_path / "here"), "--what", "assets", "000002"]) == 0
    assert "is bringing" not in "".join(capsys.readouterr())
