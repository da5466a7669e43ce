"""`dandiset …` on an archive of its own: register, describe, share, publish, open, delete, as a script does."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from conftest import TOKENS, Archive, running_archive

from dandi_tui.cli import run
from dandi_tui.config import state_dir

if TYPE_CHECKING:
    from pathlib import Path

Did = Callable[..., Any]


@pytest.fixture(scope="module")
def own_archive() -> Iterator[Archive]:
    """An archive for the tests of this module, without Dandisets at first."""
    with running_archive("--empty") as found:
        yield found


@pytest.fixture
def does(own_archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Did:
    """Does a command as a user; its JSON, or its status and words where it fails."""

    def done(*arguments: str, who: str = "demo", status: int = 0) -> Any:
        monkeypatch.setenv("DANDI_TUI_API_KEY", TOKENS[who])
        assert run(["dandiset", *arguments, "-i", own_archive.api_url, "--json"]) == status, capsys.readouterr()
        said = capsys.readouterr()
        return json.loads(said.out.splitlines()[-1]) if not status and said.out else said.err

    return done


@pytest.fixture
def made(does: Did) -> str:
    """A new Dandiset of the demo user."""
    identifier: str = does("create", "--name", "Whiskers", "--license", "CC-BY-4.0", "--description", "About whiskers.")["identifier"]
    return identifier.removeprefix("DANDI:")


def _metadata(archive: Archive, identifier: str, who: str = "demo") -> dict[str, Any]:
    headers = {"Authorization": f"token {TOKENS[who]}"}
    found: dict[str, Any] = httpx.get(f"{archive.api_url}/dandisets/{identifier}/versions/draft/", headers=headers).json()
    return found


def test_a_dandiset_is_registered_with_what_was_given(own_archive: Archive, made: str) -> None:
    document = _metadata(own_archive, made)
    assert (document["name"], document["license"], document["description"]) == ("Whiskers", ["spdx:CC-BY-4.0"], "About whiskers.")


def test_an_embargo_with_an_award_has_funder_and_contact(own_archive: Archive, does: Did) -> None:
    arguments = ("create", "--name", "Later", "--embargo", "--funder", "Example Foundation", "--award", "EF-1")
    found = does(*arguments)
    assert found["embargo_status"] == "EMBARGOED"
    people = _metadata(own_archive, found["identifier"][-6:])["contributor"]
    assert [(one["name"], one["roleName"]) for one in people] == [("User, Demo", ["dcite:ContactPerson"]), ("Example Foundation", ["dcite:Funder"])]
    assert people[0]["email"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--name", " "), "name must be given"),
        (("--name", "x" * 151), "at most 150"),
        (("--name", "x", "--embargo", "--funder", "F"), "award"),
        (("--name", "x", "--embargo-until", "2024-01-01"), "after today"),
        (("--name", "x", "--embargo-until", "soon"), "2027-01-31"),
    ],
)
def test_what_the_archive_would_refuse_is_told_before_it_is_sent(does: Did, arguments: tuple[str, ...], words: str) -> None:
    assert words in does("create", *arguments, status=2)


@pytest.mark.parametrize("who", ["pending", "incomplete", "rejected"])
def test_who_is_not_approved_registers_nothing(does: Did, who: str) -> None:
    assert "may not" in does("create", "--name", "x", who=who, status=3)


def test_fields_are_set_cleared_and_added_to(own_archive: Archive, does: Did, made: str) -> None:
    before = _metadata(own_archive, made)
    info = does("edit", made, "--set", "keywords=[a, b]", "--set", "keywords+=c", "--set", "acknowledgement=Thanks", "--yes")
    assert info["metadata"]["keywords"] == ["a", "b", "c"]
    does("edit", made, "--set", "acknowledgement=", "--yes")
    after = _metadata(own_archive, made)
    assert "acknowledgement" not in after
    assert {name: after[name] for name in before} == before
    copies = sorted((state_dir() / "metadata").rglob("before-*.json"))
    assert json.loads(copies[0].read_text())["name"] == "Whiskers"


def test_a_dry_run_shows_the_difference_and_sends_nothing(own_archive: Archive, does: Did, made: str) -> None:
    words = does("edit", made, "--set", "name=", "--set", "contributor.0.identifier=123", "--dry-run")
    assert "name: removed Whiskers" in words
    assert "name must be given" in words
    assert "ORCID" in words
    assert _metadata(own_archive, made)["name"] == "Whiskers"
    assert "no such field" in does("edit", made, "--set", "nme=x", status=2)


def test_a_document_is_taken_from_a_file(own_archive: Archive, does: Did, made: str, tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    document = {**_metadata(own_archive, made), "description": "Another.", "citation": "forged"}
    file.write_text(json.dumps(document))
    does("edit", made, "--file", str(file), "--yes")
    after = _metadata(own_archive, made)
    assert after["description"] == "Another."
    assert after["citation"] != "forged"
    file.write_text("a: [")
    assert "no YAML" in does("edit", made, "--file", str(file), status=2)


def test_an_editor_without_a_terminal_is_refused(does: Did, made: str) -> None:
    assert "--set" in does("edit", made, status=2)


def test_owners_are_found_added_and_removed_but_never_the_last(does: Did, made: str) -> None:
    assert [one["username"] for one in does("owners", made, "--find", "ali")] == ["alice"]
    assert {one["username"] for one in does("owners", made, "--add", "alice")} == {"demo", "alice"}
    assert [one["username"] for one in does("owners", made, "--remove", "alice")] == ["demo"]
    assert "nobody would own it" in does("owners", made, "--remove", "demo", status=2)
    assert "nobody not found" in does("owners", made, "--add", "nobody", status=1)
    assert "may not" in does("owners", made, "--add", "alice", who="alice", status=3)


def test_a_star_comes_and_goes(does: Did, made: str) -> None:
    assert does("star", made)["count"] == 1
    assert does("star", made, "--remove")["count"] == 0


def test_what_stands_in_the_way_of_publishing_is_said(does: Did, made: str, own_archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no files" in does("publish", made, status=1)
    assert run(["dandiset", "publish", made, "--check", "-i", own_archive.api_url]) == 1
    assert "it has no files" in capsys.readouterr().out
    assert "takes 5,000" in does("publish", made, "--notes", "x" * 5001, status=2)


def test_an_embargoed_dandiset_is_opened_and_waited_for(does: Did) -> None:
    identifier = does("create", "--name", "Closed", "--embargo")["identifier"]
    assert "--yes" in does("unembargo", identifier, status=2)
    assert does("uploads", identifier) == "No unfinished uploads.\n"
    assert does("unembargo", identifier, "--yes", "--wait")["embargo_status"] == "OPEN"


def test_a_dandiset_is_deleted_when_it_is_meant(does: Did, made: str) -> None:
    assert "--yes" in does("delete", made, status=2)
    assert "may not" in does("delete", made, "--yes", who="alice", status=3)
    assert does("delete", made, "--yes")["deleted"] == made
    assert "no such thing" in does("edit", made, "--set", "name=x", "--yes", status=1)
    assert os.environ["DANDI_TUI_API_KEY"] == TOKENS["demo"]


def test_an_administrator_chooses_the_number_and_others_are_told_why_not(own_archive: Archive, does: Did) -> None:
    found = does("create", "--name", "Moved here", "--number", "DANDI:500", who="admin")
    assert found["identifier"] == "DANDI:000500"
    assert _metadata(own_archive, "000500", who="admin")["name"] == "Moved here"
    assert "already exists" in does("create", "--name", "Again", "--number", "000500", who="admin", status=1)
    assert "admin only" in does("create", "--name", "Mine", "--number", "501", status=1)
    assert "six digits" in does("create", "--name", "Mine", "--number", "5x", who="admin", status=2)


@pytest.mark.parametrize(("take", "name"), [("ours", "Whiskers, mine"), ("theirs", "Whiskers, theirs")])
def test_a_field_that_both_changed_is_told_and_either_value_taken(own_archive: Archive, does: Did, made: str, tmp_path: Path, take: str, name: str) -> None:
    editor = tmp_path / "editor"
    editor.write_text(_OTHER_EDITOR.format(python=sys.executable, address=f"{own_archive.api_url}/dandisets/{made}/versions/draft/", token=TOKENS["demo"]))
    editor.chmod(0o755)

    def edit(*more: str) -> int:
        environment = {**os.environ, "DANDI_TUI_API_KEY": TOKENS["demo"], "EDITOR": str(editor), "VISUAL": str(editor), "TERM": "xterm"}
        command = [sys.executable, "-m", "dandi_tui", "dandiset", "edit", made, "-i", own_archive.api_url, "--yes", *more]
        child, terminal = pty.fork()
        if not child:
            os.execve(sys.executable, command, environment)
        said = bytearray()
        with contextlib.suppress(OSError):
            while part := os.read(terminal, 4096):
                said.extend(part)
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status or b"Saved" in said, said.decode()
        assert not status or b"somebody else changed the same: name" in said, said.decode()
        return status

    assert edit() == 1
    assert _metadata(own_archive, made)["name"] == "Whiskers, theirs"
    _put(own_archive, made, {**_metadata(own_archive, made), "name": "Whiskers"})
    assert edit("--take", take) == 0
    after = _metadata(own_archive, made)
    assert (after["name"], after["acknowledgement"], after["description"]) == (name, "Thanks to all", "About whiskers of mice.")


def _put(archive: Archive, identifier: str, document: dict[str, Any]) -> None:
    headers = {"Authorization": f"token {TOKENS['demo']}"}
    body = {"name": document["name"], "metadata": document}
    assert httpx.put(f"{archive.api_url}/dandisets/{identifier}/versions/draft/", json=body, headers=headers).status_code == 200


_OTHER_EDITOR = """#!{python}
import sys, pathlib, httpx
# Somebody else saves while the text is open.
headers = {{"Authorization": "token {token}"}}
theirs = httpx.get("{address}", headers=headers).json()
theirs |= {{"name": "Whiskers, theirs", "acknowledgement": "Thanks to all"}}
assert httpx.put("{address}", json={{"name": theirs["name"], "metadata": theirs}}, headers=headers).status_code == 200
text = pathlib.Path(sys.argv[-1])
mine = text.read_text().replace("name: Whiskers\\n", "name: Whiskers, mine\\n", 1)
text.write_text(mine.replace("About whiskers.", "About whiskers of mice."))
"""
