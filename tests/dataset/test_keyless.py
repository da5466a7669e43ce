"""Processes that read foreign files have nobody's key in their environment."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import pool_tasks
import pytest

from dandi_tui.dataset.pool import Task, run
from dandi_tui.nwb.reader import Reader

NAMES = ("DANDI_API_KEY", "DANDI_TUI_API_KEY", "LINC_API_KEY")


@pytest.fixture(autouse=True)
def _with_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "k" * 40)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("LOADED", str(tmp_path / "loaded"))


@pytest.mark.parametrize("prepare", [None, pool_tasks.load])
def test_workers_have_no_key(prepare: object, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (outcome,) = run(Task(pool_tasks.keys, list[str], prepare=prepare), [tmp_path / "a"], jobs=1)  # type: ignore[arg-type]
    assert outcome.result == []


@pytest.mark.skipif(sys.platform != "linux", reason="the environment of a process is told on Linux alone")
def test_the_reader_has_no_key(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.nwb", "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
    with Reader(str(tmp_path / "a.nwb")) as reader:
        reader.facts()
        assert reader._process is not None
        environment = Path(f"/proc/{reader._process.pid}/environ").read_bytes().split(b"\0")
    assert any(one.startswith(b"PATH=") for one in environment)
    assert not [one for one in environment if b"_API_KEY=" in one]
