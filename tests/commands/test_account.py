"""login, logout, whoami as a script calls them; a hidden key on a real terminal is proved in terminal/."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

from dandi_tui.api.instances import find_instance
from dandi_tui.api.keys import find_key, key_file
from dandi_tui.cli import run

if TYPE_CHECKING:
    import pytest
    from conftest import Archive


def _login(archive: Archive, key: str, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(key + "\n"))
    return run(["login", "--key-stdin", "-i", archive.api_url, *more])


def test_a_key_is_checked_kept_used_and_forgotten(archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["whoami", "-i", archive.api_url]) == 3
    assert "--register" in capsys.readouterr().err
    assert _login(archive, archive.token, monkeypatch, "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == {"username": "demo", "name": "Demo User", "admin": False, "status": "APPROVED"}
    assert "you alone can read" in said.err
    assert archive.token not in said.out + said.err
    assert key_file(find_instance(archive.api_url)).stat().st_mode & 0o777 == 0o600
    assert run(["whoami", "-v", "-i", archive.api_url]) == 0
    assert "demo" in capsys.readouterr().out
    assert run(["logout", "-i", archive.api_url]) == 0
    assert "Forgotten" in capsys.readouterr().out
    assert run(["whoami", "-i", archive.api_url]) == 3


def test_a_wrong_key_is_refused_and_not_kept(archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert _login(archive, "0" * 40, monkeypatch) == 3
    assert "not valid" in capsys.readouterr().err
    assert not key_file(find_instance(archive.api_url)).exists()
    assert _login(archive, "no key at all", monkeypatch) == 2


def test_an_account_that_waits_is_told_what_to_do(archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert _login(archive, "c" * 40, monkeypatch) == 0
    said = capsys.readouterr()
    assert "pending" in said.out
    assert "waits for approval" in said.err


def test_without_a_terminal_a_key_is_not_asked_for(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["login", "-i", archive.api_url]) == 2
    assert "--key-stdin" in capsys.readouterr().err


def test_the_address_to_register_at_is_told(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["login", "--register"]) == 0
    assert "https://dandiarchive.org" in capsys.readouterr().out
    assert run(["login", "--register", "-i", archive.api_url]) == 0
    assert archive.origin in capsys.readouterr().out


def test_a_new_key_takes_the_place_of_the_old_one(empty_archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["login", "--new-key", "--yes", "-i", empty_archive.api_url]) == 3
    assert "needs the old one" in capsys.readouterr().err
    assert _login(empty_archive, empty_archive.token, monkeypatch) == 0
    assert run(["login", "--new-key", "--yes", "-i", empty_archive.api_url]) == 0
    said = capsys.readouterr()
    found = find_key(find_instance(empty_archive.api_url))
    assert found is not None
    assert found.value != empty_archive.token
    assert found.value not in said.out + said.err
    assert run(["whoami", "-i", empty_archive.api_url]) == 0
    assert _login(empty_archive, empty_archive.token, monkeypatch) == 3
    assert run(["whoami", "-i", empty_archive.api_url]) == 0
