"""An index whose values lie elsewhere, in the app and headless: asked about first, read after, and never where nobody agreed."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from test_inspector import _opened

from dandi_tui.cli import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BYTES = b"....\x07\x08\x09...."
ARRAY = {"zarr_format": 2, "shape": [3], "chunks": [3], "dtype": "|u1", "compressor": None, "fill_value": 0, "order": "C", "filters": None}


class _Ranges(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes 0-{len(BYTES) - 1}/{len(BYTES)}")
        self.send_header("Content-Length", str(len(BYTES)))
        self.end_headers()
        self.wfile.write(BYTES)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def ranged() -> Iterator[tuple[str, list[str]]]:
    """A small file at an address, and what was asked for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Ranges) as server:
        server.asked = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/file", server.asked  # type: ignore[attr-defined]
        server.shutdown()


def _index(tmp_path: Path, address: str) -> Path:
    path = tmp_path / "x.nwb.lindi.json"
    refs = {".zgroup": {"zarr_format": 2}, "acquisition/.zgroup": {"zarr_format": 2}, "acquisition/far/.zarray": ARRAY, "acquisition/far/0": [address, 4, 3]}
    path.write_text(json.dumps({"refs": refs}))
    return path


async def test_it_is_asked_before_anything_is_read_elsewhere(tmp_path: Path) -> None:
    with ranged() as (address, asked):
        async with _opened(_index(tmp_path, address)) as (_, pilot, until):
            shown = await until("Its values lie elsewhere", "http://127.0.0.1:", "1 reference")
            assert "y read them from there" in shown
            await pilot.press("escape")
            await until("Its structure alone is shown", "far")
            await pilot.press("down", "t")
            await until("lies elsewhere")
            assert not asked
            await pilot.press("escape", "left", "r")
            await until("Its values lie elsewhere")
            await pilot.press("y")
            await until("far")
            await pilot.press("end", "t")
            await until("9")
            assert asked


def test_headless_an_origin_is_named_by_a_flag(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ranged() as (address, asked):
        path, origin = _index(tmp_path, address), address.rpartition("/")[0]
        assert run(["inspect", f"{path}::/acquisition/far", "--rows", "0:3", "--json"]) == 1
        told = capsys.readouterr()
        assert f"--origin {origin}" in told.err
        assert json.loads(told.out)["elsewhere"] == {origin: 1}
        assert not asked
        assert run(["inspect", f"{path}::/acquisition/far", "--rows", "0:3", "--json", "--origin", origin]) == 0
        assert json.loads(capsys.readouterr().out)["values"]["rows"] == [[7], [8], [9]]
        assert asked


@pytest.mark.parametrize("origin", ["file:///etc", "nowhere", "https://a@b"])
def test_what_is_no_origin_is_said(origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(_index(tmp_path, "https://h.example/x")), "--origin", origin]) == 2
    assert "https://HOST" in capsys.readouterr().err
