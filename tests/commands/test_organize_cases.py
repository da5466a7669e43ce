"""Every recorded case of the `dandi` client, with the same files written by PyNWB, through the command: destinations, refusals, sources."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dandi_tui.cli import run

SHARED = Path(__file__).resolve().parents[3] / "shared/organize"
QUICK = frozenset(
    ("three alike, one other session", "two videos, one missing", "video, updated, copied", "session id of 250 characters", "copy, one truncated, fail")
)


def cases() -> list[Any]:
    found = json.loads((SHARED / "cases.json").read_text()) if SHARED.is_dir() else []
    return [pytest.param(case, id=case["name"], marks=[] if case["name"] in QUICK else [pytest.mark.slow]) for case in found]


def digests(folder: Path) -> dict[str, str]:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def made(case: dict[str, Any], source: Path, target: Path) -> None:
    sys.path.insert(0, str(SHARED))
    try:
        import make_nwb
    finally:
        sys.path.remove(str(SHARED))
    source.mkdir()
    for spec in case["files"]:
        make_nwb.build(spec, source)
    for name in case["other_files"]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(b"0123456789")
    if "simulate" not in case["options"]:
        target.mkdir()
        (target / "dandiset.yaml").write_text("identifier: '000001'\n")
    for name in case["existing"]:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(b"there")


def placed(case: dict[str, Any], source: Path, target: Path, told: str) -> dict[str, str]:
    """Path in the Dandiset → source, or `file` where that can't be told; of a dry run what it tells."""
    if "dry" in case["options"]:
        items = json.loads(told)["items"]
        return {one["destination"]: str(Path(one["source"]).relative_to(source)) for one in items if one["destination"]}
    left = {"dandiset.yaml", *case["existing"]}
    found = [path for path in sorted(target.rglob("*")) if not path.is_dir() and str(path.relative_to(target)) not in left]
    return {str(path.relative_to(target)): str(path.readlink().relative_to(source)) if path.is_symlink() else "file" for path in found}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", cases())
def test_a_recorded_case_ends_as_with_the_dandi_client(case: dict[str, Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "src", tmp_path / "ds"
    made(case, source, target)
    before = digests(source) | digests(target)
    mode = [] if "-f" in case["options"] else ["-f", "symlink"]
    status = run(["organize", "--json", "-J", "1", "-d", str(target), *mode, *case["options"], str(source)])
    told = capfd.readouterr()
    assert status == case["exit_code"], told.err
    assert sorted(str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()) == sorted(case["sources_left"])
    if status:
        assert digests(source) | digests(target) == before
    else:
        assert placed(case, source, target, told.out) == case["destinations"]
