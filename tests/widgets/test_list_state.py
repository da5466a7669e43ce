"""Turning pages in a list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dandi_tui.widgets.list_state import ListState


def _state(count: int, height: int) -> ListState:
    state = ListState()
    state.set_count(count)
    state.resize(height)
    return state


def test_a_page_is_read_on_where_the_one_before_ended() -> None:
    state = _state(40, 10)
    state.turn(1)
    assert (state.top, state.cursor) == (9, 9)
    state.turn(1)
    state.turn(1)
    state.turn(1)
    assert list(state.shown) == list(range(30, 40))
    state.turn(1)
    assert state.cursor == 39
    state.turn(-1)
    assert state.top == 21


@given(st.integers(0, 50), st.integers(1, 12), st.lists(st.sampled_from([-1, -0.5, 0.5, 1]), max_size=12))
def test_the_cursor_is_always_on_the_screen(count: int, height: int, turns: list[float]) -> None:
    state = _state(count, height)
    for by in turns:
        state.turn(by)
        assert state.cursor in state.shown or not count
        assert state.top == 0 or state.top + height <= count
