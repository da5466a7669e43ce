"""The demo's archive beside the app."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest

from dandi_tui.errors import DandiTuiError
from dandi_tui.screens.demo_archive import CALM_SECONDS, MOST_RESTARTS, DemoArchive, Restarts, keep_going

if TYPE_CHECKING:
    from pathlib import Path


def test_what_keeps_ending_is_started_a_few_times_and_anew_after_a_calm_while() -> None:
    restarts = Restarts()
    assert [restarts.may(float(second)) for second in range(MOST_RESTARTS + 1)] == [True] * MOST_RESTARTS + [False]
    assert restarts.may(MOST_RESTARTS + CALM_SECONDS)
    assert restarts.count == 1


def _killed(folder: Path) -> None:
    for one in psutil.Process().children():
        if str(folder) in one.cmdline():
            one.kill()


async def test_it_comes_back_at_another_port_when_its_own_was_taken_meanwhile(tmp_path: Path) -> None:
    with closing(DemoArchive(tmp_path)) as archive:
        first = archive.ready()
        port = urlsplit(first.api_url).port
        _killed(tmp_path)
        archive.why_ended()
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            for _ in range(100):
                try:
                    taken.bind(("127.0.0.1", port))
                    break
                except OSError:
                    await asyncio.sleep(0.1)
            taken.listen()
            again = archive.start_again()
    assert again.token == first.token
    assert again.api_url != first.api_url


async def test_one_that_can_not_start_again_is_said_and_left(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with closing(DemoArchive(folder)) as archive:
        archive.ready()
        _killed(folder)
        archive.why_ended()
        with closing(DemoArchive(folder)) as another:
            another.ready()
            with pytest.raises(DandiTuiError, match=r"ended by SIGKILL, and then: .*another archive is running on"):
                await keep_going(archive, lambda _ready, _words: None)


def test_one_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with closing(DemoArchive(tmp_path / "file")) as archive, pytest.raises(DandiTuiError, match="can't be used as a data folder"):
        archive.ready()
