"""Work over processes: results as they come, in bounded memory, whatever single files do; and the memory of results."""

from __future__ import annotations

import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pool_tasks
import psutil
import pytest

from dandi_tui.dataset.cache import Cache
from dandi_tui.dataset.pool import Outcome, Task, Workers, run

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = Task(pool_tasks.length, int)
LONG_AGO = 1_600_000_000


@pytest.fixture(autouse=True)
def _workers_find_the_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def files(folder: Path, *words: str) -> list[Path]:
    made = []
    for number, word in enumerate(words):
        path = folder / f"{number}.txt"
        path.write_text(word)
        os.utime(path, (LONG_AGO, LONG_AGO))
        made.append(path)
    return made


def test_every_file_has_its_outcome_and_its_place(tmp_path: Path) -> None:
    paths = files(tmp_path, "a", "bb", "ccc", "dddd")
    outcomes = sorted(run(Task(pool_tasks.times, int), paths, options=[10], jobs=2), key=lambda one: one.number)
    assert [one.result for one in outcomes] == [10, 20, 30, 40]
    assert [one.path for one in outcomes] == list(map(str, paths))


def test_a_file_that_kills_its_process_or_hangs_or_fails_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    paths = files(tmp_path, "one", "die", "print", "hang", "two", "raise", "three")
    task = Task(pool_tasks.by_first_word, str, patience=2)
    outcomes = sorted(run(task, paths, jobs=2), key=lambda one: one.number)
    assert [one.result for one in outcomes] == ["one", None, "print", None, "two", None, "three"]
    assert "SIGSEGV" in outcomes[1].problem
    assert "more than 2 s" in outcomes[3].problem
    assert "not today" in outcomes[5].problem


def test_a_result_of_another_type_is_a_problem_of_its_file(tmp_path: Path) -> None:
    (outcome,) = run(Task(pool_tasks.text_for_number, int), files(tmp_path, "a"))
    assert outcome.result is None
    assert "something else" in outcome.problem


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    (outcome,) = run(LENGTH, [tmp_path / "gone"])
    assert "FileNotFoundError" in outcome.problem


def test_names_that_are_no_text_are_found(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")
    Path(path).write_text("four")
    (outcome,) = run(LENGTH, [path])
    assert outcome.result == 4


def test_paths_are_taken_only_as_they_are_needed(tmp_path: Path) -> None:
    (path,) = files(tmp_path, "a")
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        while True:
            taken += 1
            yield path

    work = run(LENGTH, endless(), jobs=2)
    for _ in range(50):
        next(work)
    work.close()
    assert taken < 70


def test_stopping_ends_the_processes(tmp_path: Path) -> None:
    paths = files(tmp_path, "one", *["hang"] * 5)
    before = set(psutil.Process().children())
    work = run(Task(pool_tasks.by_first_word, str), paths, jobs=2)
    next(work)
    assert set(psutil.Process().children()) - before
    work.close()
    assert not set(psutil.Process().children()) - before


def test_any_executor_does_the_work_and_only_the_culprit_of_a_batch_is_lost(tmp_path: Path) -> None:
    paths = files(tmp_path, *["word"] * 9, "raise", *["word"] * 9)
    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(run(Task(pool_tasks.by_first_word, str), paths, executor=threads), key=lambda one: one.number)
        assert threads.submit(int).result() == 0
    assert [one.number for one in outcomes if one.problem] == [9]


def test_workers_are_an_executor_that_stays_open(tmp_path: Path) -> None:
    with Workers(1) as workers:
        paths = files(tmp_path, "a", "bb")
        assert [one.result for one in run(LENGTH, paths, executor=workers)] == [1, 2]
        assert [one.result for one in run(LENGTH, paths, executor=workers)] == [1, 2]


def test_outcomes_that_are_known_come_out_among_the_others(tmp_path: Path) -> None:
    one, two = files(tmp_path, "a", "bb")
    outcomes = sorted(run(LENGTH, [one, Outcome(number=7, path="else", result=40), two]), key=lambda one: one.number)
    assert [(one.number, one.result) for one in outcomes] == [(0, 1), (1, 40), (2, 2)]


def test_what_is_asked_first_goes_before_what_waits(tmp_path: Path) -> None:
    done: list[str] = []
    with Workers(1) as workers:
        for name in ("in turn", "waits", "goes before"):
            place = tmp_path / name
            place.write_text(name)
            asked = workers.ask(pool_tasks.length, [str(place)], first=name == "goes before")
            asked.add_done_callback(lambda _done, name=name: done.append(name))
    assert done in (["in turn", "goes before", "waits"], ["goes before", "in turn", "waits"])


def test_what_was_read_before_is_not_read_again_until_the_file_changes(tmp_path: Path) -> None:
    (path,) = files(tmp_path, "abc")
    with Cache() as cache:
        (first,) = run(LENGTH, [path], cache=cache)
    with Cache() as cache:
        (again,) = run(LENGTH, [path], cache=cache)
        (other,) = run(Task(pool_tasks.length, int, version=2), [path], cache=cache)
        assert (first.cached, again.cached, other.cached) == (False, True, False)
        path.write_text("abcd")
        os.utime(path, (LONG_AGO, LONG_AGO))
        (changed,) = run(LENGTH, [path], cache=cache)
    assert (changed.result, changed.cached) == (4, False)


def test_a_file_changed_a_moment_ago_is_not_remembered(tmp_path: Path) -> None:
    (path,) = files(tmp_path, "abc")
    path.touch()
    with Cache() as cache:
        list(run(LENGTH, [path], cache=cache))
        (again,) = run(LENGTH, [path], cache=cache)
    assert not again.cached


def test_a_file_that_changes_while_it_is_read_says_so_and_is_not_remembered(tmp_path: Path) -> None:
    (path,) = files(tmp_path, "abc")
    task = Task(pool_tasks.appends, int)
    with Cache() as cache:
        (outcome,) = run(task, [path], cache=cache)
        assert outcome.changed
        (again,) = run(task, [path], cache=cache)
        assert not again.cached


def test_a_folder_is_known_by_all_that_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    files(folder, "a", "b")
    task = Task(pool_tasks.text_for_number, str)
    with Cache() as cache:
        list(run(task, [folder], cache=cache))
        (again,) = run(task, [folder], cache=cache)
        assert again.cached
        (folder / "0.txt").write_text("longer")
        (changed,) = run(task, [folder], cache=cache)
    assert not changed.cached


@pytest.mark.parametrize("broken", ["not a database", "other tables", "a folder"])
def test_a_cache_that_can_not_be_used_is_done_without(tmp_path: Path, broken: str) -> None:
    database = tmp_path / "files.sqlite"
    if broken == "a folder":
        database.mkdir()
    elif broken == "other tables":
        with sqlite3.connect(database) as connection:
            connection.execute("create table results (something)")
        connection.close()
    else:
        database.write_text("hello " * 1000)
    (path,) = files(tmp_path, "abc")
    with Cache(database) as cache:
        (outcome,) = run(LENGTH, [path], cache=cache)
    assert outcome.result == 3


def test_the_cache_does_not_grow_without_end(tmp_path: Path) -> None:
    from dandi_tui.dataset.cache import Identity

    database = tmp_path / "files.sqlite"
    for _ in range(3):
        with Cache(database, most=200_000) as cache:
            for number in range(100):
                cache.put("task", f"/{time.monotonic_ns()}/{number}", Identity(1, 1, 1), bytes(2000))
    assert database.stat().st_size < 400_000
