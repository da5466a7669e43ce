"""The person's own editor, however it is named and whatever it leaves: no text is lost, and nothing else is run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dandi_tui.errors import UsageError
from dandi_tui.owning.editor import edit_text


def _editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    script = tmp_path / "editor.py"
    script.write_text(f"import sys\npath = sys.argv[1]\n{code}\n")
    monkeypatch.setenv("VISUAL", f"'{sys.executable}' '{script}'")


def test_an_edit_comes_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _editor(monkeypatch, tmp_path, "open(path, 'a').write('b')")
    text, path = edit_text("a", ".yaml")
    assert text == "ab"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", ["'", "vi '"])
def test_what_is_no_command_is_told(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", command)
    with pytest.raises(UsageError, match="VISUAL"):
        edit_text("a", ".yaml")


def test_blanks_are_no_editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _editor(monkeypatch, tmp_path, "open(path, 'w').write('by the other')")
    monkeypatch.setenv("EDITOR", os.environ["VISUAL"])
    monkeypatch.setenv("VISUAL", "  ")
    assert edit_text("a", ".yaml")[0] == "by the other"


def test_letters_of_another_encoding_are_told_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _editor(monkeypatch, tmp_path, r"open(path, 'wb').write(b'caf\xe9')")
    with pytest.raises(UsageError, match="UTF-8") as caught:
        edit_text("a", ".yaml")
    assert Path(caught.value.remedy.rpartition(" in ")[2].rstrip(".").removesuffix(".yaml") + ".yaml").read_bytes() == b"caf\xe9"


def test_a_text_outlives_an_editor_that_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _editor(monkeypatch, tmp_path, "open(path, 'w').write('much work')\nsys.exit(3)")
    with pytest.raises(UsageError, match="status 3") as caught:
        edit_text("a", ".yaml")
    assert Path(caught.value.remedy.removeprefix("Your text is in ").removesuffix(".")).read_text() == "much work"
    _editor(monkeypatch, tmp_path, "sys.exit(3)")
    with pytest.raises(UsageError) as caught:
        edit_text("a", ".yaml")
    assert not caught.value.remedy
