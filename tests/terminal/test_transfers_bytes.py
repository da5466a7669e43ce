"""The transfers workspace on a slow line: few bytes while much goes on, none while nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faults.processes import kill_worker, new_dandiset, submit
from terminal.test_real_terminal import Terminal

from dandi_tui.api.instances import find_instance
from dandi_tui.transfer.model import FileSpec, JobSpec

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive

SECONDS = 4.0
MOST = 4096
"""Bytes a second that the program may write with 16 files under way."""


async def test_sixteen_running_transfers_take_few_bytes(archive: Archive, tmp_path: Path) -> None:
    dandiset, files = new_dandiset(*archive), []
    for number in range(16):
        place = tmp_path / f"sub-{number}_ses-20230721_behavior+ecephys.dat"
        place.write_bytes(bytes([number]) * 8_000_000)
        files.append(FileSpec(path=f"sub-{number}/{place.name}", place=str(place), size=8_000_000, verdict="send"))
    spec = JobSpec(
        kind="upload", instance=find_instance(archive.api_url), root=str(tmp_path), title=dandiset, dandiset=dandiset, validation="skip",
        jobs=16, rate=4_000_000,
    )  # fmt: skip
    await submit(spec, files, archive.token)
    terminal = Terminal(archive, LC_ALL="C.UTF-8")
    try:
        terminal.until("found")
        terminal.press("2")
        terminal.until("16 running")
        terminal.read(1.0)
        before = terminal.bytes
        terminal.read(SECONDS)
        assert "16 running" in terminal.text
        written = (terminal.bytes - before) / SECONDS
        print(f"{written:.0f} bytes a second")
        assert written <= MOST
        kill_worker()
    finally:
        terminal.close()
