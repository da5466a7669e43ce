"""An archive that keeps its data is at the same addresses the next time, so that what people kept of it holds."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from dandi_tui.demo.server import serving
from dandi_tui.demo.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def _served(root: Path) -> str:
    store = Store(root)
    try:
        with serving(store) as origin:
            return origin
    finally:
        store.close()


def test_the_address_stays_from_one_run_to_the_next(tmp_path: Path) -> None:
    assert _served(tmp_path) == _served(tmp_path)


def test_an_address_that_another_took_is_left_to_it(tmp_path: Path) -> None:
    first = _served(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(first.rpartition(":")[2])))
        other.listen()
        assert _served(tmp_path) != first
