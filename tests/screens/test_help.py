"""The page of keys: nothing of it is cut."""

from __future__ import annotations

import pytest

from dandi_tui.screens.actions import ACTIONS, EVERYWHERE, MOVES, keys_here
from dandi_tui.screens.dandiset import DandisetPane
from dandi_tui.screens.help import help_lines
from dandi_tui.text import width
from dandi_tui.widgets.line import plain


@pytest.mark.parametrize("cells", [50, 60, 80, 120])
def test_words_and_reasons_are_whole_at_any_width(cells: int) -> None:
    keys = keys_here((*DandisetPane.ACTIONS, *EVERYWHERE), {})
    reason = "A published version stays as it is: V goes to the draft."
    lines = [plain(line) for line in help_lines(keys, {"rename": reason, "unmark": "Nothing is marked."}, cells)]
    assert all(width(line) < cells for line in lines)
    said = " ".join(" ".join(lines).split())
    for name in keys:
        assert all(word in said for word in ACTIONS[name].words.split())
    assert f"({reason})" in said
    assert "(Nothing is marked.)" in said
    assert len(lines) >= len(keys) + 5
    assert set(MOVES) <= set(keys)
