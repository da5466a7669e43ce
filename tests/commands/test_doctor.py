"""`doctor` and `completion`: what they look at, and what they say of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dandi_tui.cli import run
from dandi_tui.transfer import home

if TYPE_CHECKING:
    from conftest import Archive


def _checks(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[bool, str]]:
    return {one["name"]: (one["ok"], one["detail"]) for one in json.loads(capsys.readouterr().out)["checks"]}


def test_all_that_is_promised_is_looked_at(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    run(["doctor", "--json", "-i", archive.api_url])
    found = _checks(capsys)
    wanted = {"terminal", "colours", "pictures", "letters", "clipboard", "config folder", "state folder", "cache folder", "config file", "keyring", "network",
              "archive", "account", "versions", "worker", "log-out"}  # fmt: skip
    assert wanted == set(found)


@pytest.mark.parametrize(
    ("name", "variables", "words"),
    [
        ("state folder", {"DANDI_TUI_STATE_DIR": "/proc/nowhere"}, "set DANDI_TUI_STATE_DIR to another folder"),
        ("network", {"SSL_CERT_FILE": "/nowhere/ca.pem"}, "SSL_CERT_FILE names what is not there"),
        ("account", {"DANDI_TUI_API_KEY": "0" * 40}, "Invalid token"),
        ("account", {"DANDI_TUI_API_KEY": "c" * 40}, "not approved"),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy(
    name: str, variables: dict[str, str], words: str, archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert run(["doctor", "--json", "-i", archive.api_url]) == 1
    ok, detail = _checks(capsys)[name]
    assert not ok
    assert words in detail


@pytest.mark.parametrize(("ends", "mark"), [(True, "BAD"), (False, "ok")])
def test_what_log_out_does_to_transfers_is_told(
    *, ends: bool, mark: str, archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "at_logout", lambda: home.Ending(ends, "what becomes of them at log-out"))
    run(["doctor", "-i", archive.api_url])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if " log-out " in line]
    assert line.split() == [mark, "log-out", *["what", "becomes", "of", "them", "at", "log-out"]]


def test_a_broken_config_file_is_said_with_its_place(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(os.environ["DANDI_TUI_CONFIG_DIR"])
    folder.mkdir()
    (folder / "config.toml").write_text("mouse = = true\n")
    assert run(["doctor", "-i", archive.api_url]) == 1
    assert "config.toml: not understood" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    told = capsys.readouterr()
    assert f"_DANDI_TUI_COMPLETE={shell}_complete" in told.out
    assert "To have it always" in told.err
    if program := shutil.which(shell):
        assert subprocess.run([program, "-n"], input=told.out, text=True, capture_output=True, check=False).returncode == 0


def test_an_unknown_shell_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert run(["completion"]) == 2


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
@pytest.mark.parametrize(("typed", "found"), [("se", "search"), ("doc", "doctor"), ("search --st", "--starred"), ("ls -i dandi-s", "dandi-sandbox")])
def test_bash_completes_commands_options_and_archives(typed: str, found: str, tmp_path: Path) -> None:
    program = tmp_path / "dandi-tui"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m dandi_tui "$@"\n')
    program.chmod(0o755)
    script = f"""
    PATH={tmp_path}:$PATH
    eval "$(dandi-tui completion bash 2>/dev/null)"
    COMP_WORDS=(dandi-tui {typed}); COMP_CWORD={len(typed.split())}
    _dandi_tui_completion dandi-tui; echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=False)
    assert found in done.stdout.split()
