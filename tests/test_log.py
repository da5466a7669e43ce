"""The log: private, rotated, without keys and signed addresses."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from faults.processes import wait_for

from dandi_tui import log
from dandi_tui.log import log_crash, log_path, stderr_to_log, without_secrets, write_log

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "words",
    [
        f"Authorization: token {'a1' * 20}",
        f"DANDI_API_KEY={'d' * 40} was given",
        "https://store.example/blobs/1?X-Amz-Signature=secretsecret&X-Amz-Credential=secretsecret",
        "Max retries exceeded with url: /blobs/1?X-Amz-Signature=secretsecret&X-Amz-Credential=secretsecret (Caused by …)",
        "Failed to parse: //store/blobs/1?Signature=secretsecret&AWSAccessKeyId=secretsecret",
        "proxy http://alice:secretsecret@proxy.example:3128/ refuses",
        "{'token': 'secretsecret-which-is-not-hex'}",
    ],
)
def test_keys_and_signed_addresses_do_not_get_into_the_log(words: str) -> None:
    log_file = write_log(words)
    assert log_file is not None
    written = log_file.read_text()
    assert not any(secret in written for secret in ("secretsecret", "a1a1a1", "dddddd"))


def test_what_is_no_secret_stays() -> None:
    words = "GET /dandisets/000004/versions/draft/: the archive does not answer in time. Token refused."
    assert without_secrets(words) == words


def test_the_log_is_private_and_rotated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_LARGEST", 2000)
    for number in range(100):
        write_log(f"line {number} " + "x" * 100)
    files = sorted(log_path().parent.iterdir())
    assert [path.name for path in files] == ["dandi-tui.log", "dandi-tui.log.1", "dandi-tui.log.2", "dandi-tui.log.3"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert "line 99" in log_path().read_text()


def test_a_crash_is_one_sentence_and_its_trace_is_in_the_log() -> None:
    try:
        raise KeyError("nobody thought of it")
    except KeyError as error:
        words = log_crash(error)
    assert words == f"something went wrong that should not have; {log_path()} tells what"
    assert "nobody thought of it" in log_path().read_text()


def test_a_folder_that_can_not_be_made_is_named_with_the_way_to_name_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "state"
    monkeypatch.setenv("DANDI_TUI_STATE_DIR", str(place))
    try:
        (place / "transfers").mkdir(parents=True)
    except OSError as error:
        words = log_crash(error)
    assert str(tmp_path / "file") in words
    assert words.endswith(": Not a directory; DANDI_TUI_STATE_DIR can name another folder")


def test_a_log_that_can_not_be_written_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DANDI_TUI_STATE_DIR", str(tmp_path / "file"))
    assert write_log("words") is None
    assert "no log could be written" in log_crash(ValueError("x"))


def test_what_a_process_says_is_taken_in_line_by_line_and_never_without_end() -> None:
    code = f"import sys\nfor number in range(1000): print(number, 'token {'a1' * 20} ' + 'x' * 9000, file=sys.stderr)"
    with stderr_to_log("reader") as said:
        process = subprocess.Popen([sys.executable, "-c", code], stderr=said)
    assert process.wait() == 0  # it is not held up by what is not kept
    wait_for(lambda: log_path().exists() and "reader: 199 " in log_path().read_text(), "what it says")
    written = "".join(path.read_text() for path in log_path().parent.iterdir())
    assert "reader: 0 token <key> x" in written
    assert "x" * 5000 not in written
    assert "a1a1" not in written
    assert "reader: 200 " not in written
