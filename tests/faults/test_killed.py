"""Workers, commands, terminals, servers and journals that end badly: every file is whole and right afterwards, or said not to be."""

from __future__ import annotations

import asyncio
import os
import pty
import random
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from conftest import running_archive
from transferring import planned

from dandi_tui.api.instances import find_instance
from dandi_tui.transfer.home import at_logout, home_dir, journal_path
from dandi_tui.transfer.local_file import file_etag
from dandi_tui.transfer.model import FileSpec, JobSpec, State
from dandi_tui.transfer.plan import order_of
from faults.processes import command, contents, digests, kill_worker, new_dandiset, start_worker, submit, until_over, wait_for, worker

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive

    from dandi_tui.transfer.plan import Plan

WANTED = ("000001", "000002", "000009")
SLOWLY = 6_000_000
"""Bytes a second: the files take some seconds then, so that something is under way when something is killed."""


@pytest.fixture(scope="module")
def reference(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What must be there in the end, straight from the archive."""
    root = tmp_path_factory.mktemp("reference")
    state = {f"DANDI_TUI_{name}_DIR": str(root / name.lower()) for name in ("STATE", "CACHE", "CONFIG")}
    given = ["download", "-i", archive.api_url, "-o", str(root / "files"), "--what", "assets", "--foreground", *WANTED]
    done = command(*given, **state)
    assert done.wait(100) == 0, done.communicate()
    done.communicate()
    return contents(root / "files")


def _job(plan: Plan, archive: Archive, rate: int = SLOWLY) -> tuple[JobSpec, list[FileSpec]]:
    spec, files = order_of(plan, find_instance(archive.api_url), "a test", jobs=4, patience=60)
    values = {name: getattr(spec, name) for name in spec.__struct_fields__}
    return JobSpec(**{**values, "rate": rate}), files


async def _killed(times: int, archive: Archive, root: Path, reference: dict[str, bytes], seed: int) -> None:
    chance = random.Random(seed)
    spec, files = _job(await planned(*archive, root, *WANTED), archive)
    job = await submit(spec, files, archive.token)
    killed = 0
    while killed < times:
        ui = command("transfers", "attach", str(job), "--json")
        await asyncio.sleep(chance.uniform(0.0, 0.8))
        which = chance.choice(("worker", "both", "ui"))
        if which != "worker":
            ui.kill()
        if which != "ui":
            killed += kill_worker()
        else:
            killed += 1
        ui.kill()
        ui.communicate()
        _no_wrong_names(root, reference)
    assert (await until_over(job)).count(State.DONE) == len(files)
    assert contents(root) == reference


def _no_wrong_names(root: Path, reference: dict[str, bytes]) -> None:
    """At any instant, what has a final name is right."""
    for path in root.rglob("*") if root.exists() else ():
        name = path.relative_to(root).as_posix()
        if path.is_file() and ".part" not in name:
            assert path.read_bytes() == reference[name], name


async def test_files_are_whole_however_often_worker_and_screen_are_killed(archive: Archive, tmp_path: Path, reference: dict[str, bytes]) -> None:
    await _killed(5, archive, tmp_path / "here", reference, seed=1)


@pytest.mark.slow
async def test_files_are_whole_after_fifty_kills(archive: Archive, tmp_path: Path, reference: dict[str, bytes]) -> None:
    await _killed(50, archive, tmp_path / "here", reference, seed=2)


async def test_uploads_are_whole_and_single_however_often_the_worker_is_killed(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dandiset = new_dandiset(*archive)
    monkeypatch.setenv(find_instance(archive.api_url).key_variable, archive.token)
    files = []
    for number in range(12):
        place = tmp_path / "sub" / f"{number}.dat"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(os.urandom(500_000))
        files.append(FileSpec(path=f"sub/{number}.dat", place=str(place), size=500_000, verdict="send"))
    instance = find_instance(archive.api_url)
    spec = JobSpec(kind="upload", instance=instance, root=str(tmp_path), title="x", dandiset=dandiset, validation="skip", rate=2_000_000, patience=60)
    job = await submit(spec, files, archive.token)
    chance = random.Random(3)
    for _ in range(4):
        await asyncio.sleep(chance.uniform(0.1, 0.8))
        kill_worker()
        await start_worker()
    assert (await until_over(job)).count(State.DONE, State.SKIPPED) == 12
    assert digests(archive.api_url, dandiset) == {file.path: file_etag(file.place) for file in files}


async def test_a_hang_up_of_the_terminal_leaves_the_transfer_to_the_worker(archive: Archive, tmp_path: Path, reference: dict[str, bytes]) -> None:
    pid, handle = pty.fork()
    if not pid:
        given = ["download", "-i", archive.api_url, "-o", str(tmp_path / "here"), "--what", "assets", *WANTED]
        os.execv(sys.executable, [sys.executable, "-m", "dandi_tui", *given])
    wait_for(lambda: any((tmp_path / "here").rglob("*.nwb*")), "the first file")
    os.close(handle)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGHUP)
    wait_for(lambda: os.waitpid(pid, os.WNOHANG)[0], "the end of the command")
    await until_over(1)
    assert contents(tmp_path / "here") == reference


async def test_a_server_that_is_killed_and_comes_back_is_waited_for(tmp_path: Path) -> None:
    data = tmp_path / "archive"
    with running_archive("--data", str(data)) as first:
        plan = await planned(*first, tmp_path / "here", *WANTED)
        port = first.api_url.rpartition(":")[2].partition("/")[0]
        job = await submit(*_job(plan, first), first.token)
        wait_for(lambda: list((tmp_path / "here").rglob("*.nwb")), "the first file")
        # It ends here, and is killed by that: the store's connections break.
    await until_over(job, over=lambda view: view.count(State.WAITING) > 0 or view.over)
    with running_archive("--data", str(data), "--port", port):
        view = await until_over(job)
    assert view.count(State.DONE) == len(plan.steps)
    for step in plan.steps:
        place = tmp_path / "here" / step.wanted.place
        assert place.is_dir() or place.stat().st_size == step.wanted.size


def test_two_workers_on_one_home_never_work_both(archive: Archive, tmp_path: Path) -> None:
    given = ["download", "-i", archive.api_url, "--json", "--what", "assets"]
    both = [command(*given, "-o", str(tmp_path / name), "000002") for name in ("a", "b")]
    wait_for(worker, "a worker")
    holder = worker()
    assert holder is not None
    second = subprocess.run([sys.executable, "-m", "dandi_tui.transfer"], check=False, timeout=60)
    assert second.returncode == 0
    assert [one.wait(60) for one in both] == [0, 0]
    for one in both:
        one.communicate()
    assert len(list(tmp_path.glob("[ab]/**/*.nwb"))) == 4


async def test_a_damaged_journal_is_set_aside_said_and_made_again(archive: Archive, tmp_path: Path, reference: dict[str, bytes]) -> None:
    spec, files = _job(await planned(*archive, tmp_path / "here", *WANTED), archive)
    await submit(spec, files, archive.token)
    wait_for(lambda: list((tmp_path / "here").rglob("*.nwb")), "the first file")
    kill_worker()
    journal = journal_path()
    data = bytearray(journal.read_bytes())
    data[100:20_000] = os.urandom(19_900)
    journal.write_bytes(data)
    assert (await until_over(1)).count(State.DONE) == len(files)
    assert contents(tmp_path / "here") == reference
    said = command("transfers")
    assert "was damaged" in said.communicate(timeout=60)[0]
    assert list(home_dir().glob("journal.sqlite.damaged-*"))


async def test_a_clock_that_jumps_back_does_no_harm(archive: Archive, tmp_path: Path, reference: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    lines = ["import time", "real, started = time.time, time.monotonic()", "time.time = lambda: real() - (86400 if time.monotonic() - started > 1 else 0)"]
    (tmp_path / "site" / "sitecustomize.py").write_text("\n".join(lines))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    spec, files = _job(await planned(*archive, tmp_path / "here", *WANTED), archive)
    job = await submit(spec, files, archive.token)
    assert (await until_over(job)).count(State.DONE) == len(files)
    assert contents(tmp_path / "here") == reference


def test_in_a_batch_job_the_command_itself_is_the_worker(archive: Archive, tmp_path: Path) -> None:
    given = ["download", "-i", archive.api_url, "-o", str(tmp_path / "here"), "000002"]
    done = command(*given, SLURM_JOB_ID="17")
    wait_for(lambda: done.poll() is not None or (worker() is not None), "the worker")
    holder = worker()
    assert done.poll() is not None or (holder is not None and holder.pid == done.pid)
    assert done.wait(60) == 0
    done.communicate()
    assert worker() is None


def test_an_interrupt_cancels_and_the_same_command_goes_on(archive: Archive, tmp_path: Path, reference: dict[str, bytes]) -> None:
    given = ["download", "-i", archive.api_url, "-o", str(tmp_path / "here"), "--what", "assets", "--existing", "refresh", *WANTED]
    first = command(*given)
    wait_for(lambda: any((tmp_path / "here").rglob("*.nwb*")) or first.poll() is not None, "the first file")
    first.send_signal(signal.SIGINT)
    said, _ = first.communicate(timeout=60)
    assert first.returncode in {0, 130}, said
    again = command(*given)
    said, _ = again.communicate(timeout=60)
    assert again.returncode == 0, said
    assert contents(tmp_path / "here") == reference


def test_what_happens_at_log_out_is_read_from_the_system(tmp_path: Path) -> None:
    etc, linger = tmp_path / "etc", tmp_path / "linger"
    (etc / "logind.conf.d").mkdir(parents=True)
    linger.mkdir()
    assert not at_logout(etc, linger, {}, "alice").ends
    (etc / "logind.conf").write_text("[Login]\n#KillUserProcesses=yes\n")
    assert not at_logout(etc, linger, {}, "alice").ends
    (etc / "logind.conf.d" / "site.conf").write_text("[Login]\nKillUserProcesses=yes\n")
    assert "enable-linger" in at_logout(etc, linger, {}, "alice").words
    (linger / "alice").touch()
    assert not at_logout(etc, linger, {}, "alice").ends
    assert "Slurm job 7" in at_logout(etc, linger, {"SLURM_JOB_ID": "7"}, "alice").words
