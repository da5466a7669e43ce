"""`organize` as a person or script runs it: outcomes as the `dandi` client's, and nothing changed where it refuses."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dandi_tui.cli import run

sys.path.insert(0, str(Path(__file__).parents[1] / "dataset"))

from small_nwb import small_nwb

if TYPE_CHECKING:
    from collections.abc import Callable


def a_nwb(folder: Path) -> None:
    small_nwb(folder / "src/a.nwb")


def in_the_dandiset(folder: Path) -> None:
    (folder / "src").mkdir()
    small_nwb(folder / "ds/a.nwb")


def three_in_place(folder: Path) -> None:
    (folder / "src").mkdir()
    small_nwb(folder / "ds/x/a.nwb", "m1", "s1")
    small_nwb(folder / "ds/x/y/b.nwb", "m1", "s2")
    small_nwb(folder / "ds/keep/c.nwb", "m2", "s1")


def two_sessions(folder: Path) -> None:
    small_nwb(folder / "src/a.nwb", "m1", "s1")
    small_nwb(folder / "src/b.nwb", "m1", "s2")


def nothing(folder: Path) -> None:
    (folder / "src").mkdir()


def with_text(folder: Path) -> None:
    a_nwb(folder)
    (folder / "src/t.txt").write_text("t")


def with_loop(folder: Path) -> None:
    a_nwb(folder)
    (folder / "src/loop").symlink_to(folder / "src")


def link_to_file(folder: Path) -> None:
    small_nwb(folder / "other/a.nwb")
    (folder / "src").mkdir()
    (folder / "src/b.nwb").symlink_to(folder / "other/a.nwb")


def broken_link(folder: Path) -> None:
    a_nwb(folder)
    (folder / "src/b.nwb").symlink_to(folder / "gone.nwb")


def listing(folder: Path) -> None:
    a_nwb(folder)
    (folder / "x.json").write_text(json.dumps({"path": str(folder / "src/a.nwb")}))


def no_subject(folder: Path) -> None:
    small_nwb(folder / "src/a.nwb", None)


def not_hdf5(folder: Path) -> None:
    (folder / "src").mkdir()
    (folder / "src/a.nwb").write_text("hello")


def duplicates(folder: Path) -> None:
    small_nwb(folder / "src/a.nwb", object_id="x-1")
    small_nwb(folder / "src/b.nwb", object_id="x-1")


def in_folder_called_nwb(folder: Path) -> None:
    small_nwb(folder / "src/x.nwb/a.nwb")


def in_x(folder: Path) -> None:
    (folder / "src").mkdir()
    small_nwb(folder / "ds/x/a.nwb")


INPUTS: dict[str, Callable[[Path], None]] = {
    "no paths, symlink": in_the_dandiset, "no paths, auto": in_the_dandiset, "in place dry, then move": three_in_place, "in place, from inside": in_x,
    "path given twice": two_sessions, "path that is no nwb": with_text, "path absent": nothing, "nothing, auto": nothing, "json listing": listing,
    "link to a folder, loop": with_loop, "link to a file": link_to_file, "broken link": broken_link, "no subject": no_subject, "not HDF5": not_hdf5,
    "duplicates": duplicates, "folder called x.nwb": in_folder_called_nwb,
}  # fmt: skip


def tree(folder: Path) -> list[str]:
    """Files, links with where they lead, and folders that are empty."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found.append(f"{name} -> {path.readlink()}")
        elif path.is_file():
            found.append(name)
        elif not any(path.iterdir()):
            found.append(f"{name}/")
    return sorted(found)


def digests(folder: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}


def recorded_invocations() -> list[Any]:
    path = Path(__file__).resolve().parents[3] / "shared/organize/invocations.json"
    return json.loads(path.read_text()) if path.exists() else []


@pytest.mark.parametrize("invocation", recorded_invocations(), ids=lambda one: one["name"])
def test_every_recorded_invocation_ends_as_with_the_dandi_client(
    invocation: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    name, folder = invocation["name"], tmp_path / "work"
    (folder / "ds").mkdir(parents=True)
    if not any(line == "ds/" for line in invocation["tree"]) and name != "target without dandiset.yaml":
        (folder / "ds/dandiset.yaml").write_text("identifier: '000001'\n")
    INPUTS.get(name, a_nwb)(folder)
    monkeypatch.chdir(folder / invocation["cwd"])
    for step in invocation["steps"]:
        before = digests(folder)
        arguments = [word.replace("DIR", str(folder)).replace("OTHER_FILESYSTEM", "/dev/shm") for word in step["arguments"]]
        assert run(["organize", *arguments]) == step["exit_code"], capfd.readouterr().err
        if step["exit_code"]:
            assert digests(folder) == before
        told = capfd.readouterr().out
        for line in step["output"]:
            if line.startswith("DRY: ") and " -> " in line:
                assert line.removeprefix("DRY: ").replace("DIR", str(folder)) in told
    expected = sorted(line.replace("DIR", str(folder)) for line in invocation["tree"])
    assert tree(folder) == expected


def organized(capfd: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    """The exit status and the one object of `--json`."""
    status = run(["organize", "--json", *map(str, arguments)])
    return status, json.loads(capfd.readouterr().out)


def test_json_tells_where_each_file_goes_and_what_is_in_the_way(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    two_sessions(tmp_path)
    small_nwb(tmp_path / "src/c.nwb", None)
    status, told = organized(capfd, "-f", "dry", "-d", tmp_path / "ds", tmp_path / "src")
    assert status == 1
    assert [(one["source"].rpartition("/")[2], one["destination"], one["status"]) for one in told["items"]] == [
        ("a.nwb", "sub-m1/sub-m1_ses-s1_ecephys.nwb", "planned"), ("b.nwb", "sub-m1/sub-m1_ses-s2_ecephys.nwb", "planned"), ("c.nwb", None, "failed"),
    ]  # fmt: skip
    (problem,) = told["problems"]
    assert (problem["severity"], problem["id"], problem["field"], problem["files"]) == ("error", "no-subject", "subject_id", [str(tmp_path / "src/c.nwb")])
    status, told = organized(capfd, "-f", "copy", "--invalid", "warn", "-d", tmp_path / "ds", tmp_path / "src")
    assert status == 0
    assert [one["status"] for one in told["items"]] == ["skipped", "done", "done"]
    assert Path(told["log"]).exists()


def test_a_run_is_taken_back_and_gone_on_with_by_the_command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    two_sessions(tmp_path)
    before = digests(tmp_path / "src")
    target = tmp_path / "ds"
    organized(capfd, "-f", "move", "-d", target, tmp_path / "src")
    assert not digests(tmp_path / "src")
    status, told = organized(capfd, "--undo", "-d", target)
    assert (status, [one["message"] for one in told["items"]]) == (0, ["taken back", "taken back"])
    assert digests(tmp_path / "src") == before
    assert run(["organize", "--undo", "-d", str(target)]) == 1
    assert "no run" in capfd.readouterr().err
    (target / "sub-m1").mkdir(parents=True)
    assert run(["organize", "--resume", "-d", str(target)]) == 1


def test_a_second_run_with_stable_names_keeps_the_session(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    two_sessions(tmp_path)
    organized(capfd, "-f", "copy", "-d", tmp_path / "ds", tmp_path / "src")
    small_nwb(tmp_path / "more/c.nwb", "m1", "s3")
    _, told = organized(capfd, "-f", "dry", "-d", tmp_path / "ds", tmp_path / "more")
    assert [one["id"] for one in told["problems"]] == ["unlike"]
    _, told = organized(capfd, "-f", "dry", "--stable", "-d", tmp_path / "ds", tmp_path / "more")
    assert [one["destination"] for one in told["items"]] == ["sub-m1/sub-m1_ses-s3_ecephys.nwb"]


def test_names_and_reasons_from_files_can_not_steer_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    small_nwb(tmp_path / "src/a\x1b[2J.nwb", "m\x1b]0;title\x07")
    assert run(["organize", "-f", "dry", "-d", str(tmp_path / "ds"), str(tmp_path / "src")]) == 0
    told = capfd.readouterr()
    assert "\x1b" not in told.out + told.err
    assert "\x07" not in told.out + told.err


def test_names_that_are_no_utf8_are_organized_and_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    a_nwb(tmp_path)
    (tmp_path / "src/a.nwb").rename(os.fsdecode(os.fsencode(tmp_path / "src") + b"/caf\xe9.nwb"))
    status, told = organized(capfd, "-f", "copy", "-d", tmp_path / "ds", tmp_path / "src")
    assert (status, told["items"][0]["status"]) == (0, "done")
    assert "caf\\xe9" in told["items"][0]["source"]


def test_many_problems_alike_are_told_once_with_some_of_the_files(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "src").mkdir()
    for number in range(60):
        (tmp_path / f"src/{number:02}.nwb").touch()
    assert run(["organize", "-f", "dry", "-d", str(tmp_path / "ds"), str(tmp_path / "src")]) == 1
    words = capfd.readouterr().err
    assert words.count("empty") == 1
    assert "and 55 more" in words


def test_a_person_sees_how_far_it_is_on_one_line_that_goes_away(tmp_path: Path) -> None:
    import pty

    import pyte

    two_sessions(tmp_path)
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "dandi_tui", "organize", "-f", "copy", "-d", str(tmp_path / "ds"), str(tmp_path / "src")]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, check=True)
    os.close(terminal)
    written = os.read(controller, 65536).decode()
    os.close(controller)
    screen = pyte.Screen(200, 10)
    pyte.Stream(screen).feed(written)
    assert "reading NWB files: 1 of 2" in written
    assert [line.strip() for line in screen.display if line.strip()] == [f"2 organized  {tmp_path}/ds"]
    assert ran.stdout.count(b"done ") == 2


def test_a_reader_that_goes_away_does_not_stop_the_work(tmp_path: Path) -> None:
    for number in range(30):
        small_nwb(tmp_path / f"src/{number}.nwb", "m1", f"s{number}")
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "dandi_tui", "organize", "-f", "copy", "-d", str(tmp_path / "ds"), str(tmp_path / "src")]
    ran = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    os.close(writing)
    assert len(list((tmp_path / "ds/sub-m1").iterdir())) == 30
    assert "30 organized" in ran.stderr


def test_leaving_files_out_is_offered_where_it_would_help(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    small_nwb(tmp_path / "src/none.nwb", None)
    assert run(["organize", "-d", str(tmp_path / "ds"), str(tmp_path / "src")]) == 1
    assert "--invalid warn leaves out" in capfd.readouterr().err
    small_nwb(tmp_path / "src/none.nwb", "L" * 300)
    assert run(["organize", "-d", str(tmp_path / "ds"), str(tmp_path / "src")]) == 1
    said = capfd.readouterr().err
    assert "Nothing was done" in said
    assert "--invalid" not in said
