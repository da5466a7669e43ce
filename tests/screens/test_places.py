"""History, as a browser keeps it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dandi_tui.screens.marks import Marks
from dandi_tui.screens.places import History, Place, Places


def _place(name: str, api_url: str = "x") -> Place:
    return Place(api_url, f"dandi://x/{name}", name)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=8), st.integers(0, 10))
def test_forward_undoes_back(names: list[str], steps: int) -> None:
    history = History()
    for name in names:
        history = history.visited(_place(name))
    back = history
    for _ in range(steps):
        back = back.back()
    forward = back
    for _ in range(steps):
        forward = forward.forward()
    assert forward.here == history.here
    assert forward.before == history.before


def test_a_new_place_ends_what_was_ahead() -> None:
    history = History().visited(_place("a")).visited(_place("b")).back().visited(_place("c"))
    assert [one.words for one in history.before] == ["a"]
    assert history.here == _place("c")
    assert not history.after


def test_a_place_is_left_once_an_archive() -> None:
    places = Places().left("x", _place("a")).left("y", _place("b", "y")).left("x", _place("c"))
    assert places.last_of("x") == _place("c")
    assert places.left("x", None).last_of("x") is None


def test_marks_of_several_versions_are_told_and_targeted() -> None:
    marks = Marks()
    marks.put("000002", "draft", {"b", "a"})
    marks.put("000002", "0.1.1", set())
    marks.dandisets.add("000001")
    assert len(marks) == 3
    assert marks.words() == "2 marks in 000002, 1 Dandiset"
    assert [one.path for one in marks.targets("x")] == [None, "a", "b"]
    assert marks.is_part_marked("000002")
    marks.clear()
    assert not marks.targets("x")
