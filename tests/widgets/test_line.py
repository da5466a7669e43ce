from __future__ import annotations

import pytest

from dandi_tui.widgets.line import Piece, strip


@pytest.mark.parametrize("hostile", ["\x1b]52;c;aGk=\x07", "\x1b[2J", "a\nb\tc", "\u202efdp.exe", "\x9b31m"])
def test_what_a_terminal_would_obey_never_becomes_a_cell_even_where_a_pane_let_it_through(hostile: str) -> None:
    shown = strip([Piece("name "), Piece(hostile, "title")], 40).text
    assert shown.startswith("name ")
    assert not set(shown) & {"\x1b", "\x07", "\n", "\t", "\x9b", "\u202e"}


def test_a_line_keeps_its_width_when_symbols_stand_for_what_takes_no_cell() -> None:
    assert strip([Piece("\u202e" * 30)], 20).cell_length == 20
