"""The notice when transfers have ended, as a real terminal is given it: asked for in the settings, by the app and by a command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from faults.processes import kill_worker, submit
from terminal.test_real_terminal import Terminal
from transferring import planned

from dandi_tui.api.instances import find_instance
from dandi_tui.config import Settings, config_dir, load_settings
from dandi_tui.ending import notice_at_end
from dandi_tui.transfer.attach import attach
from dandi_tui.transfer.plan import order_of

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive

OSC9 = rb"\x1b\]9;dandi-tui: ([^\x07]*)\x07"


def _choose(choice: str) -> None:
    config_dir().mkdir(parents=True, exist_ok=True)
    (config_dir() / "config.toml").write_text(f'notice_at_end = "{choice}"\n')


def _bells(raw: bytes) -> int:
    """Bells that are no ends of a title or of other words for the terminal."""
    return re.sub(rb"\x1b\][^\x07\x1b]*(\x07|\x1b\\)", b"", raw).count(b"\a")


@pytest.mark.parametrize("choice", ["no", "bell", "osc9"])
async def test_the_app_gives_notice_as_chosen(choice: str, archive: Archive, tmp_path: Path) -> None:
    _choose(choice)
    plan = await planned(*archive, tmp_path / "here\x1b]9;not this\x07", "000002")
    terminal = Terminal(archive, LC_ALL="C.UTF-8")
    try:
        terminal.until("found")
        spec, files = order_of(plan, find_instance(archive.api_url), "a test", jobs=2)
        job = await submit(msgspec.structs.replace(spec, rate=10_000), files, archive.token)
        terminal.press("2")
        terminal.until("2 running")
        transfers = await attach()
        assert transfers is not None
        async with transfers:
            await transfers.limit(job, rate=0)
        terminal.until("2 files done")
        terminal.until("downloaded to")
        terminal.read(0.5)
        told = re.findall(OSC9, terminal.raw)
        assert len(told) == (1 if choice == "osc9" else 0), told
        if told:
            assert told[0].startswith(f"downloaded to {tmp_path}".encode())
        assert _bells(terminal.raw) == (1 if choice == "bell" else 0)
        assert "2 files done" in terminal.text
    finally:
        terminal.close()
        kill_worker()


@pytest.mark.parametrize("choice", ["no", "bell", "osc9"])
def test_a_command_gives_notice_as_chosen(choice: str, archive: Archive, tmp_path: Path) -> None:
    _choose(choice)
    terminal = Terminal(None, "download", "-i", archive.api_url, "-o", str(tmp_path / "here"), "--what", "assets", "000002", LC_ALL="C.UTF-8")
    try:
        terminal.until("2 done")
        assert terminal.ended() == 0
        assert len(re.findall(OSC9, terminal.raw)) == (1 if choice == "osc9" else 0)
        assert _bells(terminal.raw) == (1 if choice == "bell" else 0)
    finally:
        terminal.close()
        kill_worker()


def test_a_choice_that_there_is_not_is_said() -> None:
    _choose("desktop")
    assert "notice_at_end" in load_settings().problem
    assert Settings().notice_at_end == "no"


def test_multiplexers_are_handed_the_words_wrapped_and_a_bell() -> None:
    plain = notice_at_end("osc9", "it\x1b ended", {})
    assert plain == "\x1b]9;dandi-tui: it␛ ended\a"
    assert notice_at_end("osc9", "it\x1b ended", {"TMUX": "x"}) == "\x1bPtmux;\x1b\x1b]9;dandi-tui: it␛ ended\a\x1b\\\a"
    assert notice_at_end("osc9", "it\x1b ended", {"STY": "x"}) == f"\x1bP{plain}\x1b\\\a"
    assert notice_at_end("bell", "it ended", {"TMUX": "x"}) == "\a"
