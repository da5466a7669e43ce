"""Words of others on the command line and in errors: the terminal is shown them, and obeys none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dandi_tui import cli
from dandi_tui.cli import run
from dandi_tui.log import log_path, write_log

if TYPE_CHECKING:
    import pytest

HOSTILE = "\x1b]0;owned\x07\x9b2J\u202e"
OBEYED = set("\x1b\x07\x9b\u202e")


def test_names_that_a_shell_put_there_are_shown_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["doctor", HOSTILE],
        ["metadata", "a", HOSTILE],
        ["--json", "metadata", f"--{HOSTILE}"],
        ["validate", f"./{HOSTILE}"],
        ["download", HOSTILE],
        [HOSTILE],
    ):
        assert run(words) != 0
        said = capsys.readouterr()
        assert not set(said.out + said.err) & OBEYED, words


def test_a_file_that_nobody_foresaw_is_named_harmless(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", f"/data/{HOSTILE}")

    monkeypatch.setattr(cli.cli, "main", fails)
    assert run(["doctor"]) == 1
    said = capsys.readouterr().err
    assert "Permission denied" in said
    assert not set(said) & OBEYED


def test_a_log_can_be_looked_at() -> None:
    write_log(f"what a server said: {HOSTILE}\nnext line")
    written = log_path().read_text()
    assert not set(written) & OBEYED
    assert written.splitlines()[1] == "next line"
