"""Keys: what is shown is what works."""

from __future__ import annotations

import pytest

from dandi_tui.screens.actions import ACTIONS, EVERYWHERE, key_map, keys_here, unknown_actions
from dandi_tui.screens.browse import BrowsePane
from dandi_tui.screens.dandiset import DandisetPane
from dandi_tui.screens.help import help_lines
from dandi_tui.screens.inspector import InspectorPane
from dandi_tui.screens.table import TablePane
from dandi_tui.widgets.line import plain


@pytest.mark.parametrize("pane", [BrowsePane, DandisetPane, InspectorPane, TablePane])
@pytest.mark.parametrize("chosen", [{}, {"download": "x", "quit": "Q"}, {"filter": "d"}])
def test_help_lists_exactly_the_keys_that_work(pane: type, chosen: dict[str, str]) -> None:
    names = (*pane.ACTIONS, *EVERYWHERE)
    listed = keys_here(names, chosen)
    assert {key: name for name, keys in listed.items() for key in keys} == key_map(names, chosen)
    words = "\n".join(plain(line) for line in help_lines(listed, {}, 200))
    assert all(ACTIONS[name].words in words for name in listed)


def test_a_key_that_another_action_took_is_not_shown() -> None:
    assert "d" not in keys_here(("download", "filter"), {"filter": "d"}).get("download", ())


def test_a_chosen_key_takes_the_place_of_the_usual_ones() -> None:
    assert key_map(("download",), {"download": "x"}) == {"x": "download"}


def test_an_action_that_there_is_not_is_named() -> None:
    assert unknown_actions({"downlod": "x", "copy": "c"}) == ["downlod"]
