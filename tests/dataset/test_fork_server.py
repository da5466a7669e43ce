"""Reader processes that are forked from one that has loaded what they need: as sturdy as processes that start by themselves."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pool_tasks
import psutil
import pytest
from faults.processes import wait_for

from dandi_tui.dataset.fork_server import ForkServer, can_fork
from dandi_tui.dataset.pool import Task, Workers, run
from dandi_tui.dataset.worker import one_by_one
from dandi_tui.dataset.worker_process import MOST_MEMORY
from dandi_tui.log import log_path

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(not can_fork(), reason="processes are not forked on this system")


@pytest.fixture(autouse=True)
def traces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where loading leaves its traces."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("LOADED", str(tmp_path / "loaded"))
    return tmp_path / "loaded"


def files(folder: Path, *words: str) -> list[Path]:
    for number, word in enumerate(words):
        (folder / f"{number}.txt").write_text(word)
    return [folder / f"{number}.txt" for number in range(len(words))]


def descendants() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def test_what_is_needed_is_loaded_once_for_all(tmp_path: Path, traces: Path) -> None:
    task = Task(pool_tasks.loaded, int, prepare=pool_tasks.load)
    outcomes = list(run(task, files(tmp_path, *["word"] * 6), jobs=3))
    assert [one.result for one in outcomes] == [1] * 6
    assert traces.read_bytes() == b"x"


def test_a_file_that_kills_its_process_or_hangs_or_fails_is_told_and_nothing_is_loaded_again(tmp_path: Path, traces: Path) -> None:
    paths = files(tmp_path, "one", "die", "print", "hang", "two", "raise", "three")
    task = Task(pool_tasks.by_first_word, str, patience=2, prepare=pool_tasks.load)
    outcomes = sorted(run(task, paths, jobs=2), key=lambda one: one.number)
    assert [one.result for one in outcomes] == ["one", None, "print", None, "two", None, "three"]
    assert "SIGSEGV" in outcomes[1].problem
    assert "more than 2 s" in outcomes[3].problem
    assert "not today" in outcomes[5].problem
    assert traces.read_bytes() == b"x"


def test_all_processes_end_with_the_run(tmp_path: Path) -> None:
    before = descendants()
    work = run(Task(pool_tasks.by_first_word, str, prepare=pool_tasks.load), files(tmp_path, "one", *["hang"] * 5), jobs=2)
    next(work)
    assert len(descendants() - before) >= 2  # the fork server, and a reader at least
    work.close()
    assert not descendants() - before


def test_stopping_does_not_wait_for_what_is_still_being_loaded(tmp_path: Path, traces: Path) -> None:
    before = descendants()
    workers = Workers(2, prepare=pool_tasks.loads_for_long)
    asked = [workers.submit(one_by_one, "pool_tasks:length", [os.fsencode(path)], b"\x90") for path in files(tmp_path, "a", "b", "c")]
    wait_for(traces.exists, "the beginning of loading")
    workers.shutdown(cancel_futures=True)
    assert all(one.cancelled() or "interrupted" in str(one.exception()) for one in asked)
    assert not descendants() - before


def test_who_waits_for_a_reader_that_goes_on_keeps_nobody_else_waiting() -> None:
    server = ForkServer(pool_tasks.load, MOST_MEMORY)
    lasting, short = server.fork(), server.fork()
    waiting = threading.Thread(target=lasting.wait)
    waiting.start()
    try:
        assert short.poll() is None
        os.kill(short.pid, signal.SIGTERM)
        assert short.wait() == short.poll() == -signal.SIGTERM
        assert lasting.poll() is None
    finally:
        lasting.kill()
        waiting.join()
        server.end()
        for stream in (lasting.stdin, lasting.stdout, short.stdin, short.stdout):
            stream.close()
    assert lasting.poll() == -signal.SIGKILL


@pytest.mark.parametrize("prepare", [pool_tasks.load, None])
def test_what_a_reader_says_is_in_the_log_without_keys_and_not_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], prepare: Callable[[], None] | None
) -> None:
    list(run(Task(pool_tasks.by_first_word, str, prepare=prepare), files(tmp_path, "warn"), jobs=1))
    wait_for(lambda: log_path().exists() and "a strange file" in log_path().read_text(), "what the reader says")
    assert "␛[2J a strange file, <key>" in log_path().read_text()
    assert not any(capfd.readouterr())


def test_where_it_can_not_be_loaded_ahead_each_process_does_it_by_itself(tmp_path: Path) -> None:
    outcomes = run(Task(pool_tasks.length, int, prepare=pool_tasks.can_not_load), files(tmp_path, "a", "bb"), jobs=2)
    assert sorted(one.result or 0 for one in outcomes) == [1, 2]


def test_readers_end_when_whoever_asked_them_is_gone(tmp_path: Path) -> None:
    """A killed program leaves no processes behind."""
    code = (
        "import pool_tasks, sys\nfrom dandi_tui.dataset.pool import Task, run\n"
        "work = run(Task(pool_tasks.length, int, prepare=pool_tasks.load), sys.argv[1:], jobs=2)\nprint(next(work).result, flush=True)\ninput()\n"
    )
    import subprocess
    import sys

    with subprocess.Popen([sys.executable, "-c", code, *map(str, files(tmp_path, "a", "b"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        left = psutil.Process(program.pid).children(recursive=True)
        assert left
        program.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(left, timeout=20)
    assert not alive
