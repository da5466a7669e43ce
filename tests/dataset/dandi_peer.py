"""The `dandi` client's own naming, asked from another process: lines of JSON in, lines of JSON out.

Each line is a list of folders' NWB files with required fields; the answer is a path for each, or why there is none.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import warnings

os.environ["DANDI_CACHE"] = "ignore"
os.environ["DANDI_NO_ET"] = "1"
warnings.simplefilter("ignore")


def named(paths: list[str], required: list[str]) -> dict[str, object]:
    from dandi.metadata.nwb import get_metadata
    from dandi.organize import create_unique_filenames_from_metadata, filter_invalid_metadata_rows

    rows = []
    for path in paths:
        try:
            found = get_metadata(path)
        except Exception:  # noqa: BLE001 (whatever ends reading makes the file invalid, as in the client's own command)
            found = {}
        rows.append({**found, "path": path})
    valid, invalid = filter_invalid_metadata_rows(rows)
    try:
        made = create_unique_filenames_from_metadata(valid, required_fields=required)
    except Exception as error:  # noqa: BLE001
        return {"refused": str(error), "invalid": [row["path"] for row in invalid]}
    return {"names": {row["path"]: row["dandi_path"] for row in made}, "invalid": [row["path"] for row in invalid]}


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        with contextlib.redirect_stdout(io.StringIO()):
            answer = named(asked["paths"], asked["required"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
