"""The journal's writer when the disk does not take what is written: it waits, and its end does not."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest

from dandi_tui.errors import TransferError
from dandi_tui.transfer.engine import Engine
from dandi_tui.transfer.journal import Journal
from dandi_tui.transfer.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path


def _full(monkeypatch: pytest.MonkeyPatch) -> None:
    def begin(_: Journal) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Journal, "begin", begin)


async def test_it_ends_though_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    troubled = asyncio.Event()
    recorder = Recorder(Journal(tmp_path / "journal.sqlite"), lambda words: troubled.set() if words else None)
    _full(monkeypatch)
    waiting = recorder.post(lambda journal: journal.jobs())
    await troubled.wait()
    async with asyncio.timeout(30):
        await recorder.close()
    with pytest.raises(TransferError, match="disk is full"):
        await waiting


async def test_what_can_be_written_is_written_before_it_ends(tmp_path: Path) -> None:
    recorder = Recorder(Journal(tmp_path / "journal.sqlite"), lambda _: None)
    waiting = [recorder.post(lambda journal: journal.set_limits(3, 5)), recorder.post(lambda journal: journal.limits())]
    await recorder.close()
    assert waiting[1].result() == (3, 5)


async def test_an_engine_ends_though_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Journal(tmp_path / "journal.sqlite"))
    await engine.start()
    _full(monkeypatch)
    waiting = asyncio.ensure_future(engine.recorder.do(lambda journal: journal.jobs()))
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await engine.close()
    with pytest.raises(TransferError):
        await waiting
