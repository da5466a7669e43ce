"""What the docs say of the code's layout holds: the files that they name are there, and no folder of modules goes unnamed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = ("dandi_tui", "styles", "tests", "benchmarks", "docs")
FILES = ["README.md", *(path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in (ROOT / folder).rglob("*.*"))]
OTHERS = {"json.py", "start_dask.py"}
"""Files that the docs name and that are not ours."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    named = set(re.findall(r"[\w/.-]+\.(?:py|tcss|md)\b", page.read_text())) - OTHERS
    assert not [name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in FILES)]


def test_the_map_names_every_folder_of_modules() -> None:
    words = (ROOT / "docs" / "map.md").read_text()
    folders = {path.parent.name for path in (ROOT / "dandi_tui").glob("**/__init__.py")}
    assert not [folder for folder in folders if f"{folder}/" not in words]
