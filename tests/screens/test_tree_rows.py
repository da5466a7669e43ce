"""The rows of the asset tree as they are drawn: which letters of a filter are shown where."""

from __future__ import annotations

import pytest

from dandi_tui.screens.tree_rows import TreeRows
from dandi_tui.widgets.fuzzy import Pattern
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
