"""A whole contribution by a shell script, without a screen: check, organize, fill in, register, send, publish."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from contributing import Owner
from recordings import raw_files

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Archive

SCRIPT = """
set -eu
dandi_tui() { "$PYTHON" -m dandi_tui "$@" -i "$API"; }
dandi_tui validate raw --min-severity error --json > problems.jsonl && exit 9 || test $? = 1
dandi_tui organize raw -d organized -f symlink
dandi_tui mend organized --table ages.tsv --only-absent
number=$(dandi_tui dandiset create --name "Whiskers of mice" --description "Mice that lick for a reward in the dark" --license CC-BY-4.0)
dandi_tui upload -d organized --to "$number" --json > sent.jsonl
dandi_tui upload -d organized --to "$number" --json > again.jsonl
dandi_tui dandiset publish "$number" --wait --json > published.jsonl
echo "$number"
"""


@pytest.mark.timeout(300)
def test_a_script_goes_from_a_folder_to_a_published_version(empty_archive: Archive, tmp_path: Path) -> None:
    files = raw_files(tmp_path / "raw", 3, without_age=2)
    before = {path: path.read_bytes() for path in files}
    (tmp_path / "ages.tsv").write_text("subject_id\tsubject.age\nM0\tP90D\nM1\t12 weeks\n")
    environment = {**os.environ, "PYTHON": sys.executable, "API": empty_archive.api_url, "DANDI_TUI_API_KEY": empty_archive.token}

    done = subprocess.run(["/bin/sh", "-c", SCRIPT], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    number = done.stdout.split()[-1]

    def told(name: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in (tmp_path / f"{name}.jsonl").read_text().splitlines()]

    assert sum(one.get("id") == "NWBI.check_subject_age" for one in told("problems")) == 2
    assert sum(one["event"] == "done" for one in told("sent")) == 3
    assert not [one for one in told("again") if one["event"] == "done"]
    owner = Owner(empty_archive)
    (version,) = [one for one in owner("GET", f"dandisets/{number}/versions/")["results"] if one["version"] != "draft"]
    assert version["version"] in json.dumps(told("published"))
    assets = owner("GET", f"dandisets/{number}/versions/{version['version']}/assets/", metadata="true")["results"]
    assert {one["metadata"]["wasAttributedTo"][0]["age"]["value"] for one in assets} <= {"P90D", "P84D", "P12W"}
    assert {path: path.read_bytes() for path in files} == before
    owner.http.close()
