"""The rows of the asset tree as they are drawn: which letters of a filter are shown where."""

from __future__ import annotations

import pytest

from dandi_tui.screens.tree_rows import TreeRows
from dandi_tui.text import width
from dandi_tui.widgets.fuzzy import Pattern
from dandi_tui.widgets.line import plain
from dandi_tui.widgets.look import UNICODE
from dandi_tui.widgets.tree_matches import TreeMatches
from dandi_tui.widgets.tree_model import TreeEntry


def _rows(typed: str, *paths: str) -> TreeRows:
    """The tree of files that a filter left."""
    rows, matches = TreeRows(lambda: UNICODE), TreeMatches()
    rows.pattern = Pattern.parse(typed)
    matches.add(TreeEntry(path, is_folder=False, files=1, size=10, asset_id="a") for path in paths if rows.pattern.matches(path))
    rows.model.show_matches(matches)
    return rows


def _matched(rows: TreeRows, row: int, cells: int = 80) -> str:
    return "".join(piece.text for piece in rows.line(row, cells, cursor=False) if piece.style == "match")


@pytest.mark.parametrize(
    ("typed", "paths", "matched"),
    [
        ("sub-1", ["sub-1/a.nwb"], ["sub-1", ""]),
        ("s1a", ["sub-1/xa.nwb"], ["s1", "a"]),
        ("b1a", ["sub-1/ses-2/xa.nwb"], ["b1", "", "a"]),
        ("1/s", ["sub-1/ses-2/xa.nwb"], ["1", "s", ""]),
        ("xa sub", ["sub-1/xa.nwb"], ["sub", "xa"]),
        ("b1a", ["sub-1/b1a.nwb", "sub-1/za.nwb"], ["b1", "b1a", "a"]),
        ("!z a", ["sub-1/xa.nwb"], ["", "a"]),
    ],
)
def test_each_letter_is_shown_on_the_row_of_its_part_of_the_path(typed: str, paths: list[str], matched: list[str]) -> None:
    rows = _rows(typed, *paths)
    assert [_matched(rows, row) for row in range(len(rows))] == matched


def test_letters_stay_shown_in_a_name_that_is_cut_in_its_middle() -> None:
    rows = _rows("first last", "first" + "-" * 200 + "last.nwb")
    assert _matched(rows, 0) == "firstlast"


@pytest.mark.parametrize("cells", [50, 56, 60, 64])
def test_names_of_a_folder_can_be_told_apart_in_few_columns(cells: int) -> None:
    days = ("20230721", "20230722", "20230731")
    rows = _rows("", *(f"sub-M101_ses-{day}_behavior+ecephys+image.nwb" for day in days))
    rows.model.show_matches(None)
    rows.model.add_children("", [TreeEntry(f"sub-M101_ses-{day}_behavior+ecephys+image.nwb", False, 1, 10, "a") for day in days], complete=True)
    lines = [plain(rows.line(row, cells, cursor=False)) for row in range(3)]
    assert [day in line for day, line in zip(days, lines, strict=True)] == [True] * 3
    assert {width(line) for line in lines} == {width(lines[0])}


def test_letters_stay_shown_in_a_name_that_is_cut_twice() -> None:
    alike = "sub-with-a-very-long-identifier-indeed"
    rows = _rows("sub 72", *(f"{alike}_ses-2023072{day}_behavior+ecephys+image+much-more.nwb" for day in (1, 2)))
    assert _matched(rows, 0, 70) == "sub72"
