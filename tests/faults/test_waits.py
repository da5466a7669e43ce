"""What is waited for: a name that is not found, an archive that asks for patience or stands still, another key."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from transferring import engine_at, submit, until_over, views

from dandi_tui.api.instances import find_instance
from dandi_tui.commands.following import follow
from dandi_tui.transfer import pulse
from dandi_tui.transfer.attach import attach
from dandi_tui.transfer.local_file import file_etag
from dandi_tui.transfer.model import FileSpec, JobSpec, JobState, State
from dandi_tui.transfer.steering import limit as steer_limit
from dandi_tui.transfer.steering import steer
from faults import Fault, FaultyArchive
from faults import processes as real
from faults.processes import digests, new_dandiset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dandi_tui.transfer.engine import Engine

FOR_LONG = 120.0


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyArchive]:
    with FaultyArchive.started(tmp_path_factory.mktemp("faulty") / "data") as found:
        yield found


@pytest.fixture(autouse=True)
def _no_faults(archive: FaultyArchive) -> Iterator[None]:
    yield
    archive.clear()


@pytest.fixture
def dandiset(archive: FaultyArchive) -> str:
    return new_dandiset(archive.api_url, archive.token)


def _upload(api_url: str, dandiset: str, folder: Path, size: int = 1000, rate: int = 0) -> tuple[JobSpec, list[FileSpec]]:
    place = folder / "a.dat"
    place.write_bytes(os.urandom(size))
    spec = JobSpec(kind="upload", instance=find_instance(api_url), root="/", title="x", dandiset=dandiset, validation="skip", patience=300, rate=rate)
    return spec, [FileSpec(path="a.dat", place=str(place), size=size, verdict="send")]


async def _until(condition: Callable[[], Any], what: str) -> Any:
    for _ in range(3000):
        if found := condition():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}")


def _phases(engine: Engine, job: int) -> str:
    return " ".join(work.view().phase for work in engine.jobs[job].running.values())


async def test_a_name_that_is_not_found_for_a_while_is_waited_for(
    archive: FaultyArchive, dandiset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api_url = archive.api_url.replace("127.0.0.1", "localhost")
    find = socket.getaddrinfo

    def not_found(host: str | bytes | None, *rest: Any, **more: Any) -> Any:
        if host in {"localhost", b"localhost"}:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return find(host, *rest, **more)

    async with engine_at(tmp_path / "journal", {api_url: archive.token}) as engine:
        with monkeypatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", not_found)
            job = await submit(engine, *_upload(api_url, dandiset, tmp_path))
            await _until(lambda: engine.jobs[job].count(State.WAITING), "a wait")
            (file,) = await views(engine, job)
            assert "no network" in file.reason
        assert (await until_over(engine, job)).count(State.DONE) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_long_wait_that_the_archive_asks_for_is_shown_and_can_be_ended(status: int, archive: FaultyArchive, dandiset: str, tmp_path: Path) -> None:
    archive.fault(Fault("status", place="api", status=status, retry_after="86400", times=None))
    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
        job = await submit(engine, *_upload(archive.api_url, dandiset, tmp_path))
        words = await _until(lambda: "again" in _phases(engine, job) and _phases(engine, job), "the wait to be shown")
        assert int(words.split()[3]) <= 30
        await steer(engine, "pause", [job], [])
        archive.clear()
        await steer(engine, "resume", [job], [])
        assert (await until_over(engine, job)).count(State.DONE) == 1


async def test_a_store_that_does_not_answer_the_completion_can_be_paused(archive: FaultyArchive, dandiset: str, tmp_path: Path) -> None:
    archive.fault(Fault("stall", method="POST", place="store", seconds=FOR_LONG))
    async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
        before = len(archive.stalled())
        spec, files = _upload(archive.api_url, dandiset, tmp_path)
        job = await submit(engine, spec, files)
        await _until(lambda: len(archive.stalled()) > before, "the completion")
        await steer(engine, "pause", [job], [])
        archive.clear()
        await steer(engine, "resume", [job], [])
        assert (await until_over(engine, job)).count(State.DONE) == 1
    assert digests(archive.api_url, dandiset) == {"a.dat": file_etag(files[0].place)}


async def test_a_job_that_waits_for_a_key_goes_on_with_one_that_the_next_worker_is_given(archive: FaultyArchive, dandiset: str, tmp_path: Path) -> None:
    async with engine_at(tmp_path / "journal", {archive.api_url: "0" * 40}) as engine:
        job = await submit(engine, *_upload(archive.api_url, dandiset, tmp_path))
        assert (await until_over(engine, job)).state is JobState.PAUSED
    async with engine_at(tmp_path / "journal") as engine:
        assert engine.use_key(archive.api_url, archive.token) == [job]
        await steer(engine, "resume", [job], [])
        assert (await until_over(engine, job)).count(State.DONE) == 1


async def test_what_waits_goes_on_though_the_clock_jumps_back_while_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait is of seconds, not until a time of day: neither the worker nor the next one waits for the day that was."""
    flag, site = tmp_path / "jump", tmp_path / "site"
    site.mkdir()
    lines = ["import os, time", "real = time.time", f"time.time = lambda: real() - (86400 if os.path.exists({str(flag)!r}) else 0)"]
    (site / "sitecustomize.py").write_text("\n".join(lines))
    with FaultyArchive.started(tmp_path / "archive") as archive:
        dandiset = new_dandiset(archive.api_url, archive.token)
        spec, files = _upload(archive.api_url, dandiset, tmp_path, size=2_000_000, rate=200_000)
        with monkeypatch.context() as patch:
            patch.setenv("PYTHONPATH", str(site))
            job = await real.submit(spec, files, archive.token)
            before = real.worker()
        archive.kill()
        await real.until_over(job, over=lambda view: view.count(State.WAITING) > 0)
        flag.touch()
        archive.start()
        await real.until_over(job, over=lambda view: view.bytes > 0 and view.count(State.RUNNING) > 0)
        assert real.worker() == before
        archive.kill()
        await real.until_over(job, over=lambda view: view.count(State.WAITING) > 0)
        real.kill_worker()
        archive.start()
        monkeypatch.setenv("PYTHONPATH", str(site))
        monkeypatch.setenv(spec.instance.key_variable, archive.token)
        await real.start_worker()
        transfers = await attach(start=True)
        assert transfers is not None
        async with transfers:
            await transfers.limit(job, rate=0)
        assert (await real.until_over(job)).count(State.DONE) == 1
        assert digests(archive.api_url, dandiset) == {"a.dat": file_etag(files[0].place)}
        real.kill_worker()


async def test_a_key_that_is_revoked_in_mid_job_pauses_it_until_another_is_given(tmp_path: Path) -> None:
    """The owner has a new key made at the archive: the old one is refused from then on, whatever the job was at."""
    with FaultyArchive.started(tmp_path / "archive") as archive:
        dandiset, files = new_dandiset(archive.api_url, archive.token), []
        for number in range(3):
            place = tmp_path / f"{number}.dat"
            place.write_bytes(os.urandom(300_000))
            files.append(FileSpec(path=place.name, place=str(place), size=300_000, verdict="send"))
        spec, _ = _upload(archive.api_url, dandiset, tmp_path, rate=100_000)
        async with engine_at(tmp_path / "journal", {archive.api_url: archive.token}) as engine:
            job = await submit(engine, msgspec.structs.replace(spec, jobs=1), files)
            await _until(lambda: engine.jobs[job].count(State.DONE), "the first file")
            async with httpx.AsyncClient(headers={"Authorization": f"token {archive.token}"}) as owner:
                made = await owner.post(f"{archive.api_url}/auth/token/")
            assert made.is_success
            await steer_limit(engine, job, None, 0)
            view = await until_over(engine, job)
            assert view.state is JobState.PAUSED
            assert view.count(State.DONE) < len(files)
            assert not view.count(State.FAILED)
            assert "API key" in view.reason
            assert "Log in" in view.remedy
            assert await steer(engine, "resume", engine.use_key(archive.api_url, made.json()), []) == 1
            assert (await until_over(engine, job)).count(State.DONE) == len(files)
        assert digests(archive.api_url, dandiset) == {file.path: file_etag(file.place) for file in files}


async def test_the_command_says_that_the_worker_stands_still(
    archive: FaultyArchive, dandiset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pulse, "EVERY_SECONDS", 0.1)
    monkeypatch.setattr(pulse, "PATIENT_SECONDS", 1.0)
    job = await real.submit(*_upload(archive.api_url, dandiset, tmp_path, size=2_000_000, rate=200_000), archive.token)
    holder = real.worker()
    assert holder is not None
    said = ""

    def told(words: str) -> bool:
        nonlocal said
        said += "".join(capsys.readouterr())
        return words in said

    following = asyncio.create_task(follow(job, as_json=True, interrupt="detach"))
    await _until(lambda: told('"progress"'), "the first words")
    try:
        os.kill(holder.pid, signal.SIGSTOP)
        await _until(lambda: told(f"The worker (process {holder.pid}) does not answer"), "the words")
    finally:
        os.kill(holder.pid, signal.SIGCONT)
    await _until(lambda: told("answers again"), "the end of the silence")
    transfers = await attach()
    assert transfers is not None
    async with transfers:
        await transfers.limit(job, rate=0)
    assert await following == 0
    real.kill_worker()


@pytest.mark.slow
@pytest.mark.parametrize("who", ["worker", "archive"])
async def test_what_stood_still_for_a_minute_goes_on(who: str, archive: FaultyArchive, dandiset: str, tmp_path: Path) -> None:
    spec, files = _upload(archive.api_url, dandiset, tmp_path, size=20_000_000, rate=2_000_000)
    job = await real.submit(spec, files, archive.token)
    await real.until_over(job, over=lambda view: view.bytes > 2_000_000)
    holder = real.worker()
    assert holder is not None
    assert archive._process
    pid = holder.pid if who == "worker" else archive._process.pid
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(65.0)
    os.kill(pid, signal.SIGCONT)
    assert (await real.until_over(job)).count(State.DONE) == 1
    assert digests(archive.api_url, dandiset) == {"a.dat": file_etag(files[0].place)}
